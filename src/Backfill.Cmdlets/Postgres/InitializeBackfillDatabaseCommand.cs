using System.Management.Automation;
using Backfill.Cmdlets.Pipeline;

namespace Backfill.Cmdlets.Postgres;

/// <summary>Creates the tables that the tool needs, or checks that they exist.</summary>
/// <remarks>
/// <para>An empty database gets the content tables, the priority view, the workspaces and the schema backfill with the tool's own bookkeeping. In the database of an existing application, its tables stay unchanged and only the schema backfill is added. A second call changes nothing.</para>
/// <para>The first call needs the right to create a schema. Later calls, also of a restricted role, only check the schema. With -WhatIf nothing is changed, and the property Ddl of the result has the statements that would be executed.</para>
/// </remarks>
/// <example>
/// <code>Initialize-BackfillDatabase -Local</code>
/// <para>Creates the private PostgreSQL, starts it, and creates the tables in it.</para>
/// </example>
/// <example>
/// <code>(Initialize-BackfillDatabase -WhatIf).Ddl</code>
/// <para>Prints the statements that would be executed in the database of BACKFILL_DATABASE_URL.</para>
/// </example>
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
