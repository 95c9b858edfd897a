using System.Management.Automation;
using System.Security;
using Backfill.Cmdlets.Pipeline;
using Backfill.Cmdlets.Settings;

namespace Backfill.Cmdlets.Embedding;

/// <summary>Embeds the issues, pull requests and discussions of repositories.</summary>
/// <remarks>
/// <para>Only items that are new or whose text changed since are embedded, those of workspaces first and the newest before the older. Each batch is stored at once, so that a call that was stopped goes on where it was. An item that is edited meanwhile keeps no vector of its old text.</para>
/// <para>Vectors that another model made are left alone, with an error, unless -AllowModelChange is given: vectors of two models cannot be compared with each other.</para>
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
[Cmdlet(
    VerbsLifecycle.Invoke,
    "EmbeddingBackfill",
    SupportsShouldProcess = true,
    DefaultParameterSetName = RepositorySet
)]
[OutputType(typeof(EmbeddingResult))]
public sealed class InvokeEmbeddingBackfillCommand : RepositoryCommand
{
    /// <summary>Who makes the embeddings: OpenAI (and every server that speaks its API) or Lexical, which works offline. Without it the session's provider, or the one that has a key.</summary>
    [Parameter]
    [ValidateSet("OpenAI", "Lexical")]
    public string? Provider { get; set; }

    /// <summary>The provider's model; without it the session's, or the provider's default.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Model { get; set; }

    /// <summary>The key of the OpenAI-compatible provider, as SecureString, PSCredential or text. Without it that of Connect-Backfill counts, then OPENAI_API_KEY.</summary>
    [Parameter]
    [Secret]
    public SecureString? OpenAIKey { get; set; }

    /// <summary>Items in one batch.</summary>
    [Parameter]
    [ValidateRange(1, 2048)]
    public int BatchSize { get; set; } = 200;

    /// <summary>Batches at most; without it until nothing is left.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int? MaxIterations { get; set; }

    /// <summary>The pause between two batches, in seconds or as hours:minutes:seconds; none without it.</summary>
    [Parameter]
    [Seconds]
    public TimeSpan Delay { get; set; }

    /// <summary>What it may cost at most for each repository, in US dollars.</summary>
    [Parameter]
    [ValidateRange(0.0, 1_000_000.0)]
    public decimal? CostLimit { get; set; }

    /// <summary>Only items of these types: issue, pull_request, discussion.</summary>
    [Parameter]
    [ValidateSet("issue", "pull_request", "discussion")]
    public string[] ItemType { get; set; } = [];

    /// <summary>Also embed items whose vector is fresh.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Also replace vectors that another model made.</summary>
    [Parameter]
    public SwitchParameter AllowModelChange { get; set; }

    private protected override BackfillSettings Given =>
        base.Given with
        {
            EmbeddingProvider = Provider,
            EmbeddingModel = Model,
            OpenAIKey = SecretAttribute.Read(OpenAIKey),
        };

    /// <summary>Embeds each repository.</summary>
    protected override void ProcessRecord()
    {
        foreach (var repository in Parse(Repository))
        {
            var decision = Decide("Embed the items", repository.FullName, IsInputPlanned);
            if (decision == Decision.Leave)
            {
                continue;
            }

            var request = new EmbeddingRequest(
                repository,
                [.. ItemType.Distinct(StringComparer.OrdinalIgnoreCase).Select(type => type.ToLowerInvariant())],
                BatchSize,
                MaxIterations,
                Delay,
                Force,
                AllowModelChange,
                CostLimit,
                Plan: decision == Decision.Plan,
                Upstream: IsInputPlanned ? PipedRun?.Estimate : null
            );
            Run(
                repository.FullName,
                async (engine, settings, output, token) =>
                    await output.WriteAsync(await engine.EmbedAsync(settings, request, output, token), token)
            );
        }
    }
}
