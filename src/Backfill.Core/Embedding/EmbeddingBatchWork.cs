using Backfill.Core.Postgres;

namespace Backfill.Core.Embedding;

/// <summary>
/// A run by the Batch API: goes on with what is under way, submits what is not, and waits. Batches belong to the database
/// and not to the process: whichever stops or is killed, the next one goes on.
/// </summary>
internal sealed class EmbeddingBatchWork : IAsyncDisposable
{
    private static readonly TimeSpan ShortestPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);

    private readonly EmbeddingRequest request;
    private readonly IReadOnlyList<StoredRepository> repositories;
    private readonly OpenAIBatches api;
    private readonly EmbeddingBatchTable table;
    private readonly EmbeddingBatchBacklog backlog;
    private readonly EmbeddingBatchCollection collection;
    private readonly EmbeddingBatchSubmission submission;
    private readonly EmbeddingTally tally;
    private readonly IOperationOutput output;
    private readonly TimeProvider time;
    private readonly Action<string> report;
    private readonly Dictionary<Guid, long> reserved = [];
    private readonly HashSet<Guid> told = [];
    private int submitted;
    private bool isSilent;

    /// <param name="stores">One store a type, whatever its repositories.</param>
    /// <param name="report">Shows how far it is.</param>
    public EmbeddingBatchWork(
        Database database,
        EmbeddingScope scope,
        IReadOnlyDictionary<string, EmbeddingStore> stores,
        IReadOnlyList<StoredRepository> repositories,
        EmbeddingRequest request,
        OpenAIProvider provider,
        OpenAIBatches api,
        EmbeddingPrices prices,
        EmbeddingClaims claims,
        EmbeddingWriter writer,
        EmbeddingTally tally,
        IOperationOutput output,
        TimeProvider time,
        Action<string> report
    )
    {
        this.request = request;
        this.repositories = repositories;
        this.api = api;
        this.tally = tally;
        this.output = output;
        this.time = time;
        this.report = report;
        table = new EmbeddingBatchTable(database, api.Host, scope.ModelKey);
        backlog = new EmbeddingBatchBacklog(scope, stores, repositories, request);
        collection = new EmbeddingBatchCollection(
            database,
            table,
            api,
            provider,
            stores,
            request.Batch ? backlog : null,
            claims,
            writer,
            tally,
            output
        );
        submission = new EmbeddingBatchSubmission(
            database,
            table,
            api,
            provider,
            prices,
            request,
            backlog,
            claims,
            writer,
            tally,
            time
        );
    }

    /// <summary>The limit of the request that kept some from being submitted; null when there was none.</summary>
    public string? Stopped { get; private set; }

    /// <summary>Submits and waits until nothing is left, or as far as the request says.</summary>
    /// <exception cref="BackfillException">The provider refuses, or has no Batch API.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await api.RequireAsync(cancellationToken);
        var limit = await table.LimitAsync(cancellationToken);
        var pause = ShortestPause;
        while (true)
        {
            var looks = await LookAsync(cancellationToken);
            limit = looks.Select(look => look.TokenLimit).OfType<long>().Append(limit ?? long.MaxValue).Min();
            var underWay = looks.Where(look => !look.IsFinished).Select(look => look.Batch).ToList();
            var more = await SubmitAsync(underWay, limit.Value, cancellationToken);
            if (request.NoWait || IsDone(underWay))
            {
                return;
            }

            await TellAsync(underWay, cancellationToken);
            pause = more || looks.Exists(look => look.IsFinished) ? ShortestPause : pause * 2;
            pause = pause < LongestPause ? pause : LongestPause;
            await Task.Delay(pause, time, cancellationToken);
        }
    }

    /// <summary>Writes the answers of batches that ended, and waits for none: also a run without <c>-Batch</c> uses what is paid for.</summary>
    /// <exception cref="BackfillException">The provider refuses.</exception>
    public Task CollectAsync(CancellationToken cancellationToken) => LookAsync(cancellationToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => backlog.DisposeAsync();

    private async Task<List<BatchLook>> LookAsync(CancellationToken cancellationToken)
    {
        var looks = new List<BatchLook>();
        foreach (var batch in await table.ListAsync(request.BatchIds, repositories, cancellationToken))
        {
            var look = await LookAsync(batch, cancellationToken);
            looks.Add(look);
            if (look.IsFinished)
            {
                backlog.Unhold();
                Stopped ??= look.Provider is { Status: "cancelled", Id: var id }
                    ? $"batch {id} was cancelled at the provider"
                    : null;
                tally.Spend(reserved.GetValueOrDefault(batch.Key), 0, []);
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

    // The batch goes on while the server cannot be asked: in a day's waiting that is no reason to end.
    private async Task<BatchLook> LookAsync(StoredBatch batch, CancellationToken cancellationToken)
    {
        try
        {
            var look = await collection.LookAsync(batch, cancellationToken);
            isSilent = false;
            return look;
        }
        catch (BackfillException error) when (error.ErrorId == ErrorIds.EmbeddingProviderUnavailable && !request.NoWait)
        {
            if (!isSilent)
            {
                await output.WarningAsync(
                    $"Batch {batch.Name} cannot be looked at for now. {error.Message}",
                    cancellationToken
                );
            }

            isSilent = true;
            return new BatchLook(batch);
        }
    }

    // Half a limit at least, or the last tokens that are free would make many small batches.
    private async Task<bool> SubmitAsync(List<StoredBatch> underWay, long limit, CancellationToken cancellationToken)
    {
        var any = false;
        while (request.BatchIds.Count == 0 && Stopped is null && !backlog.IsEmpty)
        {
            var room = limit - underWay.Sum(batch => batch.Tokens);
            if (underWay.Count > 0 && room < limit / 2)
            {
                break;
            }

            if (submitted >= request.MaxIterations)
            {
                Stopped = FormattableString.Invariant($"the limit of {request.MaxIterations} batches is reached");
                break;
            }

            if (await submission.SubmitAsync(room, cancellationToken) is var (batch, tokens))
            {
                any = true;
                submitted++;
                reserved[batch.Key] = tokens;
                underWay.Add(batch);
                await output.VerboseAsync(
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

    // What an interactive worker has comes free within minutes; what a batch of others has is left to that.
    private bool IsDone(List<StoredBatch> underWay)
    {
        if (underWay.Count > 0)
        {
            return false;
        }

        if (request.BatchIds.Count > 0 || Stopped is not null)
        {
            return true;
        }

        var isOthers = backlog.HasHeld;
        backlog.Unhold();
        return !isOthers && backlog.IsEmpty;
    }

    private async Task TellAsync(List<StoredBatch> underWay, CancellationToken cancellationToken)
    {
        foreach (var batch in underWay.Where(batch => told.Add(batch.Key)))
        {
            await output.WarningAsync(
                FormattableString.Invariant(
                    $"Batch {batch.Name} is under way with {batch.Requests} texts, which may take until {batch.SubmittedAt + TimeSpan.FromHours(24):u}. Ctrl+C leaves it at the provider; the same command, or Invoke-EmbeddingBackfill -BatchId {batch.Name}, goes on with it."
                ),
                cancellationToken
            );
        }
    }
}
