namespace Backfill.Core.Postgres;

/// <summary>Finds workspaces by their name, slug or id.</summary>
internal static class WorkspaceDirectory
{
    /// <summary>Fails when a name, slug or id belongs to no workspace.</summary>
    /// <exception cref="BackfillException">There is no such workspace, or the tables are missing.</exception>
    public static async Task RequireAsync(
        Database database,
        IReadOnlyCollection<string> workspaces,
        CancellationToken cancellationToken
    )
    {
        if (workspaces.Count == 0)
        {
            return;
        }

        var match = await database
            .Statement("Postgres/match-workspaces")
            .Set("workspaces", [.. workspaces])
            .RowAsync(row => new Match(row.Get<string[]>("missing"), row.Get<string[]>("known")), cancellationToken);
        if (match is { Missing.Length: > 0 })
        {
            throw NotFound(match.Missing, match.Known);
        }
    }

    /// <summary>Returns the names of workspaces, and the number of repositories of each; none where there are no tables.</summary>
    /// <param name="prefix">The text that the names begin with; null for any.</param>
    /// <param name="most">The largest number of names; null for all.</param>
    public static async Task<IReadOnlyList<(string Name, long Repositories)>> ListAsync(
        Database database,
        string? prefix,
        int? most,
        CancellationToken cancellationToken
    ) =>
        (await database.CatalogueAsync(cancellationToken)).HasTable("workspaces")
            ? await database
                .Statement("Postgres/list-workspaces")
                .Set("prefix", prefix)
                .Set("most", most)
                .RowsAsync(row => (row.Get<string>("name"), row.Get<long>("repositories")), cancellationToken)
            : [];

    /// <summary>Returns the error for workspaces that do not exist.</summary>
    /// <param name="missing">The names, slugs and ids that belong to no workspace; at least one.</param>
    /// <param name="known">The names of workspaces that exist.</param>
    public static BackfillException NotFound(IReadOnlyCollection<string> missing, IReadOnlyCollection<string> known) =>
        new(
            ErrorIds.WorkspaceNotFound,
            ErrorKind.NotFound,
            $"There is no workspace {string.Join(", ", missing.Select(name => $"'{name}'"))}.",
            known.Count == 0
                ? "The database has no workspaces. Register-BackfillRepository -Workspace makes one where the tables are the tool's own."
                : $"Write the name, slug or id of one of these: {string.Join(", ", known)}.",
            missing.First()
        );

    private sealed record Match(string[] Missing, string[] Known);
}
