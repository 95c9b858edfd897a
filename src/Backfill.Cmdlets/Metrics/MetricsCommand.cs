using Backfill.Cmdlets.Pipeline;

namespace Backfill.Cmdlets.Metrics;

/// <summary>A stage that writes the metrics of workspaces, and loses no repository that came in.</summary>
public abstract class MetricsCommand : RepositoryCommand
{
    /// <summary>Writes the repositories that failed in an earlier stage.</summary>
    private protected void HandOnEarlierFailures()
    {
        // First, so that the proof at the end knows of the failure before it meets the same repository in a workspace.
        foreach (var (repository, failure) in CarriedFailures)
        {
            WriteObject(Failed(repository, failure.Error, failure.State));
        }
    }

    /// <inheritdoc/>
    internal override void Emit(object result)
    {
        // A repository that an earlier stage does not know either was handed on with the error of that stage.
        if (
            result is WorkspaceMetrics { State: RunState.Failed, WorkspaceId: null, Repositories: [var failed] }
            && EarlierFailureOf(failed) is { IsCarried: true }
        )
        {
            return;
        }

        if (result is WorkspaceMetrics { State: RunState.Planned } planned)
        {
            SayPlan(PlanText.Of(planned));
            result = planned with { Totals = Totals(planned.Repositories) };
        }

        base.Emit(result);
    }

    private Dictionary<string, PipelineEstimate> Totals(IEnumerable<string> repositories) =>
        repositories
            .Select(repository => (Repository: repository, Total: AddPlan(repository, own: null)))
            .Where(one => one.Total is not null)
            .ToDictionary(one => one.Repository, one => one.Total!, StringComparer.OrdinalIgnoreCase);

    private protected override void HandOnFailed(string repository, string error, bool isReported)
    {
        // One that is carried is written at the end.
        if (EarlierFailureOf(repository) is not { IsCarried: true })
        {
            WriteObject(Failed(repository, error, FailedState));
        }
    }

    /// <summary>Computes the metrics of a request, and hands its repositories on as failed when it cannot.</summary>
    private protected void Compute(MetricsRequest request)
    {
        if (request.Repositories.Count + request.Workspaces.Count == 0)
        {
            return;
        }

        var failure = Attempt(
            (engine, settings, output, token) => engine.UpdateMetricsAsync(settings, request, output, token)
        );
        if (failure is null)
        {
            return;
        }

        WriteFailure(failure);
        foreach (var repository in request.Repositories)
        {
            HandOnFailed(repository.FullName, MessageOf(failure), isReported: true);
        }
    }

    private static WorkspaceMetrics Failed(string repository, string error, RunState state) =>
        new()
        {
            State = state,
            Repositories = [repository],
            Reason = error,
        };
}
