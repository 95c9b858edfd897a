using System.Management.Automation;
using Backfill.Cmdlets.Pipeline;

namespace Backfill.Cmdlets.Settings;

/// <summary>Forgets what Connect-Backfill was given.</summary>
[Cmdlet(VerbsCommunications.Disconnect, "Backfill")]
[OutputType(typeof(void))]
public sealed class DisconnectBackfillCommand : BackfillCommand
{
    /// <summary>Forgets the settings.</summary>
    protected override void EndProcessing()
    {
        WriteVerbose(
            Session.Connected is null
                ? "Connect-Backfill was not called, so there was nothing to forget."
                : "The settings of Connect-Backfill are forgotten. Only the environment counts now."
        );
        Session.Connected = null;
    }
}
