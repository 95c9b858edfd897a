using System.Management.Automation;
using System.Security;
using Backfill.Cmdlets.Settings;

namespace Backfill.Cmdlets.Pipeline;

/// <summary>A cmdlet that uses the database.</summary>
public abstract class DatabaseCommand : BackfillCommand
{
    /// <summary>The database's connection string, as a postgres:// URI or in Npgsql's form (Host=...;Username=...). A SecureString is best, since a text stays in the history; a PSCredential with the connection string as its password will do too. Without it the value of Connect-Backfill counts, then BACKFILL_DATABASE_URL, SUPABASE_DB_URL, DATABASE_URL, and SUPABASE_URL with SUPABASE_DB_PASSWORD.</summary>
    [Parameter]
    [Secret]
    public SecureString? Database { get; set; }

    /// <summary>Use the private PostgreSQL that the tool runs itself, and start it when it is not running.</summary>
    [Parameter]
    public SwitchParameter Local { get; set; }

    private protected override BackfillSettings Given =>
        base.Given with
        {
            Database = SecretAttribute.Read(Database),
            Local = Local,
        };

    /// <summary>Refuses parameters that exclude each other.</summary>
    protected override void BeginProcessing()
    {
        if (Database is not null && Local)
        {
            Refuse(Exclusive("-Database and -Local exclude each other.", "Give one of them."));
        }
    }

    /// <summary>Refuses parameters that the chosen engine would not heed.</summary>
    private protected void RefuseUnheeded(EngineKind engine, string[] local, string[] inngest)
    {
        if (EngineParameters.Conflict(engine, MyInvocation.BoundParameters.Keys, local, inngest) is { } conflict)
        {
            Refuse(conflict);
        }
    }

    /// <summary>The error for parameters that exclude each other.</summary>
    internal static BackfillException Exclusive(string message, string action) =>
        new(ErrorIds.ParameterConflict, ErrorKind.Input, message, action);
}
