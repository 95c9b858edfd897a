using Backfill.Core.Embedding.Providers;
using Backfill.Core.Embedding.Store;

namespace Backfill.Core.Embedding.BatchApi;

/// <summary>
/// A run by the Batch API. It goes on with the batches that are under way, submits the remaining items, and waits. Batches
/// belong to the database and not to the process: when a process stops or is killed, the next one goes on.
/// </summary>
internal sealed class BatchApiRun : IAsyncDisposable
{
    private static readonly TimeSpan ShortestPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);

    private readonly EmbeddingRun run;
    private readonly Action<string> report;
    private readonly BatchApiParts parts;
    private readonly BatchApiCollection collection;
    private readonly BatchApiSubmission submission;
    private readonly Dictionary<Guid, long> reserved = [];
    private readonly HashSet<Guid> announced = [];
    private int submitted;
    private bool isSilent;

    /// <param name="run">The run.</param>
    /// <param name="api">The provider's Batch API.</param>
    /// <param name="stores">One store per type, for items of any repository.</param>
    /// <param name="claims">The claims of the run.</param>
    /// <param name="writer">Writes vectors.</param>
    /// <param name="report">Shows the progress.</param>
    public BatchApiRun(
        EmbeddingRun run,
        OpenAIBatches api,
        IReadOnlyDictionary<string, EmbeddingStore> stores,
        EmbeddingClaims claims,
        EmbeddingWriter writer,
        Action<string> report
    )
    {
        this.run = run;
        this.report = report;
        parts = new BatchApiParts(
            api,
            new BatchApiTable(run.Database, api.Host, run.Scope.ModelKey),
            stores,
            new BatchApiBacklog(run, stores)
        );
        submission = new BatchApiSubmission(run, claims, writer, parts);
        collection = new BatchApiCollection(run, claims, writer, submission, parts);
    }

    /// <summary>Gets the limit that ended the submission; null when no limit did.</summary>
    public string? Stopped { get; private set; }

    /// <summary>Submits and waits until no item is left, or a limit of the request is reached.</summary>
    /// <exception cref="BackfillException">The provider refuses, or has no Batch API.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await parts.Api.RequireAsync(cancellationToken);
        var limit = await parts.Table.LimitAsync(cancellationToken);
        var pause = ShortestPause;
        while (true)
        {
            var looks = await LookAsync(cancellationToken);
            limit = looks.Select(look => look.TokenLimit).OfType<long>().Append(limit ?? long.MaxValue).Min();
            var underWay = looks.Where(look => !look.IsFinished).Select(look => look.Batch).ToList();
            var more = await SubmitAsync(underWay, limit.Value, cancellationToken);
            if (run.Request.NoWait || IsDone(underWay))
            {
                return;
            }

            await AnnounceAsync(underWay, cancellationToken);
            pause = more || looks.Exists(look => look.IsFinished) ? ShortestPause : pause * 2;
            pause = pause < LongestPause ? pause : LongestPause;
            await Task.Delay(pause, run.Time, cancellationToken);
        }
    }

    /// <summary>Writes the responses of finished batches and does not wait for others. A run without <c>-Batch</c> uses them too, because they are paid for.</summary>
    /// <exception cref="BackfillException">The provider refuses.</exception>
    public Task CollectAsync(CancellationToken cancellationToken) => LookAsync(cancellationToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => parts.Backlog.DisposeAsync();

    private async Task<List<BatchLook>> LookAsync(CancellationToken cancellationToken)
    {
        var looks = new List<BatchLook>();
        foreach (var batch in await parts.Table.ListAsync(run.Request.BatchIds, run.Repositories, cancellationToken))
        {
            var look = await LookAsync(batch, cancellationToken);
            looks.Add(look);
            if (look.IsFinished)
            {
                parts.Backlog.Unhold();
                Stopped ??= look.Provider is { Status: "cancelled", Id: var id }
                    ? $"batch {id} was cancelled at the provider"
                    : null;
                run.Tally.Spend(reserved.GetValueOrDefault(batch.Key), 0, []);
                reserved.Remove(batch.Key);
            }
            else
            {
                report(
                    FormattableString.Invariant(
                        $"batch {look.Batch.Name} {look.Provider?.Status ?? "at another process"}, {look.Provider?.Done ?? 0} of {batch.Requests} texts"
                    )
                );
            }
        }

        return looks;
    }

    // The provider works on the batch while it cannot be reached, so an outage does not end the run.
    private async Task<BatchLook> LookAsync(StoredBatch batch, CancellationToken cancellationToken)
    {
        try
        {
            var look = await collection.LookAsync(batch, cancellationToken);
            isSilent = false;
            return look;
        }
        catch (BackfillException error)
            when (error.ErrorId == ErrorIds.EmbeddingProviderUnavailable && !run.Request.NoWait)
        {
            if (!isSilent)
            {
                await run.Output.WarningAsync(
                    $"Batch {batch.Name} cannot be looked at for now. {error.Message}",
                    cancellationToken
                );
            }

            isSilent = true;
            return new BatchLook(batch);
        }
    }

    // A batch waits until half of the token limit is free. Otherwise the last free tokens would make many small batches.
    private async Task<bool> SubmitAsync(List<StoredBatch> underWay, long limit, CancellationToken cancellationToken)
    {
        var any = false;
        while (run.Request.BatchIds.Count == 0 && Stopped is null && !parts.Backlog.IsEmpty)
        {
            var room = limit - underWay.Sum(batch => batch.Tokens);
            if (underWay.Count > 0 && room < limit / 2)
            {
                break;
            }

            if (submitted >= run.Request.MaxIterations)
            {
                Stopped = FormattableString.Invariant($"the limit of {run.Request.MaxIterations} batches is reached");
                break;
            }

            if (await submission.SubmitAsync(room, cancellationToken) is var (batch, tokens))
            {
                any = true;
                submitted++;
                reserved[batch.Key] = tokens;
                underWay.Add(batch);
                await run.Output.VerboseAsync(
                    FormattableString.Invariant(
                        $"Batch {batch.Id} is submitted: {batch.Requests} texts, {batch.Tokens} tokens."
                    ),
                    cancellationToken
                );
            }

            Stopped ??= submission.Stopped;
        }

        return any;
    }

    // Texts of a worker without -Batch are free within minutes. Texts in a batch of another run are left to that run.
    private bool IsDone(List<StoredBatch> underWay)
    {
        if (underWay.Count > 0)
        {
            return false;
        }

        if (run.Request.BatchIds.Count > 0 || Stopped is not null)
        {
            return true;
        }

        var isOthers = parts.Backlog.HasHeld;
        parts.Backlog.Unhold();
        return !isOthers && parts.Backlog.IsEmpty;
    }

    private async Task AnnounceAsync(List<StoredBatch> underWay, CancellationToken cancellationToken)
    {
        foreach (var batch in underWay.Where(batch => announced.Add(batch.Key)))
        {
            await run.Output.WarningAsync(
                FormattableString.Invariant(
                    $"Batch {batch.Name} is under way with {batch.Requests} texts, which may take until {batch.SubmittedAt + TimeSpan.FromHours(24):u}. Ctrl+C leaves it at the provider; the same command, or Invoke-EmbeddingBackfill -BatchId {batch.Name}, goes on with it."
                ),
                cancellationToken
            );
        }
    }
}
