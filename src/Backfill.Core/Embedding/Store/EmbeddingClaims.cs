using System.Collections.Concurrent;
using System.Globalization;
using Backfill.Core.Postgres;

namespace Backfill.Core.Embedding.Store;

/// <summary>
/// The rights of one run to embed texts, each a lease by the database's clock. Every batch claims under a name of its own
/// (owner, run, number), so that a lost answer to a claim can be asked for again, and a claim that nobody knows of is not
/// renewed and lapses. Claims of processes that are provably gone lapse when a run begins.
/// </summary>
internal sealed class EmbeddingClaims : IAsyncDisposable
{
    /// <summary>How long a claim lasts without being renewed.</summary>
    public static readonly TimeSpan LeaseTime = TimeSpan.FromMinutes(2);

    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(5);

    private readonly Database database;
    private readonly IOperationOutput output;
    private readonly TimeProvider time;
    private readonly string run = $"{Owner.Current}#{Guid.NewGuid():N}";
    private readonly ConcurrentDictionary<string, bool> workers = new(StringComparer.Ordinal);
    private readonly Func<CancellationToken, Task> beat;
    private readonly CancellationTokenSource ending = new();
    private readonly Task renewing;
    private int batches;

    private EmbeddingClaims(
        Database database,
        IOperationOutput output,
        TimeProvider time,
        Func<CancellationToken, Task> beat
    )
    {
        this.beat = beat;
        this.database = database;
        this.output = output;
        this.time = time;
        renewing = RenewAsync(ending.Token);
    }

    /// <summary>Lets the claims of dead processes lapse, sweeps up what is done with, and begins to renew its own.</summary>
    /// <param name="beat">What else is to be done once a minute.</param>
    public static async Task<EmbeddingClaims> BeginAsync(
        Database database,
        IOperationOutput output,
        TimeProvider time,
        Func<CancellationToken, Task> beat,
        CancellationToken cancellationToken
    )
    {
        await SweepAsync(database, cancellationToken);
        var dead = (await WorkersAsync(database, cancellationToken))
            .Where(worker => Owner.Parse(worker.Split('#')[0])?.IsGone == true)
            .ToArray();
        if (dead.Length > 0)
        {
            await database
                .Statement("Embedding/Store/Sql/lapse-claims")
                .Set("workers", dead)
                .ExecuteAsync(cancellationToken);
        }

        return new EmbeddingClaims(database, output, time, beat);
    }

    /// <summary>A name to claim a batch under.</summary>
    public string Begin()
    {
        var worker = string.Create(CultureInfo.InvariantCulture, $"{run}/{Interlocked.Increment(ref batches)}");
        workers[worker] = true;
        return worker;
    }

    /// <summary>Ends a batch: what it claimed and neither wrote nor set aside is free again, and does not count as an attempt.</summary>
    public async Task EndAsync(string worker, bool gaveBack, CancellationToken cancellationToken)
    {
        if (gaveBack)
        {
            await ReleaseAsync([worker], null, cancellationToken);
        }

        workers.TryRemove(worker, out _);
    }

    /// <summary>Gives some texts of a batch back; all of them without hashes.</summary>
    public Task ReleaseAsync(string worker, string[]? textHashes, CancellationToken cancellationToken) =>
        ReleaseAsync([worker], textHashes, cancellationToken);

    /// <summary>Gives back what is left. Where the database cannot be reached any more, the leases end by themselves.</summary>
    public async ValueTask DisposeAsync()
    {
        await ending.CancelAsync();
        await renewing;
        ending.Dispose();
        using var patience = new CancellationTokenSource(LastWords, time);
        try
        {
            if (!workers.IsEmpty)
            {
                await ReleaseAsync([.. workers.Keys], null, patience.Token);
            }
        }
        catch (Exception error) when (error is BackfillException or OperationCanceledException)
        {
            await output.VerboseAsync(
                FormattableString.Invariant(
                    $"Texts that were not embedded could not be given back: they are free again after {LeaseTime.TotalMinutes} minutes. {error.Message}"
                ),
                CancellationToken.None
            );
        }
    }

    private async Task RenewAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                await Task.Delay(LeaseTime / 2, time, cancellationToken);
                try
                {
                    await database
                        .Statement("Embedding/Store/Sql/renew-claims")
                        .Set("workers", [.. workers.Keys])
                        .Set("lease", LeaseTime)
                        .ExecuteAsync(cancellationToken);
                    await SweepAsync(database, cancellationToken);
                    await beat(cancellationToken);
                }
                catch (BackfillException error)
                {
                    // The batches meet the same fault by themselves; a lapsed claim costs at most its text once more.
                    await output.VerboseAsync(
                        $"Claims could not be renewed this time. {error.Message}",
                        cancellationToken
                    );
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The run has ended.
        }
    }

    private Task<int> ReleaseAsync(string[] names, string[]? textHashes, CancellationToken cancellationToken) =>
        database
            .Statement("Embedding/Store/Sql/release-claims")
            .Set("workers", names)
            .Set("text_hashes", textHashes)
            .ExecuteAsync(cancellationToken);

    private static Task<List<string>> WorkersAsync(Database database, CancellationToken cancellationToken) =>
        database
            .Statement("Embedding/Store/Sql/list-workers")
            .RowsAsync(row => row.Get<string>("worker"), cancellationToken);

    private static Task<int> SweepAsync(Database database, CancellationToken cancellationToken) =>
        database.Statement("Embedding/Store/Sql/sweep-claims").ExecuteAsync(cancellationToken);
}
