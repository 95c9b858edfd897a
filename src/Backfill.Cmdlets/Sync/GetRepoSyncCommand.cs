using System.Globalization;
using System.Management.Automation;
using Backfill.Cmdlets.Pipeline;

namespace Backfill.Cmdlets.Sync;

/// <summary>Shows runs of this or any other process, the newest first.</summary>
/// <remarks>
/// <para>Every run is recorded in the database, with what it stored and what it cost. Parameters narrow the list down; a run that is piped in is looked up again.</para>
/// </remarks>
/// <example>
/// <code>Get-RepoSync octo/hello</code>
/// <para>Shows the runs of one repository.</para>
/// </example>
/// <example>
/// <code>Get-RepoSync -State Running, Waiting</code>
/// <para>Shows what is at work now, whichever process does it.</para>
/// </example>
[Cmdlet(VerbsCommon.Get, "RepoSync")]
[OutputType(typeof(RepoSync))]
public sealed class GetRepoSyncCommand : DatabaseCommand
{
    /// <summary>The repositories, as owner/name or as an address at github.com; without them all. Objects are taken from the pipeline: runs, and any with a property Repository, FullName, nameWithOwner or full_name, or with both Owner and Name.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("FullName", "Repositories")]
    [RepositoryNames]
    [AllowEmptyCollection]
    [ArgumentCompleter(typeof(RepositoryCompleter))]
    public string[] Repository { get; set; } = [];

    /// <summary>The object from the pipeline; a run is looked up again by its id.</summary>
    [Parameter(ValueFromPipeline = true)]
    public PSObject? InputObject { get; set; }

    /// <summary>The ids of runs. One that does not exist is an error.</summary>
    [Parameter]
    public Guid[] Id { get; set; } = [];

    /// <summary>Only runs in these states.</summary>
    [Parameter]
    public RunState[] State { get; set; } = [];

    /// <summary>Only runs of this process; the database is not asked.</summary>
    [Parameter]
    public SwitchParameter ThisProcess { get; set; }

    /// <summary>Looks up.</summary>
    protected override void ProcessRecord()
    {
        // A run is known by its id also after its repository was renamed.
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
                var found = await engine.FindSyncsAsync(
                    settings,
                    new SyncFilter(ids, repositories, State, ThisProcess),
                    token
                );
                foreach (var run in found)
                {
                    await output.WriteAsync(run, token);
                }

                // With -State a run that is in another one is no mistake.
                foreach (var id in State.Length > 0 ? [] : ids.Except(found.Select(run => run.Id)))
                {
                    await output.ErrorAsync(RunErrors.NotFound($"There is no run with the id {id}.", id), token);
                }
            }
        );
    }
}
