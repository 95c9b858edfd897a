using System.Management.Automation;
using System.Security;
using Backfill.Cmdlets.Settings;

namespace Backfill.Cmdlets.Pipeline;

/// <summary>A cmdlet that uses the database.</summary>
public abstract class DatabaseCommand : BackfillCommand
{
    /// <summary>The database's connection string, as a postgres:// URI or in Npgsql's form (Host=...;Username=...). A SecureString is best, because a text stays in the history. A PSCredential with the connection string as its password works too. The default is the value of Connect-Backfill, then BACKFILL_DATABASE_URL, SUPABASE_DB_URL, DATABASE_URL, and SUPABASE_URL with SUPABASE_DB_PASSWORD.</summary>
    [Parameter]
    [Secret]
    [ArgumentCompleter(typeof(NothingCompleter))]
    public SecureString? Database { get; set; }

    /// <summary>Use the private PostgreSQL of the tool. It is started when it is not running.</summary>
    [Parameter]
    public SwitchParameter Local { get; set; }

    /// <summary>A file that gets a line of JSON for everything that the cmdlet says, and for every request of this process, with the id of the run. It is made when it does not exist, and lines are added to it. The default is the file in BACKFILL_LOG.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? LogPath { get; set; }

    private protected override string? GivenLogPath => LogPath;

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
            Refuse(Exclusive("-Database and -Local cannot be used together.", "Leave one of them out."));
        }
    }

    /// <summary>Refuses parameters that the chosen engine does not use.</summary>
    private protected void RefuseUnused(EngineKind engine, string[] local, string[] inngest)
    {
        if (EngineParameters.Conflict(engine, MyInvocation.BoundParameters.Keys, local, inngest) is { } conflict)
        {
            Refuse(conflict);
        }
    }

    /// <summary>Returns the error about parameters that exclude each other.</summary>
    internal static BackfillException Exclusive(string message, string action) =>
        new(ErrorIds.ParameterConflict, ErrorKind.Input, message, action);
}
