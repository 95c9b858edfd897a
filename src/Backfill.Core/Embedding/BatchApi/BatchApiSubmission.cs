using System.Buffers;
using Backfill.Core.Embedding.Providers;
using Backfill.Core.Embedding.Store;
using Backfill.Core.Postgres;

namespace Backfill.Core.Embedding.BatchApi;

/// <summary>
/// Makes one batch: claims texts, writes their requests into a file, uploads the file, records the batch in the database, and
/// creates it at the provider. A process that ends before the record costs nothing, because the provider does not work on a
/// file alone. After the record the batch holds the texts, and any process goes on with it.
/// </summary>
internal sealed class BatchApiSubmission(
    EmbeddingRun run,
    EmbeddingClaims claims,
    EmbeddingWriter writer,
    BatchApiParts parts
)
{
    /// <summary>The time for which one process owns a batch without renewing the lease.</summary>
    public static readonly TimeSpan LeaseTime = TimeSpan.FromMinutes(5);

    /// <summary>Gets the limit that ended the submission; null when no limit did.</summary>
    public string? Stopped { get; private set; }

    /// <summary>Takes the lease on a batch.</summary>
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
    /// <param name="room">The most tokens.</param>
    /// <returns>The batch, and the tokens that are reserved for it; null when nothing is left to submit.</returns>
    /// <exception cref="BackfillException">The provider refuses or does not answer.</exception>
    public async Task<(StoredBatch Batch, long Reserved)?> SubmitAsync(long room, CancellationToken cancellationToken)
    {
        var draft = new Draft();
        var isRegistered = false;
        try
        {
            // The file is deleted with its handle, also when the process is killed.
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
            var input = await parts.Api.UploadAsync(file, $"backfill-{key}.jsonl", cancellationToken);
            // A recorded batch is created also when the run is being stopped. Otherwise it would wait for the next run.
            using var ending = new CancellationTokenSource();
            await using var stopping = cancellationToken.Register(() => ending.CancelAfter(EmbeddingRun.StopTime));
            var batch = new StoredBatch(
                key,
                null,
                input,
                draft.Texts.Count,
                draft.Tokens,
                run.Request.Force,
                run.Time.GetUtcNow().UtcDateTime,
                TimeSpan.Zero
            );
            var lease = await LeaseAsync(run.Database, key, ending.Token);
            try
            {
                isRegistered = await parts.Table.RegisterAsync(batch, draft.Items, [.. draft.Workers], ending.Token);
                if (!isRegistered)
                {
                    await claims.ReleaseAsync(batch.Worker, null, ending.Token);
                    draft.Items.ForEach(item =>
                        parts.Backlog.Requeue(item.ItemType, item.Id, item.RepositoryId, isTry: true)
                    );
                    return null;
                }

                return (await CreateAsync(batch, ending.Token), draft.Reserved);
            }
            finally
            {
                await lease.ReleaseAsync(ending.Token);
            }
        }
        catch
        {
            run.Tally.Spend(draft.Reserved, 0, []);
            throw;
        }
        finally
        {
            using var ending = new CancellationTokenSource(EmbeddingRun.StopTime, run.Time);
            foreach (var worker in draft.Workers)
            {
                await claims.EndAsync(worker, gaveBack: !isRegistered, ending.Token);
            }
        }
    }

    /// <summary>Creates a recorded batch at the provider. A batch that the provider refuses releases its texts.</summary>
    /// <returns>The batch with the provider's id.</returns>
    /// <exception cref="BackfillException">The provider refuses or does not answer.</exception>
    public async Task<StoredBatch> CreateAsync(StoredBatch batch, CancellationToken cancellationToken)
    {
        try
        {
            var made = await parts.Api.CreateAsync(batch.InputFile, batch.Key, cancellationToken);
            await parts.Table.NoteAsync(batch.Key, made, cancellationToken);
            return batch with { Id = made.Id };
        }
        catch (BackfillException error) when (error.ErrorId == ErrorIds.EmbeddingProviderRefused)
        {
            await claims.ReleaseAsync(batch.Worker, null, cancellationToken);
            await parts.Table.EndAsync(batch.Key, new BatchEnd("refused", Error: error.Message), cancellationToken);
            throw;
        }
    }

    private async Task FillAsync(Draft draft, FileStream file, long room, CancellationToken cancellationToken)
    {
        while (!draft.IsFull && await parts.Backlog.NextAsync(cancellationToken) is var (store, listed))
        {
            var worker = claims.Begin();
            draft.Workers.Add(worker);
            var items = await store.ClaimAsync(listed, run.Request.Force, worker, cancellationToken);
            if (!run.Request.Force && items.Exists(item => item.HasTwin))
            {
                var edited = await writer.ReuseAsync(store, items.FindAll(item => item.HasTwin), cancellationToken);
                edited.ForEach(item =>
                    parts.Backlog.Requeue(store.Column.Item.Name, item.Id, item.RepositoryId, isTry: true)
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
                    parts.Backlog.Hold(store, item);
                    continue;
                }

                line.ResetWrittenCount();
                parts.Api.WriteRequest(line, item.TextHash, item.Text);
                var tokens = run.Provider.CountTokens(item.Text);
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
            parts.Backlog.Return(store, left);
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

        Stopped ??= run.Reserve(tokens, batch: true);
        if (Stopped is not null)
        {
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
