using System.Management.Automation;

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
public sealed class InvokeEmbeddingBackfillCommand : LimitedEmbeddingCommand
{
    private const string WorkspaceSet = "Workspace";
    private readonly List<RepositoryName> collected = [];

    /// <summary>Names, slugs or ids of workspaces, whose repositories are embedded; also of piped objects with a property Workspace that name no repository.</summary>
    [Parameter(Mandatory = true, ParameterSetName = WorkspaceSet)]
    [ValidateNotNullOrEmpty]
    public string[] Workspace { get; set; } = [];

    /// <summary>Also embed items whose vector is fresh.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Also replace vectors that another model made.</summary>
    [Parameter]
    public SwitchParameter AllowModelChange { get; set; }

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
            RepositoryName[] repositories =
            [
                .. collected.DistinctBy(repository => repository.FullName, StringComparer.OrdinalIgnoreCase),
            ];
            var target = string.Join(", ", repositories.Select(repository => repository.FullName));
            Embed(target, planned: false, new EmbeddingRequest { Repositories = repositories });
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

        var request = Limit(which) with
        {
            ItemTypes = ItemTypes,
            Force = Force,
            AllowModelChange = AllowModelChange,
            Dimensions = Dimensions,
            Engine = Engine,
            EventName = EventName,
            Timeout = Timeout,
            Plan = decision == Decision.Plan,
        };
        if (which.Repositories.Count == 0)
        {
            Run(target, (engine, settings, output, token) => engine.EmbedAsync(settings, request, output, token));
        }
        else
        {
            EmbedNamed(target, request);
        }
    }
}
