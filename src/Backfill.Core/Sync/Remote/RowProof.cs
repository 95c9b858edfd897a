using System.Text.Json;
using Backfill.Core.GitHub;
using Backfill.Core.Postgres;
using Backfill.Core.Sync.Reading;
using Backfill.Core.Sync.Writing;

namespace Backfill.Core.Sync.Remote;

/// <summary>The result of comparing the rows of a repository with GitHub.</summary>
/// <param name="Counts">The numbers of stored rows, with GitHub's totals.</param>
/// <param name="Gaps">The first hundred gaps.</param>
internal sealed record RowJudgement(IReadOnlyList<EntityCount> Counts, IReadOnlyList<SyncGap> Gaps);

/// <summary>
/// Compares stored rows with GitHub, whichever program wrote them. For a sync of everything it compares the totals, and for a
/// time range each item that was updated in the range. Then it compares the children that GitHub counted under each item.
/// </summary>
internal sealed class RowProof
{
    private const int ItemsPerPage = 100;
    private const int MostGaps = 100;

    private static readonly (EntityKind Lane, string Query, string Connection)[] Items =
    [
        (EntityKind.PullRequests, Lanes.PullRequests.Queries.Places, Lanes.PullRequests.Connection),
        (EntityKind.Issues, Lanes.Issues.Queries.Places, Lanes.Issues.Connection),
        (EntityKind.Discussions, Lanes.Discussions.Queries.Places, Lanes.Discussions.Connection),
    ];

    private readonly StoredRepository repository;
    private readonly RepositoryName name;
    private readonly GraphQLClient gitHub;
    private readonly SyncProgress progress = new();
    private readonly SyncTables tables;
    private readonly RepositoryStatements statements;
    private readonly Dictionary<string, long> before;
    private readonly DateTimeOffset? since;
    private readonly SyncContent include;

    /// <param name="run">The run. Its counts say what was stored before it, and <see cref="RepoSync.From"/> is where its time range begins.</param>
    public RowProof(
        Database database,
        StoredRepository repository,
        GitHubAccess access,
        RepoSync run,
        SyncContent include
    )
    {
        this.repository = repository;
        this.include = include;
        since = run.From;
        name = RepositoryName.Parse(repository.FullName);
        gitHub = new GraphQLClient(access.Transport, access.GraphQLUrl, progress);
        tables = new SyncTables(database, repository);
        statements = new RepositoryStatements(database, repository);
        before = run.Counts.ToDictionary(
            count => count.Entity,
            count => count.Stored - count.Added,
            StringComparer.Ordinal
        );
    }

    /// <summary>Gets the number of requests to GitHub.</summary>
    public int Requests => progress.Requests;

    /// <summary>Gets the points that GitHub charged for the requests.</summary>
    public int Points => progress.Points;

    /// <summary>Counts the rows and returns them with GitHub's totals that were read last. Sends no request to GitHub.</summary>
    public async Task<IReadOnlyList<EntityCount>> CountAsync(CancellationToken cancellationToken) =>
        WithTotals(await tables.CountAsync(cancellationToken));

    private IReadOnlyList<EntityCount> WithTotals(IReadOnlyDictionary<EntityKind, long> stored)
    {
        progress.SetStoredCounts(stored);
        return
        [
            .. progress.Counts.Select(count =>
                count with
                {
                    Added = Math.Max(0, count.Stored - before.GetValueOrDefault(count.Entity)),
                }
            ),
        ];
    }

    /// <summary>Reads GitHub's totals. Costs one point.</summary>
    /// <exception cref="BackfillException">GitHub cannot be reached, or the name belongs to another repository now.</exception>
    public async Task ReadTotalsAsync(CancellationToken cancellationToken)
    {
        var probe = await RepositoryReader.ProbeAsync(gitHub, name, include, null, null, null, cancellationToken);
        if (probe.Metadata.GitHubId != repository.GitHubId)
        {
            throw RepositoryIdentity.Changed(name.FullName, repository.GitHubId, probe.Metadata.GitHubId);
        }

        progress.SetTotals(probe);
    }

    /// <summary>Compares the rows with GitHub.</summary>
    /// <exception cref="BackfillException">GitHub cannot be reached.</exception>
    public async Task<RowJudgement> JudgeAsync(CancellationToken cancellationToken)
    {
        await ReadTotalsAsync(cancellationToken);
        var stored = await tables.CountAsync(cancellationToken);
        var counts = WithTotals(stored);
        var gaps = new List<SyncGap>();
        foreach (var (lane, query, connection) in Items)
        {
            var count = counts.FirstOrDefault(one => one.Entity == lane.Name);
            if (!include.HasFlag(lane.Content) || !stored.ContainsKey(lane) || count?.GitHubTotal is not { } total)
            {
                continue;
            }

            // With equal totals nothing is missing, in a time range either.
            if (count.Stored != total)
            {
                gaps.AddRange(
                    since is { } from
                        ? await MissingAsync(lane, query, connection, from, cancellationToken)
                        : [SyncGaps.Difference(lane, count.Stored, total)]
                );
            }
        }

        gaps.AddRange(await ChildrenAsync(cancellationToken));
        return new RowJudgement(counts, [.. gaps.Take(MostGaps)]);
    }

    // GitHub has no total for a time range, so its items are listed, last updated first.
    private async Task<IReadOnlyList<SyncGap>> MissingAsync(
        EntityKind lane,
        string query,
        string connection,
        DateTimeOffset from,
        CancellationToken cancellationToken
    )
    {
        var gaps = new List<SyncGap>();
        string? cursor = null;
        while (true)
        {
            var response = await gitHub.QueryAsync(
                GraphQLText.Read(query),
                new Dictionary<string, object?>(StringComparer.Ordinal)
                {
                    ["owner"] = name.Owner,
                    ["name"] = name.Name,
                    ["last"] = ItemsPerPage,
                    ["before"] = cursor,
                    ["node"] = true,
                },
                canShrink: false,
                cancellationToken
            );
            var page = response
                .Data.GetProperty("repository")
                .GetProperty(connection)
                .Deserialize<LanePage<PlaceNode>>(JsonText.Options);
            if (page?.Edges is not { } listed)
            {
                throw RepositoryReader.Withheld(name, connection);
            }

            var edges = listed.OfType<Edge<PlaceNode>>().ToArray();
            var nodes = edges.Select(edge => edge.Node).OfType<PlaceNode>().ToArray();
            gaps.AddRange(
                await CompareAsync(lane, [.. nodes.Where(node => node.UpdatedAt >= from)], cancellationToken)
            );
            if (
                !page.PageInfo.HasPreviousPage
                || edges.Length == 0
                || Array.Exists(nodes, node => node.UpdatedAt < from)
            )
            {
                return gaps;
            }

            cursor = edges[0].Cursor;
        }
    }

    private async Task<IReadOnlyList<SyncGap>> CompareAsync(
        EntityKind lane,
        PlaceNode[] nodes,
        CancellationToken cancellationToken
    )
    {
        var statement = await statements.TakeAsync("missing-places", cancellationToken);
        return await statement
            .Set("entity", lane.Name)
            .Set("numbers", [.. nodes.Select(node => node.Number)])
            .Set("updated", [.. nodes.Select(node => (DateTime?)node.UpdatedAt.UtcDateTime)])
            .RowsAsync(
                row => new SyncGap(
                    lane.Name,
                    FormattableString.Invariant($"#{row.Get<int>("number")}"),
                    row.Get<bool>("older") ? "an older state of the item is stored" : "the item is not stored",
                    1
                ),
                cancellationToken
            );
    }

    private async Task<IEnumerable<SyncGap>> ChildrenAsync(CancellationToken cancellationToken)
    {
        var children = await tables.CountChildrenAsync(cancellationToken);
        return
        [
            .. Short(EntityKind.Reviews, children.StoredReviews, children.ExpectedReviews),
            .. Short(EntityKind.IssueComments, children.StoredComments, children.ExpectedComments),
        ];

        IEnumerable<SyncGap> Short(EntityKind entity, long stored, long expected) =>
            include.HasFlag(entity.Content) && stored < expected ? [SyncGaps.Difference(entity, stored, expected)] : [];
    }
}
