using System.Management.Automation;
using Backfill.Cmdlets.Pipeline;

namespace Backfill.Cmdlets.Sync;

/// <summary>Waits for runs and writes each one when it ends.</summary>
[Cmdlet(VerbsLifecycle.Wait, "RepoSync", DefaultParameterSetName = RepositorySet)]
[OutputType(typeof(RepoSync))]
public sealed class WaitRepoSyncCommand : SyncCommand
{
    /// <summary>The ids of runs, whole or only their last characters, as Get-RepoSync shows them.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "Id")]
    [ArgumentCompleter(typeof(RunCompleter))]
    public string[] Id { get; set; } = [];

    /// <summary>Every run that has not ended, of this and of any other process.</summary>
    [Parameter(Mandatory = true, ParameterSetName = AllSet)]
    public SwitchParameter All { get; set; }

    /// <summary>The longest time to wait, in seconds or as hours:minutes:seconds. By default it waits as long as a run is alive, and 15 minutes for a run at Inngest.</summary>
    [Parameter]
    [Seconds]
    [ArgumentCompleter(typeof(NothingCompleter))]
    public TimeSpan? Timeout { get; set; }

    /// <summary>The time between two looks at runs of other processes, in seconds or as hours:minutes:seconds. The default is 5 seconds. Inngest is asked less often, because its answers change less often.</summary>
    [Parameter]
    [Seconds(MinimumSeconds = 0.1)]
    [ArgumentCompleter(typeof(NothingCompleter))]
    public TimeSpan PollInterval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Finish in this process a run that Inngest did not complete, or not in time. The sync goes on from the stored part, with the GitHub token of this process, and without a time limit.</summary>
    [Parameter]
    public SwitchParameter FallbackToLocal { get; set; }

    /// <summary>Collects the runs.</summary>
    protected override void ProcessRecord()
    {
        // A planned run, or one that could not be started, needs no wait.
        if (IsInputPlanned || PipedRun?.Id == Guid.Empty)
        {
            RememberPlan();
            WriteObject(InputObject);
            return;
        }

        if (PipedRun is { } run)
        {
            WaitFor(run);
            return;
        }

        if (All)
        {
            WaitForUnfinished();
        }

        foreach (var id in Id)
        {
            Run(
                id,
                async (engine, settings, _, token) => WaitFor(await RunIds.ResolveAsync(engine, settings, id, token))
            );
        }

        foreach (var repository in Named())
        {
            WaitFor(repository);
        }
    }

    private void WaitForUnfinished() =>
        Run(
            null,
            async (engine, settings, output, token) =>
            {
                RunState[] unfinished = [RunState.Queued, RunState.Running, RunState.Waiting];
                var runs = await engine.FindSyncsAsync(
                    settings,
                    new SyncFilter([], [], unfinished, ThisProcess: false),
                    token
                );
                foreach (var run in runs)
                {
                    WaitFor(run);
                }

                if (runs.Count == 0)
                {
                    await output.VerboseAsync("No sync is running, so there is nothing to wait for.", token);
                }
            }
        );

    /// <summary>Waits for all collected runs.</summary>
    protected override void EndProcessing()
    {
        SayTotal();
        WaitForAll(Timeout, PollInterval, FallbackToLocal && !IsWhatIf);
    }
}
