using System.Globalization;
using System.Management.Automation;
using System.Security;
using Backfill.Cmdlets.Pipeline;
using Backfill.Cmdlets.Settings;

namespace Backfill.Cmdlets.Sync;

/// <summary>Starts copying repositories from GitHub into the database.</summary>
[Cmdlet(VerbsLifecycle.Start, "RepoSync", SupportsShouldProcess = true, DefaultParameterSetName = RepositorySet)]
[OutputType(typeof(RepoSync))]
public sealed class StartRepoSyncCommand : SyncCommand
{
    private const string OwnerNameSet = "OwnerName";

    // The runs are of this process, so only runs at Inngest are polled.
    private static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(5);

    private bool isRangeFixed;
    private DateTimeOffset? fixedBeginning;

    /// <summary>The user or organization that owns the repository. Use it together with -Name, in place of -Repository.</summary>
    [Parameter(Mandatory = true, ParameterSetName = OwnerNameSet)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(NothingCompleter))]
    public string Owner { get; set; } = "";

    /// <summary>The name of the repository, without its owner.</summary>
    [Parameter(Mandatory = true, ParameterSetName = OwnerNameSet)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(NothingCompleter))]
    public string Name { get; set; } = "";

    /// <summary>Every tracked repository.</summary>
    [Parameter(Mandatory = true, ParameterSetName = AllSet)]
    public SwitchParameter All { get; set; }

    /// <summary>How far back the stored part has to reach: days (30 or 30d), weeks (12w), years (1y) or all.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [TimeRange]
    [ArgumentCompleter(typeof(TimeRangeCompleter))]
    public string? TimeRange { get; set; }

    /// <summary>The time that the stored part has to reach back to. It cannot be in the future.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Moment]
    [ArgumentCompleter(typeof(NothingCompleter))]
    public DateTimeOffset? Since { get; set; }

    /// <summary>Read everything, from the beginning. This is the default.</summary>
    [Parameter]
    public SwitchParameter Full { get; set; }

    /// <summary>What is copied: PullRequests, Issues, Discussions, Reviews, Comments, Contributors, or several of them. The default is everything. Reviews bring their pull requests. A later run that includes more only reads what is missing.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Content]
    public SyncContent Include { get; set; } = SyncContent.All;

    /// <summary>Compare every stored item with GitHub by number, also items without changes. This finds items that were deleted or transferred at GitHub, and rows that another program lost. It costs one point per 33 items.</summary>
    [Parameter]
    public SwitchParameter Verify { get; set; }

    /// <summary>Track the repository first when it is not tracked yet.</summary>
    [Parameter]
    public SwitchParameter Track { get; set; }

    /// <summary>Wait until every sync has ended, and write the finished runs, as Wait-RepoSync does. Without -Wait and without Wait-RepoSync, a sync ends with its process.</summary>
    [Parameter]
    public SwitchParameter Wait { get; set; }

    /// <summary>The engine that does the work: Local is this process, Inngest means the functions that are deployed there.</summary>
    [Parameter]
    public EngineKind Engine { get; set; }

    /// <summary>With -Engine Inngest, the event that asks for the sync. The default is github/repository.sync, which contributor.info has no handler for. Tab completes the events that it has handlers for. With -Include, the rows are judged by what the function copies.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(EventNameCompleter))]
    public string EventName { get; set; } = InngestEvents.Sync;

    /// <summary>How many runs of this process work at the same time. The others are queued.</summary>
    [Parameter]
    [ValidateRange(1, 64)]
    [ArgumentCompleter(typeof(NothingCompleter))]
    public int ThrottleLimit { get; set; } = 4;

    /// <summary>GitHub tokens as SecureString, PSCredential or text. Several tokens share the load. The default is the tokens of Connect-Backfill, then GITHUB_TOKEN and GH_TOKEN.</summary>
    [Parameter]
    [Secret]
    [ArgumentCompleter(typeof(NothingCompleter))]
    public SecureString[] GitHubToken { get; set; } = [];

    private protected override bool IsAll => All;

    private protected override EngineKind FailedEngine => Engine;

    private protected override BackfillSettings Given =>
        base.Given with
        {
            GitHubTokens = SecretAttribute.Read(GitHubToken),
        };

    /// <summary>Reads the range of the call. It wins over the ranges of piped objects.</summary>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        RefuseUnused(Engine, local: [nameof(Verify), nameof(ThrottleLimit)], inngest: [nameof(EventName)]);
        var bound = MyInvocation.BoundParameters;
        isRangeFixed = new[] { nameof(TimeRange), nameof(Since), nameof(Full) }.Any(bound.ContainsKey);
        if (!isRangeFixed)
        {
            return;
        }

        try
        {
            fixedBeginning = Beginning(bound.ContainsKey(nameof(TimeRange)) ? TimeRange ?? "" : null);
        }
        catch (BackfillException exception)
        {
            Refuse(exception);
        }
    }

    /// <summary>Starts each repository.</summary>
    protected override void ProcessRecord()
    {
        foreach (var repository in ParameterSetName == OwnerNameSet ? Parse([$"{Owner}/{Name}"]) : Named())
        {
            if (!TryBeginning(repository.FullName, out var since))
            {
                continue;
            }

            var decision = DecideStage("Sync", repository.FullName, IsInputPlanned);
            if (decision == Decision.Leave)
            {
                continue;
            }

            var request = new SyncRequest(repository, since, Track, ThrottleLimit, Plan: decision == Decision.Plan)
            {
                Include = Include,
                Verify = Verify,
                Engine = Engine,
                EventName = EventName,
            };
            RunFor(
                repository.FullName,
                async (engine, settings, output, token) =>
                {
                    var run = await engine.StartSyncAsync(settings, request, output, token);
                    if (Wait && run.State != RunState.Planned)
                    {
                        WaitFor(run);
                    }
                    else
                    {
                        await output.WriteAsync(run, token);
                    }
                }
            );
        }
    }

    /// <summary>Writes the total of a dry run, and with -Wait waits for the started runs.</summary>
    protected override void EndProcessing()
    {
        SayTotal();
        WaitForAll(timeout: null, PollInterval, fallbackToLocal: false);
    }

    /// <summary>Finds the time that the stored part of a repository has to reach back to. A repository whose own range is malformed is passed on as failed.</summary>
    private bool TryBeginning(string repository, out DateTimeOffset? since)
    {
        since = null;
        try
        {
            // An empty cell of a piped table means no range.
            since = isRangeFixed ? fixedBeginning : Beginning(TimeRange?.Length > 0 ? TimeRange : null);
            return true;
        }
        catch (BackfillException exception)
        {
            Fail(repository, exception);
            return false;
        }
    }

    private DateTimeOffset? Beginning(string? range)
    {
        if ((range is null ? 0 : 1) + (Since is null ? 0 : 1) + (Full ? 1 : 0) > 1)
        {
            throw Exclusive(
                "-TimeRange, -Since and -Full cannot be used together.",
                "Give one of them, or none to read everything."
            );
        }

        var now = EngineAccess.Clock.GetUtcNow();
        return Since > now
                ? throw new BackfillException(
                    ErrorIds.TimeRangeMalformed,
                    ErrorKind.Input,
                    $"-Since {Since.Value.UtcDateTime.ToString("u", CultureInfo.InvariantCulture)} is in the future, so nothing would be read.",
                    "Give a time in the past.",
                    Since
                )
            : range is null ? Since
            : Backfill.TimeRange.Parse(range).StartBefore(now);
    }

    /// <inheritdoc/>
    internal override void Emit(object result)
    {
        if (result is RepoSync { State: RunState.Planned, Estimate: { } estimate } run)
        {
            AddPlan(run.Repository, PipelineEstimate.Of(estimate));
            SayPlan(PlanText.Of(run, estimate));
        }

        base.Emit(result);
    }

    private protected override void ReportRepeated(RepositoryName name)
    {
        if (!isRangeFixed && (TimeRange?.Length > 0 || Since is not null))
        {
            WriteWarning($"{name} was given before and is synced once. The second range is ignored.");
            return;
        }

        base.ReportRepeated(name);
    }
}
