using System.Management.Automation;
using Backfill.Cmdlets.Pipeline;

namespace Backfill.Cmdlets.Embedding;

/// <summary>Embeds the issues, pull requests and discussions of repositories.</summary>
[Cmdlet(
    VerbsLifecycle.Invoke,
    "EmbeddingBackfill",
    SupportsShouldProcess = true,
    DefaultParameterSetName = RepositorySet
)]
[OutputType(typeof(EmbeddingResult))]
public sealed partial class InvokeEmbeddingBackfillCommand : EmbeddingCommand
{
    private const string WorkspaceSet = "Workspace";
    private const string BatchIdSet = "BatchId";

    private readonly List<RepositoryName> collected = [];
    private bool yesToAll;
    private bool noToAll;

    /// <summary>Names, slugs or ids of workspaces whose repositories are embedded, also names with wildcards. A piped object that names no repository is taken by its property Workspace.</summary>
    [Parameter(Mandatory = true, ParameterSetName = WorkspaceSet)]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(WorkspaceCompleter))]
    public string[] Workspace { get; set; } = [];

    /// <summary>Only go on with these batches of the Batch API, and submit nothing. The property Batches of a result has the ids.</summary>
    [Parameter(Mandatory = true, ParameterSetName = BatchIdSet)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(BatchCompleter))]
    public string[] BatchId { get; set; } = [];

    /// <summary>Embed with OpenAI's Batch API, for half the price and within 24 hours. The call waits for the end and shows the progress. After Ctrl+C the submitted batches go on at the provider, and the same call continues with them. Repositories from the pipeline are submitted together.</summary>
    [Parameter]
    public SwitchParameter Batch { get; set; }

    /// <summary>With -Batch or -BatchId: store the results of finished batches and submit missing items, but do not wait. A result with unfinished batches has the state Waiting.</summary>
    [Parameter]
    public SwitchParameter NoWait { get; set; }

    /// <summary>The number of items per batch. The items of a batch are claimed, embedded and written together. The default is 200.</summary>
    [Parameter]
    [ValidateRange(1, 2048)]
    [ArgumentCompleter(typeof(NothingCompleter))]
    public int BatchSize { get; set; } = 200;

    /// <summary>The largest number of batches. By default the call ends when no item is left. With -Batch it limits the submitted batches, with -Engine Inngest the events per repository.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    [ArgumentCompleter(typeof(NothingCompleter))]
    public int? MaxIterations { get; set; }

    /// <summary>The pause between two batches or two events, in seconds or as hours:minutes:seconds. The default is no pause.</summary>
    [Parameter]
    [Seconds]
    [ArgumentCompleter(typeof(NothingCompleter))]
    public TimeSpan Delay { get; set; }

    /// <summary>The tokens per minute that the provider allows. By default the provider's responses tell it.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    [ArgumentCompleter(typeof(NothingCompleter))]
    public int? TokensPerMinute { get; set; }

    /// <summary>The requests per minute that the provider allows. By default the provider's responses tell it.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    [ArgumentCompleter(typeof(NothingCompleter))]
    public int? RequestsPerMinute { get; set; }

    /// <summary>The largest number of batches at the same time. The default is 16 for a provider on the network, and the number of processors for a provider on this machine.</summary>
    [Parameter]
    [ValidateRange(1, 256)]
    [ArgumentCompleter(typeof(NothingCompleter))]
    public int? ThrottleLimit { get; set; }

    /// <summary>The largest cost in US dollars, per repository. With -Workspace, -All or -Batch it is the cost of all repositories together.</summary>
    [Parameter]
    [ValidateRange(0.0, 1_000_000.0)]
    [ArgumentCompleter(typeof(NothingCompleter))]
    public decimal? CostLimit { get; set; }

    /// <summary>Drop the indexes on the vectors (ivfflat, hnsw) first and build them again at the end, without blocking other writers. For many items this is much faster. An ivfflat index needs it after the first embedding of all items. Searches are slow until the indexes are built.</summary>
    [Parameter]
    public SwitchParameter RebuildIndex { get; set; }

    /// <summary>Also embed items that have a fresh vector. The cmdlet asks before it replaces stored vectors; -Confirm:$false does not ask.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Also replace vectors of another model. The cmdlet asks before it replaces stored vectors; -Confirm:$false does not ask.</summary>
    [Parameter]
    public SwitchParameter AllowModelChange { get; set; }

    /// <summary>The engine that does the work: Local is this process, Inngest means the function that is deployed there.</summary>
    [Parameter]
    public EngineKind Engine { get; set; }

    /// <summary>With -Engine Inngest, the event that asks for the embeddings. The default is embeddings/compute.requested.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(EventNameCompleter))]
    public string EventName { get; set; } = InngestEvents.Embedding;

    /// <summary>With -Engine Inngest, the longest time to wait for each repository, in seconds or as hours:minutes:seconds. The default is 15 minutes.</summary>
    [Parameter]
    [Seconds]
    [ArgumentCompleter(typeof(NothingCompleter))]
    public TimeSpan? Timeout { get; set; }

    private bool IsBatch => Batch || ParameterSetName == BatchIdSet;

    /// <summary>Refuses parameters that do not go with the chosen engine, or with or without the Batch API.</summary>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        RefuseUnused(Engine, EmbeddingParameters.OfTheLocalEngine, inngest: [nameof(EventName), nameof(Timeout)]);
        if (EmbeddingParameters.Conflict(MyInvocation.BoundParameters.Keys, IsBatch, NoWait) is { } conflict)
        {
            Refuse(conflict);
        }
    }

    /// <summary>Embeds each repository, or those of -Workspace or -All. With the Batch API, repositories are collected.</summary>
    protected override void ProcessRecord()
    {
        if (ParameterSetName != RepositorySet)
        {
            string[] workspaces = [.. Expand(CompletionKind.Workspace, Workspace)];
            if (Workspace.Length > 0 && workspaces.Length == 0)
            {
                return;
            }

            var target =
                All ? "every repository of the database"
                : workspaces.Length > 0 ? $"workspace {string.Join(", ", workspaces)}"
                : $"batch {string.Join(", ", BatchId)}";
            Embed(
                target,
                planned: false,
                new EmbeddingRequest
                {
                    Workspaces = workspaces,
                    All = All,
                    BatchIds = BatchId,
                }
            );
            return;
        }

        if (PipedWorkspace is { } workspace)
        {
            Embed($"workspace {workspace}", IsInputPlanned, new EmbeddingRequest { Workspaces = [workspace] });
            return;
        }

        foreach (var repository in Named())
        {
            if (IsBatch && !IsInputPlanned)
            {
                collected.Add(repository);
                continue;
            }

            Embed(
                repository.FullName,
                IsInputPlanned,
                new EmbeddingRequest
                {
                    Repositories = [repository],
                    Upstream = IsInputPlanned ? PipedRun?.Estimate : null,
                }
            );
        }
    }

    /// <summary>Submits the collected repositories together. One after the other, each would wait a day for the one before.</summary>
    protected override void EndProcessing()
    {
        if (collected.Count > 0)
        {
            var target = string.Join(", ", collected.Select(repository => repository.FullName));
            Embed(target, planned: false, new EmbeddingRequest { Repositories = collected });
        }

        SayTotal();
    }

    private void Embed(string target, bool planned, EmbeddingRequest which)
    {
        var decision = DecideStage("Embed the items", target, planned);
        if (decision == Decision.Leave)
        {
            return;
        }

        var request = which with
        {
            BatchSize = BatchSize,
            MaxIterations = MaxIterations,
            Delay = Delay,
            TokensPerMinute = TokensPerMinute,
            RequestsPerMinute = RequestsPerMinute,
            ThrottleLimit = ThrottleLimit,
            CostLimit = CostLimit,
            RebuildIndex = RebuildIndex,
            Batch = IsBatch,
            NoWait = NoWait,
            ItemTypes = ItemTypes,
            Force = Force,
            AllowModelChange = AllowModelChange,
            Dimensions = Dimensions,
            Engine = Engine,
            EventName = EventName,
            Timeout = Timeout,
            Plan = decision == Decision.Plan,
        };
        if (decision == Decision.Plan || MayReplace(target, request))
        {
            EmbedOrFail(target, request);
        }
    }

    /// <inheritdoc/>
    internal override void Emit(object result)
    {
        if (result is not EmbeddingResult one)
        {
            base.Emit(result);
            return;
        }

        one = one with { Error = one.Error ?? CarriedErrorOf(one.Repository) };
        if (one is { State: RunState.Planned, Estimate: { } estimate })
        {
            one = one with { Total = AddPlan(one.Repository, PipelineEstimate.Of(estimate)) };
            SayPlan(PlanText.Of(one, estimate));
        }

        base.Emit(one);
    }

    private protected override void HandOnFailed(string repository, string error, bool isReported) =>
        WriteObject(
            new EmbeddingResult
            {
                Repository = repository,
                State = FailedState,
                Error = error,
            }
        );
}
