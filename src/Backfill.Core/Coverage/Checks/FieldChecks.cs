using System.Globalization;
using Backfill.Core.Postgres;
using Backfill.Core.Sync.Writing;

namespace Backfill.Core.Coverage.Checks;

/// <summary>The checks of the category Fields: whether every row is as the tool wrote it.</summary>
internal static class FieldChecks
{
    private const string Category = "Fields";
    private const string Altered = "Sync/Writing/Sql/read-altered";

    /// <summary>Gets the checks in their order.</summary>
    public static IReadOnlyList<Check> All { get; } =
    [
        Of("RepositoryFields", "Repository"),
        Of("PullRequestFields", EntityKind.PullRequests.Name),
        Of("IssueFields", EntityKind.Issues.Name),
        Of("DiscussionFields", EntityKind.Discussions.Name),
        Of("ReviewFields", EntityKind.Reviews.Name),
        Of("CommentFields", EntityKind.IssueComments.Name, EntityKind.ReviewComments.Name),
        Of("DiscussionCommentFields", EntityKind.DiscussionComments.Name, EntityKind.DiscussionReplies.Name),
        Of("ContributorFields", EntityKind.Contributors.Name),
    ];

    private static Check Of(string id, params IReadOnlyList<string> entities) =>
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

                var altered = await facts.OnceAsync(Altered, facts.Tables.AlteredAsync, token);
                return Judge([.. altered.Where(rows => entities.Contains(rows.Entity, StringComparer.Ordinal))]);
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
            $"{Verdict.Number(altered)} altered since {since}: {examples}"
                + (unproven == 0 ? "" : $"; {Verdict.Number(unproven)} not yet proven")
        );
    }
}
