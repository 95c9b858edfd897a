using System.Buffers;
using Backfill.Core.Postgres;

namespace Backfill.Core.Embedding;

/// <summary>
/// Makes one batch: claims texts, writes their requests into a file, uploads it, writes the batch down, and asks for it. A
/// process that ends before it is written down costs nothing, since a file alone is not worked on; afterwards the texts
/// are the batch's, and any process goes on with it.
/// </summary>
internal sealed class EmbeddingBatchSubmission(
    Database database,
    EmbeddingBatchTable table,
    OpenAIBatches api,
    OpenAIProvider provider,
    EmbeddingPrices prices,
    EmbeddingRequest request,
    EmbeddingBatchBacklog backlog,
    EmbeddingClaims claims,
    EmbeddingWriter writer,
    EmbeddingTally tally,
    TimeProvider time
)
{
    // A batch that is written down is asked for though the run be stopped: otherwise it would wait for the next one.
    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(5);

    /// <summary>How long a batch is one process's own without a sign of life.</summary>
    public static readonly TimeSpan LeaseTime = TimeSpan.FromMinutes(5);

    /// <summary>The limit that keeps the rest from being submitted; null when there is none.</summary>
    public string? Stopped { get; private set; }

    /// <summary>The lease on a batch.</summary>
    public static Task<Lease> LeaseAsync(Database database, Guid key, CancellationToken cancellationToken) =>
        Lease.AcquireAsync(
            database,
            $"embedding batch {key}",
            Owner.Current,
            LeaseTime,
            Guid.NewGuid(),
            cancellationToken
        );

    /// <summary>Submits as many texts as fit.</summary>
    /// <param name="room">Tokens at most.</param>
    /// <returns>The batch with the tokens that the cost limit sets aside for it; null when nothing is left to submit.</returns>
    /// <exception cref="BackfillException">The provider refuses or does not answer.</exception>
    public async Task<(StoredBatch Batch, long Reserved)?> SubmitAsync(long room, CancellationToken cancellationToken)
    {
        var draft = new Draft();
        var isRegistered = false;
        try
        {
            // Gone with its handle, whatever ends the process.
            await using var file = new FileStream(
                Path.GetTempFileName(),
                FileMode.Create,
                FileAccess.ReadWrite,
                FileShare.None,
                bufferSize: 1 << 16,
                FileOptions.DeleteOnClose | FileOptions.Asynchronous
            );
            await FillAsync(draft, file, room, cancellationToken);
            if (draft.Texts.Count == 0)
            {
                return null;
            }

            await file.FlushAsync(cancellationToken);
            var key = Guid.NewGuid();
            var input = await api.UploadAsync(file, $"backfill-{key}.jsonl", cancellationToken);
            using var patience = new CancellationTokenSource();
            await using var hurry = cancellationToken.Register(() => patience.CancelAfter(LastWords));
            var batch = new StoredBatch(
                key,
                null,
                input,
                draft.Texts.Count,
                draft.Tokens,
                request.Force,
                time.GetUtcNow().UtcDateTime,
                TimeSpan.Zero
            );
            var lease = await LeaseAsync(database, key, patience.Token);
            try
            {
                isRegistered = await table.RegisterAsync(batch, draft.Items, [.. draft.Workers], patience.Token);
                if (!isRegistered)
                {
                    await claims.ReleaseAsync(batch.Worker, null, patience.Token);
                    draft.Items.ForEach(item =>
                        backlog.Requeue(item.ItemType, item.Id, item.RepositoryId, isTry: true)
                    );
                    return null;
                }

                return (await CreateAsync(table, api, claims, batch, patience.Token), draft.Reserved);
            }
            finally
            {
                await lease.ReleaseAsync(patience.Token);
            }
        }
        catch
        {
            tally.Spend(draft.Reserved, 0, []);
            throw;
        }
        finally
        {
            using var patience = new CancellationTokenSource(LastWords, time);
            foreach (var worker in draft.Workers)
            {
                await claims.EndAsync(worker, gaveBack: !isRegistered, patience.Token);
            }
        }
    }

    /// <summary>Asks for a batch that is written down. What is refused for good holds no text any more.</summary>
    /// <returns>It, with its id.</returns>
    /// <exception cref="BackfillException">The provider refuses or does not answer.</exception>
    public static async Task<StoredBatch> CreateAsync(
        EmbeddingBatchTable table,
        OpenAIBatches api,
        EmbeddingClaims claims,
        StoredBatch batch,
        CancellationToken cancellationToken
    )
    {
        try
        {
            var made = await api.CreateAsync(batch.InputFile, batch.Key, cancellationToken);
            await table.NoteAsync(batch.Key, made, cancellationToken);
            return batch with { Id = made.Id };
        }
        catch (BackfillException error) when (error.ErrorId == ErrorIds.EmbeddingProviderRefused)
        {
            await claims.ReleaseAsync(batch.Worker, null, cancellationToken);
            await table.EndAsync(batch.Key, "refused", 0, error.Message, null, cancellationToken);
            throw;
        }
    }

    private async Task FillAsync(Draft draft, FileStream file, long room, CancellationToken cancellationToken)
    {
        while (!draft.IsFull && await backlog.NextAsync(cancellationToken) is var (store, listed))
        {
            var worker = claims.Begin();
            draft.Workers.Add(worker);
            var items = await store.ClaimAsync(listed, request.Force, worker, cancellationToken);
            if (!request.Force && items.Exists(item => item.HasTwin))
            {
                var edited = await writer.ReuseAsync(store, items.FindAll(item => item.HasTwin), cancellationToken);
                edited.ForEach(item =>
                    backlog.Requeue(store.Column.Item.Name, item.Id, item.RepositoryId, isTry: true)
                );
                items = items.FindAll(item => !item.HasTwin);
            }

            await AddAsync(draft, file, room, store, items, worker, cancellationToken);
        }
    }

    private async Task AddAsync(
        Draft draft,
        FileStream file,
        long room,
        EmbeddingStore store,
        List<EmbeddingItem> items,
        string worker,
        CancellationToken cancellationToken
    )
    {
        var left = new List<EmbeddingItem>();
        var line = new ArrayBufferWriter<byte>();
        foreach (var item in items)
        {
            if (!draft.Texts.Contains(item.TextHash))
            {
                if (item.Attempts == 0)
                {
                    backlog.Hold(store, item);
                    continue;
                }

                line.ResetWrittenCount();
                OpenAIBatchLine.Write(line, provider, item.TextHash, item.Text);
                var tokens = provider.CountTokens(item.Text);
                if (draft.IsFull || !Fits(draft, file.Position + line.WrittenCount, tokens, room))
                {
                    draft.IsFull = true;
                    left.Add(item);
                    continue;
                }

                draft.Texts.Add(item.TextHash);
                draft.Tokens += tokens;
                await file.WriteAsync(line.WrittenMemory, cancellationToken);
            }

            draft.Items.Add(new BatchItem(item.TextHash, store.Column.Item.Name, item.Id, item.RepositoryId));
        }

        if (left.Count > 0)
        {
            await claims.ReleaseAsync(worker, [.. left.Select(item => item.TextHash).Distinct()], cancellationToken);
            backlog.Return(store, left);
        }
    }

    private bool Fits(Draft draft, long bytes, long tokens, long room)
    {
        if (
            draft.Texts.Count == OpenAIBatches.MostRequests
            || bytes > OpenAIBatches.MostBytes
            || (draft.Texts.Count > 0 && draft.Tokens + tokens > room)
        )
        {
            return false;
        }

        if (request.CostLimit is not { } limit)
        {
            return true;
        }

        var price = prices.OfMillionTokens(provider, batch: true);
        if (!tally.Reserve(tokens, price > 0 ? (long)(limit * 1_000_000m / price.Value) : null))
        {
            Stopped = FormattableString.Invariant($"the cost limit of {limit} dollars is reached");
            return false;
        }

        draft.Reserved += tokens;
        return true;
    }

    private sealed class Draft
    {
        public HashSet<string> Texts { get; } = new(StringComparer.Ordinal);

        public List<BatchItem> Items { get; } = [];

        public List<string> Workers { get; } = [];

        public long Tokens { get; set; }

        public long Reserved { get; set; }

        public bool IsFull { get; set; }
    }
}
