using System.Globalization;
using System.Management.Automation;

namespace Backfill.Cmdlets.Pipeline;

/// <summary>A stage of the pipeline. It takes repositories by name, or the objects of an earlier stage.</summary>
public abstract class RepositoryCommand : DatabaseCommand
{
    private protected const string RepositorySet = "Repository";
    private protected const string AllSet = "All";

    private readonly Dictionary<string, EarlierFailure> earlierFailures = new(StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<string> named = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, PipelineEstimate> plans = new(StringComparer.OrdinalIgnoreCase);
    private int plannedParts;

    /// <summary>The repositories, as owner/name or as an address at github.com. With wildcards (octo/*) all tracked repositories that match. Objects are taken from the pipeline: those of the earlier stages, and any with a property Repository, FullName, nameWithOwner or full_name, or with both Owner and Name.</summary>
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
    [SupportsWildcards]
    [ArgumentCompleter(typeof(RepositoryCompleter))]
    public string[] Repository { get; set; } = [];

    /// <summary>The object of an earlier stage, from the pipeline. When its State is Planned, this stage only plans. A run also brings its counts and its error.</summary>
    [Parameter(ValueFromPipeline = true, ParameterSetName = RepositorySet)]
    public PSObject? InputObject { get; set; }

    /// <summary>Gets whether every tracked repository is meant.</summary>
    private protected virtual bool IsAll => false;

    /// <summary>Gets the run that came through the pipeline, or null.</summary>
    private protected RepoSync? PipedRun => InputObject?.BaseObject as RepoSync;

    /// <summary>Reads repository names. A piped object also brings the id of the row, because the name may have changed.</summary>
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

    /// <summary>Gets whether the piped object is only planned, so this stage plans too.</summary>
    private protected bool IsInputPlanned => InputState == RunState.Planned;

    /// <summary>Reads each repository of the input once, and remembers what earlier stages reported about it.</summary>
    private protected IEnumerable<RepositoryName> Named()
    {
        foreach (var text in Expand(CompletionKind.Repository, IsAll ? ["*"] : Repository))
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

    /// <summary>Reports that a repository was given a second time. It is only processed once.</summary>
    private protected virtual void ReportRepeated(RepositoryName name) =>
        WriteVerbose($"{name} was given before. It is only processed once.");

    /// <summary>Gets the workspace of a piped object that names no repository; null otherwise.</summary>
    private protected string? PipedWorkspace =>
        Repository.All(text => RepositoryNamesAttribute.ErrorOf(text) is not null)
        && Text("Workspace") is { Length: > 0 } workspace
            ? workspace
            : null;

    /// <summary>Returns why an earlier stage failed for a repository, when no recorded run has the error; null otherwise.</summary>
    private protected string? CarriedErrorOf(string repository) =>
        earlierFailures.GetValueOrDefault(repository) is { IsCarried: true } failure ? failure.Error : null;

    /// <summary>Gets the earlier failures that no recorded run has, so this stage has to pass them on.</summary>
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

    /// <summary>Runs one operation for a repository. When it fails, the error is reported and the repository is passed on as failed.</summary>
    /// <returns>False when the operation failed.</returns>
    private protected bool RunFor(string repository, Operation operation)
    {
        var failure = Attempt(operation);
        if (failure is not null)
        {
            Fail(repository, failure);
        }

        return failure is null;
    }

    /// <summary>Reports that a repository failed, unless an earlier stage reported the same, and passes it on as failed, so that Test-BackfillCoverage learns of it.</summary>
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

    /// <summary>Writes this stage's object for a repository that failed. A dry run writes a planned object, so the later stages plan too.</summary>
    /// <param name="repository">The repository, as it was named.</param>
    /// <param name="error">Why it failed.</param>
    /// <param name="isReported">False when an earlier stage has already written the error.</param>
    private protected virtual void HandOnFailed(string repository, string error, bool isReported) { }

    /// <summary>Gets the state of the object of a failed repository.</summary>
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

    /// <summary>Adds the cost of this stage to the cost of the earlier planned stages of a repository, and returns the sum.</summary>
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

    /// <summary>Writes the total of a dry run, once, at the end of the pipeline.</summary>
    /// <param name="isLastStage">Whether a whole pipeline ends with this stage.</param>
    private protected void SayTotal(bool isLastStage = false)
    {
        var isEnd = isLastStage || MyInvocation.PipelinePosition == MyInvocation.PipelineLength;
        // A single part needs no total.
        if (isEnd && (plannedParts > 1 || (isLastStage && plannedParts > 0)))
        {
            SayPlan(PlanText.Of(plans.Values.Aggregate((sum, plan) => sum.Plus(plan))));
        }
    }

    /// <summary>Remembers the cost of the piped planned run.</summary>
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
        // The metrics of several workspaces can bring the same repository.
        if (plan is not null && plans.TryAdd(repository, plan))
        {
            plannedParts++;
        }
    }

    private void Remember(string repository)
    {
        if (EarlierError is { } error)
        {
            // A recorded run has its error in its record.
            var isCarried = PipedRun is null || PipedRun.Id == Guid.Empty;
            earlierFailures[repository] = new EarlierFailure(error, isCarried, FailedState);
        }
    }

    private string? Text(string property) => InputObject?.Properties[property]?.Value as string;

    /// <summary>The failure of an earlier stage.</summary>
    /// <param name="Error">Gets the message.</param>
    /// <param name="IsCarried">Gets whether only the piped objects have the error.</param>
    /// <param name="State">Gets the state of the object that passes the failure on.</param>
    private protected sealed record EarlierFailure(string Error, bool IsCarried, RunState State);
}
