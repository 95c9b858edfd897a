using Backfill.Core.Embedding.Store;
using Backfill.Core.Inngest;
using Backfill.Core.Postgres;

namespace Backfill.Core.Embedding.Run;

/// <summary>
/// Has repositories embedded by the function that is deployed at Inngest. It does a hundred items an event, so events follow one
/// another until nothing is left; one that brought nothing is the last. What an event brought is told by the rows alone.
/// </summary>
internal sealed class InngestEmbedding(
    Database database,
    InngestConnection connection,
    EmbeddingRequest request,
    IOperationOutput output,
    TimeProvider time
)
{
    private const int MostAtOnce = 4;

    /// <summary>Embeds the repositories of a request; one result each, handed to the output.</summary>
    /// <exception cref="BackfillException">The event cannot be sent, or a repository is not known.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var targets = await EmbeddingTargets.FindAsync(database, request, cancellationToken);
        var types = await TypesAsync(cancellationToken);
        var handled = request.EventName == InngestEvents.Embedding ? null : request.EventName;
        if (handled is not null)
        {
            await connection.NoticeAsync(handled, output, cancellationToken);
        }

        if (request is { ItemTypes.Count: > 0, Force: false })
        {
            await output.WarningAsync(
                "contributor.info's function heeds item types only together with -Force: it embeds what waits of every type, and only these are counted here.",
                cancellationToken
            );
        }

        await Parallel.ForEachAsync(
            targets.All,
            new ParallelOptions { MaxDegreeOfParallelism = MostAtOnce, CancellationToken = cancellationToken },
            async (repository, token) =>
                await output.WriteAsync(
                    request.Plan ? await PlanAsync(repository, types, token) : await OneAsync(repository, types, token),
                    token
                )
        );
    }

    private async Task<EmbeddingResult> PlanAsync(
        StoredRepository repository,
        IReadOnlyList<ItemType> types,
        CancellationToken cancellationToken
    )
    {
        var rows = await CountAsync(repository, types, null, cancellationToken);
        var shown = connection.Sender.Describe(Event(repository));
        await output.InformationAsync($"What if: {shown}", cancellationToken);
        var items = rows.ByType.Values.Sum() + (request.Upstream?.Items ?? 0);
        return Result(repository, RunState.Planned, rows, rows, TimeSpan.Zero) with
        {
            Estimate = new EmbeddingEstimate(
                items,
                rows.ByType,
                Tokens: 0,
                Cost: null,
                $"Would send {shown} (the id is made anew for every event). What the function spends is not known here."
            ),
        };
    }

    private async Task<EmbeddingResult> OneAsync(
        StoredRepository repository,
        IReadOnlyList<ItemType> types,
        CancellationToken cancellationToken
    )
    {
        var started = time.GetUtcNow();
        var deadline = started + (request.Timeout ?? InngestConnection.DefaultTimeout);
        var before = await CountAsync(repository, types, null, cancellationToken);
        var (now, fault) = (before, (BackfillException?)null);
        for (var events = 0; IsWanted(now, events) && fault is null; events++)
        {
            if (events == request.MaxIterations)
            {
                await output.WarningAsync(
                    FormattableString.Invariant(
                        $"{repository.FullName}: the limit of {PipelineEstimate.Count(events, "event")} is reached; {PipelineEstimate.Count(now.Waiting, "item")} without a vector. The same command goes on from there."
                    ),
                    cancellationToken
                );
                break;
            }

            if (events > 0)
            {
                await Task.Delay(request.Delay, time, cancellationToken);
            }

            (now, fault) = await AskAsync(repository, types, before, now, deadline, cancellationToken);
        }

        if (fault is not null)
        {
            await output.ErrorAsync(fault, cancellationToken);
        }

        var state =
            now.Waiting == 0 && fault is null ? RunState.Completed
            : fault is { ErrorId: ErrorIds.SyncFailed or ErrorIds.InngestNothingRan } ? RunState.Failed
            : RunState.Incomplete;
        return Result(repository, state, before, now, time.GetUtcNow() - started);
    }

    // -Force does at most fifty items of a type that have a vector already, always the same ones: once is all.
    private bool IsWanted(WaitingRows now, int events) => request.Force ? events == 0 : now.Waiting > 0;

    private async Task<(WaitingRows Now, BackfillException? Fault)> AskAsync(
        StoredRepository repository,
        IReadOnlyList<ItemType> types,
        WaitingRows before,
        WaitingRows last,
        DateTimeOffset deadline,
        CancellationToken cancellationToken
    )
    {
        var now = last;
        var end = await new InngestJob(connection, time).RunAsync(
            Event(repository),
            repository.FullName,
            async token =>
            {
                now = await CountAsync(repository, types, before.CountedAt, token);
                return new JobRows(!request.Force && now.Waiting == 0, now.Made - now.Waiting);
            },
            deadline,
            cancellationToken
        );
        var fault = InngestJob.Fault(end, repository.FullName, request.EventName);
        if (fault is null && !(request.Force ? now.Made > last.Made : now.Waiting < last.Waiting))
        {
            fault = InngestJob.NothingStored(
                repository.FullName,
                request.EventName,
                FormattableString.Invariant($"no item got a vector, and {now.Waiting} still need one"),
                $"Look at the function's log at Inngest: its key for the embedding model may be missing, and it embeds only what the app's queue shows. Invoke-EmbeddingBackfill {repository.FullName} without -Engine embeds here."
            );
        }

        return (now, fault);
    }

    private InngestEvent Event(StoredRepository repository)
    {
        var now = time.GetUtcNow();
        return InngestEvent.Embedding(
            Guid.CreateVersion7(now),
            request.EventName,
            repository.Id,
            RepositoryName.Parse(repository.FullName),
            request.Force,
            request.ItemTypes,
            now
        );
    }

    private async Task<IReadOnlyList<ItemType>> TypesAsync(CancellationToken cancellationToken)
    {
        var catalogue = await database.CatalogueAsync(cancellationToken);
        return [.. ItemType.Named(request.ItemTypes).Where(type => EmbeddingColumn.Find(type, catalogue) is not null)];
    }

    private async Task<WaitingRows> CountAsync(
        StoredRepository repository,
        IReadOnlyList<ItemType> types,
        DateTimeOffset? since,
        CancellationToken cancellationToken
    )
    {
        var rows = new WaitingRows(0, 0, new Dictionary<string, long>(StringComparer.Ordinal), default);
        foreach (var type in types)
        {
            var counted = await database
                .Statement(
                    "Embedding/Store/Sql/count-waiting",
                    new Dictionary<string, string>(StringComparer.Ordinal) { ["table"] = type.Table }
                )
                .Set("repository_id", repository.Id)
                .Set("since", since)
                .RowAsync(
                    row =>
                        rows.With(
                            type.Name,
                            row.Get<long>("total"),
                            row.Get<long>("waiting"),
                            row.Get<long>("made"),
                            row.Get<DateTimeOffset>("counted_at")
                        ),
                    cancellationToken
                );
            rows = counted!;
        }

        return rows;
    }

    private static EmbeddingResult Result(
        StoredRepository repository,
        RunState state,
        WaitingRows before,
        WaitingRows now,
        TimeSpan duration
    )
    {
        // The function's clock need not be the database's: what is not waiting any more counts too.
        var embedded = Math.Max(now.Made, Math.Max(0, before.Waiting - now.Waiting));
        return new EmbeddingResult
        {
            Repository = repository.FullName,
            RepositoryId = repository.Id,
            State = state,
            Embedded = embedded,
            Unchanged = Math.Max(0, now.Total - now.Waiting - embedded),
            Remaining = now.Waiting,
            Duration = duration,
            ItemsPerSecond = duration > TimeSpan.Zero ? embedded / duration.TotalSeconds : 0,
        };
    }

    private sealed record WaitingRows(
        long Total,
        long Made,
        IReadOnlyDictionary<string, long> ByType,
        DateTimeOffset CountedAt
    )
    {
        public long Waiting => ByType.Values.Sum();

        public WaitingRows With(string type, long total, long waiting, long made, DateTimeOffset countedAt) =>
            new(
                Total + total,
                Made + made,
                new Dictionary<string, long>(ByType, StringComparer.Ordinal) { [type] = waiting },
                countedAt
            );
    }
}
