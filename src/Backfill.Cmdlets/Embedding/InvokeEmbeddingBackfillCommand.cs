using System.Management.Automation;
using Backfill.Cmdlets.Pipeline;

namespace Backfill.Cmdlets.Embedding;

/// <summary>Embeds the issues, pull requests and discussions of repositories.</summary>
/// <remarks>
/// <para>Only items that are new or whose text changed since are embedded, those of workspaces first and the newest before the older. Each batch is stored at once, so that a call that was stopped goes on where it was. An item that is edited meanwhile keeps no vector of its old text. Several processes, also on several machines, may work on the same items: they share them.</para>
/// <para>Vectors that another model made are left alone, with an error, unless -AllowModelChange is given: vectors of two models cannot be compared with each other.</para>
/// <para>With -Batch they go by OpenAI's Batch API, for half the price and within a day. What is under way belongs to the database: the next call, on whichever machine, goes on with it, and meanwhile nobody else embeds the same texts. Every call, also one without -Batch, first brings in what a finished batch of its repositories has.</para>
/// <para>With -Engine Inngest an event asks the deployed function for each repository, again until nothing is left or an event brought nothing. The items that still need a vector are counted before and after: an answer alone proves nothing. What the function embeds with is decided where it is deployed; docs/engines.md says more.</para>
/// <para>With -WhatIf, or after a planned sync, nothing is sent to the provider: the planned result carries an estimate of items, tokens and cost.</para>
/// </remarks>
/// <example>
/// <code>Invoke-EmbeddingBackfill octo/hello -CostLimit 2</code>
/// <para>Embeds what is missing, for at most two US dollars.</para>
/// </example>
/// <example>
/// <code>Get-RepoSync -State Completed | Invoke-EmbeddingBackfill -Provider Lexical -ItemType issue -WhatIf</code>
/// <para>Shows how many issues of the synced repositories the offline provider would embed.</para>
/// </example>
/// <example>
/// <code>Invoke-EmbeddingBackfill -All -TokensPerMinute 1000000 -CostLimit 5</code>
/// <para>Embeds what is missing anywhere in the database, repositories of workspaces first, at the pace that the provider allows.</para>
/// </example>
/// <example>
/// <code>Invoke-EmbeddingBackfill -All -Batch -NoWait</code>
/// <para>Submits what is missing to OpenAI's Batch API for half the price and brings in what earlier batches have, without waiting: for a task that runs every hour.</para>
/// </example>
/// <example>
/// <code>Invoke-EmbeddingBackfill octo/hello -Engine Inngest -Timeout 1800</code>
/// <para>Lets the app's own function embed a repository, for at most half an hour.</para>
/// </example>
[Cmdlet(
    VerbsLifecycle.Invoke,
    "EmbeddingBackfill",
    SupportsShouldProcess = true,
    DefaultParameterSetName = RepositorySet
)]
[OutputType(typeof(EmbeddingResult))]
public sealed class InvokeEmbeddingBackfillCommand : EmbeddingCommand
{
    private const string WorkspaceSet = "Workspace";
    private const string BatchIdSet = "BatchId";

    private readonly List<RepositoryName> collected = [];

    /// <summary>Names, slugs or ids of workspaces, whose repositories are embedded; also of piped objects with a property Workspace that name no repository.</summary>
    [Parameter(Mandatory = true, ParameterSetName = WorkspaceSet)]
    [ValidateNotNullOrEmpty]
    public string[] Workspace { get; set; } = [];

    /// <summary>Goes on with these batches of the Batch API only, by the ids that a result's Batches tell, and submits nothing.</summary>
    [Parameter(Mandatory = true, ParameterSetName = BatchIdSet)]
    [ValidateNotNullOrEmpty]
    public string[] BatchId { get; set; } = [];

    /// <summary>Embed by OpenAI's Batch API: half the price, within 24 hours. Waits for the end and shows how far it is; Ctrl+C leaves what is submitted at the provider, and the same call goes on with it. Repositories from the pipeline are submitted together.</summary>
    [Parameter]
    public SwitchParameter Batch { get; set; }

    /// <summary>With -Batch or -BatchId: brings in what is finished and submits what is missing, but does not wait. What is under way then has the state Waiting.</summary>
    [Parameter]
    public SwitchParameter NoWait { get; set; }

    /// <summary>Items in one batch: taken, embedded and written together.</summary>
    [Parameter]
    [ValidateRange(1, 2048)]
    public int BatchSize { get; set; } = 200;

    /// <summary>Batches at most; without it until nothing is left. With -Batch, batches submitted; with -Engine Inngest, events for each repository.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int? MaxIterations { get; set; }

    /// <summary>The pause between two batches, or two events, in seconds or as hours:minutes:seconds; none without it.</summary>
    [Parameter]
    [Seconds]
    public TimeSpan Delay { get; set; }

    /// <summary>Tokens a minute that the provider allows. Without it what its answers say.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int? TokensPerMinute { get; set; }

    /// <summary>Requests a minute that the provider allows. Without it what its answers say.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int? RequestsPerMinute { get; set; }

    /// <summary>Batches under way at once, at most. Without it 16 for a provider on the network, and as many as there are processors for one on this machine.</summary>
    [Parameter]
    [ValidateRange(1, 256)]
    public int? ThrottleLimit { get; set; }

    /// <summary>What it may cost at most for each repository that comes in, or for all of -Workspace, -All or -Batch together, in US dollars.</summary>
    [Parameter]
    [ValidateRange(0.0, 1_000_000.0)]
    public decimal? CostLimit { get; set; }

    /// <summary>Drop the indexes over the vectors (ivfflat, hnsw) first and build them again at the end, without keeping writers out: for many items that is much quicker, and an ivfflat index needs it after the first time. Searches are slow until then.</summary>
    [Parameter]
    public SwitchParameter RebuildIndex { get; set; }

    /// <summary>Also embed items whose vector is fresh.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Also replace vectors that another model made.</summary>
    [Parameter]
    public SwitchParameter AllowModelChange { get; set; }

    /// <summary>Who does it: Local, this process; or Inngest, the function that is deployed there.</summary>
    [Parameter]
    public EngineKind Engine { get; set; }

    /// <summary>With -Engine Inngest, the event that asks for it; embeddings/compute.requested without it.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string EventName { get; set; } = InngestEvents.Embedding;

    /// <summary>With -Engine Inngest, how long to wait for each repository at most, in seconds or as hours:minutes:seconds; 15 minutes without it.</summary>
    [Parameter]
    [Seconds]
    public TimeSpan? Timeout { get; set; }

    private bool IsBatch => Batch || ParameterSetName == BatchIdSet;

    /// <summary>Refuses parameters that do not go with the chosen engine, or with or without the Batch API.</summary>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        RefuseUnheeded(Engine, EmbeddingParameters.OfTheLocalEngine, inngest: [nameof(EventName), nameof(Timeout)]);
        if (EmbeddingParameters.Conflict(MyInvocation.BoundParameters.Keys, IsBatch, NoWait) is { } conflict)
        {
            Refuse(conflict);
        }
    }

    /// <summary>Embeds each repository, or what -Workspace or -All means. For the Batch API repositories are collected.</summary>
    protected override void ProcessRecord()
    {
        if (ParameterSetName != RepositorySet)
        {
            var target =
                All ? "every repository of the database"
                : Workspace.Length > 0 ? $"workspace {string.Join(", ", Workspace)}"
                : $"batch {string.Join(", ", BatchId)}";
            Embed(
                target,
                planned: false,
                new EmbeddingRequest
                {
                    Workspaces = Workspace,
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

    /// <summary>Submits the collected repositories together: one after the other each would wait a day for the one before.</summary>
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

        EmbedOrFail(
            target,
            which with
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
            }
        );
    }

    // A repository that cannot be embedded is handed on as failed.
    private void EmbedOrFail(string target, EmbeddingRequest request)
    {
        Operation embed = (engine, settings, output, token) => engine.EmbedAsync(settings, request, output, token);
        var failure = Attempt(embed);
        // A batch does not begin while one of its repositories is unknown: the others go on without it.
        while (
            request.Repositories.Count > 1
            && failure is BackfillException { ErrorId: ErrorIds.RepositoryNotTracked, Subject: string unknown }
        )
        {
            Fail(unknown, failure);
            var known = request.Repositories.Where(one =>
                !one.FullName.Equals(unknown, StringComparison.OrdinalIgnoreCase)
            );
            request = request with { Repositories = [.. known] };
            failure = Attempt(embed);
        }

        if (failure is null)
        {
            return;
        }

        if (request.Repositories is [var only])
        {
            Fail(only.FullName, failure);
            return;
        }

        WriteFailure(failure, target);
        foreach (var repository in request.Repositories)
        {
            HandOnFailed(repository.FullName, MessageOf(failure), isReported: true);
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
