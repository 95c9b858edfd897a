using Backfill.Core.Postgres;

namespace Backfill.Core.Embedding;

/// <summary>What a run says of its repositories when it ends.</summary>
/// <param name="counts">Where the items stand now.</param>
/// <param name="batches">The batches that each repository waits for.</param>
/// <param name="tally">What the run did.</param>
/// <param name="cost">Dollars of tokens, the second number of which came by the Batch API; null without a price.</param>
/// <param name="duration">How long it took.</param>
internal sealed class EmbeddingResults(
    IReadOnlyList<ItemCounts> counts,
    ILookup<Guid, string> batches,
    EmbeddingTally tally,
    string modelKey,
    Func<long, long, decimal?> cost,
    TimeSpan duration
)
{
    /// <summary>The result of one repository.</summary>
    /// <param name="isOnly">It is the only one of the run, so that the probe belongs to it.</param>
    public EmbeddingResult Of(StoredRepository repository, bool isOnly)
    {
        var own = counts.Where(count => count.RepositoryId == repository.Id).ToList();
        var done = tally.Of(repository.Id);
        var remaining = own.Sum(count => count.Wanting);
        var quarantined = own.Sum(count => count.Quarantined);
        var inBatch = own.Sum(count => count.InBatch);
        var made = done.Embedded + done.Reused;
        var tokens = (long)Math.Round(done.Tokens) + (isOnly ? tally.Shared : 0);
        return new EmbeddingResult
        {
            Repository = repository.FullName,
            RepositoryId = repository.Id,
            State =
                remaining > 0 && remaining == inBatch ? RunState.Waiting
                : remaining + quarantined > 0 ? RunState.Incomplete
                : RunState.Completed,
            Model = modelKey,
            Embedded = done.Embedded,
            Unchanged = Math.Max(0, own.Sum(count => count.Total) - made - remaining - quarantined),
            Reused = done.Reused,
            Superseded = done.Superseded,
            Quarantined = quarantined,
            Shortened = done.Shortened,
            Remaining = remaining,
            InBatch = inBatch,
            Batches = [.. batches[repository.Id]],
            Tokens = tokens,
            Cost = cost(tokens, done.BatchTokens),
            Duration = duration,
            ItemsPerSecond = duration > TimeSpan.Zero ? made / duration.TotalSeconds : 0,
        };
    }

    /// <summary>Tells why something is left.</summary>
    /// <param name="results">Of every repository.</param>
    /// <param name="subject">Whose they are.</param>
    /// <param name="stopped">The limit that ended the run; null when it went to its end.</param>
    public async Task ExplainAsync(
        IReadOnlyList<EmbeddingResult> results,
        string subject,
        string? stopped,
        IOperationOutput output,
        CancellationToken cancellationToken
    )
    {
        var inBatch = results.Sum(result => result.InBatch);
        var remaining = results.Sum(result => result.Remaining) - inBatch;
        if (inBatch > 0)
        {
            await output.WarningAsync(
                FormattableString.Invariant(
                    $"{subject}: {inBatch} items wait for {string.Join(", ", results.SelectMany(result => result.Batches).Distinct(StringComparer.Ordinal).DefaultIfEmpty("a batch at the provider"))}. Invoke-EmbeddingBackfill -Batch goes on with it."
                ),
                cancellationToken
            );
        }

        if (stopped is not null && remaining > 0)
        {
            await output.WarningAsync(
                FormattableString.Invariant(
                    $"{subject}: {stopped}; {remaining} items still need a vector. The same command goes on from there."
                ),
                cancellationToken
            );
        }
        else if (remaining > 0)
        {
            var nothing = tally.Total is { Done: 0, Superseded: 0 } ? "found work and did none of it: " : "";
            await output.ErrorAsync(
                new BackfillException(
                    ErrorIds.EmbeddingIncomplete,
                    ErrorKind.Data,
                    FormattableString.Invariant(
                        $"{subject}: {nothing}{remaining} items still need a vector, most likely because they are being written all the time."
                    ),
                    "Run the same command again.",
                    subject
                ),
                cancellationToken
            );
        }

        foreach (var result in results.Where(result => result.Quarantined > 0))
        {
            await output.ErrorAsync(
                new BackfillException(
                    ErrorIds.EmbeddingIncomplete,
                    ErrorKind.Data,
                    FormattableString.Invariant(
                        $"{result.Repository}: {result.Quarantined} items cannot be embedded and are set aside{(tally.LastRefusal is { } refusal ? $", the last one because: {refusal}" : ".")}"
                    ),
                    "backfill.embedding_state names them and the reason in last_error. They are tried again when their text or the model changes, or with -Force.",
                    result.Repository
                ),
                cancellationToken
            );
        }
    }
}
