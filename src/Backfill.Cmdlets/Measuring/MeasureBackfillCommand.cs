using System.Management.Automation;
using System.Security;
using Backfill.Cmdlets.Pipeline;
using Backfill.Cmdlets.Settings;
using Backfill.Cmdlets.Sync;

namespace Backfill.Cmdlets.Measuring;

/// <summary>Measures what it would cost to make repositories complete, and changes nothing.</summary>
[Cmdlet(VerbsDiagnostic.Measure, "Backfill", DefaultParameterSetName = RepositorySet)]
[OutputType(typeof(BackfillMeasurement))]
public sealed class MeasureBackfillCommand : RepositoryCommand
{
    // Repositories are measured in groups, so that the first results of ten thousand come soon.
    private const int GroupSize = 20;

    private readonly List<RepositoryName> group = [];

    /// <summary>Every tracked repository.</summary>
    [Parameter(Mandatory = true, ParameterSetName = AllSet)]
    public SwitchParameter All { get; set; }

    /// <summary>How far back the stored part has to reach: days (30 or 30d), weeks (12w), years (1y) or all. The default is all.</summary>
    [Parameter]
    [TimeRange]
    [ArgumentCompleter(typeof(TimeRangeCompleter))]
    public string TimeRange { get; set; } = "all";

    /// <summary>What would be copied: PullRequests, Issues, Discussions, Reviews, Comments, Contributors, or several of them. The default is everything.</summary>
    [Parameter]
    [Content]
    public SyncContent Include { get; set; } = SyncContent.All;

    /// <summary>The provider of the embeddings whose prices are used. The default is the provider of Connect-Backfill, or the one that has a key.</summary>
    [Parameter]
    [ValidateSet("OpenAI", "Azure", "Ollama", "Supabase", "Onnx", "Lexical")]
    public string? Provider { get; set; }

    /// <summary>The provider's model, whose prices are used. The default is the model of Connect-Backfill, or the provider's default.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ModelCompleter))]
    public string? Model { get; set; }

    /// <summary>Use the prices of the Batch API.</summary>
    [Parameter]
    public SwitchParameter Batch { get; set; }

    /// <summary>GitHub tokens as SecureString, PSCredential or text. The default is the tokens of Connect-Backfill, then GITHUB_TOKEN and GH_TOKEN.</summary>
    [Parameter]
    [Secret]
    [ArgumentCompleter(typeof(NothingCompleter))]
    public SecureString[] GitHubToken { get; set; } = [];

    private protected override bool IsAll => All;

    private protected override BackfillSettings Given =>
        base.Given with
        {
            GitHubTokens = SecretAttribute.Read(GitHubToken),
            EmbeddingProvider = Provider,
            EmbeddingModel = Model,
        };

    /// <summary>Collects the repositories and measures each full group.</summary>
    protected override void ProcessRecord()
    {
        foreach (var repository in Named())
        {
            group.Add(repository);
            if (group.Count == GroupSize)
            {
                MeasureGroup();
            }
        }
    }

    /// <summary>Measures the last group.</summary>
    protected override void EndProcessing() => MeasureGroup();

    private void MeasureGroup()
    {
        if (group.Count == 0)
        {
            return;
        }

        DateTimeOffset? since = null;
        try
        {
            since = Backfill.TimeRange.Parse(TimeRange).StartBefore(EngineAccess.Clock.GetUtcNow());
        }
        catch (BackfillException error)
        {
            Refuse(error);
        }

        var request = new MeasureRequest([.. group], since) { Include = Include, Batch = Batch };
        group.Clear();
        Run(null, (engine, settings, output, token) => engine.MeasureAsync(settings, request, output, token));
    }

    private protected override void HandOnFailed(string repository, string error, bool isReported) =>
        WriteObject(
            new BackfillMeasurement
            {
                Repository = repository,
                State = RunState.Failed,
                Error = error,
            }
        );
}
