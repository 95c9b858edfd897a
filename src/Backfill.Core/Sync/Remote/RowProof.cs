using System.Text.Json;
using Backfill.Core.GitHub;
using Backfill.Core.Postgres;
using Backfill.Core.Sync.Reading;
using Backfill.Core.Sync.Writing;

namespace Backfill.Core.Sync.Remote;

/// <summary>What the rows of a repository come to.</summary>
/// <param name="Counts">Stored rows beside GitHub's totals.</param>
/// <param name="Gaps">What is missing, the first hundred.</param>
internal sealed record RowJudgement(IReadOnlyList<EntityCount> Counts, IReadOnlyList<SyncGap> Gaps);

/// <summary>
/// Compares stored rows with GitHub, whoever wrote them: the totals where everything was asked for, and each item that was
/// updated since where a range was; then the children that GitHub counted under each item that was read.
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

    /// <param name="run">Its counts say what was stored before it, its <see cref="RepoSync.From"/> how far back is asked for.</param>
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

    /// <summary>Requests to GitHub so far.</summary>
    public int Requests => progress.Requests;

    /// <summary>Points that GitHub charged for them.</summary>
    public int Points => progress.Points;

    /// <summary>The rows as they are now, beside the totals that were read last; GitHub is not asked.</summary>
    public async Task<IReadOnlyList<EntityCount>> CountAsync(CancellationToken cancellationToken) =>
        Beside(await tables.CountAsync(cancellationToken));

    private IReadOnlyList<EntityCount> Beside(IReadOnlyDictionary<EntityKind, long> stored)
    {
        progress.Stored(stored);
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

    /// <summary>Asks GitHub for its totals; one point.</summary>
    /// <exception cref="BackfillException">GitHub cannot be asked, or the name belongs to another repository now.</exception>
    public async Task ReadTotalsAsync(CancellationToken cancellationToken)
    {
        var probe = await RepositoryReader.ProbeAsync(gitHub, name, include, null, null, null, cancellationToken);
        if (probe.Metadata.GitHubId != repository.GitHubId)
        {
            throw RepositoryIdentity.Changed(name.FullName, repository.GitHubId, probe.Metadata.GitHubId);
        }

        progress.Total(EntityKind.PullRequests, probe.PullRequests);
        // Switched off, issues are hidden and not gone.
        progress.Total(EntityKind.Issues, probe.Metadata.HasIssues ? probe.Issues : null);
        progress.Total(EntityKind.Discussions, probe.Discussions);
    }

    /// <summary>Compares everything.</summary>
    /// <exception cref="BackfillException">GitHub cannot be asked.</exception>
    public async Task<RowJudgement> JudgeAsync(CancellationToken cancellationToken)
    {
        await ReadTotalsAsync(cancellationToken);
        var stored = await tables.CountAsync(cancellationToken);
        var counts = Beside(stored);
        var gaps = new List<SyncGap>();
        foreach (var (lane, query, connection) in Items)
        {
            var count = counts.FirstOrDefault(one => one.Entity == lane.Name);
            if (!include.HasFlag(lane.Content) || !stored.ContainsKey(lane) || count?.GitHubTotal is not { } total)
            {
                continue;
            }

            // Equal totals leave nothing to look for: a range is a part of all.
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

    // GitHub has no total for a range: its items are listed, the last updated first.
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
                    row.Get<bool>("older") ? "an older state of it is stored" : "it is not stored",
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
