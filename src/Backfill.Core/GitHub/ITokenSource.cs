namespace Backfill.Core.GitHub;

/// <summary>Gives a gate its token.</summary>
internal interface ITokenSource : IDisposable
{
    /// <summary>Returns the token to send now; null sends none.</summary>
    /// <param name="now">The time, by GitHub's clock.</param>
    /// <exception cref="BackfillException">GitHub gives no token.</exception>
    ValueTask<Secret?> ReadAsync(DateTimeOffset now, CancellationToken cancellationToken);

    /// <summary>Notes that GitHub refused the token.</summary>
    void Refused();
}

/// <summary>A token of the settings, which this process cannot renew.</summary>
internal sealed class GivenToken(Secret? token) : ITokenSource
{
    /// <inheritdoc/>
    public ValueTask<Secret?> ReadAsync(DateTimeOffset now, CancellationToken cancellationToken) => new(token);

    /// <inheritdoc/>
    public void Refused()
    {
        // This process has no other token to give.
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // There is nothing to dispose.
    }
}
