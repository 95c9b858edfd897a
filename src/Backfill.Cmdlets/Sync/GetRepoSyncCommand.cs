using System.Globalization;
using System.Management.Automation;
using Backfill.Cmdlets.Pipeline;

namespace Backfill.Cmdlets.Sync;

/// <summary>Shows runs of this or any other process, the newest first.</summary>
[Cmdlet(VerbsCommon.Get, "RepoSync")]
[OutputType(typeof(RepoSync))]
public sealed class GetRepoSyncCommand : DatabaseCommand
{
    private const int MostRuns = 1000;

    /// <summary>The repositories, as owner/name or as an address at github.com, also with wildcards (octo/*); without them all. Objects are taken from the pipeline: runs, and any with a property Repository, FullName, nameWithOwner or full_name, or with both Owner and Name.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("FullName", "Repositories")]
    [RepositoryNames]
    [AllowEmptyCollection]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(RepositoryCompleter))]
    public string[] Repository { get; set; } = [];

    /// <summary>The object from the pipeline. A run is looked up again by its id.</summary>
    [Parameter(ValueFromPipeline = true)]
    public PSObject? InputObject { get; set; }

    /// <summary>The ids of runs, whole or only their last characters, as the view shows them. An id that does not exist is an error.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(RunCompleter))]
    public string[] Id { get; set; } = [];

    /// <summary>Only runs in these states.</summary>
    [Parameter]
    public RunState[] State { get; set; } = [];

    /// <summary>Only runs that started at this time or later.</summary>
    [Parameter]
    [Moment]
    [ArgumentCompleter(typeof(NothingCompleter))]
    public DateTimeOffset? Since { get; set; }

    /// <summary>The largest number of runs to show, the newest first. The default is 1,000, and a warning says when there are more.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue - 1)]
    [ArgumentCompleter(typeof(NothingCompleter))]
    public int? First { get; set; }

    /// <summary>Only runs of this process. The database is not asked.</summary>
    [Parameter]
    public SwitchParameter ThisProcess { get; set; }

    /// <summary>Looks the runs up.</summary>
    protected override void ProcessRecord()
    {
        string[] ids = PipedId is { } piped && Id.Length == 0 ? [piped.ToString()] : Id;
        RepositoryName[] repositories = ids == Id ? [.. Parse(Expand(CompletionKind.Repository, Repository))] : [];
        if (ids == Id && Repository.Length > 0 && repositories.Length == 0)
        {
            return;
        }

        Run(
            null,
            async (engine, settings, output, token) =>
            {
                // Ask for one more than is shown, to know whether there are more.
                // A part of an id can be in several runs, so all of them are looked at.
                var most = ids.Length > 0 && First is null ? int.MaxValue - 1 : First ?? MostRuns;
                var found = await engine.FindSyncsAsync(
                    settings,
                    RunIds.Filter(ids) with
                    {
                        Repositories = repositories,
                        States = State,
                        ThisProcess = ThisProcess,
                        Since = Since,
                        First = most + 1,
                    },
                    token
                );
                foreach (var run in found.Take(most))
                {
                    await output.WriteAsync(run, token);
                }

                await (
                    found.Count <= most ? ValueTask.CompletedTask
                    : First is null ? output.WarningAsync(Cut(most), token)
                    : output.VerboseAsync(Cut(most), token)
                );

                // A run can be missing because of -State, -Since or -First. Without them its id is wrong.
                foreach (
                    var id in State.Length > 0 || Since is not null || First is not null
                        ? []
                        : ids.Where(id => !found.Any(run => RunIds.Matches(id, run.Id)))
                )
                {
                    await output.ErrorAsync(RunErrors.NotFound($"There is no run with the id {id}.", id), token);
                }
            }
        );
    }

    // The id also finds a run whose repository was renamed.
    private Guid? PipedId =>
        LanguagePrimitives.TryConvertTo<Guid>(
            InputObject?.Properties["Id"]?.Value,
            CultureInfo.InvariantCulture,
            out var piped
        )
        && piped != Guid.Empty
            ? piped
            : null;

    private static string Cut(int most) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"The newest {most} runs are shown, and there are more. -First shows more or fewer; -Since, -State and a repository narrow the list down."
        );
}
