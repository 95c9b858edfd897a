using System.Text.Json;
using Backfill.Core.GitHub;
using Backfill.Core.Postgres;
using Backfill.Core.Sync.Writing;
using Npgsql;

namespace Backfill.Core.Sync.Reading;

/// <summary>Reads contributors: the people with commits, whom REST lists, and the profiles of all new contributors.</summary>
internal sealed class ContributorLane(SyncContext run, ContributorsWindow? window)
{
    // GitHub accepts up to 100 ids. Each profile has four counts, so smaller queries are quicker.
    private const int ProfilesPerQuery = 50;

    // The parent of the gap that is recorded when REST does not give the list.
    private const string Commits = "commits";

    /// <summary>Lists the people with commits, unless nothing was pushed since they were last listed.</summary>
    /// <param name="rest">Sends the requests.</param>
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

    /// <summary>Records the gap of people with commits who could not be listed.</summary>
    public Task RecordGapAsync(string cause, CancellationToken cancellationToken)
    {
        var page = new PageRows();
        page.RecordGap(EntityKind.Contributors, Commits, null, null, $"people with commits are not listed: {cause}");
        return run.StoreAsync(page, cancellationToken);
    }

    /// <summary>Reads the profile of every contributor who has none yet.</summary>
    public async Task ReadProfilesAsync(CancellationToken cancellationToken)
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
                await ReadAsync(people, cancellationToken);
            }
            catch (PageTooHeavyException) when (people.Count > 1)
            {
                most = people.Count / 2;
            }
            catch (PageTooHeavyException heavy)
            {
                run.Progress.Say($"GitHub cannot compute the profile of account {people[0].GitHubId}: {heavy.Message}");
                await StoreAsync(people, [], [], cancellationToken);
            }
        }
    }

    private async Task ReadAsync(
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
        // An account that GitHub deleted is null.
        JsonElement[] nodes =
        [
            .. response
                .Data.GetProperty("nodes")
                .EnumerateArray()
                .Where(node => node.ValueKind == JsonValueKind.Object && node.TryGetProperty("login", out _)),
        ];
        await StoreAsync(
            people,
            [.. nodes.Select(node => node.Deserialize<AccountNode>(JsonText.Options)!)],
            [
                .. nodes
                    .Select(node => node.Deserialize<ProfileNode>(JsonText.Options)!)
                    .Where(profile => profile is { DatabaseId: not null, Followers: not null }),
            ],
            cancellationToken
        );
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
        IReadOnlyList<AccountNode> accounts,
        IReadOnlyList<ProfileNode> profiles,
        CancellationToken cancellationToken
    )
    {
        var page = new PageRows();
        foreach (var account in accounts)
        {
            page.Accounts.Find(account);
        }

        // The tool itself says what the row of the ghost is, also where GitHub does not answer for that account.
        if (people.Any(person => person.GitHubId == AccountRow.Ghost.GitHubId))
        {
            page.Accounts.Take(AccountRow.Ghost);
        }

        await run.StoreAsync(page, cancellationToken);
        var catalogue = await run.Database.CatalogueAsync(cancellationToken);
        await run.Database.TransactionAsync(
            async (connection, token) =>
            {
                await using var batch = new NpgsqlBatch(connection)
                {
                    BatchCommands = { Profiles(profiles, catalogue), Read(people, catalogue) },
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
            .Integers("public_repos", profile => profile.Repositories?.TotalCount)
            .Integers("public_gists", profile => profile.Gists?.TotalCount)
            .Integers("followers", profile => profile.Followers?.TotalCount)
            .Integers("following", profile => profile.Following?.TotalCount)
            .Times("github_created_at", profile => profile.CreatedAt)
            .Build();

    // Marks people as read even where GitHub sent no profile, so that their profiles are not requested again.
    private static NpgsqlBatchCommand Read(
        IReadOnlyCollection<(long GitHubId, string NodeId)> people,
        Catalogue catalogue
    ) =>
        new RowsCommand<(long GitHubId, string NodeId)>("mark-profiles-read", catalogue, people)
            .Bigints("github_id", person => person.GitHubId)
            .Build();

    private static string? Storable(string? text) => text is null ? null : StoredText.Replaced(text);
}
