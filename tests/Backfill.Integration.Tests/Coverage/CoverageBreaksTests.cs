using Backfill.Core.Coverage;
using Backfill.Integration.Tests.Support;

namespace Backfill.Integration.Tests.Coverage;

/// <summary>Every line of the checklist against a repository that is complete, and then broken in the way that the line is there to find.</summary>
public sealed class CoverageBreaksTests(TestPostgres postgres, CompleteRepository complete)
    : IClassFixture<CompleteRepository>
{
    private const string Hello = CompleteRepository.Name;

    // What no statement breaks: the first two need another login, the third only reports (all in CoverageTests), and the
    // settings are not in the database (CoverageTests, InngestPreflightTests).
    private static readonly string[] BrokenElsewhere =
    [
        "Rights",
        "RowSecurity",
        "SchemaOptional",
        "Settings",
        "InngestEvents",
        "InngestRuns",
        "InngestHandlers",
        "SupabaseFunctions",
    ];

    /// <summary>A statement that breaks something, every check that then fails or warns in the order of the list, and what mends it: <c>-Repair</c>, or the advice as a statement.</summary>
    public static TheoryData<string, string, string> Breaks =>
        new()
        {
            {
                "DROP TABLE embedding_jobs; ALTER TABLE reviews DROP COLUMN commit_id",
                "SchemaTables",
                "ALTER TABLE reviews ADD COLUMN commit_id text"
            },
            {
                "ALTER TABLE reviews DROP CONSTRAINT reviews_github_id_key",
                "SchemaKeys",
                "ALTER TABLE reviews ADD UNIQUE (github_id)"
            },
            {
                "ALTER TABLE issues ADD COLUMN team text NOT NULL DEFAULT 'a'; ALTER TABLE issues ALTER team DROP DEFAULT",
                "SchemaDemands",
                "ALTER TABLE issues ALTER team DROP NOT NULL"
            },
            {
                "CREATE FUNCTION gone() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO dropped_table VALUES (1); RETURN NEW; END $$; CREATE TRIGGER gone BEFORE UPDATE ON repositories FOR EACH ROW EXECUTE FUNCTION gone()",
                "Writes",
                "DROP TRIGGER gone ON repositories"
            },
            {
                "UPDATE repositories SET owner = 'other', name = 'other', full_name = 'other/other'",
                "Repository",
                "UPDATE repositories SET owner = 'octo', name = 'hello', full_name = 'octo/hello'"
            },
            {
                "DELETE FROM pull_requests WHERE number = (SELECT max(parent_number) FROM backfill.child_count WHERE parent_type = 'pull_request' AND reviews + comments = 0)",
                "PullRequestCount StoredCounters",
                "-Repair"
            },
            {
                "DELETE FROM issues WHERE number = (SELECT max(parent_number) FROM backfill.child_count WHERE parent_type = 'issue' AND comments = 0)",
                "IssueCount",
                "-Repair"
            },
            {
                "WITH gone AS (DELETE FROM backfill.child_count WHERE parent_type = 'discussion') DELETE FROM discussions WHERE number = (SELECT max(number) FROM discussions)",
                "DiscussionCount",
                "-Repair"
            },
            { "DELETE FROM reviews WHERE id = (SELECT id FROM reviews LIMIT 1)", "ReviewCount", "-Repair" },
            {
                "DELETE FROM comments WHERE id = (SELECT id FROM comments WHERE comment_type = 'issue_comment' LIMIT 1)",
                "CommentCount",
                "-Repair"
            },
            {
                "DELETE FROM discussion_comments WHERE id = (SELECT id FROM discussion_comments WHERE parent_comment_id IS NULL LIMIT 1)",
                "CommentCount",
                "-Repair"
            },
            {
                "UPDATE discussion_comments SET author_id = 987654321 WHERE id = (SELECT min(id) FROM discussion_comments)",
                "ContributorCount",
                "-Repair"
            },
            {
                "INSERT INTO backfill.sync_gap (repository_id, entity, parent, parent_number, cause) SELECT repository_id, 'Reviews', parent, parent_number, 'GitHub did not answer' FROM backfill.child_count WHERE parent_type = 'pull_request' LIMIT 1",
                "SyncGaps",
                "-Repair"
            },
            {
                "UPDATE pull_requests SET embedding = NULL, embedding_generated_at = NULL WHERE id = (SELECT id FROM pull_requests ORDER BY number LIMIT 1)",
                "PullRequestEmbeddings",
                "-Repair"
            },
            {
                "UPDATE issues SET embedding = NULL, embedding_generated_at = NULL WHERE id = (SELECT id FROM issues ORDER BY number LIMIT 1)",
                "IssueEmbeddings",
                "-Repair"
            },
            {
                "UPDATE discussions SET embedding = NULL, embedding_generated_at = NULL",
                "DiscussionEmbeddings",
                "-Repair"
            },
            {
                "UPDATE issues SET title = title || '!', updated_at = now(), last_synced_at = now() WHERE id = (SELECT id FROM issues ORDER BY number LIMIT 1)",
                "StaleEmbeddings",
                "-Repair"
            },
            {
                "UPDATE issues SET body = NULL WHERE id = (SELECT id FROM issues WHERE body <> '' ORDER BY number LIMIT 1)",
                "StaleEmbeddings AlteredTexts",
                "-Repair"
            },
            {
                "UPDATE backfill.embedding_state SET model_key = 'OpenAI/other/384' WHERE item_id = (SELECT min(item_id) FROM backfill.embedding_state)",
                "EmbeddingModel",
                "-Repair"
            },
            {
                "DELETE FROM backfill.embedding_state WHERE item_id = (SELECT min(item_id) FROM backfill.embedding_state WHERE item_type = 'issue')",
                "EmbeddingModel",
                "-Repair"
            },
            {
                "UPDATE issues SET embedding = embedding[1:100] WHERE id = (SELECT id FROM issues ORDER BY number LIMIT 1)",
                "EmbeddingLength",
                "-Repair"
            },
            {
                "UPDATE issues SET embedding = NULL WHERE id = (SELECT id FROM issues ORDER BY number LIMIT 1)",
                "IssueEmbeddings EmbeddingDates",
                "-Repair"
            },
            {
                "UPDATE issues SET embedding_generated_at = NULL WHERE id = (SELECT id FROM issues ORDER BY number LIMIT 1)",
                "EmbeddingDates",
                "-Repair"
            },
            {
                "INSERT INTO backfill.sync_run (id, repository_id, repository, engine, state, error, owner, started_at, finished_at) SELECT gen_random_uuid(), id, full_name, 'Local', 'Failed', 'GitHub did not answer', 'x', now(), now() FROM repositories",
                "LastSync",
                "-Repair"
            },
            {
                "UPDATE backfill.sync_run SET started_at = started_at - interval '3 days', finished_at = finished_at - interval '3 days'",
                "Freshness",
                "-Repair"
            },
            {
                "UPDATE backfill.sync_run SET started_at = started_at - interval '3 days', finished_at = finished_at - interval '3 days'; UPDATE backfill.sync_window SET updated_at = updated_at - interval '3 days'",
                "Freshness PullRequestFreshness IssueFreshness DiscussionFreshness",
                "-Repair"
            },
            {
                "UPDATE issues SET author_id = NULL WHERE id = (SELECT id FROM issues ORDER BY number LIMIT 1)",
                "NullAuthors",
                "-Repair"
            },
            {
                "UPDATE comments SET commenter_id = NULL WHERE id = (SELECT id FROM comments WHERE comment_type = 'review_comment' LIMIT 1)",
                "NullAuthors",
                "-Repair"
            },
            {
                "ALTER TABLE issues DROP CONSTRAINT issues_author_id_fkey; UPDATE issues SET author_id = gen_random_uuid() WHERE id = (SELECT id FROM issues ORDER BY number LIMIT 1)",
                "OrphanAuthors",
                "-Repair"
            },
            {
                "INSERT INTO contributors (github_id, username) SELECT 987654321, upper(username) FROM contributors c JOIN issues i ON i.author_id = c.id WHERE username <> upper(username) LIMIT 1",
                "DuplicateAuthors",
                "DELETE FROM contributors WHERE github_id = 987654321"
            },
            { "UPDATE contributors SET is_bot = false", "BotFlags", "-Repair" },
            {
                "ALTER TABLE issues DROP CONSTRAINT unique_issue_per_repo; INSERT INTO issues (github_id, number, title, state, repository_id, author_id, created_at, updated_at) SELECT 987654321, number, title, 'open', repository_id, author_id, created_at, updated_at FROM issues ORDER BY number LIMIT 1",
                "IssueCount IssueEmbeddings Duplicates",
                "DELETE FROM issues WHERE github_id = 987654321"
            },
            { "UPDATE discussions SET github_id = number", "NumericIds", "-Repair" },
            {
                "UPDATE pull_requests SET merged_at = NULL WHERE id = (SELECT id FROM pull_requests WHERE state = 'merged' LIMIT 1)",
                "MergedWithoutDate",
                "-Repair"
            },
            {
                "UPDATE pull_requests SET state = 'closed', merged = false WHERE id = (SELECT id FROM pull_requests WHERE state = 'merged' LIMIT 1)",
                "ImpossibleStates",
                "-Repair"
            },
            {
                "UPDATE issues SET created_at = updated_at + interval '1 day' WHERE id = (SELECT id FROM issues ORDER BY number LIMIT 1)",
                "ImpossibleStates",
                "-Repair"
            },
            {
                "UPDATE issues SET updated_at = now() + interval '2 days' WHERE id = (SELECT id FROM issues ORDER BY number LIMIT 1)",
                "FutureDates",
                "-Repair"
            },
            {
                "UPDATE issues SET updated_at = now(), last_synced_at = now() - interval '1 hour' WHERE id = (SELECT id FROM issues ORDER BY number LIMIT 1)",
                "UpdateTimes",
                "-Repair"
            },
            { "UPDATE repositories SET total_pull_requests = 7", "StoredCounters", "-Repair" },
            {
                "INSERT INTO progressive_capture_jobs (job_type, repository_id, status, started_at, metadata) SELECT 'progressive_backfill', id, 'processing', now() - interval '1 hour', '{\"trigger_source\": \"backfill\"}' FROM repositories",
                "StuckJobs",
                "-Repair"
            },
            {
                "INSERT INTO embedding_jobs (repository_id, status, items_total, items_processed) SELECT id, 'completed', 100, 0 FROM repositories",
                "IdleJobs",
                "DELETE FROM embedding_jobs"
            },
            {
                "UPDATE workspaces SET is_active = false; UPDATE issues SET embedding = NULL, embedding_generated_at = NULL",
                "IssueEmbeddings EmbeddingQueue",
                "-Repair"
            },
            {
                "DELETE FROM workspace_tracked_repositories",
                "SyncSchedule",
                "DELETE FROM workspace_repositories; INSERT INTO workspace_repositories (workspace_id, repository_id, added_by) SELECT w.id, r.id, w.owner_id FROM workspaces w, repositories r; UPDATE backfill.workspace_metrics SET sources = sources"
            },
            { "DELETE FROM backfill.workspace_metrics", "MetricsAge", "-Repair" },
            {
                "UPDATE backfill.workspace_metrics SET calculated_at = calculated_at - interval '3 days'",
                "MetricsAge",
                "-Repair"
            },
        };

    [Theory]
    [MemberData(nameof(Breaks))]
    public async Task WhatIsBrokenIsFoundByItsCheckAndByNoOtherAndPassesOnceItIsMended(
        string statement,
        string found,
        string mended
    )
    {
        await using var bench = await complete.CopyAsync(postgres);
        await bench.ExecuteAsync(statement);

        var failed = (await bench.CheckAsync(Hello))
            .Where(check => !check.Passed && check.Status != CheckStatus.Skipped)
            .ToArray();

        Assert.Equal(found.Split(' '), failed.Select(check => check.Check));
        Assert.All(failed, check => Assert.NotEmpty(check.Advice!));
        Assert.All(
            failed,
            check => Assert.Equal(check.Status == CheckStatus.Failed, check.Severity == CheckSeverity.Error)
        );
        if (mended == "-Repair")
        {
            // As the cmdlet does: each stage in the order of the pipeline, by what fails after the one before.
            foreach (var stage in Enum.GetValues<PipelineStage>())
            {
                string[] due =
                [
                    .. (await bench.CheckAsync(Hello))
                        .Where(check => check.Status is CheckStatus.Failed or CheckStatus.Warning)
                        .Where(check => check.Repair == stage)
                        .Select(check => check.Check),
                ];
                if (due.Length > 0)
                {
                    await bench.Engine.RepairCoverageAsync(
                        bench.Settings,
                        new RepairRequest(RepositoryName.Parse(Hello), stage, due),
                        bench.Output,
                        TestContext.Current.CancellationToken
                    );
                }
            }
        }
        else
        {
            await bench.ExecuteAsync(mended);
        }

        Assert.Empty(bench.Output.Errors);
        Assert.DoesNotContain(
            await bench.CheckAsync(Hello),
            check => check.Status is CheckStatus.Failed or CheckStatus.Warning
        );
    }

    [Fact]
    public void EveryCheckIsBrokenOnceAndExplained()
    {
        var broken = Breaks.SelectMany(row => row.Data.Item2.Split(' ')).Concat(BrokenElsewhere);
        Assert.Equal(CheckDefinition.All.Select(check => check.Id).Order(), broken.Distinct().Order());

        var sections = File.ReadLines(Path.Combine(Checkout.Root, "docs/coverage.md"))
            .Where(line => line.StartsWith("### ", StringComparison.Ordinal))
            .Select(line => line[4..]);
        Assert.Equal(CheckDefinition.All.Select(check => check.Id), sections);
    }
}
