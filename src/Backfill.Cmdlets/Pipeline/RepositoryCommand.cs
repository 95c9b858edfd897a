using System.Globalization;
using System.Management.Automation;

namespace Backfill.Cmdlets.Pipeline;

/// <summary>A stage of the pipeline: it takes repositories, by name or as the objects of an earlier stage.</summary>
public abstract class RepositoryCommand : DatabaseCommand
{
    private protected const string RepositorySet = "Repository";

    private readonly Dictionary<string, EarlierFailure> earlierFailures = new(StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<string> named = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, PipelineEstimate> plans = new(StringComparer.OrdinalIgnoreCase);
    private int plannedParts;

    /// <summary>The repositories, as owner/name or as an address at github.com. Objects are taken from the pipeline: those of the earlier stages, and any with a property Repository, FullName, nameWithOwner or full_name, or with both Owner and Name.</summary>
    [Parameter(
        Mandatory = true,
        Position = 0,
        ValueFromPipeline = true,
        ValueFromPipelineByPropertyName = true,
        ParameterSetName = RepositorySet
    )]
    [Alias("FullName", "Repositories")]
    [RepositoryNames]
    [AllowEmptyCollection]
    [ArgumentCompleter(typeof(RepositoryCompleter))]
    public string[] Repository { get; set; } = [];

    /// <summary>The object of an earlier stage, from the pipeline. Its State decides whether this stage only plans, and a run brings what is known of it.</summary>
    [Parameter(ValueFromPipeline = true, ParameterSetName = RepositorySet)]
    public PSObject? InputObject { get; set; }

    /// <summary>The run that came through the pipeline, or null.</summary>
    private protected RepoSync? PipedRun => InputObject?.BaseObject as RepoSync;

    /// <summary>Reads repository names. The one of a piped object brings the id of its row along, since its name may have moved.</summary>
    private protected override IEnumerable<RepositoryName> Parse(IEnumerable<string> texts)
    {
        var names = base.Parse(texts);
        return
            Repository.Length == 1
            && InputObject?.Properties["RepositoryId"]?.Value is { } value
            && LanguagePrimitives.TryConvertTo<Guid>(value, CultureInfo.InvariantCulture, out var id)
            && id != Guid.Empty
            ? names.Select(name => name with { Id = id })
            : names;
    }

    /// <summary>Whether the piped object is only planned, so that this stage plans too.</summary>
    private protected bool IsInputPlanned => InputState == RunState.Planned;

    /// <summary>Reads the repositories of the input, each once, and remembers what earlier stages said of them.</summary>
    private protected IEnumerable<RepositoryName> Named()
    {
        foreach (var text in Repository)
        {
            Remember(text);
            foreach (var name in Parse([text]))
            {
                Remember(name.FullName);
                RememberPlan(name.FullName);
                if (named.Add(name.FullName))
                {
                    yield return name;
                }
                else
                {
                    ReportRepeated(name);
                }
            }
        }
    }

    /// <summary>Says that a repository came in a second time: it is one run, one result and one proof.</summary>
    private protected virtual void ReportRepeated(RepositoryName name) =>
        WriteVerbose($"{name} came in before and is worked on once.");

    /// <summary>The workspace that the piped object names where it names no repository, or null.</summary>
    private protected string? PipedWorkspace =>
        Repository.All(text => RepositoryNamesAttribute.ErrorOf(text) is not null)
        && Text("Workspace") is { Length: > 0 } workspace
            ? workspace
            : null;

    /// <summary>Returns why an earlier stage failed for a repository, where no recorded run tells it; null otherwise.</summary>
    private protected string? CarriedErrorOf(string repository) =>
        earlierFailures.GetValueOrDefault(repository) is { IsCarried: true } failure ? failure.Error : null;

    /// <summary>The earlier failures that no recorded run tells, so that this stage has to hand them on.</summary>
    private protected IEnumerable<KeyValuePair<string, EarlierFailure>> CarriedFailures =>
        earlierFailures.Where(one => one.Value.IsCarried);

    private string? EarlierError =>
        InputState is null ? null
        : Text("Error") is { Length: > 0 } error ? error
        : InputState == RunState.Failed ? Text("Reason")
        : null;

    private RunState? InputState =>
        InputObject?.Properties["State"]?.Value is { } state
        && LanguagePrimitives.TryConvertTo<RunState>(state, CultureInfo.InvariantCulture, out var known)
            ? known
            : null;

    /// <summary>Runs one operation for a repository. When it fails, the error is reported and the repository is handed on as failed.</summary>
    /// <returns>False when it failed.</returns>
    private protected bool RunFor(string repository, Operation operation)
    {
        var failure = Attempt(operation);
        if (failure is not null)
        {
            Fail(repository, failure);
        }

        return failure is null;
    }

    /// <summary>Reports that a repository failed, unless an earlier stage has said so, and hands it on as failed: the proof at the end has to know of it.</summary>
    private protected void Fail(string repository, Exception failure)
    {
        var earlier = earlierFailures.GetValueOrDefault(repository);
        var isRepeated = earlier is not null && IsOfUnknownRepository(failure);
        if (!isRepeated)
        {
            WriteFailure(failure, repository);
        }

        HandOnFailed(repository, earlier?.Error ?? MessageOf(failure), !isRepeated);
    }

    /// <summary>Writes the object of this stage for a repository that failed. A dry run writes a planned one, so that the later stages plan as well.</summary>
    /// <param name="repository">The repository, as it was named.</param>
    /// <param name="error">Why it failed.</param>
    /// <param name="isReported">False when this stage has written no error, since an earlier stage wrote it.</param>
    private protected virtual void HandOnFailed(string repository, string error, bool isReported) { }

    /// <summary>The state of an object that is handed on as failed.</summary>
    private protected RunState FailedState => IsWhatIf || IsInputPlanned ? RunState.Planned : RunState.Failed;

    /// <inheritdoc/>
    internal override void Report(BackfillException error)
    {
        if (
            error.Subject is not string repository
            || !IsOfUnknownRepository(error)
            || !earlierFailures.ContainsKey(repository)
        )
        {
            base.Report(error);
        }
    }

    /// <inheritdoc/>
    private protected override void ReportMalformed(string text, BackfillException error)
    {
        if (named.Add(text))
        {
            Fail(text, error);
        }
    }

    private static bool IsOfUnknownRepository(Exception failure) =>
        failure
            is BackfillException
            {
                ErrorId: ErrorIds.RepositoryNotTracked
                    or ErrorIds.RepositoryNotFound
                    or ErrorIds.RepositoryNameMalformed
            };

    /// <summary>Adds the cost of this stage to what earlier planned stages said of a repository, and returns the sum.</summary>
    private protected PipelineEstimate? AddPlan(string repository, PipelineEstimate? own)
    {
        var earlier = plans.GetValueOrDefault(repository);
        if (own is not null)
        {
            plannedParts++;
            plans[repository] = own.Plus(earlier);
        }

        return plans.GetValueOrDefault(repository);
    }

    /// <summary>Writes the one total of a dry run, at the end of the pipeline.</summary>
    /// <param name="isLastStage">True for the stage with which a whole pipeline ends.</param>
    private protected void SayTotal(bool isLastStage = false)
    {
        var isEnd = isLastStage || MyInvocation.PipelinePosition == MyInvocation.PipelineLength;
        // One part is its own total.
        if (isEnd && (plannedParts > 1 || (isLastStage && plannedParts > 0)))
        {
            SayPlan(PlanText.Of(plans.Values.Aggregate((sum, plan) => sum.Plus(plan))));
        }
    }

    /// <summary>Remembers what the piped planned run would cost.</summary>
    private protected void RememberPlan()
    {
        if (PipedRun is { } run)
        {
            RememberPlan(run.Repository);
        }
    }

    private void RememberPlan(string repository)
    {
        var plan = InputObject?.BaseObject switch
        {
            RepoSync { State: RunState.Planned, Estimate: { } estimate } => PipelineEstimate.Of(estimate),
            EmbeddingResult one => one.Total,
            WorkspaceMetrics metrics => metrics.Totals.GetValueOrDefault(repository),
            _ => null,
        };
        // A repository of several workspaces comes in with each of them.
        if (plan is not null && plans.TryAdd(repository, plan))
        {
            plannedParts++;
        }
    }

    private void Remember(string repository)
    {
        if (EarlierError is { } error)
        {
            // What a recorded run failed with stands in its record.
            var isCarried = PipedRun is null || PipedRun.Id == Guid.Empty;
            earlierFailures[repository] = new EarlierFailure(error, isCarried, FailedState);
        }
    }

    private string? Text(string property) => InputObject?.Properties[property]?.Value as string;

    /// <summary>What an earlier stage failed with.</summary>
    /// <param name="Error">Its message.</param>
    /// <param name="IsCarried">True where only the objects of the pipeline tell it.</param>
    /// <param name="State">The state of the object that hands it on.</param>
    private protected sealed record EarlierFailure(string Error, bool IsCarried, RunState State);
}
