using System.Globalization;
using Backfill.Core.Postgres;
using Backfill.Core.Sync.Writing;

namespace Backfill.Core.Coverage.Checks;

/// <summary>The checks of the category Fields: whether every row is as the tool wrote it.</summary>
internal static class FieldChecks
{
    /// <summary>The category.</summary>
    public const string Category = "Fields";

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
        var unproven = found.Sum(rows => rows.Unproven);
        if (altered == 0)
        {
            return Verdict.Warn(
                unproven == 0,
                "as the tool wrote them",
                unproven == 0 ? "as the tool wrote them" : $"{Verdict.Number(unproven)} not yet proven"
            );
        }

        var examples = string.Join(", ", found.SelectMany(rows => rows.Examples).Take(10));
        var since = found.Min(rows => rows.ProvenAt)?.ToString("u", CultureInfo.InvariantCulture);
        return Verdict.Judge(
            passed: false,
            "as the tool wrote them",
            $"{Verdict.Number(altered)} altered after {since}: {examples}"
                + (unproven == 0 ? "" : $"; {Verdict.Number(unproven)} not yet proven")
        );
    }
}
