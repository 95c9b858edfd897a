using System.Globalization;
using Backfill.Core.GitHub;
using Backfill.Core.Sync.Writing;

namespace Backfill.Core.Coverage.Checks;

/// <summary>The checks of the category Counts: whether everything that GitHub counts is stored.</summary>
internal static class CountChecks
{
    /// <summary>The check whose repair reads the list of review comments again.</summary>
    public const string ReviewComments = "ReviewCommentCount";

    private const string Category = "Counts";
    private const string Children = "Sync/Writing/Sql/count-children";
    private const string Rows = QualityChecks.Rows;

    /// <summary>Gets the checks in their order.</summary>
    public static IReadOnlyList<Check> All { get; } =
    [
        Items("PullRequestCount", EntityKind.PullRequests, totals => totals.PullRequests),
        Items("IssueCount", EntityKind.Issues, totals => totals.Issues),
        Items("DiscussionCount", EntityKind.Discussions, totals => totals.Discussions),
        ByState(
            "PullRequestStates",
            EntityKind.PullRequests,
            totals =>
                totals is { PullRequests: { } all, OpenPullRequests: { } open, MergedPullRequests: { } merged }
                    ? [("open", open), ("merged", merged), ("closed", all - open - merged)]
                    : null,
            "pull_requests"
        ),
        ByState(
            "IssueStates",
            EntityKind.Issues,
            totals =>
                totals is { Issues: { } all, OpenIssues: { } open } ? [("open", open), ("closed", all - open)] : null,
            "issues"
        ),
        Of("ReviewCount", Children, ReviewsAsync),
        Of(ReviewComments, "Sync/Writing/Sql/count-stored-children", ReviewCommentsAsync),
        Of("CommentCount", Children, CommentsAsync),
        Of("ReplyCount", "Coverage/count-replies", RepliesAsync),
        Of("ContributorCount", QualityChecks.People, ContributorsAsync) with
        {
            Rereads = true,
        },
        Of("SyncGaps", "Sync/Writing/Sql/open-gaps", GapsAsync),
    ];

    private static Check Of(string id, string query, Judgement judge) =>
        new(id, Category, query, PipelineStage.Sync, judge);

    private static Check Items(string id, EntityKind entity, Func<GitHubTotals, int?> total) =>
        Of(
            id,
            Rows,
            async (facts, token) =>
            {
                if (await facts.CountItemsAsync(entity, token) is not { } rows)
                {
                    return Verdict.Skip("The database has no table for these items.");
                }

                if (facts.Request.SkipGitHub)
                {
                    return Verdict.Skip($"{rows} stored. GitHub was not asked (-SkipGitHub).");
                }

                if ((await facts.WindowsAsync(token)).Lane(entity) is { ReachedBeginning: false } window)
                {
                    return InPart(facts, rows, window);
                }

                var totals = await facts.TotalsAsync(token);
                return total(totals) is { } expected ? Equal(expected, rows) : GitHubTotals.NotGiven(totals.Refusal);
            }
        );

    private static Check ByState(
        string id,
        EntityKind entity,
        Func<GitHubTotals, (string State, int Total)[]?> byState,
        string table
    ) =>
        Of(
            id,
            Rows,
            async (facts, token) =>
            {
                var stored = await facts.CountsAsync(Rows, token);
                if (facts.Request.SkipGitHub)
                {
                    return Verdict.Skip("GitHub was not asked (-SkipGitHub).");
                }

                if ((await facts.WindowsAsync(token)).Lane(entity) is { ReachedBeginning: false } window)
                {
                    return InPart(facts, stored.Where(state => IsOf(state.Key)).Sum(state => state.Value), window);
                }

                // An item may have been closed since an earlier stage asked GitHub.
                var expected = byState(await facts.TotalsAsync(token));
                if (facts.Request.KnownTotals is not null && expected is not null && !IsStored(expected))
                {
                    expected = byState(await facts.TotalsNowAsync(token));
                }

                return expected is null
                    ? facts.Request.KnownTotals is null
                        ? GitHubTotals.NotGiven((await facts.TotalsAsync(token)).Refusal)
                        : Verdict.Skip("The earlier stage gave no number of items by state.")
                    : Verdict.Judge(
                        IsStored(expected),
                        Text(expected),
                        Text([.. expected.Select(one => (one.State, (int)Stored(one.State)))])
                    );

                bool IsOf(string column) => column.EndsWith(table, StringComparison.Ordinal);

                long Stored(string state) => stored[$"{state}_{table}"];

                bool IsStored((string State, int Total)[] totals) =>
                    Array.TrueForAll(totals, one => Stored(one.State) == one.Total);

                static string Text((string State, int Total)[] totals) =>
                    string.Join(", ", totals.Select(one => $"{Verdict.Number(one.Total)} {one.State}"));
            }
        );

    private static Verdict InPart(CoverageFacts facts, long rows, LaneWindow window) =>
        Verdict.Skip(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{rows} stored, back to {window.OldestAt:yyyy-MM-dd}. Older items are outside the range of the syncs."
            ),
            $"Run Start-RepoSync {facts.FullName} -Full to read the older items too."
        );

    private static async Task<Verdict> ReviewCommentsAsync(CoverageFacts facts, CancellationToken cancellationToken)
    {
        var children = await facts.CountChildrenAsync(cancellationToken);
        var stored = children.GetValueOrDefault(EntityKind.ReviewComments);
        if (facts.Request.SkipGitHub)
        {
            return Verdict.Skip($"{Verdict.Number(stored)} stored. GitHub was not asked (-SkipGitHub).");
        }

        if (
            (await facts.WindowsAsync(cancellationToken)).Lane(EntityKind.PullRequests) is
            { ReachedBeginning: false } window
        )
        {
            return InPart(facts, stored, window);
        }

        var list = (await facts.WindowsAsync(cancellationToken)).List(EntityKind.ReviewComments);
        if (list is { ReachedBeginning: false } && list.Plan != ListWindow.Nested)
        {
            return Verdict.Skip(
                $"{Verdict.Number(stored)} stored. Older review comments are outside the range of the syncs.",
                $"Run Start-RepoSync {facts.FullName} -Full to read the older ones too."
            );
        }

        if (facts.Request.KnownTotals is not null)
        {
            return Verdict.Skip(
                $"{Verdict.Number(stored)} stored. GitHub was not asked again directly after the run.",
                $"Run Test-BackfillCoverage {facts.FullName} to compare them with GitHub's number."
            );
        }

        try
        {
            var access = facts.GitHub();
            using var rest = new RestClient(
                access.Transport,
                access.ApiUrl,
                RateLimits.NoListener.Instance,
                cancellationToken
            );
            var repository = RepositoryName.Parse(facts.FullName);
            return await rest.CountAsync(repository, "pulls/comments", cancellationToken) is { } total
                ? Equal(total, stored)
                : GitHubTotals.NotGiven(cause: null);
        }
        catch (BackfillException error)
        {
            return GitHubTotals.NotGiven($"GitHub could not be asked: {error.Message}");
        }
    }

    private static async Task<Verdict> RepliesAsync(CoverageFacts facts, CancellationToken cancellationToken)
    {
        if (!(await facts.Database.CatalogueAsync(cancellationToken)).HasTable("discussion_comments"))
        {
            return Verdict.Skip("The database has no table for these replies.");
        }

        var replies = await facts.RowAsync("Coverage/count-replies", row => row.Counts(), cancellationToken);
        return Equal(replies?["expected"] ?? 0, replies?["stored"] ?? 0);
    }

    private static async Task<Verdict> ReviewsAsync(CoverageFacts facts, CancellationToken cancellationToken)
    {
        var children = await ChildrenAsync(facts, cancellationToken);
        return Equal(children.ExpectedReviews, children.StoredReviews);
    }

    private static async Task<Verdict> CommentsAsync(CoverageFacts facts, CancellationToken cancellationToken)
    {
        var children = await ChildrenAsync(facts, cancellationToken);
        return Equal(children.ExpectedComments, children.StoredComments);
    }

    private static async Task<Verdict> ContributorsAsync(CoverageFacts facts, CancellationToken cancellationToken)
    {
        var people = await facts.CountsAsync(QualityChecks.People, cancellationToken);
        return Equal(people["people"] + people["missing"], people["people"]);
    }

    private static async Task<Verdict> GapsAsync(CoverageFacts facts, CancellationToken cancellationToken)
    {
        var gaps = await facts.RowsAsync("Sync/Writing/Sql/open-gaps", SyncTables.ReadGap, cancellationToken);
        var total = gaps.Select(row => row.Total).FirstOrDefault();
        return Verdict.Judge(
            total == 0,
            "none",
            total == 0 ? "none" : $"{Verdict.Number(total)}: {string.Join("; ", gaps.Take(3).Select(row => row.Gap))}"
        );
    }

    private static Verdict Equal(long expected, long stored) =>
        Verdict.Judge(expected == stored, Verdict.Number(expected), Verdict.Number(stored));

    private static async Task<ChildTotals> ChildrenAsync(CoverageFacts facts, CancellationToken cancellationToken) =>
        await facts.RowAsync(Children, SyncTables.ReadChildren, cancellationToken) ?? ChildTotals.None;
}
