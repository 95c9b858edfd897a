using System.Management.Automation;
using Backfill.Cmdlets.Pipeline;

namespace Backfill.Cmdlets.Postgres;

/// <summary>Stops the private PostgreSQL.</summary>
/// <remarks>
/// <para>Only the private server of the tool is stopped. Its data stays, and the next cmdlet that uses the server starts it again. -Verbose says whether it was running.</para>
/// </remarks>
/// <example>
/// <code>Stop-BackfillDatabase</code>
/// <para>Stops the private server of the session.</para>
/// </example>
/// <example>
/// <code>Connect-Backfill -Local -LocalFolder D:\backfill | Out-Null; Stop-BackfillDatabase -Verbose</code>
/// <para>Stops the private server of another folder and says whether it was running.</para>
/// </example>
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
