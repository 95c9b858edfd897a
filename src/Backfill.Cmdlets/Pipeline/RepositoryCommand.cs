using System.Globalization;
using System.Management.Automation;

namespace Backfill.Cmdlets.Pipeline;

/// <summary>A stage of the pipeline: it takes repositories, by name or as the objects of an earlier stage.</summary>
public abstract class RepositoryCommand : DatabaseCommand
{
    private protected const string RepositorySet = "Repository";

    /// <summary>The repositories, as owner/name or as their address on github.com. Objects of the earlier stages are taken from the pipeline.</summary>
    [Parameter(
        Mandatory = true,
        Position = 0,
        ValueFromPipeline = true,
        ValueFromPipelineByPropertyName = true,
        ParameterSetName = RepositorySet
    )]
    [Alias("FullName", "Repositories")]
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
    private protected bool IsInputPlanned =>
        InputObject?.Properties["State"]?.Value is { } state
        && LanguagePrimitives.TryConvertTo<RunState>(state, CultureInfo.InvariantCulture, out var known)
        && known == RunState.Planned;
}
