namespace Backfill.Core.Coverage.Checks;

/// <summary>The checks of the category Quality: rows that no honest copy of GitHub has.</summary>
internal static class QualityChecks
{
    /// <summary>The statement that counts the people of a repository.</summary>
    public const string People = "Coverage/count-people";

    private const string Category = "Quality";
    private const string Rows = "Coverage/count-quality";

    /// <summary>Gets the checks in their order.</summary>
    public static IReadOnlyList<Check> All { get; } =
    [
        Reread("NullAuthors", Rows, NullAuthorsAsync),
        None("OrphanAuthors", People, "orphans", "authors without a row in contributors"),
        ByHand(
            "DuplicateAuthors",
            People,
            "twice",
            "people with two rows of one login",
            "Logins differ not by capitals: move the rows of the one whose github_id is not GitHub's to the other, and delete it."
        ),
        None("BotFlags", People, "humans", "bots taken for humans"),
        ByHand(
            "Duplicates",
            Rows,
            "duplicates",
            "rows with the number of another",
            "Another writer stored them twice, or pull requests as issues: delete the rows that GitHub does not have."
        ),
        None("NumericIds", Rows, "wrong_ids", "rows with a number, or nothing of GitHub's, as their id"),
        None("MergedWithoutDate", Rows, "undated", "merged pull requests without a date or a mark"),
        None("ImpossibleStates", Rows, "impossible", "rows"),
        None("FutureDates", Rows, "future", "rows from the future"),
        UpdateTimes,
        Reread("AlteredTexts", EmbeddingChecks.Vectors, AlteredTextsAsync),
        new(
            "StoredCounters",
            Category,
            Rows,
            PipelineStage.Sync,
            async (facts, token) =>
                Verdict.None(
                    (await facts.CountsAsync(Rows, token))["wrong_counters"],
                    "counter of the repository is not the number of its rows",
                    warns: true
                )
        ),
    ];

    private static Check UpdateTimes => Reread("UpdateTimes", Rows, UpdateTimesAsync);

    private static Check Reread(string id, string query, Judgement judge) =>
        new(id, Category, query, PipelineStage.Sync, judge) { Rereads = true };

    private static Check None(string id, string query, string column, string what) =>
        Reread(id, query, async (facts, token) => Verdict.None((await facts.CountsAsync(query, token))[column], what));

    private static Check ByHand(string id, string query, string column, string what, string advice) =>
        new(
            id,
            Category,
            query,
            Repair: null,
            async (facts, token) => Verdict.None((await facts.CountsAsync(query, token))[column], what, advice)
        );

    private static async Task<Verdict> NullAuthorsAsync(CoverageFacts facts, CancellationToken cancellationToken)
    {
        var rows = await facts.CountsAsync(Rows, cancellationToken);
        var (pulls, issues, comments) = (
            rows["null_pull_authors"],
            rows["null_issue_authors"],
            rows["null_commenters"]
        );
        var isNone = pulls + issues + comments == 0;
        return Verdict.Judge(
            isNone,
            "none",
            isNone ? "none" : $"{pulls} pull requests, {issues} issues, {comments} comments"
        );
    }

    private static async Task<Verdict> UpdateTimesAsync(CoverageFacts facts, CancellationToken cancellationToken) =>
        Verdict.None(
            (await facts.CountsAsync(Rows, cancellationToken))["foreign_times"],
            "rows updated after they were last synced",
            $"GitHub updated them since, and Start-RepoSync {facts.FullName} | Wait-RepoSync brings it; or another program writes its own time there. {UpdateTimes.RepairAdvice(facts.FullName)}",
            warns: true
        );

    private static async Task<Verdict> AlteredTextsAsync(CoverageFacts facts, CancellationToken cancellationToken) =>
        Verdict.None(
            (await EmbeddingChecks.VectorsAsync(facts, cancellationToken)).Sum(vector => vector.Altered),
            "texts were changed here and not on GitHub"
        );
}
