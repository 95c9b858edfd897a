using System.Management.Automation;
using Backfill.Cmdlets.Pipeline;

namespace Backfill.Cmdlets.Sync;

/// <summary>Waits for runs and hands on each as it finishes.</summary>
/// <remarks>
/// <para>It first takes all of its input and then waits for all of it at once, so that many repositories are synced side by side: the first to finish goes to the next stage while the others go on.</para>
/// <para>A run that failed, was stopped or is incomplete is handed on as well, and an error is written about it, so that the later stages work on what is there; -ErrorAction Stop ends the pipeline instead. A planned run is handed on at once.</para>
/// <para>A run at Inngest is looked up there with the signing key, and its rows are compared with GitHub before it counts as completed, whatever its functions say. Without the key only the rows are watched. It is waited for 15 minutes; a longer job may still run then, and can be waited for again.</para>
/// <para>Without -Timeout it waits as long as a run of a process is alive. A timeout ends the waiting and not the runs; Ctrl+C asks the runs of this process to stop.</para>
/// </remarks>
/// <example>
/// <code>'octo/hello', 'octo/world' | Start-RepoSync | Wait-RepoSync</code>
/// <para>Syncs two repositories side by side and shows what is stored of each.</para>
/// </example>
/// <example>
/// <code>Wait-RepoSync octo/hello -Timeout 900</code>
/// <para>Waits at most 15 minutes for the newest run of a repository, whichever process does it.</para>
/// </example>
/// <example>
/// <code>Get-RepoSync octo/hello -State Queued, Running | Wait-RepoSync -FallbackToLocal</code>
/// <para>Looks again for a run at Inngest, and finishes it here if it did not complete.</para>
/// </example>
[Cmdlet(VerbsLifecycle.Wait, "RepoSync", SupportsShouldProcess = true, DefaultParameterSetName = RepositorySet)]
[OutputType(typeof(RepoSync))]
public sealed class WaitRepoSyncCommand : SyncCommand
{
    /// <summary>The ids of runs.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "Id")]
    public Guid[] Id { get; set; } = [];

    /// <summary>How long to wait at most, in seconds or as hours:minutes:seconds. Without it as long as a run is alive, and 15 minutes for one at Inngest.</summary>
    [Parameter]
    [Seconds]
    public TimeSpan? Timeout { get; set; }

    /// <summary>How often to look at runs of other processes, in seconds or as hours:minutes:seconds; 5 seconds without it. At Inngest not more often than its answers change.</summary>
    [Parameter]
    [Seconds(MinimumSeconds = 0.1)]
    public TimeSpan PollInterval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Finish in this process what a run at Inngest did not complete, or not in time: from the part that is stored, with this process's GitHub token. That is waited for without a limit.</summary>
    [Parameter]
    public SwitchParameter FallbackToLocal { get; set; }

    /// <summary>Collects.</summary>
    protected override void ProcessRecord()
    {
        // There is nothing to wait for where nothing was begun.
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
                // -WhatIf waits for nothing, and the later stages plan with the run as it is.
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

    /// <summary>Waits for everything that was collected.</summary>
    protected override void EndProcessing()
    {
        SayTotal();
        WaitForAll(Timeout, PollInterval, FallbackToLocal);
    }
}
