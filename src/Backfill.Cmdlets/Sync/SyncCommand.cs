using Backfill.Cmdlets.Pipeline;

namespace Backfill.Cmdlets.Sync;

/// <summary>A stage that writes runs and can wait for them at its end.</summary>
public abstract class SyncCommand : RepositoryCommand
{
    private readonly RunWaiting waiting = new();
    private readonly Dictionary<Guid, RepoSync> awaited = [];
    private readonly List<RepositoryName> awaitedNames = [];

    /// <summary>Gets the engine of a run that could not be started.</summary>
    private protected virtual EngineKind FailedEngine => EngineKind.Local;

    /// <summary>Waits for a run at the end.</summary>
    private protected void WaitFor(RepoSync run)
    {
        awaited[run.Id] = run;
        waiting.Add(run.Id);
    }

    /// <summary>Waits for a run at the end.</summary>
    private protected void WaitFor(Guid run) => waiting.Add(run);

    /// <summary>Waits for the newest run of a repository at the end.</summary>
    private protected void WaitFor(RepositoryName repository)
    {
        awaitedNames.Add(repository);
        waiting.Add(repository);
    }

    /// <summary>Waits for all collected runs. When that fails, every repository is still passed on.</summary>
    private protected void WaitForAll(TimeSpan? timeout, TimeSpan pollInterval, bool fallbackToLocal)
    {
        if (waiting.Request(timeout, pollInterval) is not { } given)
        {
            return;
        }

        var request = given with { FallbackToLocal = fallbackToLocal };
        var failure = Attempt(
            (engine, settings, output, token) => engine.WaitSyncAsync(settings, request, output, token)
        );
        if (failure is null)
        {
            return;
        }

        WriteFailure(failure);
        // The wait failed, not the runs. Pass on the runs that were not written yet in their last known state.
        foreach (var run in awaited.Values)
        {
            WriteObject(run);
        }

        foreach (var repository in awaitedNames)
        {
            HandOnFailed(repository.FullName, MessageOf(failure), isReported: true);
        }
    }

    /// <summary>Ends the wait. The runs go on. In a second wait for the same runs, those of this process are asked to stop.</summary>
    protected override void StopProcessing()
    {
        base.StopProcessing();
        // A pipeline that ends accepts no more records, but its host does.
        if (waiting.End(() => InForce, NameOf) is { } message)
        {
            Host?.UI?.WriteWarningLine(ScreenText.Of(message));
        }
    }

    private string NameOf(Guid run) => awaited.GetValueOrDefault(run)?.Repository ?? run.ToString();

    /// <inheritdoc/>
    internal override void Emit(object result)
    {
        if (result is RepoSync run)
        {
            awaited.Remove(run.Id);
            awaitedNames.RemoveAll(name => name.FullName.Equals(run.Repository, StringComparison.OrdinalIgnoreCase));
        }

        base.Emit(result);
    }

    /// <inheritdoc/>
    internal override void Report(BackfillException error)
    {
        // The piped run is of another database, so its repository fails.
        if (error is { ErrorId: ErrorIds.RunNotFound, Subject: Guid id } && awaited.Remove(id, out var run))
        {
            Fail(
                run.Repository,
                new BackfillException(
                    error.ErrorId,
                    error.Kind,
                    $"The database does not know the run of {run.Repository}.",
                    error.Action,
                    run.Repository
                )
            );
            return;
        }

        base.Report(error);
    }

    private protected override void HandOnFailed(string repository, string error, bool isReported) =>
        WriteObject(
            new RepoSync
            {
                Repository = repository,
                Engine = FailedEngine.ToString(),
                State = FailedState,
                Error = error,
            }
        );
}
