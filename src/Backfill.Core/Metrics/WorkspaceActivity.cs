using Backfill.Core.Postgres;
using Npgsql;

namespace Backfill.Core.Metrics;

/// <summary>A repository of a workspace.</summary>
/// <param name="Source">A text that changes when the repository was synced.</param>
internal sealed record MeasuredRepository(
    Guid Id,
    string FullName,
    long Stars,
    long Forks,
    string? Language,
    string Source
);

/// <summary>
/// The activity of a workspace's repositories, in the transaction of one measurement. Each repository is read as it was stored
/// by an earlier measurement, or from its rows when it was synced since. What was read from rows is stored.
/// </summary>
internal sealed class WorkspaceActivity(
    NpgsqlConnection connection,
    Catalogue catalogue,
    Guid workspaceId,
    DateTimeOffset now
)
{
    // One statement reads the rows of up to this many repositories. Their items stay in memory until they are stored.
    private const int RepositoriesAtOnce = 200;

    // Changes when the structures of RepositoryActivity change.
    private const string Format = "1";

    /// <summary>Reads the activity of every repository once.</summary>
    /// <param name="lifetime">How old the stored activity of a repository may be. Rows that another program wrote are found only when it is older.</param>
    /// <param name="add">Takes the activity of one repository.</param>
    public async Task ReadAsync(
        IReadOnlyList<MeasuredRepository> repositories,
        TimeSpan lifetime,
        Action<Guid, RepositoryActivity> add,
        CancellationToken cancellationToken
    )
    {
        var unread = repositories.ToDictionary(repository => repository.Id);
        var stored = connection
            .Statement("Metrics/read-activity")
            .OverWholeTables()
            .Set("workspace_id", workspaceId)
            .Set("repositories", [.. repositories.Select(repository => repository.Id)])
            .Set("sources", [.. repositories.Select(Source)])
            .Set("since", now - lifetime)
            .Set("now", now);
        await stored.ReadAsync(
            async (reader, token) =>
            {
                while (await reader.ReadAsync(token))
                {
                    var (repository, activity) = Stored(reader);
                    add(repository, activity);
                    unread.Remove(repository);
                }

                return unread.Count;
            },
            cancellationToken
        );
        foreach (var changed in unread.Values.Chunk(RepositoriesAtOnce))
        {
            await ReadRowsAsync(changed, add, cancellationToken);
        }

        await connection
            .Statement("Metrics/forget-activity")
            .Set("workspace_id", workspaceId)
            .Set("repositories", [.. repositories.Select(repository => repository.Id)])
            .ExecuteAsync(cancellationToken);
    }

    private static string Source(MeasuredRepository repository) => $"{Format} {repository.Source}";

    private async Task ReadRowsAsync(
        MeasuredRepository[] repositories,
        Action<Guid, RepositoryActivity> add,
        CancellationToken cancellationToken
    )
    {
        var builders = repositories.ToDictionary(repository => repository.Id, _ => new ActivityBuilder());
        var ids = builders.Keys.ToArray();
        await connection
            .Statement("Metrics/read-items", catalogue)
            .OverWholeTables()
            .Set("repositories", ids)
            .ReadAsync(
                async (reader, token) =>
                {
                    while (await reader.ReadAsync(token))
                    {
                        AddItem(builders, reader);
                    }

                    return 0;
                },
                cancellationToken
            );
        await connection
            .Statement("Metrics/read-first-reviews")
            .OverWholeTables()
            .Set("repositories", ids)
            .ReadAsync(
                async (reader, token) =>
                {
                    while (await reader.ReadAsync(token))
                    {
                        AddReview(builders, reader);
                    }

                    return 0;
                },
                cancellationToken
            );
        foreach (var repository in repositories)
        {
            builders.Remove(repository.Id, out var builder);
            var activity = builder!.Build();
            add(repository.Id, activity);
            await connection
                .Statement("Metrics/store-activity")
                .Set("workspace_id", workspaceId)
                .Set("repository_id", repository.Id)
                .Set("source", Source(repository))
                .Set("read_at", now)
                .Set("people", activity.People)
                .Set("items", activity.ItemBytes)
                .Set("reviews", activity.ReviewBytes)
                .ExecuteAsync(cancellationToken);
        }
    }

    // By place and not by name, because there are millions of rows.
    private static (Guid Repository, RepositoryActivity Activity) Stored(NpgsqlDataReader row) =>
        (
            row.GetGuid(0),
            new RepositoryActivity(
                row.GetFieldValue<Guid[]>(1),
                row.GetFieldValue<byte[]>(2),
                row.GetFieldValue<byte[]>(3)
            )
        );

    private static void AddItem(Dictionary<Guid, ActivityBuilder> builders, NpgsqlDataReader row) =>
        builders[row.GetGuid(0)]
            .Add(
                row.IsDBNull(1) ? null : row.GetGuid(1),
                row.GetDateTime(2),
                row.IsDBNull(3) ? null : row.GetDateTime(3),
                (ActivityKind)row.GetInt32(4)
            );

    private static void AddReview(Dictionary<Guid, ActivityBuilder> builders, NpgsqlDataReader row) =>
        builders[row.GetGuid(0)].Add(row.GetDateTime(1), row.GetDateTime(2));
}
