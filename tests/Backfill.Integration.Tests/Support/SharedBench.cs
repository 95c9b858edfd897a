namespace Backfill.Integration.Tests.Support;

/// <summary>
/// A bench that the tests of a class share. The first test that asks for it makes it: where the machine lacks what it needs, the
/// tests are skipped as any other, while a skip in the set-up of a fixture counts as a failure of all.
/// </summary>
public abstract class SharedBench : IAsyncDisposable
{
    private Task<Bench>? made;

    /// <summary>Returns the bench, which the first call makes.</summary>
    internal Task<Bench> BenchAsync() => made ??= MakeAsync();

    /// <summary>Makes the bench.</summary>
    private protected abstract Task<Bench> MakeAsync();

    public async ValueTask DisposeAsync()
    {
        if (made is { IsCompletedSuccessfully: true })
        {
            await (await made).DisposeAsync();
        }

        GC.SuppressFinalize(this);
    }
}
