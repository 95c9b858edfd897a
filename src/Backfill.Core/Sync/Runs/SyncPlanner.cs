using Backfill.Core.Embedding.Providers;
using Backfill.Core.GitHub;
using Backfill.Core.Sync.Reading;
using Backfill.Core.Sync.Writing;

namespace Backfill.Core.Sync.Runs;

/// <summary>Estimates a sync from GitHub's totals, a sample of the items, and the stored rows. Writes nothing.</summary>
/// <param name="probe">GitHub's totals and its sample.</param>
/// <param name="stored">The number of stored rows by entity; empty where none are stored.</param>
/// <param name="windows">The stored windows.</param>
/// <param name="request">The request of the user.</param>
/// <param name="rereads">True when the sync reads the stored part again.</param>
internal sealed class SyncPlanner(
    Probe probe,
    IReadOnlyDictionary<EntityKind, long> stored,
    StoredWindows windows,
    SyncRequest request,
    bool rereads = false,
    IReadOnlyList<AlteredRows>? altered = null
)
{
    private const int ItemsPerOverflowQuery = 20;
    private const int CommentsPerDiscussion = 10;
    private const int CommentsPerDiscussionQuery = 50;
    private const int PeoplePerQuery = 50;
    private const int RestPageSize = 100;
    private const int AuditPageSize = 100;

    // The profile of one person has four connections.
    private const int ConnectionsPerProfile = 4;

    private readonly SyncContent include = LocalEngine.Widened(request.Include);
    private readonly RepositorySample? sample = probe.Sample;

    /// <summary>Returns what a sync would read and cost.</summary>
    public SyncEstimate Estimate()
    {
        var pullRequests = Missing(EntityKind.PullRequests, probe.PullRequests, probe.PullRequestsMoved);
        var issues = Missing(EntityKind.Issues, probe.Issues, probe.IssuesMoved);
        var discussions = Missing(EntityKind.Discussions, probe.Discussions, probe.DiscussionsMoved);
        var items = pullRequests + issues + discussions;
        var lists = ListsIssueComments;
        var differing = Totals.Keys.Where(Differs).Where(lane => !KnowsMissing(lane)).ToList();

        // GitHub charges a point per hundred connections. It counts each connection once per item that the page asks for.
        var comments = Includes(SyncContent.Comments) ? 1 : 0;
        int[] points =
        [
            1,
            .. Reads(Lanes.PullRequests, pullRequests, 3 + comments + (Includes(SyncContent.Reviews) ? 1 : 0)),
            .. Reads(Lanes.Issues, issues, 2 + comments),
            .. Reads(Lanes.Discussions, discussions, 11 * comments),
            // Before a run audits a lane, it probes the repository once more.
            .. differing.Count > 0 ? [1, .. Audits(differing)] : Array.Empty<int>(),
            .. Overflow(pullRequests, issues, discussions, lists),
            .. Profiles(items),
            .. Repairs(),
            .. request.Verify ? [.. Audits(Totals.Keys), .. ReplyAudits()] : Array.Empty<int>(),
        ];
        var rest =
            RestRequests(pullRequests, issues, lists)
            // When the run reads the lanes a second time, it asks for the lists of comments again.
            + (differing.Count > 0 && Includes(SyncContent.Comments) && Includes(SyncContent.PullRequests) ? 1 : 0)
            + (differing.Count > 0 && lists ? 1 : 0);
        var requests = points.Length + rest;
        return new SyncEstimate(
            items,
            requests,
            points.Sum(),
            // The run uses GraphQL and REST at the same time, and sends one request after the other to each.
            Math.Max(points.Length, rest) * probe.Elapsed.TotalMinutes,
            probe.RateLimit?.Remaining,
            request.Since is null
                ? "The items are GitHub's totals. Requests, points and tokens are estimated from a sample of the items."
                : "GitHub gives no totals for a time range. The estimate counts every item that is not stored yet, so the sync costs at most this."
        )
        {
            RestRequests = rest,
            // Items that are stored and read again have their vectors already.
            Tokens = rereads
                ? Tokens(
                    Added(EntityKind.PullRequests, probe.PullRequests),
                    Added(EntityKind.Issues, probe.Issues),
                    Added(EntityKind.Discussions, probe.Discussions)
                )
                : Tokens(pullRequests, issues, discussions),
        };
    }

    /// <summary>Returns the numbers of stored items with GitHub's totals.</summary>
    public IReadOnlyList<EntityCount> Counts() =>
        [
            Count(EntityKind.PullRequests, probe.PullRequests),
            Count(EntityKind.Issues, probe.Issues),
            Count(EntityKind.Discussions, probe.Discussions),
        ];

    private EntityCount Count(EntityKind entity, int? total) =>
        new(entity.Name, stored.GetValueOrDefault(entity), 0, 0, total);

    private bool ListsIssueComments =>
        (
            windows.List(EntityKind.IssueComments)?.Plan is { } plan
                ? plan == ListWindow.Listed
                : probe.CommentsPerItem > CommentPlan.ManyCommentsPerItem
        ) && include.HasFlag(SyncContent.PullRequests | SyncContent.Issues | SyncContent.Comments);

    // GitHub's total of each lane.
    private IReadOnlyDictionary<EntityKind, int> Totals { get; } =
        new Dictionary<EntityKind, int>
        {
            [EntityKind.PullRequests] = probe.PullRequests ?? 0,
            [EntityKind.Issues] = probe.Issues ?? 0,
            [EntityKind.Discussions] = probe.Discussions ?? 0,
        };

    // Returns true for a lane that a run would audit: it has no new items, and its number of rows differs from GitHub's total.
    // A difference that an earlier audit could not explain is not audited again.
    private bool Differs(EntityKind lane)
    {
        var total = Totals[lane];
        var rows = stored.GetValueOrDefault(lane);
        return Includes(lane.Content)
            && rows != total
            && !rereads
            && !HasMoved(lane)
            && windows.Lane(lane)?.ReachedBeginning == true
            && !windows.HasUnexplained(lane, total, rows);
    }

    // A repair reads the items that were stored once and have no row any more. No comparison is needed when these are all.
    private bool KnowsMissing(EntityKind lane) =>
        (altered ?? []).FirstOrDefault(rows => rows.Entity == lane) is { Missing: > 0 } rows
        && stored.GetValueOrDefault(lane) + rows.Missing == Totals[lane];

    private bool HasMoved(EntityKind lane) =>
        lane == EntityKind.PullRequests ? probe.PullRequestsMoved
        : lane == EntityKind.Issues ? probe.IssuesMoved
        : probe.DiscussionsMoved;

    private bool Includes(SyncContent content) => (include & content) != SyncContent.None;

    private long Added(EntityKind entity, int? total) => Math.Max(0, (total ?? 0) - stored.GetValueOrDefault(entity));

    private long Missing(EntityKind lane, int? total, bool moved)
    {
        var window = windows.Lane(lane);
        var missing = Added(lane, total);
        if (rereads)
        {
            // A window that does not reach the beginning covers the stored items.
            return request.Since is null ? total ?? 0 : Math.Min(total ?? 0, stored.GetValueOrDefault(lane));
        }

        return Differs(lane) ? missing
            : window?.Covers(request.Since) == true && !moved ? 0
            : missing == 0 && moved ? 1
            : missing;
    }

    private IEnumerable<int> Reads<T>(Lane<T> lane, long items, int connectionsPerItem)
        where T : class, IUpdatedNode =>
        Differs(lane.Kind)
            ? Enumerable.Repeat(
                Points(MissingItems.PerQuery * (1 + connectionsPerItem)),
                Ceiling(items / (double)MissingItems.PerQuery)
            )
            : Pages(lane, items, connectionsPerItem);

    // A page costs by the number of items that it asks for, even if GitHub has fewer. A run that starts at a stored cursor does not
    // know how many items are left, so it asks for full pages.
    private IEnumerable<int> Pages<T>(Lane<T> lane, long items, int connectionsPerItem)
        where T : class, IUpdatedNode
    {
        var window = windows.Lane(lane.Kind) ?? new LaneWindow(lane.Kind);
        var (left, size) = (items, window.PageSize ?? lane.FirstPageSize);
        if (left > 0 && lane.SmallFirstPage(window, request.Since, items) is { } few)
        {
            yield return Cost(Math.Min(few, size));
            left -= few;
        }

        for (; left > 0; left -= size, size = Math.Min(100, size * 2))
        {
            yield return Cost(window is { NewestCursor: null, OldestCursor: null } ? (int)Math.Min(size, left) : size);
        }

        int Cost(int asked) => Points(1 + (asked * connectionsPerItem));
    }

    private IEnumerable<int> Overflow(long pullRequests, long issues, long discussions, bool lists)
    {
        var queries =
            (Includes(SyncContent.Reviews) ? Queries([Rounds(sample?.Reviews, probe.PullRequests, pullRequests)]) : 0)
            + (Includes(SyncContent.Comments) && !lists ? CommentQueries(pullRequests, issues) : 0);
        return [.. Enumerable.Repeat(1, queries), .. Includes(SyncContent.Comments) ? OfDiscussions(discussions) : []];
    }

    private int CommentQueries(long pullRequests, long issues)
    {
        var most = sample?.MostCommented;
        // A list with fewer than a hundred items has every item with comments.
        var lowest = most is { Count: RestPageSize } ? most[^1].Comments : 0;
        return Queries([
            Rounds(
                sample?.PullRequestComments,
                probe.PullRequests,
                pullRequests,
                most?.Where(item => item.PullRequest is not null),
                lowest
            ),
            Rounds(sample?.IssueComments, probe.Issues, issues, most?.Where(item => item.PullRequest is null), lowest),
        ]);
    }

    // Returns the number of fetches of each round. A run that reads a part of the parents needs the same part of the fetches.
    private static IReadOnlyList<double> Rounds(
        IReadOnlyList<int>? counts,
        int? total,
        long parents,
        IEnumerable<RestCommentedItem>? most = null,
        int lowest = 0
    ) =>
        counts is null || total is not > 0 || parents == 0
            ? []
            :
            [
                .. new SampledCounts(counts, total.Value, most?.Select(item => item.Comments).ToList(), lowest)
                    .Rounds()
                    .Select(fetches => fetches * Math.Min(1, parents / (double)total.Value)),
            ];

    // One query fetches a page for each of several parents, but the pages of one parent need one query after the other. The
    // parent with the most pages may be in any query of the first round.
    private static int Queries(IReadOnlyList<IReadOnlyList<double>> kinds)
    {
        var fetches = kinds.Sum(rounds => rounds.Sum());
        if (fetches < 0.5)
        {
            return 0;
        }

        var first = Ceiling(kinds.Sum(rounds => rounds is [var one, ..] ? one : 0) / ItemsPerOverflowQuery);
        var longest = kinds.Max(rounds => rounds.Count(expected => expected >= 0.5));
        return Math.Max(Ceiling(fetches / ItemsPerOverflowQuery), Ceiling(longest + ((first - 1) / 2.0)));
    }

    // A repository has few discussions, so the sample has most of them. A discussion with many comments is read page after page,
    // and each page of comments has a list of replies for every comment.
    private IEnumerable<int> OfDiscussions(long discussions)
    {
        if (sample?.DiscussionComments is not { Count: > 0 } counts || discussions == 0)
        {
            yield break;
        }

        int[] pages =
        [
            .. counts
                .Where(count => count > CommentsPerDiscussion)
                .Select(count => Ceiling((count - CommentsPerDiscussion) / (double)CommentsPerDiscussionQuery)),
        ];
        var share = Math.Min(1, discussions / (double)Math.Max(counts.Count, probe.Discussions ?? 0));
        var scale = Math.Max(counts.Count, probe.Discussions ?? 0) / (double)counts.Count * share;
        for (var round = 1; round <= pages.DefaultIfEmpty(0).Max(); round++)
        {
            for (
                var left = Ceiling(pages.Count(page => page >= round) * scale);
                left > 0;
                left -= ItemsPerOverflowQuery
            )
            {
                yield return Points(Math.Min(left, ItemsPerOverflowQuery) * (1 + CommentsPerDiscussionQuery));
            }
        }
    }

    private IEnumerable<int> Profiles(long items)
    {
        if (!Includes(SyncContent.Contributors) || items == 0)
        {
            yield break;
        }

        for (var left = (int)People(items); left > 0; left -= PeoplePerQuery)
        {
            yield return Points(Math.Min(left, PeoplePerQuery) * ConnectionsPerProfile);
        }
    }

    // Chao's estimator: the number of people who are in the sample once, and the number who are in it twice, show how many people
    // are not in it.
    private double People(long items)
    {
        var shown = (sample?.Authors ?? []).CountBy(author => author, StringComparer.OrdinalIgnoreCase).ToList();
        double once = shown.Count(author => author.Value == 1);
        double twice = shown.Count(author => author.Value == 2);
        var people = shown.Count + (once * Math.Max(0, once - 1) / (2 * (twice + 1)));
        var all = Math.Max(people, sample?.Contributors ?? 0);
        // A run that reads few items finds at most as many new people as items.
        return Math.Min(
            Math.Max(0, all - stored.GetValueOrDefault(EntityKind.Contributors)),
            stored.Count == 0 ? all : items
        );
    }

    // Altered items and accounts are read by their ids. Altered children are read with the list of their parent, and each of
    // them may have another parent. The probe reads the repository. A sync that reads everything again needs no request for them.
    private IEnumerable<int> Repairs() =>
        rereads
            ? []
            : (altered ?? [])
                .Where(rows => rows.Entity != EntityKind.Repository)
                .SelectMany(rows =>
                {
                    var perQuery =
                        EntityKind.Items.Contains(rows.Entity) ? MissingItems.PerQueryAlone
                        : rows.Entity == EntityKind.Contributors ? PeoplePerQuery
                        : ItemsPerOverflowQuery;
                    return Enumerable.Repeat(
                        Points(perQuery * ConnectionsPerProfile),
                        Ceiling((rows.Altered + rows.Unproven) / (double)perQuery)
                    );
                });

    private int RestRequests(long pullRequests, long issues, bool lists)
    {
        var requests = 0;
        if (Includes(SyncContent.Comments) && Includes(SyncContent.PullRequests))
        {
            requests += Listed(EntityKind.ReviewComments, sample?.ReviewComments, pullRequests);
            requests += request.Verify ? Lists(sample?.ReviewComments ?? 0) : 0;
        }

        if (lists)
        {
            requests += Listed(EntityKind.IssueComments, sample?.ListedComments, pullRequests + issues);
        }

        if (
            Includes(SyncContent.Contributors)
            && (windows.Contributors is not { } people || people.PushedAt != probe.Metadata.PushedAt)
        )
        {
            requests += Math.Max(1, Ceiling((sample?.Contributors ?? 0) / (double)RestPageSize));
        }

        return requests;
    }

    // A list that was read before needs one request, for what has changed.
    private int Listed(EntityKind list, int? total, long parents) =>
        windows.List(list) is { } window && window.Covers(request.Since)
            ? 1 + (parents > RestPageSize ? 1 : 0)
            : Lists(total ?? 0);

    // Counts the pages and one more request from the last entry on, because GitHub may end a list early. An empty list has one page.
    private static int Lists(int entries) => Math.Max(1, Ceiling(entries / (double)RestPageSize)) + 1;

    private IEnumerable<int> Audits(IEnumerable<EntityKind> lanes) =>
        lanes
            .Where(lane => Includes(lane.Content))
            .SelectMany(lane =>
                Enumerable.Repeat(
                    Points(1 + (AuditPageSize * (lane == EntityKind.PullRequests ? 2 : 1))),
                    Math.Max(1, Ceiling(Totals[lane] / (double)AuditPageSize))
                )
            );

    // Counts the replies under every stored comment, for one point per page. It is not known how many stored rows are replies.
    private IEnumerable<int> ReplyAudits() =>
        Includes(SyncContent.Discussions) && Includes(SyncContent.Comments)
            ? Enumerable.Repeat(
                1,
                Ceiling(stored.GetValueOrDefault(EntityKind.DiscussionComments) / (double)AuditPageSize)
            )
            : [];

    private long? Tokens(long pullRequests, long issues, long discussions) =>
        sample is null
            ? null
            : TokensOf(EntityKind.PullRequests, sample.PullRequestTexts, pullRequests)
                + TokensOf(EntityKind.Issues, sample.IssueTexts, issues)
                + TokensOf(EntityKind.Discussions, sample.DiscussionTexts, discussions);

    // Counts the texts as the embeddings send them: with their type, and shortened.
    private static long TokensOf(EntityKind entity, IReadOnlyList<(string Title, string Body)> texts, long items) =>
        texts.Count == 0
            ? 0
            : (long)
                Math.Round(
                    items
                        * texts.Average(text =>
                            OpenAIProvider.CountWords(EmbeddingText.Of(entity.ItemName!, text.Title, text.Body))
                        )
                );

    private static int Points(int connections) =>
        (int)Math.Max(1, Math.Round(connections / 100.0, MidpointRounding.AwayFromZero));

    private static int Ceiling(double value) => (int)Math.Ceiling(value);
}
