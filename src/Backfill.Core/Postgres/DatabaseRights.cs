namespace Backfill.Core.Postgres;

/// <summary>
/// Checks the rights of the login before a stage begins. PostgreSQL reports a missing right only when a statement needs it.
/// It never reports a right that row-level security takes away: rows are hidden, and an update finds none.
/// </summary>
internal static class DatabaseRights
{
    /// <summary>Refuses a login that cannot run a stage.</summary>
    /// <param name="stage">The stage; null asks only for the rights to read.</param>
    /// <exception cref="BackfillException">A right is missing, or rows are hidden.</exception>
    public static async Task RequireAsync(Database database, PipelineStage? stage, CancellationToken cancellationToken)
    {
        if (Refusal(database, await database.CatalogueAsync(cancellationToken), stage) is null)
        {
            return;
        }

        // An operator may have granted the right since the catalogue was read.
        database.ForgetCatalogue();
        if (Refusal(database, await database.CatalogueAsync(cancellationToken), stage) is { } refusal)
        {
            throw refusal;
        }
    }

    private static BackfillException? Refusal(Database database, Catalogue catalogue, PipelineStage? stage)
    {
        string[] missing = [.. Missing(catalogue, stage)];
        if (missing.Length > 0)
        {
            return new BackfillException(
                ErrorIds.DatabaseAccessDenied,
                ErrorKind.Access,
                $"The login at {database.Description} lacks a right: {string.Join(", ", missing)}.",
                "Grant the right, or act as a role that has it (Connect-Backfill -DatabaseRole, BACKFILL_DATABASE_ROLE). docs/grants.sql grants everything that the tool needs.",
                database.Description
            );
        }

        string[] hidden = [.. Hidden(catalogue)];
        return hidden.Length == 0
            ? null
            : new BackfillException(
                ErrorIds.DatabaseAccessDenied,
                ErrorKind.Access,
                $"Row-level security hides rows from the login at {database.Description}: {string.Join(", ", hidden)}.",
                $"Run ALTER ROLE {catalogue.Server.Role} BYPASSRLS, or act as a role that has it and that the login is a member of (Connect-Backfill -DatabaseRole, BACKFILL_DATABASE_ROLE). Without it rows seem to be missing, and what is written changes nothing.",
                database.Description
            );
    }

    /// <summary>Returns the rights that a stage needs and the login lacks, as GRANT writes them.</summary>
    public static IEnumerable<string> Missing(Catalogue catalogue, PipelineStage? stage)
    {
        if (catalogue.Table("backfill.sync_run") is not null && !catalogue.Server.MayUseBackfill)
        {
            return ["USAGE on schema backfill"];
        }

        var own = catalogue.OwnTables.SelectMany(table => Lacking(table, ["SELECT", "INSERT", "UPDATE", "DELETE"]));
        var content =
            from need in SchemaNeeds.Tables
            where catalogue.Table(need.Table) is not null && Applies(need, catalogue, stage)
            from right in Lacking(catalogue.Table(need.Table)!, need.Rights(stage))
            select right;
        var triggers =
            from trigger in catalogue.Triggers
            where trigger.MissingRight is not null && Fires(trigger, stage)
            select $"{trigger.MissingRight} (for the trigger {trigger.Name} of {trigger.Table})";
        return [.. (stage is null ? own.Where(IsSelect) : own).Concat(content).Concat(triggers)];
    }

    /// <summary>Returns the tables of which the login may see fewer rows than there are.</summary>
    public static IEnumerable<string> Hidden(Catalogue catalogue) =>
        SchemaNeeds.Tables.Select(need => need.Table).Where(table => catalogue.Table(table) is { RowsHidden: true });

    private static bool IsSelect(string right) => right.StartsWith("SELECT", StringComparison.Ordinal);

    // Workspaces of an app that have no columns for totals are only read.
    private static bool Applies(TableNeed need, Catalogue catalogue, PipelineStage? stage) =>
        need.Table != "workspaces"
        || stage != PipelineStage.Metrics
        || catalogue.Columns("workspaces").Keys.Any(column => column.StartsWith("total_", StringComparison.Ordinal));

    private static IEnumerable<string> Lacking(CatalogueTable table, IEnumerable<string> rights) =>
        rights.Except(table.Rights, StringComparer.Ordinal).Select(right => $"{right} on {table.Name}");

    private static bool Fires(CatalogueTrigger trigger, PipelineStage? stage) =>
        SchemaNeeds.Tables.FirstOrDefault(need => need.Table == trigger.Table) is { } need
        && need.Rights(stage).Any(right => trigger.When.Contains(right, StringComparison.Ordinal));
}
