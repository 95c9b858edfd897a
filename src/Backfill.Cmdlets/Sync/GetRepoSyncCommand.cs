using System.Globalization;
using System.Management.Automation;
using Backfill.Cmdlets.Pipeline;

namespace Backfill.Cmdlets.Sync;

/// <summary>Shows runs of this or any other process, the newest first.</summary>
/// <remarks>
/// <para>Every run is recorded in the database, with what it stored and what it cost. Parameters narrow the list down. A piped run is looked up again. Without -First the newest 1,000 runs are shown, and a warning says when there are more.</para>
/// </remarks>
/// <example>
/// <code>Get-RepoSync octo/hello</code>
/// <para>Shows the runs of one repository.</para>
/// </example>
/// <example>
/// <code>Get-RepoSync -State Running, Waiting</code>
/// <para>Shows the running syncs of every process.</para>
/// </example>
/// <example>
/// <code>Get-RepoSync -State Failed, Incomplete -Since 2026-03-01 -First 20</code>
/// <para>Shows the newest 20 runs since March that did not complete.</para>
/// </example>
[Cmdlet(VerbsCommon.Get, "RepoSync")]
[OutputType(typeof(RepoSync))]
public sealed class GetRepoSyncCommand : DatabaseCommand
{
    private const int MostRuns = 1000;

    /// <summary>The repositories, as owner/name or as an address at github.com; without them all. Objects are taken from the pipeline: runs, and any with a property Repository, FullName, nameWithOwner or full_name, or with both Owner and Name.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("FullName", "Repositories")]
    [RepositoryNames]
    [AllowEmptyCollection]
    [ArgumentCompleter(typeof(RepositoryCompleter))]
    public string[] Repository { get; set; } = [];

    /// <summary>The object from the pipeline. A run is looked up again by its id.</summary>
    [Parameter(ValueFromPipeline = true)]
    public PSObject? InputObject { get; set; }

    /// <summary>The ids of runs. An id that does not exist is an error.</summary>
    [Parameter]
    public Guid[] Id { get; set; } = [];

    /// <summary>Only runs in these states.</summary>
    [Parameter]
    public RunState[] State { get; set; } = [];

    /// <summary>Only runs that started at this time or later.</summary>
    [Parameter]
    [Moment]
    public DateTimeOffset? Since { get; set; }

    /// <summary>The largest number of runs to show, the newest first. The default is 1,000, and a warning says when there are more.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue - 1)]
    public int? First { get; set; }

    /// <summary>Only runs of this process. The database is not asked.</summary>
    [Parameter]
    public SwitchParameter ThisProcess { get; set; }

    /// <summary>Looks the runs up.</summary>
    protected override void ProcessRecord()
    {
        // The id also finds a run whose repository was renamed.
        Guid[] ids =
            Id.Length == 0
            && LanguagePrimitives.TryConvertTo<Guid>(
                InputObject?.Properties["Id"]?.Value,
                CultureInfo.InvariantCulture,
                out var piped
            )
            && piped != Guid.Empty
                ? [piped]
                : Id;
        var repositories = ids == Id ? Parse(Repository).ToArray() : [];
        if (ids == Id && Repository.Length > 0 && repositories.Length == 0)
        {
            return;
        }

        Run(
            null,
            async (engine, settings, output, token) =>
            {
                // Ask for one more than is shown, to know whether there are more.
                var most = ids.Length > 0 && First is null ? int.MaxValue - 1 : First ?? MostRuns;
                var found = await engine.FindSyncsAsync(
                    settings,
                    new SyncFilter(ids, repositories, State, ThisProcess) { Since = Since, First = most + 1 },
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
                        : ids.Except(found.Select(run => run.Id))
                )
                {
                    await output.ErrorAsync(RunErrors.NotFound($"There is no run with the id {id}.", id), token);
                }
            }
        );
    }

    private static string Cut(int most) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"The newest {most} runs are shown, and there are more. -First shows more or fewer; -Since, -State and a repository narrow the list down."
        );
}
