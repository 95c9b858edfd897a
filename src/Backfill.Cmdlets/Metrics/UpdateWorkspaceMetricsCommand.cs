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
public sealed class UpdateWorkspaceMetricsCommand : MetricsCommand
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
}
