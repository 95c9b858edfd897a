using System.Runtime.CompilerServices;
using Backfill.Core.Postgres;

namespace Backfill.Core.Embedding;

/// <summary>
/// Embeds what needs it of one repository: issues, pull requests and discussions, newest first. A batch is read, embedded
/// and written without a transaction over the request, and a vector is written only where the item's text is still the
/// embedded one. Every written batch stays, whatever ends the run; the next run finds what is left by the texts themselves.
/// </summary>
internal sealed class EmbeddingBackfill
{
    private const int ProgressId = 200;
    private const int ItemsAListing = 10_000;

    // An item that is edited again and again is left to the next run.
    private const int MostPasses = 5;

    // More refusals than this are a matter of configuration, not of texts.
    private const int RefusalsAllowed = 10;
    private const double RefusedShareAllowed = 0.05;

    private readonly StoredRepository repository;
    private readonly EmbeddingRequest request;
    private readonly IEmbeddingProvider provider;
    private readonly IOperationOutput output;
    private readonly TimeProvider time;
    private readonly EmbeddingScope scope;
    private readonly EmbeddingTally tally = new();
    private readonly long started;
    private long expected;
    private int iterations;
    private string? stopped;

    private EmbeddingBackfill(
        StoredRepository repository,
        EmbeddingRequest request,
        IEmbeddingProvider provider,
        IOperationOutput output,
        TimeProvider time,
        EmbeddingScope scope
    )
    {
        this.repository = repository;
        this.request = request;
        this.provider = provider;
        this.output = output;
        this.time = time;
        this.scope = scope;
        started = time.GetTimestamp();
    }

    /// <summary>Embeds a repository, or with <see cref="EmbeddingRequest.Plan"/> only estimates it.</summary>
    /// <returns>
    /// Completed when every item has the vector of its text; Incomplete when some were set aside or a limit of the request
    /// left some; Planned with an estimate for a plan, in which nothing is written and no provider is asked.
    /// </returns>
    /// <exception cref="BackfillException">
    /// The tables are missing or unsuitable, the vectors do not fit or are another model's, the provider refuses or does
    /// not answer, or it refuses so many texts that it cannot be the texts' fault.
    /// </exception>
    public static async Task<EmbeddingResult> RunAsync(
        Database database,
        StoredRepository repository,
        EmbeddingRequest request,
        IEmbeddingProvider provider,
        IOperationOutput output,
        TimeProvider time,
        CancellationToken cancellationToken
    )
    {
        if (request.CostLimit is not null && EmbeddingPrices.OfMillionTokens(provider) is null)
        {
            throw new BackfillException(
                ErrorIds.SettingMalformed,
                ErrorKind.Input,
                $"A cost limit cannot be kept: the price of {provider.Model} is not known.",
                "Leave -CostLimit out; -MaxIterations limits the batches.",
                provider.Model
            );
        }

        var found = await EmbeddingScope.FindAsync(database, repository, request, provider, output, cancellationToken);
        var backfill = new EmbeddingBackfill(repository, request, provider, output, time, found);
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

    private string Activity => $"Embed {repository.FullName}";

    private async Task<EmbeddingResult> RunAsync(CancellationToken cancellationToken)
    {
        var before = await CountAsync(cancellationToken);
        RequireOneModel(before);
        expected = before.Sum(count => request.Force ? count.Total : count.Missing);
        if (request.Plan)
        {
            var estimate = await EmbeddingPlan.EstimateAsync(
                scope,
                before,
                request,
                provider,
                done => Report("counting tokens,", done),
                cancellationToken
            );
            return Result(RunState.Planned, before) with { Estimate = estimate };
        }

        for (var index = 0; index < before.Length; index++)
        {
            await scope.Stores[index].StampAsync(before[index].Unstamped, cancellationToken);
        }

        if (expected > 0)
        {
            await ProbeAsync(cancellationToken);
            await EmbedAsync(cancellationToken);
        }

        var after = expected > 0 ? await CountAsync(cancellationToken) : before;
        var complete = after.All(count => count is { Missing: 0, Quarantined: 0 });
        var result = Result(complete ? RunState.Completed : RunState.Incomplete, after);
        await ExplainAsync(result, cancellationToken);
        return result;
    }

    private async Task<ItemCounts[]> CountAsync(CancellationToken cancellationToken)
    {
        var counts = new ItemCounts[scope.Stores.Count];
        for (var index = 0; index < counts.Length; index++)
        {
            counts[index] = await scope.Stores[index].CountAsync(cancellationToken);
        }

        return counts;
    }

    private void RequireOneModel(ItemCounts[] counts)
    {
        if (!request.AllowModelChange && counts.FirstOrDefault(count => count.OtherModel is not null) is { } mixed)
        {
            throw new BackfillException(
                ErrorIds.EmbeddingModelChanged,
                ErrorKind.Conflict,
                $"{repository.FullName} has vectors of {mixed.OtherModel}, which cannot be compared with those of {scope.ModelKey}.",
                "Set the provider and model that made them (BACKFILL_EMBEDDING_PROVIDER, BACKFILL_EMBEDDING_MODEL, OPENAI_API_KEY), or replace them all with -AllowModelChange.",
                repository.FullName
            );
        }
    }

    private async Task ProbeAsync(CancellationToken cancellationToken)
    {
        tally.Spend(0, await EmbeddingScope.ProbeAsync(provider, cancellationToken));
        foreach (var store in scope.Stores)
        {
            EmbeddingScope.RequireFit(store.Column, provider, provider.Dimensions);
        }
    }

    private async Task EmbedAsync(CancellationToken cancellationToken)
    {
        for (var pass = 0; pass < MostPasses && stopped is null; pass++)
        {
            tally.BeginPass();
            var left = tally.Superseded + tally.Deferred;
            // What is fresh is embedded again once; later passes are for what was edited meanwhile.
            var force = request.Force && pass == 0;
            await Parallel.ForEachAsync(
                BatchesAsync(force, cancellationToken),
                new ParallelOptions
                {
                    MaxDegreeOfParallelism = provider.Concurrency,
                    CancellationToken = cancellationToken,
                },
                async (batch, token) => await EmbedBatchAsync(batch.Store, batch.Items, force, token)
            );
            if (tally.Superseded + tally.Deferred == left)
            {
                return;
            }
        }
    }

    private async IAsyncEnumerable<(EmbeddingStore Store, ListedItem[] Items)> BatchesAsync(
        bool force,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        foreach (var store in scope.Stores)
        {
            ListedItem? after = null;
            do
            {
                var page = await store.ListAsync(after, force, ItemsAListing, cancellationToken);
                foreach (var items in page.Chunk(request.BatchSize))
                {
                    if (iterations >= request.MaxIterations)
                    {
                        stopped ??= FormattableString.Invariant($"the limit of {iterations} iterations is reached");
                    }

                    if (stopped is not null)
                    {
                        yield break;
                    }

                    if (iterations > 0 && request.Delay > TimeSpan.Zero)
                    {
                        await Task.Delay(request.Delay, time, cancellationToken);
                    }

                    iterations++;
                    yield return (store, items);
                }

                after = page.Count == ItemsAListing ? page[^1] : null;
            } while (after is not null);
        }
    }

    private async Task EmbedBatchAsync(
        EmbeddingStore store,
        ListedItem[] listed,
        bool force,
        CancellationToken cancellationToken
    )
    {
        var items = await store.ReadAsync(listed, force, cancellationToken);
        if (!force && items.Exists(item => item.HasTwin))
        {
            var twins = items.FindAll(item => item.HasTwin);
            var reused = await store.ReuseAsync(twins, cancellationToken);
            tally.Add(reused: reused.Count, superseded: twins.Count - reused.Count);
            items.RemoveAll(item => item.HasTwin);
        }

        // Forced, every item is made anew, whatever others have.
        await EmbedClaimedAsync(store, force ? items : tally.Claim(items), cancellationToken);
        Report("embedded", tally.Done);
    }

    private async Task EmbedClaimedAsync(
        EmbeddingStore store,
        List<EmbeddingItem> items,
        CancellationToken cancellationToken
    )
    {
        // Identical texts of one batch are embedded once.
        var places = new Dictionary<string, int>(StringComparer.Ordinal);
        var texts = new List<string>();
        foreach (var item in items)
        {
            if (places.TryAdd(item.TextHash, texts.Count))
            {
                texts.Add(item.Text);
            }
        }

        var reserved = request.CostLimit is null ? 0 : texts.Sum(text => (long)provider.CountTokens(text));
        if (texts.Count == 0 || !Reserve(reserved))
        {
            return;
        }

        var made = await provider.EmbedAsync(texts, cancellationToken);
        tally.Spend(reserved, made.Tokens);
        await QuarantineAsync(
            store,
            items.FindAll(item => made.Texts[places[item.TextHash]].Refusal is not null),
            item => made.Texts[places[item.TextHash]].Refusal!,
            items.Count,
            texts.Count > 1 && made.Texts.All(text => text.Refusal is not null),
            cancellationToken
        );
        var embedded = items.FindAll(item => made.Texts[places[item.TextHash]].Vector is not null);
        if (embedded.Count == 0)
        {
            return;
        }

        // Only the texts with a vector are sent on, so their places close up.
        var vectors = new List<float[]>(texts.Count);
        var closedUp = new int[texts.Count];
        for (var place = 0; place < texts.Count; place++)
        {
            closedUp[place] = vectors.Count;
            if (made.Texts[place].Vector is { } vector)
            {
                vectors.Add(vector);
            }
        }

        var written = await store.WriteAsync(
            embedded,
            [.. embedded.Select(item => closedUp[places[item.TextHash]])],
            vectors,
            cancellationToken
        );
        var originals = embedded
            .Where(item => written.Contains(item.Id))
            .DistinctBy(item => item.TextHash, StringComparer.Ordinal)
            .Count();
        tally.Add(embedded: originals, reused: written.Count - originals, superseded: embedded.Count - written.Count);
    }

    private bool Reserve(long tokens)
    {
        var price = EmbeddingPrices.OfMillionTokens(provider);
        long? most = request.CostLimit is { } limit && price > 0 ? (long)(limit * 1_000_000m / price.Value) : null;
        if (tally.Reserve(tokens, most))
        {
            return true;
        }

        stopped ??= FormattableString.Invariant($"the cost limit of {request.CostLimit} dollars is reached");
        return false;
    }

    private async Task QuarantineAsync(
        EmbeddingStore store,
        List<EmbeddingItem> refused,
        Func<EmbeddingItem, string> reason,
        int tried,
        bool whole,
        CancellationToken cancellationToken
    )
    {
        if (refused.Count == 0)
        {
            return;
        }

        if (whole || tally.Quarantined + refused.Count > RefusalsAllowed + (RefusedShareAllowed * (tally.Done + tried)))
        {
            throw new BackfillException(
                ErrorIds.EmbeddingProviderRefused,
                ErrorKind.Unavailable,
                $"The embedding provider refuses so many texts of {repository.FullName} that it cannot be the texts: {reason(refused[0])}",
                "Check that the model takes texts of 2,000 characters, and the server's settings. What is embedded stays.",
                repository.FullName
            );
        }

        await store.QuarantineAsync(refused, [.. refused.Select(reason)], cancellationToken);
        tally.Add(quarantined: refused.Count, refusal: reason(refused[^1]));
    }

    private async Task ExplainAsync(EmbeddingResult result, CancellationToken cancellationToken)
    {
        if (stopped is not null && result.Remaining > 0)
        {
            await output.WarningAsync(
                FormattableString.Invariant(
                    $"{repository.FullName}: {stopped}; {result.Remaining} items still need a vector. The same command goes on from there."
                ),
                cancellationToken
            );
        }

        if (result.Quarantined > 0)
        {
            await output.ErrorAsync(
                new BackfillException(
                    ErrorIds.EmbeddingIncomplete,
                    ErrorKind.Data,
                    FormattableString.Invariant(
                        $"{repository.FullName}: {result.Quarantined} items cannot be embedded and are set aside{(tally.LastRefusal is { } refusal ? $", the last one because: {refusal}" : ".")}"
                    ),
                    "backfill.embedding_state names them and the reason in last_error. They are tried again when their text or the model changes, or with -Force.",
                    repository.FullName
                ),
                cancellationToken
            );
        }
    }

    private void Report(string what, long done)
    {
        var elapsed = time.GetElapsedTime(started).TotalSeconds;
        output.Progress(
            new OperationProgress(
                ProgressId,
                Activity,
                FormattableString.Invariant($"{what} {done} of {expected}"),
                expected > 0 ? (int)Math.Min(100, done * 100 / expected) : null,
                done > 0 ? (int)Math.Ceiling(elapsed / done * Math.Max(0, expected - done)) : null
            )
        );
    }

    private EmbeddingResult Result(RunState state, ItemCounts[] counts)
    {
        var duration = time.GetElapsedTime(started);
        var remaining = counts.Sum(count => count.Missing);
        var quarantined = counts.Sum(count => count.Quarantined);
        var made = tally.Embedded + tally.Reused;
        return new EmbeddingResult
        {
            Repository = repository.FullName,
            RepositoryId = repository.Id,
            State = state,
            Model = scope.ModelKey,
            Embedded = tally.Embedded,
            Unchanged = Math.Max(0, counts.Sum(count => count.Total) - made - remaining - quarantined),
            Reused = tally.Reused,
            Superseded = tally.Superseded,
            Quarantined = quarantined,
            Remaining = remaining,
            Tokens = tally.Tokens,
            Cost = EmbeddingPrices.Of(provider, tally.Tokens),
            Duration = duration,
            ItemsPerSecond = duration > TimeSpan.Zero ? made / duration.TotalSeconds : 0,
        };
    }
}
