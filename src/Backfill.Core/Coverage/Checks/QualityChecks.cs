namespace Backfill.Core.Coverage.Checks;

/// <summary>The checks of the category Quality: rows that differ from what GitHub can have sent.</summary>
internal static class QualityChecks
{
    /// <summary>The statement that counts the people of a repository.</summary>
    public const string People = "Coverage/count-people";

    /// <summary>The statement that counts the items of a repository by state, and those that GitHub cannot have sent.</summary>
    public const string Rows = "Coverage/count-items";

    private const string Category = "Quality";

    /// <summary>Gets the checks in their order.</summary>
    public static IReadOnlyList<Check> All { get; } =
    [
        Altered("NullAuthors", Rows, NullAuthorsAsync),
        // The row of the author is missing, and the row that names the author is as the tool wrote it.
        None("OrphanAuthors", People, "orphans", "authors without a row in contributors") with
        {
            ReadsAltered = false,
            Rereads = true,
        },
        ByHand(
            "DuplicateAuthors",
            People,
            "twice",
            "contributors whose login differs from another's only in case",
            "Two contributors differ only in the case of their login. Move the rows of the one whose github_id GitHub does not know to the other, then delete it."
        ),
        None("BotFlags", People, "humans", "bots marked as humans"),
        ByHand(
            "Duplicates",
            Rows,
            "duplicates",
            "rows with the same number as another row",
            "Another program stored these items twice, or stored pull requests as issues. Delete the rows that GitHub does not have."
        ),
        None("NumericIds", Rows, "wrong_ids", "rows whose github_id is not GitHub's id"),
        None(
            "MergedWithoutDate",
            Rows,
            "undated",
            "pull requests whose state, merged and merged_at contradict each other"
        ),
        None("ImpossibleStates", Rows, "impossible", "rows with contradictory states or dates"),
        None("FutureDates", Rows, "future", "rows with a date in the future"),
        UpdateTimes,
        Altered("AlteredTexts", EmbeddingChecks.Vectors, AlteredTextsAsync),
        new(
            "StoredCounters",
            Category,
            Rows,
            PipelineStage.Sync,
            async (facts, token) =>
                Verdict.None(
                    (await facts.CountsAsync(Rows, token))["wrong_counters"],
                    "row of repositories with a wrong counter",
                    warns: true
                )
        ),
    ];

    private static Check UpdateTimes => Altered("UpdateTimes", Rows, UpdateTimesAsync);

    private static Check Altered(string id, string query, Judgement judge) =>
        new(id, Category, query, PipelineStage.Sync, judge) { ReadsAltered = true };

    private static Check None(string id, string query, string column, string what) =>
        Altered(id, query, async (facts, token) => Verdict.None((await facts.CountsAsync(query, token))[column], what));

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
            $"If GitHub updated these items since, run Start-RepoSync {facts.FullName} | Wait-RepoSync. Otherwise another program wrote its own time there. {UpdateTimes.RepairAdvice(facts.FullName)}",
            warns: true
        );

    private static async Task<Verdict> AlteredTextsAsync(CoverageFacts facts, CancellationToken cancellationToken) =>
        Verdict.None(
            (await EmbeddingChecks.VectorsAsync(facts, cancellationToken)).Sum(vector => vector.Altered),
            "texts changed by another program, not on GitHub"
        );
}
