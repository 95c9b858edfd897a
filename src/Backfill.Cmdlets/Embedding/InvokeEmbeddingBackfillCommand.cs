using System.Management.Automation;
using Backfill.Cmdlets.Pipeline;

namespace Backfill.Cmdlets.Embedding;

/// <summary>Embeds the issues, pull requests and discussions of repositories.</summary>
/// <remarks>
/// <para>Only items that are new or whose text changed since are embedded, those of workspaces first and the newest before the older. Each batch is stored at once, so that a call that was stopped goes on where it was. An item that is edited meanwhile keeps no vector of its old text. Several processes, also on several machines, may work on the same items: they share them.</para>
/// <para>Vectors that another model made are left alone, with an error, unless -AllowModelChange is given: vectors of two models cannot be compared with each other.</para>
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
public sealed class InvokeEmbeddingBackfillCommand : EmbeddingEngineCommand
{
    private const string WorkspaceSet = "Workspace";

    /// <summary>Names, slugs or ids of workspaces, whose repositories are embedded.</summary>
    [Parameter(Mandatory = true, ParameterSetName = WorkspaceSet)]
    [ValidateNotNullOrEmpty]
    public string[] Workspace { get; set; } = [];

    /// <summary>Items in one batch: taken, embedded and written together.</summary>
    [Parameter]
    [ValidateRange(1, 2048)]
    public int BatchSize { get; set; } = 200;

    /// <summary>Batches at most, or with -Engine Inngest events for each repository; without it until nothing is left.</summary>
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

    /// <summary>What it may cost at most for each repository that comes in, or for all of -Workspace or -All together, in US dollars.</summary>
    [Parameter]
    [ValidateRange(0.0, 1_000_000.0)]
    public decimal? CostLimit { get; set; }

    /// <summary>Also embed items whose vector is fresh.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Drop the indexes over the vectors (ivfflat, hnsw) first and build them again at the end, without keeping writers out: for many items that is much quicker, and an ivfflat index needs it after the first time. Searches are slow until then.</summary>
    [Parameter]
    public SwitchParameter RebuildIndex { get; set; }

    /// <summary>Also replace vectors that another model made.</summary>
    [Parameter]
    public SwitchParameter AllowModelChange { get; set; }

    /// <summary>Embeds each repository, or what -Workspace or -All means.</summary>
    protected override void ProcessRecord()
    {
        if (ParameterSetName != RepositorySet)
        {
            var target = All ? "every repository of the database" : $"workspace {string.Join(", ", Workspace)}";
            Embed(target, planned: false, new EmbeddingRequest { Workspaces = Workspace, All = All });
            return;
        }

        foreach (var repository in Parse(Repository))
        {
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

    private void Embed(string target, bool planned, EmbeddingRequest which)
    {
        var decision = Decide("Embed the items", target, planned);
        if (decision == Decision.Leave)
        {
            return;
        }

        var request = which with
        {
            ItemTypes = ItemTypes,
            BatchSize = BatchSize,
            MaxIterations = MaxIterations,
            Delay = Delay,
            Force = Force,
            AllowModelChange = AllowModelChange,
            Dimensions = Dimensions,
            TokensPerMinute = TokensPerMinute,
            RequestsPerMinute = RequestsPerMinute,
            ThrottleLimit = ThrottleLimit,
            CostLimit = CostLimit,
            RebuildIndex = RebuildIndex,
            Engine = Engine,
            EventName = EventName,
            Timeout = Timeout,
            Plan = decision == Decision.Plan,
        };
        Run(target, (engine, settings, output, token) => engine.EmbedAsync(settings, request, output, token));
    }
}
