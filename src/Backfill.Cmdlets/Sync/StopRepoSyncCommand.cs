using System.Management.Automation;
using Backfill.Cmdlets.Pipeline;

namespace Backfill.Cmdlets.Sync;

/// <summary>Asks runs to stop.</summary>
[Cmdlet(VerbsLifecycle.Stop, "RepoSync", SupportsShouldProcess = true, DefaultParameterSetName = RepositorySet)]
[OutputType(typeof(RepoSync))]
public sealed class StopRepoSyncCommand : RepositoryCommand
{
    /// <summary>The ids of runs, whole or only their last characters, as Get-RepoSync shows them.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "Id")]
    [ArgumentCompleter(typeof(RunCompleter))]
    public string[] Id { get; set; } = [];

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

        var ids = new List<Guid>();
        foreach (var id in Id)
        {
            Run(
                id,
                async (engine, settings, _, token) => ids.Add(await RunIds.ResolveAsync(engine, settings, id, token))
            );
        }

        foreach (var id in ids)
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
