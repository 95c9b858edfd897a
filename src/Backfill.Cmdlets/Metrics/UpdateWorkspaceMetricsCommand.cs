using System.Management.Automation;
using Backfill.Cmdlets.Pipeline;

namespace Backfill.Cmdlets.Metrics;

/// <summary>Computes and stores the metrics of workspaces.</summary>
[Cmdlet(VerbsData.Update, "WorkspaceMetrics", SupportsShouldProcess = true, DefaultParameterSetName = RepositorySet)]
[OutputType(typeof(WorkspaceMetrics))]
public sealed class UpdateWorkspaceMetricsCommand : RepositoryCommand
{
    private readonly Dictionary<Decision, List<RepositoryName>> repositories = [];
    private readonly Dictionary<Decision, List<string>> workspaces = [];
    private IReadOnlyList<TimeRange> ranges = [];

    /// <summary>Names, slugs or ids of workspaces, also names with wildcards. A piped object that names no repository is taken by its property Workspace.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "Workspace")]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(WorkspaceCompleter))]
    public string[] Workspace { get; set; } = [];

    /// <summary>Every workspace that holds a tracked repository.</summary>
    [Parameter(Mandatory = true, ParameterSetName = AllSet)]
    public SwitchParameter All { get; set; }

    /// <summary>The time ranges: 7d, 30d, 90d, 1y and all. The default is all five.</summary>
    [Parameter]
    [TimeRange]
    [ArgumentCompleter(typeof(TimeRangeCompleter))]
    [ValidateNotNullOrEmpty]
    public string[] TimeRange { get; set; } = [.. TimeRangeCompleter.Ranges];

    /// <summary>Also compute fresh metrics again. Stored metrics are fresh when nothing was synced since, and for 5 minutes (7d), 10 minutes (30d), 30 minutes (90d), 1 hour (1y) or 2 hours (all).</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>The engine that does the work: Local is this process, Inngest means the function that is deployed there.</summary>
    [Parameter]
    public EngineKind Engine { get; set; }

    /// <summary>With -Engine Inngest, the event that asks for the metrics. The default is workspace.metrics.aggregate.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(EventNameCompleter))]
    public string EventName { get; set; } = InngestEvents.Metrics;

    /// <summary>With -Engine Inngest, the longest time to wait for each workspace, in seconds or as hours:minutes:seconds. The default is 15 minutes.</summary>
    [Parameter]
    [Seconds]
    [ArgumentCompleter(typeof(NothingCompleter))]
    public TimeSpan? Timeout { get; set; }

    private protected override bool IsAll => All;

    /// <summary>Reads the ranges.</summary>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        RefuseUnused(Engine, local: [], inngest: [nameof(EventName), nameof(Timeout)]);
        try
        {
            ranges = [.. TimeRange.Select(Backfill.TimeRange.Parse).Distinct()];
        }
        catch (BackfillException exception)
        {
            Refuse(exception);
        }
    }

    /// <summary>Collects the workspaces and repositories.</summary>
    protected override void ProcessRecord()
    {
        foreach (var workspace in PipedWorkspace is { } piped ? [piped] : Expand(CompletionKind.Workspace, Workspace))
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

    /// <summary>Computes all that was collected.</summary>
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

    /// <summary>Passes on the repositories that failed in an earlier stage.</summary>
    private void HandOnEarlierFailures()
    {
        // Test-BackfillCoverage must know of the failure before it gets the same repository with a workspace.
        foreach (var (repository, failure) in CarriedFailures)
        {
            WriteObject(Failed(repository, failure.Error, failure.State));
        }
    }

    /// <inheritdoc/>
    internal override void Emit(object result)
    {
        // The earlier stage did not know this repository either, and its error was passed on already.
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
        // Failures of earlier stages are written at the end.
        if (CarriedErrorOf(repository) is null)
        {
            WriteObject(Failed(repository, error, FailedState));
        }
    }

    /// <summary>Computes the metrics of a request. When that fails, its repositories are passed on as failed.</summary>
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
