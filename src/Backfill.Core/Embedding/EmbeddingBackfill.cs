using Backfill.Core.Postgres;

namespace Backfill.Core.Embedding;

/// <summary>
/// Embeds what needs it of some repositories: issues, pull requests and discussions, those of workspaces first and the
/// newest before the older. A batch is claimed, embedded and written without a transaction over the request, and a vector
/// is written only where the item's text is still the embedded one. Every written batch stays, whatever ends the run; the
/// next run finds what is left by the texts themselves. Several processes share what there is to do.
/// </summary>
internal sealed class EmbeddingBackfill
{
    private const int ProgressId = 200;

    private readonly Database database;
    private readonly IReadOnlyList<StoredRepository> repositories;
    private readonly EmbeddingRequest request;
    private readonly IEmbeddingProvider provider;
    private readonly IOperationOutput output;
    private readonly TimeProvider time;
    private readonly EmbeddingPrices prices;
    private readonly EmbeddingScope scope;
    private readonly EmbeddingTally tally = new();
    private readonly long started;
    private IReadOnlyList<ItemCounts> unfit = [];
    private long expected;
    private string? stopped;

    private EmbeddingBackfill(
        Database database,
        IReadOnlyList<StoredRepository> repositories,
        EmbeddingRequest request,
        IEmbeddingProvider provider,
        IOperationOutput output,
        TimeProvider time,
        EmbeddingPrices prices,
        EmbeddingScope scope
    )
    {
        this.database = database;
        this.repositories = repositories;
        this.request = request;
        this.provider = provider;
        this.output = output;
        this.time = time;
        this.prices = prices;
        this.scope = scope;
        started = time.GetTimestamp();
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
        if (request.Batch && provider is not OpenAIProvider { Batches: not null })
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

        var found = await EmbeddingScope.FindAsync(database, targets, request, provider, output, cancellationToken);
        var backfill = new EmbeddingBackfill(database, targets.All, request, provider, output, time, table, found);
        try
        {
            return await backfill.RunAsync(cancellationToken);
        }
        finally
        {
            output.Progress(
                new OperationProgress(ProgressId, backfill.Activity, "done", PercentComplete: 100, Completed: true)
            );
        }
    }

    private string Activity =>
        repositories.Count == 1
            ? $"Embed {repositories[0].FullName}"
            : FormattableString.Invariant($"Embed {repositories.Count} repositories");

    private string Subject => repositories.Count == 1 ? repositories[0].FullName : Activity;

    private async Task<IReadOnlyList<EmbeddingResult>> RunAsync(CancellationToken cancellationToken)
    {
        var before = await CountAsync(scope.Stores, cancellationToken);
        unfit = await CountAsync(scope.Unfit, cancellationToken);
        RequireOneModel(before);
        expected = before.Sum(count => request.Force ? count.Total : count.Wanting);
        if (request.Plan)
        {
            var estimates = await EmbeddingPlan.EstimateAsync(
                scope,
                repositories,
                before,
                request,
                provider,
                prices,
                done => Report("counting tokens,", done),
                cancellationToken
            );
            var planned = new EmbeddingResults(
                before,
                unfit,
                await BatchIdsAsync(cancellationToken),
                tally,
                scope.ModelKey,
                Cost,
                time.GetElapsedTime(started)
            );
            await planned.ExplainUnfitAsync(Subject, scope, provider, request.Plan, output, cancellationToken);
            return
            [
                .. Shown(before)
                    .Select(repository =>
                        planned.Of(repository, repositories.Count == 1) with
                        {
                            State = RunState.Planned,
                            Estimate = estimates[repository.Id],
                        }
                    ),
            ];
        }

        await EmbeddingJob.EndDesertedAsync(database, cancellationToken);
        foreach (var store in scope.Stores)
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

        var after = isWork ? await CountAsync(scope.Stores, cancellationToken) : before;
        RequireOneModel(after);
        return await EndAsync(after, cancellationToken);
    }

    // A plan may look at a database that an older version of the tool made.
    private async Task<ILookup<Guid, string>> BatchIdsAsync(CancellationToken cancellationToken) =>
        (await database.CatalogueAsync(cancellationToken)).HasTable("backfill.embedding_batch")
            ? await EmbeddingBatchTable.IdsAsync(database, repositories, scope.ModelKey, cancellationToken)
            : Array.Empty<string>().ToLookup(_ => Guid.Empty);

    private async Task EmbedAsync(IReadOnlyList<ItemCounts> before, CancellationToken cancellationToken)
    {
        tally.Spend(0, await EmbeddingScope.ProbeAsync(provider, cancellationToken), []);
        foreach (var store in scope.Stores)
        {
            EmbeddingScope.RequireFit(store.Column, provider, provider.Dimensions);
        }

        var job = await EmbeddingJob.BeginAsync(
            database,
            repositories.Count == 1 ? repositories[0].Id : null,
            expected,
            cancellationToken
        );
        try
        {
            await EmbedAsync(job, expected / (double)Math.Max(1, before.Sum(count => count.Total)), cancellationToken);
            var isWaiting = request.NoWait && (await BatchIdsAsync(cancellationToken)).Count > 0;
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
                database,
                output,
                time,
                token => job?.BeatAsync(tally.Total.Done, token) ?? Task.CompletedTask,
                cancellationToken
            );
            var writer = new EmbeddingWriter(provider, tally);
            await using var batches = await BatchWorkAsync(claims, writer, cancellationToken);
            if (request.Batch)
            {
                await batches!.RunAsync(cancellationToken);
                stopped = batches.Stopped;
            }
            else
            {
                await (batches?.CollectAsync(cancellationToken) ?? Task.CompletedTask);
                var work = new EmbeddingWork(
                    scope,
                    request,
                    provider,
                    prices,
                    claims,
                    writer,
                    tally,
                    time,
                    () => Report("embedded", tally.Total.Done)
                );
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
    private async Task<EmbeddingBatchWork?> BatchWorkAsync(
        EmbeddingClaims claims,
        EmbeddingWriter writer,
        CancellationToken cancellationToken
    ) =>
        provider is OpenAIProvider { Batches: { } api } made
            ? new EmbeddingBatchWork(
                database,
                scope,
                await EmbeddingScope.StoresByTypeAsync(
                    database,
                    scope.ModelKey,
                    request.AllowModelChange,
                    cancellationToken
                ),
                repositories,
                request,
                made,
                api,
                prices,
                claims,
                writer,
                tally,
                output,
                time,
                status => Report($"{status}; embedded", tally.Total.Done)
            )
            : null;

    private Task<EmbeddingIndexes> PrepareIndexesAsync(double share, CancellationToken cancellationToken) =>
        EmbeddingIndexes.PrepareAsync(
            database,
            [.. scope.Stores.Select(store => store.Column).Distinct()],
            request.RebuildIndex,
            share,
            output,
            time,
            cancellationToken
        );

    // A run that found work and did none of it has failed, whatever it was that kept it from working.
    private string? NothingDone =>
        tally.Total is { Done: 0, Superseded: 0 } ? "Nothing of what was found was embedded." : null;

    private Task EndAsync(EmbeddingJob? job, string? error) =>
        job?.EndAsync(tally.Total.Done, error, CancellationToken.None) ?? Task.CompletedTask;

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
        if (!request.AllowModelChange && counts.FirstOrDefault(count => count.OtherModel is not null) is { } mixed)
        {
            var name = repositories.First(repository => repository.Id == mixed.RepositoryId).FullName;
            throw new BackfillException(
                ErrorIds.EmbeddingModelChanged,
                ErrorKind.Conflict,
                $"{name} has vectors of {mixed.OtherModel}, which cannot be compared with those of {scope.ModelKey}.",
                "Set the provider and model that made them (BACKFILL_EMBEDDING_PROVIDER, BACKFILL_EMBEDDING_MODEL, OPENAI_API_KEY), or replace them all with -AllowModelChange.",
                name
            );
        }
    }

    // Of a whole database only what has items at all.
    private IEnumerable<StoredRepository> Shown(IReadOnlyList<ItemCounts> counts)
    {
        var withItems = counts.Select(count => count.RepositoryId).ToHashSet();
        return repositories.Where(repository => !request.All || withItems.Contains(repository.Id));
    }

    private async Task<IReadOnlyList<EmbeddingResult>> EndAsync(
        IReadOnlyList<ItemCounts> counts,
        CancellationToken cancellationToken
    )
    {
        var batches = await BatchIdsAsync(cancellationToken);
        var results = new EmbeddingResults(
            counts,
            unfit,
            batches,
            tally,
            scope.ModelKey,
            Cost,
            time.GetElapsedTime(started)
        );
        var shown = Shown(counts).Select(repository => results.Of(repository, repositories.Count == 1)).ToList();
        await results.ExplainAsync(
            shown,
            shown.Count == 1 ? shown[0].Repository : Activity,
            stopped,
            output,
            cancellationToken
        );
        await results.ExplainUnfitAsync(Subject, scope, provider, request.Plan, output, cancellationToken);
        return shown;
    }

    private decimal? Cost(long tokens, long batchTokens) => prices.Of(provider, tokens, batchTokens);

    private void Report(string what, long done)
    {
        var elapsed = time.GetElapsedTime(started).TotalSeconds;
        var pace = done > 0 && elapsed > 0 ? FormattableString.Invariant($", {done / elapsed:0} items/s") : "";
        var spent =
            tally.Tokens > 0
                ? FormattableString.Invariant(
                    $", {tally.Tokens} tokens{(Cost(tally.Tokens, tally.Total.BatchTokens) is { } cost and > 0 ? FormattableString.Invariant($", ${cost:0.0000}") : "")}"
                )
                : "";
        output.Progress(
            new OperationProgress(
                ProgressId,
                Activity,
                FormattableString.Invariant($"{what} {done} of {expected}{pace}{spent}"),
                expected > 0 ? (int)Math.Min(100, done * 100 / expected) : null,
                done > 0 ? (int)Math.Ceiling(elapsed / done * Math.Max(0, expected - done)) : null
            )
        );
    }
}
