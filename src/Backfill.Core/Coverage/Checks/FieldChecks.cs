using System.Globalization;
using Backfill.Core.Postgres;
using Backfill.Core.Sync.Writing;

namespace Backfill.Core.Coverage.Checks;

/// <summary>The checks of the category Fields: whether every row is as the tool wrote it.</summary>
internal static class FieldChecks
{
    /// <summary>The category.</summary>
    public const string Category = "Fields";

    /// <summary>What a row is that no other program altered.</summary>
    public const string AsWritten = "as the tool wrote them";

    private const string Altered = "Sync/Writing/Sql/read-altered";

    /// <summary>Gets the checks in their order.</summary>
    public static IReadOnlyList<Check> All { get; } =
    [
        Of("RepositoryFields", EntityKind.Repository),
        Of("PullRequestFields", EntityKind.PullRequests),
        Of("IssueFields", EntityKind.Issues),
        Of("DiscussionFields", EntityKind.Discussions),
        Of("ReviewFields", EntityKind.Reviews),
        Of("CommentFields", EntityKind.IssueComments, EntityKind.ReviewComments),
        Of("DiscussionCommentFields", EntityKind.DiscussionComments, EntityKind.DiscussionReplies),
        Of("ContributorFields", EntityKind.Contributors),
        new(
            "ContributorIdentity",
            Category,
            QualityChecks.People,
            PipelineStage.Sync,
            async (facts, token) =>
                Verdict.None(
                    (await facts.CountsAsync(QualityChecks.People, token))["mistaken"],
                    "contributors with another github_id than GitHub's account of their login"
                )
        )
        {
            ReadsAltered = true,
        },
    ];

    private static Check Of(string id, params IReadOnlyList<EntityKind> entities) =>
        new(
            id,
            Category,
            Altered,
            PipelineStage.Sync,
            async (facts, token) =>
            {
                if (SchemaNeeds.Missing(await facts.Database.CatalogueAsync(token)).Any())
                {
                    return Verdict.Skip("The database lacks a column that the tool writes; SchemaTables names it.");
                }

                var altered = await facts.AlteredAsync(token);
                return Judge([.. altered.Where(rows => entities.Contains(rows.Entity))]);
            }
        )
        {
            ReadsAltered = true,
        };

    private static Verdict Judge(IReadOnlyList<AlteredRows> found)
    {
        var altered = found.Sum(rows => rows.Altered);
        var missing = found.Sum(rows => rows.Missing);
        var unproven = found.Sum(rows => rows.Unproven);
        var since = found.Min(rows => rows.ProvenAt)?.ToString("u", CultureInfo.InvariantCulture);
        string[] parts =
        [
            .. Part(altered, $"altered after {since}: {Examples(rows => rows.Examples)}"),
            .. Part(missing, $"not there any more: {Examples(rows => rows.MissingExamples)}"),
            .. Part(unproven, "not yet proven"),
        ];
        return new Verdict(
            altered + missing > 0 ? CheckStatus.Failed
                : unproven > 0 ? CheckStatus.Warning
                : CheckStatus.Passed,
            AsWritten,
            parts.Length == 0 ? AsWritten : string.Join("; ", parts)
        );

        string Examples(Func<AlteredRows, IReadOnlyList<string>> of) =>
            string.Join(", ", found.SelectMany(of).Take(10));

        static string[] Part(long rows, string what) => rows == 0 ? [] : [$"{Verdict.Number(rows)} {what}"];
    }
}
