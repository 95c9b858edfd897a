using System.Globalization;
using Backfill.Core.Sync.Writing;

namespace Backfill.Core.Coverage.Checks;

/// <summary>The checks of the category Counts: whether everything that GitHub counts is stored.</summary>
internal static class CountChecks
{
    private const string Category = "Counts";
    private const string Children = "Sync/Writing/Sql/count-children";

    /// <summary>Gets the checks in their order.</summary>
    public static IReadOnlyList<Check> All { get; } =
    [
        Items("PullRequestCount", EntityKind.PullRequests, totals => totals.PullRequests),
        Items("IssueCount", EntityKind.Issues, totals => totals.Issues),
        Items("DiscussionCount", EntityKind.Discussions, totals => totals.Discussions),
        Of("ReviewCount", Children, ReviewsAsync),
        Of("CommentCount", Children, CommentsAsync),
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
            "Sync/Writing/Sql/count-stored",
            async (facts, token) =>
            {
                var stored = await facts.OnceAsync("stored", facts.Tables.CountAsync, token);
                if (!stored.TryGetValue(entity, out var rows))
                {
                    return Verdict.Skip("The database has no table for these items.");
                }

                if (facts.Request.SkipGitHub)
                {
                    return Verdict.Skip($"{rows} stored. GitHub was not asked (-SkipGitHub).");
                }

                if ((await WindowsAsync(facts, token)).Lane(entity) is { ReachedBeginning: false } window)
                {
                    return Verdict.Skip(
                        string.Create(
                            CultureInfo.InvariantCulture,
                            $"{rows} stored, back to {window.OldestAt:yyyy-MM-dd}. Older items are outside the range of the syncs."
                        ),
                        $"Run Start-RepoSync {facts.FullName} -Full to read the older items too."
                    );
                }

                var totals = await facts.OnceAsync("totals", inner => GitHubTotals.ReadAsync(facts, inner), token);
                return total(totals) is { } expected
                    ? Equal(expected, rows)
                    : Verdict.Judge(
                        passed: false,
                        "GitHub's total",
                        totals.Refusal ?? "GitHub gave no total.",
                        "Fix that, or use -SkipGitHub to check without GitHub."
                    );
            }
        );

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
        var pulls = (await WindowsAsync(facts, cancellationToken)).Lane(EntityKind.PullRequests);
        var (gaps, total) = await facts.Tables.OpenGapsAsync(pulls?.ReachedBeginning == true, cancellationToken);
        return Verdict.Judge(
            total == 0,
            "none",
            total == 0 ? "none" : $"{Verdict.Number(total)}: {string.Join("; ", gaps.Take(3))}"
        );
    }

    private static Verdict Equal(long expected, long stored) =>
        Verdict.Judge(expected == stored, Verdict.Number(expected), Verdict.Number(stored));

    private static Task<ChildTotals> ChildrenAsync(CoverageFacts facts, CancellationToken cancellationToken) =>
        facts.OnceAsync("children", facts.Tables.CountChildrenAsync, cancellationToken);

    private static Task<StoredWindows> WindowsAsync(CoverageFacts facts, CancellationToken cancellationToken) =>
        facts.OnceAsync("windows", facts.Tables.WindowsAsync, cancellationToken);
}
