using System.Text.Json;
using Backfill.Core.GitHub;
using Backfill.Core.Postgres;
using Backfill.Core.Sync.Writing;
using Npgsql;

namespace Backfill.Core.Sync.Reading;

/// <summary>People: those with commits, whom REST lists, and the profiles of everybody whom the run met for the first time.</summary>
internal sealed class ContributorLane(SyncContext run, ContributorsWindow? window)
{
    // GitHub takes up to 100 ids; the profile's four counts make smaller queries quicker.
    private const int ProfilesPerQuery = 50;

    // The parent of the gap where the list could not be had.
    private const string Commits = "commits";

    /// <summary>Lists the people with commits, unless nobody pushed since they were last listed.</summary>
    /// <param name="rest">Asks.</param>
    /// <param name="pushedAt">The repository's last push.</param>
    public async Task RunAsync(RestClient rest, DateTimeOffset? pushedAt, CancellationToken cancellationToken)
    {
        if (window is not null && window.PushedAt == pushedAt)
        {
            return;
        }

        string? tag = null;
        await foreach (var page in rest.ContributorsAsync(run.Name, window?.EntityTag, cancellationToken))
        {
            if (page.NotModified)
            {
                tag = window?.EntityTag;
                break;
            }

            tag ??= page.EntityTag;
            var rows = new PageRows();
            foreach (var person in page.Items.Where(person => person.Id != 0))
            {
                rows.Accounts.Author(person);
            }

            await run.StoreAsync(rows, cancellationToken);
        }

        var listed = new PageRows { Window = new ContributorsWindow(pushedAt, tag) };
        listed.ClosedGaps.Add((EntityKind.Contributors, Commits));
        await run.StoreAsync(listed, cancellationToken);
    }

    /// <summary>Notes that people with commits could not be listed.</summary>
    public Task MissAsync(string cause, CancellationToken cancellationToken)
    {
        var page = new PageRows();
        page.Miss(EntityKind.Contributors, Commits, null, null, $"people with commits are not listed: {cause}");
        return run.StoreAsync(page, cancellationToken);
    }

    /// <summary>Reads the profile of every known person that has none yet.</summary>
    public async Task ProfilesAsync(CancellationToken cancellationToken)
    {
        var most = ProfilesPerQuery;
        while (true)
        {
            var people = await WithoutProfileAsync(most, cancellationToken);
            if (people.Count == 0)
            {
                return;
            }

            try
            {
                await StoreAsync(people, await ReadAsync(people, cancellationToken), cancellationToken);
            }
            catch (PageTooHeavyException) when (people.Count > 1)
            {
                most = people.Count / 2;
            }
            catch (PageTooHeavyException heavy)
            {
                run.Progress.Say($"GitHub cannot compute the profile of account {people[0].GitHubId}: {heavy.Message}");
                await StoreAsync(people, [], cancellationToken);
            }
        }
    }

    private async Task<List<ProfileNode?>> ReadAsync(
        IReadOnlyList<(long GitHubId, string NodeId)> people,
        CancellationToken cancellationToken
    )
    {
        var response = await run.GraphQL.QueryAsync(
            GraphQLText.Read("profiles"),
            new Dictionary<string, object?>(StringComparer.Ordinal)
            {
                ["ids"] = people.Select(person => person.NodeId),
            },
            canShrink: true,
            cancellationToken
        );
        return response.Data.GetProperty("nodes").Deserialize<List<ProfileNode?>>(JsonText.Options)!;
    }

    private Task<List<(long GitHubId, string NodeId)>> WithoutProfileAsync(
        int most,
        CancellationToken cancellationToken
    ) =>
        run
            .Database.Statement("Sync/Writing/Sql/read-people")
            .Set("most", most)
            .RowsAsync(row => (row.Get<long>("github_id"), row.Get<string>("node_id")), cancellationToken);

    private async Task StoreAsync(
        IReadOnlyList<(long GitHubId, string NodeId)> people,
        IReadOnlyList<ProfileNode?> profiles,
        CancellationToken cancellationToken
    )
    {
        var found = profiles.OfType<ProfileNode>().Where(profile => profile.DatabaseId is not null).ToArray();
        var catalogue = await run.Database.CatalogueAsync(cancellationToken);
        await run.Database.TransactionAsync(
            async (connection, token) =>
            {
                await using var batch = new NpgsqlBatch(connection)
                {
                    BatchCommands = { Profiles(found, catalogue), Read(people, catalogue) },
                };
                return await batch.ExecuteNonQueryAsync(token);
            },
            cancellationToken
        );
    }

    private static NpgsqlBatchCommand Profiles(IReadOnlyCollection<ProfileNode> profiles, Catalogue catalogue) =>
        new RowsCommand<ProfileNode>("update-profiles", catalogue, profiles)
            .Bigints("github_id", profile => profile.DatabaseId)
            .Texts("display_name", profile => Storable(profile.Name))
            .Texts("company", profile => Storable(profile.Company))
            .Texts("location", profile => Storable(profile.Location))
            .Texts("bio", profile => Storable(profile.Bio))
            .Texts("blog", profile => Storable(profile.WebsiteUrl))
            .Texts("avatar_url", profile => profile.AvatarUrl)
            .Integers("public_repos", profile => profile.Repositories?.TotalCount)
            .Integers("public_gists", profile => profile.Gists?.TotalCount)
            .Integers("followers", profile => profile.Followers?.TotalCount)
            .Integers("following", profile => profile.Following?.TotalCount)
            .Times("github_created_at", profile => profile.CreatedAt)
            .Build();

    // Whoever has no profile to be read is not asked for again.
    private static NpgsqlBatchCommand Read(
        IReadOnlyCollection<(long GitHubId, string NodeId)> people,
        Catalogue catalogue
    ) =>
        new RowsCommand<(long GitHubId, string NodeId)>("mark-profiles-read", catalogue, people)
            .Bigints("github_id", person => person.GitHubId)
            .Build();

    private static string? Storable(string? text) => text is null ? null : StoredText.Replaced(text);
}
