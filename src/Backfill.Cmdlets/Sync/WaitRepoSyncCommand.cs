using System.Management.Automation;
using Backfill.Cmdlets.Pipeline;

namespace Backfill.Cmdlets.Sync;

/// <summary>Waits for runs and writes each one when it ends.</summary>
/// <remarks>
/// <para>It first reads all of its input and then waits for all runs together, so many repositories are synced side by side. The first run that ends goes to the next stage while the others go on.</para>
/// <para>A run that failed, was stopped or is incomplete is written too, together with an error, so the later stages work on what is stored. -ErrorAction Stop ends the pipeline instead. A planned run is written at once.</para>
/// <para>A run at Inngest is looked up there with the signing key. It only counts as completed when its rows agree with GitHub, whatever its functions report. Without the key, only the rows are watched. The default timeout is 15 minutes. A longer job may still run then, and you can wait for it again.</para>
/// <para>Without -Timeout it waits as long as the process of a run is alive. A timeout ends the wait, not the runs. Ctrl+C asks the runs of this process to stop.</para>
/// </remarks>
/// <example>
/// <code>'octo/hello', 'octo/world' | Start-RepoSync | Wait-RepoSync</code>
/// <para>Syncs two repositories side by side and shows what is stored of each.</para>
/// </example>
/// <example>
/// <code>Wait-RepoSync octo/hello -Timeout 900</code>
/// <para>Waits at most 15 minutes for the newest run of a repository, in whichever process it runs.</para>
/// </example>
/// <example>
/// <code>Get-RepoSync octo/hello -State Queued, Running | Wait-RepoSync -FallbackToLocal</code>
/// <para>Waits again for a run at Inngest, and finishes it in this process if it did not complete.</para>
/// </example>
[Cmdlet(VerbsLifecycle.Wait, "RepoSync", SupportsShouldProcess = true, DefaultParameterSetName = RepositorySet)]
[OutputType(typeof(RepoSync))]
public sealed class WaitRepoSyncCommand : SyncCommand
{
    /// <summary>The ids of runs.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "Id")]
    public Guid[] Id { get; set; } = [];

    /// <summary>The longest time to wait, in seconds or as hours:minutes:seconds. By default it waits as long as a run is alive, and 15 minutes for a run at Inngest.</summary>
    [Parameter]
    [Seconds]
    public TimeSpan? Timeout { get; set; }

    /// <summary>The time between two looks at runs of other processes, in seconds or as hours:minutes:seconds. The default is 5 seconds. Inngest is asked less often, because its answers change less often.</summary>
    [Parameter]
    [Seconds(MinimumSeconds = 0.1)]
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
            if (Decide("Wait for the sync", run.Repository, planned: false) == Decision.Act)
            {
                WaitFor(run);
            }
            else
            {
                // -WhatIf does not wait. The later stages plan with the run as it is.
                WriteObject(InputObject);
            }

            return;
        }

        foreach (var id in Id)
        {
            if (Decide("Wait for the sync", id.ToString(), planned: false) == Decision.Act)
            {
                WaitFor(id);
            }
        }

        foreach (var repository in Named())
        {
            if (Decide("Wait for the sync", repository.FullName, planned: false) == Decision.Act)
            {
                WaitFor(repository);
            }
        }
    }

    /// <summary>Waits for all collected runs.</summary>
    protected override void EndProcessing()
    {
        SayTotal();
        WaitForAll(Timeout, PollInterval, FallbackToLocal);
    }
}
