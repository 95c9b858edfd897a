using System.Management.Automation;
using Backfill.Cmdlets.Pipeline;

namespace Backfill.Cmdlets.Postgres;

/// <summary>Creates the tables that the tool needs, or checks that they exist.</summary>
[Cmdlet(VerbsData.Initialize, "BackfillDatabase", SupportsShouldProcess = true)]
[OutputType(typeof(DatabaseInitialization))]
public sealed class InitializeBackfillDatabaseCommand : DatabaseCommand
{
    /// <summary>Creates the schema, checks it, or plans it.</summary>
    protected override void EndProcessing()
    {
        var decision = Decide(
            "Create what the tool needs",
            Local ? "the private database" : "the database",
            planned: false
        );
        if (decision == Decision.Leave)
        {
            return;
        }

        var request = new DatabaseRequest(Plan: decision == Decision.Plan);
        Run(
            null,
            async (engine, settings, output, token) =>
                await output.WriteAsync(await engine.InitializeDatabaseAsync(settings, request, output, token), token)
        );
    }
}
