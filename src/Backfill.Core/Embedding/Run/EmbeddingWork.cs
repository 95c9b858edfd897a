using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using Backfill.Core.Embedding.Store;

namespace Backfill.Core.Embedding.Run;

/// <summary>
/// The batches of one run: listed newest first, claimed, embedded and written, several at a time. What another worker has
/// at the moment, and what was edited meanwhile, comes again at the end. No transaction is open while a provider works.
/// </summary>
internal sealed class EmbeddingWork(EmbeddingRun run, EmbeddingClaims claims, EmbeddingWriter writer, Action report)
{
    private const int ItemsPerListing = 10_000;

    // An item that is edited again and again is left to the next run.
    private const int MostTries = 5;

    // Of texts whose requests ended with their process: first each is sent alone, then it is set aside.
    private const int AttemptsInCompany = 3;
    private const int AttemptsAlone = 3;

    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);

    private readonly ConcurrentQueue<(EmbeddingStore Store, ListedItem Item)> again = new();
    private Exception? failure;
    private string? stopped;
    private int iterations;
    private long steps;
    private volatile bool contended;

    /// <summary>The limit of the request that ended the work; null when it went to its end.</summary>
    public string? Stopped => stopped;

    /// <summary>Works until nothing is left, or a limit is reached.</summary>
    /// <exception cref="BackfillException">The first failure; batches that were under way are written before it is thrown.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await EmbedAsync(ListedAsync(cancellationToken), cancellationToken);
        var pause = ShortestPause;
        while (stopped is null && failure is null && !again.IsEmpty)
        {
            var before = Interlocked.Read(ref steps);
            await EmbedAsync(AgainAsync(cancellationToken), cancellationToken);
            if (stopped is null && failure is null && Interlocked.Read(ref steps) == before && !again.IsEmpty)
            {
                // Another process has them, or its claims have to lapse first.
                await Task.Delay(pause, run.Time, cancellationToken);
                pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
            }
            else
            {
                pause = ShortestPause;
            }
        }

        if (failure is not null)
        {
            ExceptionDispatchInfo.Throw(failure);
        }
    }

    private Task EmbedAsync(IAsyncEnumerable<Batch> batches, CancellationToken cancellationToken) =>
        Parallel.ForEachAsync(
            batches,
            new ParallelOptions
            {
                MaxDegreeOfParallelism = run.Request.ThrottleLimit ?? run.Provider.Concurrency,
                CancellationToken = cancellationToken,
            },
            async (batch, token) =>
            {
                try
                {
                    await EmbedBatchAsync(batch, token);
                }
                catch (BackfillException error)
                {
                    // The batches beside it end by themselves: what they paid for is written.
                    Interlocked.CompareExchange(ref failure, error, null);
                }
            }
        );

    private async IAsyncEnumerable<Batch> ListedAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var store in run.Scope.Stores)
        {
            ListedItem? after = null;
            do
            {
                var page = await store.ListAsync(after, run.Request.Force, ItemsPerListing, cancellationToken);
                var chunks = page.Chunk(run.Request.BatchSize).ToList();
                while (chunks.Count > 0)
                {
                    // Where another process works on the same items, this one goes on elsewhere in the page.
                    var place = contended ? Random.Shared.Next(chunks.Count) : 0;
                    contended = false;
                    if (!await MayGoOnAsync(cancellationToken))
                    {
                        yield break;
                    }

                    yield return new Batch(store, chunks[place]);
                    chunks.RemoveAt(place);
                }

                after = page.Count == ItemsPerListing ? page[^1] : null;
            } while (after is not null);
        }
    }

    private async IAsyncEnumerable<Batch> AgainAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var waiting = new List<(EmbeddingStore Store, ListedItem Item)>();
        while (again.TryDequeue(out var one))
        {
            waiting.Add(one);
        }

        var batches = waiting
            .GroupBy(one => one.Store)
            .SelectMany(group =>
                group
                    .Where(one => one.Item.Alone)
                    .Select(one => new Batch(group.Key, [one.Item]))
                    .Concat(
                        group
                            .Where(one => !one.Item.Alone)
                            .Select(one => one.Item)
                            .Chunk(run.Request.BatchSize)
                            .Select(items => new Batch(group.Key, items))
                    )
            );
        foreach (var batch in batches)
        {
            if (!await MayGoOnAsync(cancellationToken))
            {
                yield break;
            }

            yield return batch;
        }
    }

    private async Task<bool> MayGoOnAsync(CancellationToken cancellationToken)
    {
        if (iterations >= run.Request.MaxIterations)
        {
            stopped ??= FormattableString.Invariant($"the limit of {run.Request.MaxIterations} iterations is reached");
        }

        if (stopped is not null || failure is not null)
        {
            return false;
        }

        if (iterations > 0 && run.Request.Delay > TimeSpan.Zero)
        {
            await Task.Delay(run.Request.Delay, run.Time, cancellationToken);
        }

        Interlocked.Increment(ref iterations);
        return true;
    }

    private async Task EmbedBatchAsync(Batch batch, CancellationToken cancellationToken)
    {
        var worker = claims.Begin();
        var gaveBack = true;
        try
        {
            var items = await batch.Store.ClaimAsync(batch.Items, run.Request.Force, worker, cancellationToken);
            if (items.Count < batch.Items.Length)
            {
                // Some became fresh, or are gone.
                Interlocked.Increment(ref steps);
            }

            items = await ReuseAsync(batch, items, cancellationToken);
            var taken = await SiftAsync(batch, items, worker, cancellationToken);
            if (taken.Count == 0)
            {
                // Nothing came of it: another process was there before.
                Interlocked.Decrement(ref iterations);
            }
            else
            {
                Interlocked.Increment(ref steps);
                gaveBack = !await EmbedTakenAsync(batch, taken, worker, cancellationToken);
            }
        }
        finally
        {
            using var ending = new CancellationTokenSource(EmbeddingRun.StopTime, run.Time);
            await claims.EndAsync(worker, gaveBack, ending.Token);
        }

        report();
    }

    // Forced, every item is made anew, whatever others have.
    private async Task<List<EmbeddingItem>> ReuseAsync(
        Batch batch,
        List<EmbeddingItem> items,
        CancellationToken cancellationToken
    )
    {
        if (run.Request.Force || !items.Exists(item => item.HasTwin))
        {
            return items;
        }

        var twins = items.FindAll(item => item.HasTwin);
        Requeue(batch, await writer.ReuseAsync(batch.Store, twins, cancellationToken));
        Interlocked.Increment(ref steps);
        return items.FindAll(item => !item.HasTwin);
    }

    // What this worker may embed now. The rest comes again: what others have, and what is to be sent alone. A text in a
    // batch at the provider is left to that, which may take a day.
    private async Task<List<EmbeddingItem>> SiftAsync(
        Batch batch,
        List<EmbeddingItem> items,
        string worker,
        CancellationToken cancellationToken
    )
    {
        var taken = items.FindAll(item => item.Attempts > 0);
        var others = items.Count - taken.Count;
        contended |= others > items.Count / 2;
        foreach (var item in items.Where(item => item is { Attempts: 0, InBatch: false }))
        {
            again.Enqueue((batch.Store, batch.Listed(item)));
        }

        if (batch.Items is [{ Alone: true }])
        {
            var hopeless = taken.FindAll(item => item.Attempts > AttemptsInCompany + AttemptsAlone);
            await writer.QuarantineAsync(
                batch.Store,
                hopeless,
                _ => "The process ended each time while this text was embedded alone.",
                worker,
                cancellationToken
            );
            return taken.Except(hopeless).ToList();
        }

        var suspects = taken.FindAll(item => item.Attempts > AttemptsInCompany);
        if (suspects.Count > 0)
        {
            await claims.ReleaseAsync(worker, [.. suspects.Select(item => item.TextHash)], cancellationToken);
            suspects.ForEach(item => again.Enqueue((batch.Store, batch.Listed(item) with { Alone = true })));
            Interlocked.Increment(ref steps);
        }

        return taken.Except(suspects).ToList();
    }

    // False when the limit of the costs does not allow it.
    private async Task<bool> EmbedTakenAsync(
        Batch batch,
        List<EmbeddingItem> items,
        string worker,
        CancellationToken cancellationToken
    )
    {
        // Identical texts of one batch are embedded once.
        var asked = items.DistinctBy(item => item.TextHash, StringComparer.Ordinal).ToList();
        // Tokens are counted only where a limit needs the count.
        var reserved = run.Request.CostLimit is null ? 0 : asked.Sum(item => (long)run.Provider.CountTokens(item.Text));
        if (run.Reserve(reserved) is { } limit)
        {
            stopped ??= limit;
            return false;
        }

        var answer = await run.Provider.EmbedAsync([.. asked.Select(item => item.Text)], cancellationToken);
        run.Tally.Spend(reserved, answer.Tokens, items);
        var made = asked
            .Zip(answer.Texts)
            .ToDictionary(pair => pair.First.TextHash, pair => pair.Second, StringComparer.Ordinal);
        // Vectors are paid for, so they are written also when the run is being stopped.
        using var ending = new CancellationTokenSource();
        await using var stopping = cancellationToken.Register(() => ending.CancelAfter(EmbeddingRun.StopTime));
        Requeue(batch, await writer.WriteAsync(batch.Store, items, made, worker, ending.Token));
        var refused = items.FindAll(item => made[item.TextHash].Refusal is not null);
        if (refused.Count > 0)
        {
            string Reason(EmbeddingItem item) => made[item.TextHash].Refusal!;
            writer.RequireFewRefusals(
                refused.Count,
                Reason(refused[0]),
                asked.Count > 1 && answer.Texts.All(text => text.Refusal is not null)
            );
            await writer.QuarantineAsync(batch.Store, refused, Reason, worker, ending.Token);
        }

        if (answer.Failure is not null)
        {
            // The texts without an answer are given back.
            ExceptionDispatchInfo.Throw(answer.Failure);
        }

        return true;
    }

    private void Requeue(Batch batch, List<EmbeddingItem> items)
    {
        foreach (var listed in items.Select(batch.Listed).Where(listed => listed.Tries < MostTries))
        {
            again.Enqueue((batch.Store, listed with { Tries = listed.Tries + 1 }));
        }
    }

    private sealed record Batch(EmbeddingStore Store, ListedItem[] Items)
    {
        public ListedItem Listed(EmbeddingItem item) => Array.Find(Items, listed => listed.Id == item.Id)!;
    }
}
