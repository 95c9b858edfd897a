using System.Globalization;
using System.Management.Automation;
using Backfill.Cmdlets.Pipeline;

namespace Backfill.Cmdlets.Sync;

/// <summary>A stage that writes runs with a range: that of the call, or that of each piped object.</summary>
public abstract class RangedSyncCommand : SyncCommand
{
    private bool isRangeFixed;
    private DateTimeOffset? fixedBeginning;

    /// <summary>How far back the stored part has to reach: days (30 or 30d), weeks (12w), years (1y) or all.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [TimeRange]
    [ArgumentCompleter(typeof(TimeRangeCompleter))]
    public string? TimeRange { get; set; }

    /// <summary>The moment that the stored part has to reach back to; not a future one.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Moment]
    public DateTimeOffset? Since { get; set; }

    /// <summary>Everything, from the beginning. This is the default, said aloud.</summary>
    [Parameter]
    public SwitchParameter Full { get; set; }

    /// <summary>Reads the range of the call, which goes before those of piped objects.</summary>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        isRangeFixed = new[] { nameof(TimeRange), nameof(Since), nameof(Full) }.Any(
            MyInvocation.BoundParameters.ContainsKey
        );
        if (!isRangeFixed)
        {
            return;
        }

        try
        {
            var isNamed = MyInvocation.BoundParameters.ContainsKey(nameof(TimeRange));
            fixedBeginning = Beginning(isNamed ? TimeRange ?? "" : null);
        }
        catch (BackfillException exception)
        {
            Refuse(exception);
        }
    }

    /// <summary>The moment that the stored part of a repository has to reach back to. A repository whose own range cannot be used is handed on as failed.</summary>
    private protected bool TryBeginning(string repository, out DateTimeOffset? since)
    {
        since = null;
        try
        {
            // An empty cell of a table asks for no range.
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
                "-TimeRange, -Since and -Full exclude each other.",
                "Give one of them, or none for everything."
            );
        }

        var now = EngineAccess.Clock.GetUtcNow();
        return Since > now
                ? throw new BackfillException(
                    ErrorIds.TimeRangeMalformed,
                    ErrorKind.Input,
                    $"-Since {Since.Value.UtcDateTime.ToString("u", CultureInfo.InvariantCulture)} lies in the future, so nothing would be read.",
                    "Write a moment of the past.",
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
            WriteWarning($"{name} came in before and is synced once. The range of the second time is ignored.");
            return;
        }

        base.ReportRepeated(name);
    }
}
