using System.Management.Automation;
using Backfill.Cmdlets.Pipeline;

namespace Backfill.Cmdlets.Sync;

/// <summary>Asks runs to stop.</summary>
/// <remarks>
/// <para>A run stops at its next page, also when it runs in another process. Everything that it stored stays, and the next Start-RepoSync goes on from there. The cmdlet writes the runs in their present state. Wait-RepoSync waits until they have stopped.</para>
/// </remarks>
/// <example>
/// <code>Stop-RepoSync octo/hello</code>
/// <para>Stops the run of one repository.</para>
/// </example>
/// <example>
/// <code>Get-RepoSync -State Running, Waiting | Stop-RepoSync | Wait-RepoSync -ErrorAction SilentlyContinue</code>
/// <para>Stops every running sync and waits until all have stopped.</para>
/// </example>
[Cmdlet(VerbsLifecycle.Stop, "RepoSync", SupportsShouldProcess = true, DefaultParameterSetName = RepositorySet)]
[OutputType(typeof(RepoSync))]
public sealed class StopRepoSyncCommand : RepositoryCommand
{
    /// <summary>The ids of runs.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "Id")]
    public Guid[] Id { get; set; } = [];

    /// <summary>Stops each run.</summary>
    protected override void ProcessRecord()
    {
        if (IsInputPlanned)
        {
            // There is nothing to stop.
            WriteObject(InputObject);
            return;
        }

        if (PipedRun is { } run)
        {
            Stop(new SyncFilter([run.Id], [], [], ThisProcess: false), run.Repository);
            return;
        }

        foreach (var id in Id)
        {
            Stop(new SyncFilter([id], [], [], ThisProcess: false), id.ToString());
        }

        foreach (var repository in Named())
        {
            Stop(new SyncFilter([], [repository], [], ThisProcess: false), repository.FullName);
        }
    }

    private void Stop(SyncFilter filter, string target)
    {
        if (Decide("Stop the sync", target, planned: false) != Decision.Act)
        {
            return;
        }

        Run(
            target,
            async (engine, settings, output, token) =>
            {
                var stopped = await engine.StopSyncsAsync(settings, filter, token);
                foreach (var run in stopped)
                {
                    await output.WriteAsync(run, token);
                }

                if (stopped.Count == 0)
                {
                    // The error names the repository, because an id tells the user nothing.
                    var ended = filter.RunIds.Count > 0 ? await engine.FindSyncsAsync(settings, filter, token) : [];
                    var subject = ended is [var run, ..] ? run.Repository : target;
                    await output.ErrorAsync(RunErrors.NotFound($"{subject} has no running sync.", subject), token);
                }
            }
        );
    }
}
