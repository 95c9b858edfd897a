using System.Management.Automation;
using Backfill.Cmdlets.Pipeline;

namespace Backfill.Cmdlets.Postgres;

/// <summary>Stops the private PostgreSQL.</summary>
[Cmdlet(VerbsLifecycle.Stop, "BackfillDatabase", SupportsShouldProcess = true)]
[OutputType(typeof(void))]
public sealed class StopBackfillDatabaseCommand : BackfillCommand
{
    private protected override BackfillSettings Given => base.Given with { Local = true };

    /// <summary>Stops the server.</summary>
    protected override void EndProcessing()
    {
        if (Decide("Stop", "the private PostgreSQL", planned: false) != Decision.Act)
        {
            return;
        }

        Run(
            null,
            async (engine, settings, output, token) =>
            {
                var stopped = await engine.StopLocalDatabaseAsync(settings, token);
                await output.VerboseAsync(
                    stopped ? "The private PostgreSQL was stopped." : "The private PostgreSQL was not running.",
                    token
                );
            }
        );
    }
}
