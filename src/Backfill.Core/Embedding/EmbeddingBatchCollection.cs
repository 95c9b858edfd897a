using Backfill.Core.Postgres;

namespace Backfill.Core.Embedding;

/// <summary>What a look at a batch found.</summary>
/// <param name="Batch">The batch, with its id if that is known now.</param>
/// <param name="Provider">What the provider says; null where another process is at it, or nothing is known yet.</param>
/// <param name="IsFinished">Its answers are written and its texts free.</param>
/// <param name="TokenLimit">Tokens that may wait at once, where the batch was refused for more.</param>
internal sealed record BatchLook(
    StoredBatch Batch,
    OpenAIBatch? Provider = null,
    bool IsFinished = false,
    long? TokenLimit = null
);

/// <summary>
/// Looks at batches, and writes the answers of those that ended. Any process may do it, one at a time for each batch; one
/// that is killed at it leaves the batch to the next, which finds by the texts what is written already.
/// </summary>
internal sealed class EmbeddingBatchCollection(
    Database database,
    EmbeddingBatchTable table,
    OpenAIBatches api,
    OpenAIProvider provider,
    IReadOnlyDictionary<string, EmbeddingStore> stores,
    EmbeddingBatchBacklog? backlog,
    EmbeddingClaims claims,
    EmbeddingWriter writer,
    EmbeddingTally tally,
    IOperationOutput output
)
{
    private const int LinesAChunk = 500;

    // More answers without a vector than this many, and than this share, are the provider's fault.
    private const int EmptyAnswersAllowed = 10;
    private const double EmptyShareAllowed = 0.05;

    // A creation whose answer was lost may be on its way still.
    private static readonly TimeSpan CreationTime = TimeSpan.FromMinutes(1);

    /// <summary>Looks at one batch, and writes its answers when it has ended.</summary>
    /// <exception cref="BackfillException">The provider refuses or does not answer, or the batch shows a wrong configuration.</exception>
    public async Task<BatchLook> LookAsync(StoredBatch batch, CancellationToken cancellationToken)
    {
        Lease lease;
        try
        {
            lease = await EmbeddingBatchSubmission.LeaseAsync(database, batch.Key, cancellationToken);
        }
        catch (BackfillException held) when (held.ErrorId == ErrorIds.LeaseHeld)
        {
            return new BatchLook(batch);
        }

        try
        {
            var now = await FindAsync(batch, cancellationToken);
            if (now is null)
            {
                return await MissAsync(batch, cancellationToken);
            }

            var known = batch with { Id = now.Id };
            await table.NoteAsync(batch.Key, now, cancellationToken);
            return now.IsUnderWay ? new BatchLook(known, now) : await EndAsync(known, now, lease, cancellationToken);
        }
        finally
        {
            await lease.ReleaseAsync(CancellationToken.None);
        }
    }

    // A batch whose id was never stored is looked for by its key; only when there is none is it asked for (again).
    private async Task<OpenAIBatch?> FindAsync(StoredBatch batch, CancellationToken cancellationToken)
    {
        if (batch.Id is { } id)
        {
            return await api.GetAsync(id, cancellationToken);
        }

        if (await api.FindAsync(batch.Key, cancellationToken) is { } found)
        {
            return found;
        }

        if (batch.Age < CreationTime)
        {
            return null;
        }

        var made = await EmbeddingBatchSubmission.CreateAsync(table, api, claims, batch, cancellationToken);
        return await api.GetAsync(made.Id!, cancellationToken);
    }

    private async Task<BatchLook> MissAsync(StoredBatch batch, CancellationToken cancellationToken)
    {
        if (batch.Id is null)
        {
            return new BatchLook(batch);
        }

        if (batch.Age < EmbeddingBatchTable.HoldTime)
        {
            await output.WarningAsync(
                $"{api.Host} does not know batch {batch.Id}: it may belong to another key or project. Its texts are kept for it until two days after its submission.",
                cancellationToken
            );
            return new BatchLook(batch);
        }

        await output.WarningAsync(
            $"{api.Host} does not know batch {batch.Id} any more: its texts are free again.",
            cancellationToken
        );
        await FinishAsync(batch, "unknown", 0, null, null, isTry: true, cancellationToken);
        return new BatchLook(batch, IsFinished: true);
    }

    private async Task<BatchLook> EndAsync(
        StoredBatch batch,
        OpenAIBatch now,
        Lease lease,
        CancellationToken cancellationToken
    )
    {
        if (now.IsOverLimit && batch.Requests > 1)
        {
            var half = Math.Max(1, batch.Tokens / 2);
            var limit = OpenAIBatches.LimitIn(now.Fault) is { } told && told < batch.Tokens ? told : half;
            await FinishAsync(batch, now.Status, 0, now.Fault, limit, isTry: false, cancellationToken);
            await output.VerboseAsync(
                FormattableString.Invariant(
                    $"Batch {batch.Id}: {now.Fault} The next ones have at most {limit} tokens at once."
                ),
                cancellationToken
            );
            return new BatchLook(batch, now, IsFinished: true, limit);
        }

        if (now.Status == "failed")
        {
            await FinishAsync(batch, now.Status, 0, now.Fault, null, isTry: true, cancellationToken);
            throw new BackfillException(
                ErrorIds.EmbeddingProviderRefused,
                ErrorKind.Unavailable,
                $"{api.Host} did not begin batch {batch.Id}: {now.Fault ?? "without an explanation."}",
                "Nothing of it is charged. Remove the cause and run the same command again, or leave -Batch out.",
                batch.Id
            );
        }

        var answered = new Answered();
        try
        {
            foreach (var file in new[] { now.OutputFile, now.ErrorFile }.OfType<string>())
            {
                await WriteAsync(batch, file, answered, lease, cancellationToken);
            }

            RequireVectors(batch, answered.Empty);
        }
        catch (BackfillException error) when (error.ErrorId == ErrorIds.EmbeddingProviderRefused)
        {
            await FinishAsync(batch, now.Status, answered.Tokens, error.Message, null, isTry: true, cancellationToken);
            throw;
        }

        var left = await FinishAsync(batch, now.Status, answered.Tokens, null, null, isTry: true, cancellationToken);
        if (now.Status != "completed" || answered.Strange > 0)
        {
            await output.WarningAsync(
                FormattableString.Invariant(
                    $"Batch {batch.Id} is {now.Status}: {answered.Texts} of {batch.Requests} texts have an answer, which is kept; {left} items still need theirs{(answered.Strange > 0 ? FormattableString.Invariant($"; {answered.Strange} lines belong to no text of it or cannot be read") : "")}."
                ),
                cancellationToken
            );
        }

        return new BatchLook(batch, now, IsFinished: true);
    }

    private void RequireVectors(StoredBatch batch, long empty)
    {
        if (empty > Math.Max(EmptyAnswersAllowed, EmptyShareAllowed * batch.Requests))
        {
            throw new BackfillException(
                ErrorIds.EmbeddingProviderRefused,
                ErrorKind.Unavailable,
                FormattableString.Invariant(
                    $"{api.Host} does not answer properly: {empty} of the {batch.Requests} answers of batch {batch.Id} have no vector."
                ),
                "Look at the provider's status page, or leave -Batch out. The vectors that came are stored.",
                batch.Id!
            );
        }
    }

    private async Task WriteAsync(
        StoredBatch batch,
        string file,
        Answered answered,
        Lease lease,
        CancellationToken cancellationToken
    )
    {
        await using var lines = new FileStream(
            Path.GetTempFileName(),
            FileMode.Create,
            FileAccess.ReadWrite,
            FileShare.None,
            bufferSize: 1 << 16,
            FileOptions.DeleteOnClose | FileOptions.Asynchronous
        );
        await api.DownloadAsync(file, lines, cancellationToken);
        using var reader = new StreamReader(lines, leaveOpen: true);
        var chunk = new List<OpenAIBatchLine>(LinesAChunk);
        var (tokensAnInput, mightTakeBase64) = (provider.Server.TokensAnInput, provider.Server.MayTakeBase64);
        while (await reader.ReadLineAsync(cancellationToken) is { } line)
        {
            if (line.Length > 0)
            {
                var read = OpenAIBatchLine.Read(line, provider.Dimensions!.Value);
                // A text whose refusal says how to send it is free again, and goes into the next batch so.
                var isLesson =
                    read.Made?.Refusal is { } refusal && provider.Server.Learn(refusal, tokensAnInput, mightTakeBase64);
                chunk.Add(isLesson ? read with { Made = null } : read);
            }

            if (chunk.Count == LinesAChunk)
            {
                await WriteAsync(batch, chunk, answered, cancellationToken);
                await lease.RenewAsync(cancellationToken);
                chunk.Clear();
            }
        }

        await WriteAsync(batch, chunk, answered, cancellationToken);
    }

    private async Task WriteAsync(
        StoredBatch batch,
        List<OpenAIBatchLine> lines,
        Answered answered,
        CancellationToken cancellationToken
    )
    {
        answered.Strange += lines.Count(line => line.TextHash is null);
        await CountEmptyAsync(
            batch,
            [.. lines.Where(line => line is { TextHash: not null, IsEmpty: true })],
            answered,
            cancellationToken
        );
        var made = new Dictionary<string, EmbeddedText>(StringComparer.Ordinal);
        foreach (var line in lines.Where(line => line is { TextHash: not null, Made: not null }))
        {
            made[line.TextHash!] = line.Made!;
        }

        if (made.Count == 0)
        {
            return;
        }

        var waiting = await table.ItemsAsync(batch.Key, [.. made.Keys], cancellationToken);
        var homes = waiting
            .DistinctBy(item => item.TextHash, StringComparer.Ordinal)
            .ToDictionary(item => item.TextHash, item => item.RepositoryId, StringComparer.Ordinal);
        foreach (var line in lines.Where(line => line is { TextHash: not null, Made: not null }))
        {
            if (homes.TryGetValue(line.TextHash!, out var home))
            {
                tally.SpendInBatch(home, line.Tokens);
                answered.Tokens += line.Tokens;
                answered.Texts++;
            }
            else
            {
                answered.Strange++;
            }
        }

        foreach (var kind in waiting.GroupBy(item => item.ItemType, StringComparer.Ordinal))
        {
            if (stores.TryGetValue(kind.Key, out var store))
            {
                await WriteAsync(batch, store, [.. kind], made, answered, cancellationToken);
            }
        }
    }

    private async Task CountEmptyAsync(
        StoredBatch batch,
        OpenAIBatchLine[] lines,
        Answered answered,
        CancellationToken cancellationToken
    )
    {
        if (lines.Length == 0)
        {
            return;
        }

        var waiting = await table.ItemsAsync(batch.Key, [.. lines.Select(line => line.TextHash!)], cancellationToken);
        var homes = waiting
            .DistinctBy(item => item.TextHash, StringComparer.Ordinal)
            .ToDictionary(item => item.TextHash, item => item.RepositoryId, StringComparer.Ordinal);
        foreach (var line in lines.Where(line => homes.ContainsKey(line.TextHash!)))
        {
            tally.SpendInBatch(homes[line.TextHash!], line.Tokens);
            answered.Tokens += line.Tokens;
            answered.Empty++;
        }
    }

    private async Task WriteAsync(
        StoredBatch batch,
        EmbeddingStore store,
        BatchItem[] waiting,
        Dictionary<string, EmbeddedText> made,
        Answered answered,
        CancellationToken cancellationToken
    )
    {
        var items = await store.ReadAsync(
            waiting
                .DistinctBy(item => item.Id, StringComparer.Ordinal)
                .Select(item => new ListedItem(item.Id, default)),
            batch.Forced,
            cancellationToken
        );
        var edited = items.FindAll(item => !made.ContainsKey(item.TextHash));
        tally.Add(edited, counts => counts.Superseded++);
        var current = items.FindAll(item => made.ContainsKey(item.TextHash));
        foreach (var item in current.Where(item => provider.Sent(item.Text).Length < item.Text.Length))
        {
            made[item.TextHash] = made[item.TextHash] with { IsShortened = true };
        }

        edited.AddRange(await writer.WriteAsync(store, current, made, batch.Worker, cancellationToken));
        answered.HasVectors |= current.Exists(item => made[item.TextHash].Vector is not null);
        edited.ForEach(item => backlog?.Requeue(store.Column.Item.Name, item.Id, item.RepositoryId, isTry: true));

        var refused = current.FindAll(item => made[item.TextHash].Refusal is not null);
        if (refused.Count > 0)
        {
            string Reason(EmbeddingItem item) => made[item.TextHash].Refusal!;
            writer.RequireFewRefusals(
                refused.Count,
                Reason(refused[0]),
                !answered.HasVectors && refused.Count > 1 && made.Values.All(text => text.Refusal is not null)
            );
            await writer.QuarantineAsync(store, refused, Reason, batch.Worker, cancellationToken);
        }
    }

    // What got no answer is free again and waits for the next batch. It was no attempt.
    private async Task<int> FinishAsync(
        StoredBatch batch,
        string state,
        long charged,
        string? error,
        long? tokenLimit,
        bool isTry,
        CancellationToken cancellationToken
    )
    {
        var left = await table.LeftoversAsync(batch, cancellationToken);
        await claims.ReleaseAsync(batch.Worker, null, cancellationToken);
        await table.EndAsync(batch.Key, state, charged, error, tokenLimit, cancellationToken);
        // Who cancelled it did not want it at once once more.
        if (state != "cancelled")
        {
            left.ForEach(item => backlog?.Requeue(item.ItemType, item.Id, item.RepositoryId, isTry));
        }

        return left.Count;
    }

    private sealed class Answered
    {
        public long Texts { get; set; }

        public long Tokens { get; set; }

        public long Strange { get; set; }

        public long Empty { get; set; }

        public bool HasVectors { get; set; }
    }
}
