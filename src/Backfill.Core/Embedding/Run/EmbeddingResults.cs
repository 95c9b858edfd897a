using Backfill.Core.Embedding.Store;
using Backfill.Core.Postgres;

namespace Backfill.Core.Embedding.Run;

/// <summary>What a run says of its repositories when it ends.</summary>
/// <param name="run">The run.</param>
/// <param name="counts">The counts of the items now.</param>
/// <param name="unfit">Where the items of types stand whose column takes vectors of another length. Only those without any vector need one.</param>
/// <param name="batches">The batches that each repository waits for.</param>
/// <param name="duration">The duration of the run.</param>
internal sealed class EmbeddingResults(
    EmbeddingRun run,
    IReadOnlyList<ItemCounts> counts,
    IReadOnlyList<ItemCounts> unfit,
    ILookup<Guid, string> batches,
    TimeSpan duration
)
{
    /// <summary>The result of one repository.</summary>
    public EmbeddingResult Of(StoredRepository repository)
    {
        var own = counts.Where(count => count.RepositoryId == repository.Id).ToList();
        var others = unfit.Where(count => count.RepositoryId == repository.Id).ToList();
        var done = run.Tally.Of(repository.Id);
        var remaining = own.Sum(count => count.Wanting) + others.Sum(count => count.Missing);
        var quarantined = own.Sum(count => count.Quarantined);
        var inBatch = own.Sum(count => count.InBatch);
        var made = done.Embedded + done.Reused;
        // The tokens of the probe belong to the run. With one repository they are that repository's.
        var tokens = (long)Math.Round(done.Tokens) + (run.Repositories.Count == 1 ? run.Tally.Shared : 0);
        return new EmbeddingResult
        {
            Repository = repository.FullName,
            RepositoryId = repository.Id,
            State =
                remaining > 0 && remaining == inBatch ? RunState.Waiting
                : remaining + quarantined > 0 ? RunState.Incomplete
                : RunState.Completed,
            Model = run.Scope.ModelKey,
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
            Cost = run.Cost(tokens, done.BatchTokens),
            Duration = duration,
            ItemsPerSecond = duration > TimeSpan.Zero ? made / duration.TotalSeconds : 0,
        };
    }

    /// <summary>Says which types cannot be embedded, because their column takes vectors of another length: an error where items have no vector; in a plan, and where all have one, a warning.</summary>
    public async Task ExplainUnfitAsync(CancellationToken cancellationToken)
    {
        foreach (var column in run.Scope.Unfit.Select(store => store.Column).Distinct())
        {
            var own = unfit.Where(count => count.Item == column.Item).ToList();
            var error = new BackfillException(
                ErrorIds.EmbeddingDimensionMismatch,
                ErrorKind.Data,
                FormattableString.Invariant(
                    $"{run.Subject}: {column.Item.Table} cannot be embedded with the other types. {column.Item.Table}.embedding is {column.SqlType}, and the model {run.Provider.Model} makes vectors of {run.Provider.Dimensions} numbers. {own.Sum(count => count.Missing)} of {own.Sum(count => count.Total)} items have no vector."
                ),
                $"Embed them by themselves with a model of that length: Invoke-EmbeddingBackfill -ItemType {column.Item.Name}. Or leave the type out with -ItemType.",
                run.Subject
            );
            if (own.Sum(count => count.Missing) > 0 && !run.Request.Plan)
            {
                await run.Output.ErrorAsync(error, cancellationToken);
            }
            else if (own.Sum(count => count.Total) > 0)
            {
                await run.Output.WarningAsync($"{error.Message} {error.Action}", cancellationToken);
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
        CancellationToken cancellationToken
    )
    {
        var inBatch = results.Sum(result => result.InBatch);
        var remaining = results.Sum(result => result.Remaining) - inBatch - unfit.Sum(count => count.Missing);
        if (inBatch > 0)
        {
            await run.Output.WarningAsync(
                FormattableString.Invariant(
                    $"{subject}: {PipelineEstimate.Count(inBatch, "item")} in {string.Join(", ", results.SelectMany(result => result.Batches).Distinct(StringComparer.Ordinal).DefaultIfEmpty("a batch at the provider"))}. Invoke-EmbeddingBackfill -Batch goes on with it."
                ),
                cancellationToken
            );
        }

        if (stopped is not null && remaining > 0)
        {
            await run.Output.WarningAsync(
                FormattableString.Invariant(
                    $"{subject}: {stopped}; {PipelineEstimate.Count(remaining, "item")} without a vector. The same command goes on from there."
                ),
                cancellationToken
            );
        }
        else if (remaining > 0)
        {
            var nothing = run.Tally.Total is { Done: 0, Superseded: 0 } ? "found work and did none of it: " : "";
            await run.Output.ErrorAsync(
                new BackfillException(
                    ErrorIds.EmbeddingIncomplete,
                    ErrorKind.Data,
                    FormattableString.Invariant(
                        $"{subject}: {nothing}{PipelineEstimate.Count(remaining, "item")} without a vector, most likely because another program writes the same rows all the time."
                    ),
                    "Run the same command again.",
                    subject
                ),
                cancellationToken
            );
        }

        foreach (var result in results.Where(result => result.Quarantined > 0))
        {
            await run.Output.ErrorAsync(
                new BackfillException(
                    ErrorIds.EmbeddingIncomplete,
                    ErrorKind.Data,
                    FormattableString.Invariant(
                        $"{result.Repository}: {PipelineEstimate.Count(result.Quarantined, "item")} set aside, because the provider refuses the text.{(run.Tally.LastRefusal is { } refusal ? $" Its last reason: {refusal}" : "")}"
                    ),
                    "backfill.embedding_state names them and the reason in last_error. They are tried again when their text or the model changes, or with -Force.",
                    result.Repository
                ),
                cancellationToken
            );
        }
    }
}
