using Backfill.Core.Embedding.BatchApi;
using Backfill.Core.Embedding.Providers;
using Backfill.Core.Embedding.Store;
using Backfill.Core.Postgres;

namespace Backfill.Core.Embedding.Run;

/// <summary>
/// Embeds what needs it of some repositories: issues, pull requests and discussions, those of workspaces first and the
/// newest before the older. A batch is claimed, embedded and written without a transaction over the request, and a vector
/// is written only where the item's text is still the embedded one. Every written batch stays, whatever ends the run; the
/// next run finds what is left by the texts themselves. Several processes share what there is to do.
/// </summary>
internal sealed class EmbeddingBackfill
{
    private const int ProgressId = 200;

    private readonly EmbeddingRun run;
    private readonly long started;
    private IReadOnlyList<ItemCounts> unfit = [];
    private long expected;
    private string? stopped;

    private EmbeddingBackfill(EmbeddingRun run)
    {
        this.run = run;
        started = run.Time.GetTimestamp();
    }

    /// <summary>Embeds the repositories of a request, or with <see cref="EmbeddingRequest.Plan"/> only estimates them.</summary>
    /// <returns>
    /// One result a repository; of <see cref="EmbeddingRequest.All"/> only for those that have items. Completed when every
    /// item has the vector of its text; Incomplete when some were set aside or a limit of the request left some; Planned with
    /// an estimate for a plan, in which nothing is written and no provider is asked.
    /// </returns>
    /// <exception cref="BackfillException">
    /// The tables are missing or unsuitable, the vectors do not fit or are another model's, the provider refuses or does
    /// not answer, or it refuses so many texts that it cannot be the texts' fault.
    /// </exception>
    public static async Task<IReadOnlyList<EmbeddingResult>> RunAsync(
        Database database,
        EmbeddingRequest request,
        IEmbeddingProvider provider,
        IOperationOutput output,
        TimeProvider time,
        CancellationToken cancellationToken,
        EmbeddingPrices? priceTable = null
    )
    {
        var table = priceTable ?? EmbeddingPrices.Default;
        if (request.Batch && provider.BatchApi is null)
        {
            throw new BackfillException(
                ErrorIds.ParameterConflict,
                ErrorKind.Input,
                $"-Batch needs OpenAI's Batch API, and the tool knows none of {provider.Name} ({provider.Model}).",
                "Leave -Batch out, or choose -Provider OpenAI, with the address of a server that has it in OPENAI_BASE_URL.",
                provider.Name
            );
        }

        if (request.CostLimit is not null && table.OfMillionTokens(provider) is null)
        {
            throw new BackfillException(
                ErrorIds.SettingMalformed,
                ErrorKind.Input,
                $"A cost limit cannot be kept: the price of {provider.Model} is not known.",
                "Leave -CostLimit out (-MaxIterations limits the batches), or give the price in a table of your own, in BACKFILL_EMBEDDING_PRICES.",
                provider.Model
            );
        }

        var targets = await EmbeddingTargets.FindAsync(database, request, cancellationToken);
        if (targets.All.Count == 0)
        {
            return [];
        }

        var scope = await EmbeddingScope.FindAsync(database, targets, request, provider, output, cancellationToken);
        var shared = new EmbeddingRun(database, targets.All, scope, request, provider, table, output, time);
        var backfill = new EmbeddingBackfill(shared);
        try
        {
            return await backfill.RunAsync(cancellationToken);
        }
        finally
        {
            output.Progress(
                new OperationProgress(ProgressId, shared.Activity, "done", PercentComplete: 100, Completed: true)
            );
        }
    }

    private async Task<IReadOnlyList<EmbeddingResult>> RunAsync(CancellationToken cancellationToken)
    {
        var before = await CountAsync(run.Scope.Stores, cancellationToken);
        unfit = await CountAsync(run.Scope.Unfit, cancellationToken);
        RequireOneModel(before);
        expected = before.Sum(count => run.Request.Force ? count.Total : count.Wanting);
        if (run.Request.Plan)
        {
            return await PlanAsync(before, cancellationToken);
        }

        await EmbeddingJob.EndDesertedAsync(run.Database, cancellationToken);
        foreach (var store in run.Scope.Stores)
        {
            await store.StampAsync(before.Sum(count => count.Unstamped), cancellationToken);
        }

        var batches = await BatchIdsAsync(cancellationToken);
        var isWork = expected > 0 || batches.Count > 0;
        if (isWork)
        {
            await EmbedAsync(before, cancellationToken);
        }
        else
        {
            // An earlier run may have been ended before it built its indexes again.
            var indexes = await PrepareIndexesAsync(0, cancellationToken);
            await indexes.RestoreAsync(cancellationToken);
        }

        var after = isWork ? await CountAsync(run.Scope.Stores, cancellationToken) : before;
        RequireOneModel(after);
        return await EndAsync(after, cancellationToken);
    }

    private async Task<IReadOnlyList<EmbeddingResult>> PlanAsync(
        IReadOnlyList<ItemCounts> counts,
        CancellationToken cancellationToken
    )
    {
        var estimates = await EmbeddingPlan.EstimateAsync(
            run,
            counts,
            done => Report("counting tokens,", done),
            cancellationToken
        );
        var results = await ResultsAsync(counts, cancellationToken);
        await results.ExplainUnfitAsync(cancellationToken);
        return
        [
            .. Shown(counts)
                .Select(repository =>
                    results.Of(repository) with
                    {
                        State = RunState.Planned,
                        Estimate = estimates[repository.Id],
                    }
                ),
        ];
    }

    private async Task<EmbeddingResults> ResultsAsync(
        IReadOnlyList<ItemCounts> counts,
        CancellationToken cancellationToken
    ) => new(run, counts, unfit, await BatchIdsAsync(cancellationToken), run.Time.GetElapsedTime(started));

    // A plan may look at a database that an older version of the tool made.
    private async Task<ILookup<Guid, string>> BatchIdsAsync(CancellationToken cancellationToken) =>
        (await run.Database.CatalogueAsync(cancellationToken)).HasTable("backfill.embedding_batch")
            ? await BatchApiTable.IdsAsync(run.Database, run.Repositories, run.Scope.ModelKey, cancellationToken)
            : Array.Empty<string>().ToLookup(_ => Guid.Empty);

    private async Task EmbedAsync(IReadOnlyList<ItemCounts> before, CancellationToken cancellationToken)
    {
        run.Tally.Spend(0, await EmbeddingScope.ProbeAsync(run.Provider, cancellationToken), []);
        foreach (var store in run.Scope.Stores)
        {
            EmbeddingScope.RequireFit(store.Column, run.Provider, run.Provider.Dimensions);
        }

        var job = await EmbeddingJob.BeginAsync(
            run.Database,
            run.Repositories.Count == 1 ? run.Repositories[0].Id : null,
            expected,
            cancellationToken
        );
        try
        {
            await EmbedAsync(job, expected / (double)Math.Max(1, before.Sum(count => count.Total)), cancellationToken);
            var isWaiting = run.Request.NoWait && (await BatchIdsAsync(cancellationToken)).Count > 0;
            await EndAsync(job, isWaiting || expected == 0 ? null : NothingDone);
        }
        catch (Exception error)
        {
            await EndAsync(job, error is OperationCanceledException ? "Stopped." : error.Message);
            throw;
        }
    }

    private async Task EmbedAsync(EmbeddingJob? job, double share, CancellationToken cancellationToken)
    {
        var indexes = await PrepareIndexesAsync(share, cancellationToken);
        try
        {
            await using var claims = await EmbeddingClaims.BeginAsync(
                run.Database,
                run.Output,
                run.Time,
                token => job?.BeatAsync(run.Tally.Total.Done, token) ?? Task.CompletedTask,
                cancellationToken
            );
            var writer = new EmbeddingWriter(run);
            await using var batchApi = await BatchApiAsync(claims, writer, cancellationToken);
            if (run.Request.Batch)
            {
                await batchApi!.RunAsync(cancellationToken);
                stopped = batchApi.Stopped;
            }
            else
            {
                await (batchApi?.CollectAsync(cancellationToken) ?? Task.CompletedTask);
                var work = new EmbeddingWork(run, claims, writer, () => Report("embedded", run.Tally.Total.Done));
                await work.RunAsync(cancellationToken);
                stopped = work.Stopped;
            }
        }
        catch (Exception)
        {
            await indexes.TellDroppedAsync();
            throw;
        }

        await indexes.RestoreAsync(cancellationToken);
    }

    // Null where the provider has no Batch API.
    private async Task<BatchApiRun?> BatchApiAsync(
        EmbeddingClaims claims,
        EmbeddingWriter writer,
        CancellationToken cancellationToken
    )
    {
        if (run.Provider.BatchApi is not { } api)
        {
            return null;
        }

        var stores = await EmbeddingScope.StoresByTypeAsync(
            run.Database,
            run.Scope.ModelKey,
            run.Request.AllowModelChange,
            cancellationToken
        );
        return new BatchApiRun(
            run,
            api,
            stores,
            claims,
            writer,
            status => Report($"{status}; embedded", run.Tally.Total.Done)
        );
    }

    private Task<EmbeddingIndexes> PrepareIndexesAsync(double share, CancellationToken cancellationToken) =>
        EmbeddingIndexes.PrepareAsync(
            run.Database,
            [.. run.Scope.Stores.Select(store => store.Column).Distinct()],
            run.Request.RebuildIndex,
            share,
            run.Output,
            run.Time,
            cancellationToken
        );

    // A run that found work and did none of it has failed, whatever it was that kept it from working.
    private string? NothingDone =>
        run.Tally.Total is { Done: 0, Superseded: 0 } ? "Nothing of what was found was embedded." : null;

    private Task EndAsync(EmbeddingJob? job, string? error) =>
        job?.EndAsync(run.Tally.Total.Done, error, CancellationToken.None) ?? Task.CompletedTask;

    private static async Task<IReadOnlyList<ItemCounts>> CountAsync(
        IReadOnlyList<EmbeddingStore> stores,
        CancellationToken cancellationToken
    )
    {
        var counts = new List<ItemCounts>();
        foreach (var store in stores)
        {
            counts.AddRange(await store.CountAsync(cancellationToken));
        }

        return counts;
    }

    private void RequireOneModel(IReadOnlyList<ItemCounts> counts)
    {
        if (!run.Request.AllowModelChange && counts.FirstOrDefault(count => count.OtherModel is not null) is { } mixed)
        {
            var name = run.Repositories.First(repository => repository.Id == mixed.RepositoryId).FullName;
            throw new BackfillException(
                ErrorIds.EmbeddingModelChanged,
                ErrorKind.Conflict,
                $"{name} has vectors of {mixed.OtherModel}, which cannot be compared with those of {run.Scope.ModelKey}.",
                "Set the provider and model that made them (BACKFILL_EMBEDDING_PROVIDER, BACKFILL_EMBEDDING_MODEL, OPENAI_API_KEY), or replace them all with -AllowModelChange.",
                name
            );
        }
    }

    // Of a whole database only what has items at all.
    private IEnumerable<StoredRepository> Shown(IReadOnlyList<ItemCounts> counts)
    {
        var withItems = counts.Select(count => count.RepositoryId).ToHashSet();
        return run.Repositories.Where(repository => !run.Request.All || withItems.Contains(repository.Id));
    }

    private async Task<IReadOnlyList<EmbeddingResult>> EndAsync(
        IReadOnlyList<ItemCounts> counts,
        CancellationToken cancellationToken
    )
    {
        var results = await ResultsAsync(counts, cancellationToken);
        var shown = Shown(counts).Select(results.Of).ToList();
        await results.ExplainAsync(
            shown,
            shown.Count == 1 ? shown[0].Repository : run.Activity,
            stopped,
            cancellationToken
        );
        await results.ExplainUnfitAsync(cancellationToken);
        return shown;
    }

    private void Report(string what, long done)
    {
        var elapsed = run.Time.GetElapsedTime(started).TotalSeconds;
        var pace = done > 0 && elapsed > 0 ? FormattableString.Invariant($", {done / elapsed:0} items/s") : "";
        var spent =
            run.Tally.Tokens > 0
                ? FormattableString.Invariant(
                    $", {run.Tally.Tokens} tokens{(run.Cost(run.Tally.Tokens, run.Tally.Total.BatchTokens) is { } cost and > 0 ? FormattableString.Invariant($", ${cost:0.0000}") : "")}"
                )
                : "";
        run.Output.Progress(
            new OperationProgress(
                ProgressId,
                run.Activity,
                FormattableString.Invariant($"{what} {done} of {expected}{pace}{spent}"),
                expected > 0 ? (int)Math.Min(100, done * 100 / expected) : null,
                done > 0 ? (int)Math.Ceiling(elapsed / done * Math.Max(0, expected - done)) : null
            )
        );
    }
}
