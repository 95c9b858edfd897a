using Backfill.Core.Embedding.Providers;
using Backfill.Core.Embedding.Store;
using Backfill.Core.Postgres;

namespace Backfill.Core.Embedding.BatchApi;

/// <summary>The state in which a batch was found.</summary>
/// <param name="Batch">The batch, with its id where that is known now.</param>
/// <param name="Provider">What the provider says; null where another process has the lease, or nothing is known yet.</param>
/// <param name="IsFinished">Whether its responses are written and its texts are free.</param>
/// <param name="TokenLimit">The number of tokens that may wait at once, where the batch was refused for more.</param>
internal sealed record BatchLook(
    StoredBatch Batch,
    OpenAIBatch? Provider = null,
    bool IsFinished = false,
    long? TokenLimit = null
);

/// <summary>
/// Looks at batches and writes the responses of finished ones. Any process may do this, one process at a time for each batch.
/// A process that is killed leaves the batch to the next one, which finds out by the texts what is already written.
/// </summary>
/// <param name="run">The run.</param>
/// <param name="claims">The claims of the run.</param>
/// <param name="writer">Writes vectors.</param>
/// <param name="submission">Creates a batch again whose creation was lost.</param>
/// <param name="parts">What the parts of a run by the Batch API share.</param>
internal sealed class BatchApiCollection(
    EmbeddingRun run,
    EmbeddingClaims claims,
    EmbeddingWriter writer,
    BatchApiSubmission submission,
    BatchApiParts parts
)
{
    private const int LinesPerChunk = 500;

    // More answers without a vector than this many, and than this share, are the provider's fault.
    private const int EmptyAnswersAllowed = 10;
    private const double EmptyShareAllowed = 0.05;

    // A creation whose answer was lost may be on its way still.
    private static readonly TimeSpan CreationTime = TimeSpan.FromMinutes(1);

    // A run without -Batch submits no batch, so nothing is queued for one.
    private BatchApiBacklog? Backlog => run.Request.Batch ? parts.Backlog : null;

    /// <summary>Looks at one batch, and writes its responses when it has ended.</summary>
    /// <exception cref="BackfillException">The provider refuses or does not answer, or the batch shows a wrong configuration.</exception>
    public async Task<BatchLook> LookAsync(StoredBatch batch, CancellationToken cancellationToken)
    {
        Lease lease;
        try
        {
            lease = await BatchApiSubmission.LeaseAsync(run.Database, batch.Key, cancellationToken);
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
            await parts.Table.NoteAsync(batch.Key, now, cancellationToken);
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
            return await parts.Api.GetAsync(id, cancellationToken);
        }

        if (await parts.Api.FindAsync(batch.Key, cancellationToken) is { } found)
        {
            return found;
        }

        if (batch.Age < CreationTime)
        {
            return null;
        }

        var made = await submission.CreateAsync(batch, cancellationToken);
        return await parts.Api.GetAsync(made.Id!, cancellationToken);
    }

    private async Task<BatchLook> MissAsync(StoredBatch batch, CancellationToken cancellationToken)
    {
        if (batch.Id is null)
        {
            return new BatchLook(batch);
        }

        if (batch.Age < BatchApiTable.HoldTime)
        {
            await run.Output.WarningAsync(
                $"{parts.Api.Host} does not know batch {batch.Id}: it may belong to another key or project. Its texts are kept for it until two days after its submission.",
                cancellationToken
            );
            return new BatchLook(batch);
        }

        await run.Output.WarningAsync(
            $"{parts.Api.Host} does not know batch {batch.Id} any more: its texts are free again.",
            cancellationToken
        );
        await FinishAsync(batch, new BatchEnd("unknown"), isTry: true, cancellationToken);
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
            await FinishAsync(
                batch,
                new BatchEnd(now.Status, Error: now.Fault, TokenLimit: limit),
                isTry: false,
                cancellationToken
            );
            await run.Output.VerboseAsync(
                FormattableString.Invariant(
                    $"Batch {batch.Id}: {now.Fault} The next ones have at most {limit} tokens at once."
                ),
                cancellationToken
            );
            return new BatchLook(batch, now, IsFinished: true, limit);
        }

        if (now.Status == "failed")
        {
            await FinishAsync(batch, new BatchEnd(now.Status, Error: now.Fault), isTry: true, cancellationToken);
            throw new BackfillException(
                ErrorIds.EmbeddingProviderRefused,
                ErrorKind.Unavailable,
                $"{parts.Api.Host} did not begin batch {batch.Id}: {now.Fault ?? "without an explanation."}",
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
            await FinishAsync(
                batch,
                new BatchEnd(now.Status, answered.Tokens, error.Message),
                isTry: true,
                cancellationToken
            );
            throw;
        }

        var left = await FinishAsync(batch, new BatchEnd(now.Status, answered.Tokens), isTry: true, cancellationToken);
        if (now.Status != "completed" || answered.Strange > 0)
        {
            await run.Output.WarningAsync(
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
                    $"{parts.Api.Host} does not answer properly: {empty} of the {batch.Requests} answers of batch {batch.Id} have no vector."
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
        await parts.Api.DownloadAsync(file, lines, cancellationToken);
        using var reader = new StreamReader(lines, leaveOpen: true);
        var chunk = new List<OpenAIBatchLine>(LinesPerChunk);
        await foreach (var line in parts.Api.ReadResponsesAsync(reader, cancellationToken))
        {
            chunk.Add(line);
            if (chunk.Count == LinesPerChunk)
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

        var waiting = await parts.Table.ItemsAsync(batch.Key, [.. made.Keys], cancellationToken);
        var homes = waiting
            .DistinctBy(item => item.TextHash, StringComparer.Ordinal)
            .ToDictionary(item => item.TextHash, item => item.RepositoryId, StringComparer.Ordinal);
        foreach (var line in lines.Where(line => line is { TextHash: not null, Made: not null }))
        {
            if (homes.TryGetValue(line.TextHash!, out var home))
            {
                run.Tally.SpendInBatch(home, line.Tokens);
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
            if (parts.Stores.TryGetValue(kind.Key, out var store))
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

        var waiting = await parts.Table.ItemsAsync(
            batch.Key,
            [.. lines.Select(line => line.TextHash!)],
            cancellationToken
        );
        var homes = waiting
            .DistinctBy(item => item.TextHash, StringComparer.Ordinal)
            .ToDictionary(item => item.TextHash, item => item.RepositoryId, StringComparer.Ordinal);
        foreach (var line in lines.Where(line => homes.ContainsKey(line.TextHash!)))
        {
            run.Tally.SpendInBatch(homes[line.TextHash!], line.Tokens);
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
        run.Tally.Add(edited, counts => counts.Superseded++);
        var current = items.FindAll(item => made.ContainsKey(item.TextHash));
        foreach (var item in current.Where(item => parts.Api.IsShortened(item.Text)))
        {
            made[item.TextHash] = made[item.TextHash] with { IsShortened = true };
        }

        edited.AddRange(await writer.WriteAsync(store, current, made, batch.Worker, cancellationToken));
        answered.HasVectors |= current.Exists(item => made[item.TextHash].Vector is not null);
        edited.ForEach(item => Backlog?.Requeue(store.Column.Item.Name, item.Id, item.RepositoryId, isTry: true));

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

    // Items without a response are free again and wait for the next batch. This does not count as an attempt.
    private async Task<int> FinishAsync(
        StoredBatch batch,
        BatchEnd end,
        bool isTry,
        CancellationToken cancellationToken
    )
    {
        var left = await parts.Table.LeftoversAsync(batch, cancellationToken);
        await claims.ReleaseAsync(batch.Worker, null, cancellationToken);
        await parts.Table.EndAsync(batch.Key, end, cancellationToken);
        // The user cancelled the batch, so its items are not submitted again by this run.
        if (end.State != "cancelled")
        {
            left.ForEach(item => Backlog?.Requeue(item.ItemType, item.Id, item.RepositoryId, isTry));
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
