using Backfill.Core.GitHub;
using Backfill.Core.Inngest;
using Backfill.Core.Postgres;
using Backfill.Core.Sync.Runs;
using Backfill.Core.Sync.Writing;

namespace Backfill.Core.Sync.Remote;

/// <summary>
/// Syncs with the functions that are deployed at Inngest. An event starts the functions, and a row in
/// <c>backfill.sync_run</c> lets every process wait for the run. A run counts as started only when Inngest accepted its event.
/// </summary>
internal sealed class InngestEngine(InngestConnection connection, Func<GitHubAccess> gitHub, TimeProvider time)
{
    /// <summary>The value of <see cref="RepoSync.Engine"/> for runs at Inngest.</summary>
    public const string Name = nameof(EngineKind.Inngest);

    /// <summary>Sends the event of a sync.</summary>
    /// <exception cref="BackfillException">Inngest did not accept the event. The run is recorded as failed.</exception>
    public async Task<RepoSync> StartAsync(
        Database database,
        StoredRepository repository,
        SyncRequest request,
        IOperationOutput output,
        CancellationToken cancellationToken
    )
    {
        var sender = connection.Sender;
        await connection.NoticeAsync(request.EventName, output, cancellationToken);
        var now = time.GetUtcNow();
        var run = new RepoSync
        {
            Id = Guid.CreateVersion7(now),
            Repository = repository.FullName,
            RepositoryId = repository.Id,
            Engine = Name,
            State = RunState.Queued,
            From = request.Since,
            Counts = await StoredAsync(database, repository, cancellationToken),
        };
        var record = new InngestRecord(database);
        run = run with
        {
            StartedAt = await record.OpenAsync(run, request.EventName, request.Include, cancellationToken),
        };
        try
        {
            var @event = Event(run.Id, repository.Id, request, now);
            run = run with { EventId = await sender.SendAsync(@event, cancellationToken) };
        }
        catch (Exception error) when (error is BackfillException or OperationCanceledException)
        {
            var refused = run with
            {
                State = RunState.Failed,
                Error =
                    error is BackfillException
                        ? error.Message
                        : "The command was stopped while it sent the event, so it is not known whether Inngest accepted the event.",
            };
            await new RunRecord(database).FinishAsync(
                refused,
                (error as BackfillException)?.ErrorId ?? ErrorIds.SyncStopped,
                CancellationToken.None
            );
            throw;
        }

        // Inngest has accepted the event, so this is recorded even when the user has cancelled the command.
        await record.AcceptAsync(run.Id, run.EventId, CancellationToken.None);
        await output.VerboseAsync(
            $"{run.Repository}: Inngest accepted the event {request.EventName} ({run.EventId}).",
            cancellationToken
        );
        return run;
    }

    /// <summary>Shows the event of a sync, and sends nothing.</summary>
    /// <param name="plan">The plan of the same sync on the local engine.</param>
    public async Task<RepoSync> PlanAsync(
        RepoSync plan,
        SyncRequest request,
        IOperationOutput output,
        CancellationToken cancellationToken
    )
    {
        var sender = connection.Sender;
        await connection.NoticeAsync(request.EventName, output, cancellationToken);
        var now = time.GetUtcNow();
        var shown = sender.Describe(Event(Guid.CreateVersion7(now), plan.RepositoryId, request, now));
        await output.InformationAsync($"What if: {shown}", cancellationToken);
        return plan with
        {
            Engine = Name,
            Estimate = plan.Estimate! with
            {
                Requests = 1,
                Points = 0,
                Minutes = 0,
                Note =
                    $"Would send {shown} (each run has a new id). The cost of the functions is not known here. The items are the items that are not stored yet.",
            },
        };
    }

    /// <summary>Begins to follow a run.</summary>
    public InngestRun Follow(
        Database database,
        RepoSync run,
        TimeSpan pollInterval,
        IOperationOutput output,
        CancellationToken cancellationToken
    ) => InngestRun.Follow(database, gitHub(), connection.Reader, run, pollInterval, output, time, cancellationToken);

    /// <summary>Cancels the functions of runs, and records that the runs were stopped.</summary>
    /// <returns>The stopped runs.</returns>
    /// <exception cref="BackfillException">The settings have no signing key, or Inngest refuses.</exception>
    public async Task<IReadOnlyList<RepoSync>> StopAsync(
        Database database,
        IEnumerable<RepoSync> runs,
        CancellationToken cancellationToken
    )
    {
        var stopped = new List<RepoSync>();
        foreach (var run in runs.Where(run => run is { FinishedAt: null, EventId: not null }))
        {
            var reader = connection.Reader ?? throw MissingSetting.InngestSigningKey();
            if (!RunReader.IsEventId(run.EventId!))
            {
                throw new BackfillException(
                    ErrorIds.RunNotFound,
                    ErrorKind.NotFound,
                    $"The run of {run.Repository} cannot be stopped from here, because its event was passed on with an id that Inngest's API does not know.",
                    "Cancel the function's run in Inngest's dashboard.",
                    run.Repository
                );
            }

            var functions = await reader.RunsOfAsync(run.EventId!, cancellationToken);
            FunctionRun[] active = [.. functions.Where(function => !function.HasEnded)];
            foreach (var function in active)
            {
                await reader.CancelAsync(function.Id, cancellationToken);
            }

            // Inngest does not cancel what a cancelled function invoked, so the worker's own run is stopped in the database.
            var record = new RunRecord(database);
            Guid[] ofWorker = [.. active.Select(function => WorkerRun.IdOf(function.Id))];
            await record.RequestStopAsync(ofWorker, cancellationToken);
            await record.StopRestingAsync(ofWorker, cancellationToken);

            stopped.Add(
                await RecordStopAsync(
                    database,
                    run,
                    functions.Count == 0
                        ? "Stopped on request. No function had begun for the event. A function that begins later is not stopped."
                        : "Stopped on request."
                )
            );
        }

        return stopped;
    }

    // The functions are cancelled, so this is recorded even when the user has cancelled the command.
    private static async Task<RepoSync> RecordStopAsync(Database database, RepoSync run, string how)
    {
        var ended = run with { State = RunState.Stopped, Error = how };
        var finishedAt = await new RunRecord(database).FinishAsync(ended, ErrorIds.SyncStopped, CancellationToken.None);
        return ended with { FinishedAt = finishedAt, Duration = finishedAt - ended.StartedAt };
    }

    private static InngestEvent Event(Guid runId, Guid repositoryId, SyncRequest request, DateTimeOffset now) =>
        InngestEvent.Sync(runId, request.EventName, repositoryId, request.Repository, request.Since, now);

    private static async Task<IReadOnlyList<EntityCount>> StoredAsync(
        Database database,
        StoredRepository repository,
        CancellationToken cancellationToken
    ) =>
        [
            .. (await new SyncTables(database, repository).CountAsync(cancellationToken)).Select(
                count => new EntityCount(count.Key.Name, count.Value, 0, 0, null)
            ),
        ];
}
