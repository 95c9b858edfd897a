using System.Management.Automation;
using Backfill.Cmdlets.Pipeline;

namespace Backfill.Cmdlets.Metrics;

/// <summary>Computes and stores the metrics of workspaces.</summary>
/// <remarks>
/// <para>It first takes all of its input and then computes each workspace once, however many of its repositories came in. It writes one object for each workspace, with an entry for each time range inside. Repositories in no workspace come in one more object with the state Skipped, so that none is lost for the next stage.</para>
/// <para>With -Engine Inngest an event asks the deployed function for each workspace and range, and the stored rows are looked at: contributor.info's function runs and stores nothing, and this says so.</para>
/// </remarks>
/// <example>
/// <code>Update-WorkspaceMetrics -Workspace team</code>
/// <para>Refreshes all time ranges of one workspace.</para>
/// </example>
/// <example>
/// <code>(Update-WorkspaceMetrics octo/hello -TimeRange 30d).Ranges</code>
/// <para>Refreshes the last 30 days of every workspace that holds a repository and shows the numbers.</para>
/// </example>
[Cmdlet(VerbsData.Update, "WorkspaceMetrics", SupportsShouldProcess = true, DefaultParameterSetName = RepositorySet)]
[OutputType(typeof(WorkspaceMetrics))]
public sealed class UpdateWorkspaceMetricsCommand : RepositoryCommand
{
    private readonly Dictionary<Decision, List<RepositoryName>> repositories = [];
    private readonly Dictionary<Decision, List<string>> workspaces = [];
    private IReadOnlyList<TimeRange> ranges = [];

    /// <summary>Names, slugs or ids of workspaces; also of piped objects with a property Workspace that name no repository.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "Workspace")]
    [ValidateNotNullOrEmpty]
    public string[] Workspace { get; set; } = [];

    /// <summary>The time ranges: 7d, 30d, 90d, 1y and all; without it all five.</summary>
    [Parameter]
    [TimeRange]
    [ArgumentCompleter(typeof(TimeRangeCompleter))]
    [ValidateNotNullOrEmpty]
    public string[] TimeRange { get; set; } = [.. TimeRangeCompleter.Ranges];

    /// <summary>Also compute what is fresh. Without it a range is handed on as it is stored while it is young (7d for 5 minutes, 30d for 10, 90d for 30, 1y for an hour, all for two) and nothing was synced since.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Who does it: Local, this process; or Inngest, the function that is deployed there.</summary>
    [Parameter]
    public EngineKind Engine { get; set; }

    /// <summary>With -Engine Inngest, the event that asks for it; workspace.metrics.aggregate without it.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string EventName { get; set; } = InngestEvents.Metrics;

    /// <summary>With -Engine Inngest, how long to wait for each workspace at most, in seconds or as hours:minutes:seconds; 15 minutes without it.</summary>
    [Parameter]
    [Seconds]
    public TimeSpan? Timeout { get; set; }

    /// <summary>Reads the ranges.</summary>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        RefuseUnheeded(Engine, local: [], inngest: [nameof(EventName), nameof(Timeout)]);
        try
        {
            ranges = [.. TimeRange.Select(Backfill.TimeRange.Parse).Distinct()];
        }
        catch (BackfillException exception)
        {
            Refuse(exception);
        }
    }

    /// <summary>Collects.</summary>
    protected override void ProcessRecord()
    {
        foreach (var workspace in PipedWorkspace is { } piped ? [piped] : Workspace)
        {
            Collect(
                workspaces,
                DecideStage("Compute the metrics", $"workspace {workspace}", IsInputPlanned),
                workspace
            );
        }

        if (PipedWorkspace is not null)
        {
            return;
        }

        foreach (var repository in Named())
        {
            Collect(
                repositories,
                DecideStage("Compute the metrics", $"workspaces of {repository}", IsInputPlanned),
                repository
            );
        }
    }

    /// <summary>Computes everything that was collected.</summary>
    protected override void EndProcessing()
    {
        HandOnEarlierFailures();
        foreach (var decision in new[] { Decision.Act, Decision.Plan })
        {
            Compute(
                new MetricsRequest(
                    repositories.GetValueOrDefault(decision) ?? [],
                    workspaces.GetValueOrDefault(decision) ?? [],
                    ranges,
                    Plan: decision == Decision.Plan,
                    Force
                )
                {
                    Engine = Engine,
                    EventName = EventName,
                    Timeout = Timeout,
                }
            );
        }

        SayTotal();
    }

    private static void Collect<T>(Dictionary<Decision, List<T>> collected, Decision decision, T item)
    {
        if (!collected.TryGetValue(decision, out var items))
        {
            collected[decision] = items = [];
        }

        if (!items.Contains(item))
        {
            items.Add(item);
        }
    }

    /// <summary>Writes the repositories that failed in an earlier stage.</summary>
    private void HandOnEarlierFailures()
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
            && CarriedErrorOf(failed) is not null
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
        if (CarriedErrorOf(repository) is null)
        {
            WriteObject(Failed(repository, error, FailedState));
        }
    }

    /// <summary>Computes the metrics of a request, and hands its repositories on as failed when it cannot.</summary>
    private void Compute(MetricsRequest request)
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
