using Backfill.Core.Postgres;

namespace Backfill.Core.Embedding;

/// <summary>What a run says of its repositories when it ends.</summary>
/// <param name="counts">Where the items stand now.</param>
/// <param name="unfit">Where the items of types stand whose column takes vectors of another length. Only those without any vector need one.</param>
/// <param name="batches">The batches that each repository waits for.</param>
/// <param name="tally">What the run did.</param>
/// <param name="cost">Dollars of tokens, the second number of which came by the Batch API; null without a price.</param>
/// <param name="duration">How long it took.</param>
internal sealed class EmbeddingResults(
    IReadOnlyList<ItemCounts> counts,
    IReadOnlyList<ItemCounts> unfit,
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
        var others = unfit.Where(count => count.RepositoryId == repository.Id).ToList();
        var done = tally.Of(repository.Id);
        var remaining = own.Sum(count => count.Wanting) + others.Sum(count => count.Missing);
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
            Unchanged = Math.Max(0, own.Concat(others).Sum(count => count.Total) - made - remaining - quarantined),
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

    /// <summary>Says which types cannot be embedded, because their column takes vectors of another length: an error where items have no vector; in a plan, and where all have one, a warning.</summary>
    /// <param name="subject">Whose they are.</param>
    public async Task ExplainUnfitAsync(
        string subject,
        EmbeddingScope scope,
        IEmbeddingProvider provider,
        bool isPlan,
        IOperationOutput output,
        CancellationToken cancellationToken
    )
    {
        foreach (var column in scope.Unfit.Select(store => store.Column).Distinct())
        {
            var own = unfit.Where(count => count.Item == column.Item).ToList();
            var error = new BackfillException(
                ErrorIds.EmbeddingDimensionMismatch,
                ErrorKind.Data,
                FormattableString.Invariant(
                    $"{subject}: {column.Item.Table} cannot be embedded with the other types. {column.Item.Table}.embedding is {column.SqlType}, and the model {provider.Model} makes vectors of {provider.Dimensions} numbers. {own.Sum(count => count.Missing)} of {own.Sum(count => count.Total)} items have no vector."
                ),
                $"Embed them by themselves with a model of that length: Invoke-EmbeddingBackfill -ItemType {column.Item.Name}. Or leave the type out with -ItemType.",
                subject
            );
            if (own.Sum(count => count.Missing) > 0 && !isPlan)
            {
                await output.ErrorAsync(error, cancellationToken);
            }
            else if (own.Sum(count => count.Total) > 0)
            {
                await output.WarningAsync($"{error.Message} {error.Action}", cancellationToken);
            }
        }
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
        var remaining = results.Sum(result => result.Remaining) - inBatch - unfit.Sum(count => count.Missing);
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
