namespace Backfill.Integration.Tests.Coverage;

/// <summary>What can be wrong with a complete repository, for each check at least once.</summary>
internal static class CoverageBreaks
{
    // The columns of pg_cron's tables that are read.
    private const string Cron =
        "CREATE SCHEMA cron; CREATE TABLE cron.job (jobid bigint, jobname text, active boolean); CREATE TABLE cron.job_run_details (jobid bigint, status text, return_message text, start_time timestamptz); ";

    /// <summary>A statement that breaks something, every check that then fails or warns in the order of the list, and what mends it: <c>-Repair</c>, or the advice as a statement.</summary>
    public static TheoryData<string, string, string> All =>
        new()
        {
            {
                "DROP TABLE embedding_jobs; ALTER TABLE reviews RENAME commit_id TO commit_sha",
                "SchemaTables",
                "ALTER TABLE reviews RENAME commit_sha TO commit_id"
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
                "PullRequestCount PullRequestStates StoredCounters PullRequestFields",
                "-Repair"
            },
            {
                "DELETE FROM issues WHERE number = (SELECT max(parent_number) FROM backfill.child_count WHERE parent_type = 'issue' AND comments = 0)",
                "IssueCount IssueStates IssueFields",
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
                "ContributorCount DiscussionCommentFields",
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
                "StaleEmbeddings IssueFields",
                "-Repair"
            },
            {
                "UPDATE issues SET body = NULL WHERE id = (SELECT id FROM issues WHERE body <> '' ORDER BY number LIMIT 1)",
                "StaleEmbeddings AlteredTexts IssueFields",
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
                "EmbeddingLength EmbeddingVectors",
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
                "NullAuthors IssueFields",
                "-Repair"
            },
            {
                "UPDATE comments SET commenter_id = NULL WHERE id = (SELECT id FROM comments WHERE comment_type = 'review_comment' LIMIT 1)",
                "NullAuthors CommentFields",
                "-Repair"
            },
            {
                "ALTER TABLE issues DROP CONSTRAINT issues_author_id_fkey; UPDATE issues SET author_id = gen_random_uuid() WHERE id = (SELECT id FROM issues ORDER BY number LIMIT 1)",
                "OrphanAuthors IssueFields",
                "-Repair"
            },
            {
                "INSERT INTO contributors (github_id, username) SELECT 987654321, upper(username) FROM contributors c JOIN issues i ON i.author_id = c.id WHERE username <> upper(username) LIMIT 1",
                "DuplicateAuthors",
                "DELETE FROM contributors WHERE github_id = 987654321"
            },
            { "UPDATE contributors SET is_bot = false", "BotFlags ContributorFields", "-Repair" },
            {
                "ALTER TABLE issues DROP CONSTRAINT unique_issue_per_repo; INSERT INTO issues (github_id, number, title, state, repository_id, author_id, created_at, updated_at) SELECT 987654321, number, title, 'open', repository_id, author_id, created_at, updated_at FROM issues ORDER BY number LIMIT 1",
                "IssueCount IssueStates IssueEmbeddings Duplicates IssueFields",
                "DELETE FROM issues WHERE github_id = 987654321"
            },
            { "UPDATE discussions SET github_id = number", "NumericIds DiscussionFields", "-Repair" },
            {
                "UPDATE pull_requests SET merged_at = NULL WHERE id = (SELECT id FROM pull_requests WHERE state = 'merged' LIMIT 1)",
                "MergedWithoutDate PullRequestFields",
                "-Repair"
            },
            {
                "UPDATE pull_requests SET state = 'closed', merged = false WHERE id = (SELECT id FROM pull_requests WHERE state = 'merged' LIMIT 1)",
                "PullRequestStates ImpossibleStates PullRequestFields",
                "-Repair"
            },
            {
                "UPDATE issues SET created_at = updated_at + interval '1 day' WHERE id = (SELECT id FROM issues ORDER BY number LIMIT 1)",
                "ImpossibleStates IssueFields",
                "-Repair"
            },
            {
                "UPDATE issues SET updated_at = now() + interval '2 days' WHERE id = (SELECT id FROM issues ORDER BY number LIMIT 1)",
                "FutureDates IssueFields",
                "-Repair"
            },
            {
                "UPDATE issues SET updated_at = now(), last_synced_at = now() - interval '1 hour' WHERE id = (SELECT id FROM issues ORDER BY number LIMIT 1)",
                "UpdateTimes IssueFields",
                "-Repair"
            },
            { "UPDATE repositories SET total_pull_requests = 7", "StoredCounters", "-Repair" },
            {
                "INSERT INTO progressive_capture_jobs (job_type, repository_id, status, started_at, metadata) SELECT 'progressive_backfill', id, 'processing', now() - interval '1 hour', '{\"trigger_source\": \"backfill\"}' FROM repositories",
                "DesertedJobs",
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
            {
                "INSERT INTO pull_requests (github_id, number, title, state, head_branch, repository_id, repository_full_name, author_id, created_at, updated_at, closed_at) SELECT 987654321, 99999, title, state, head_branch, repository_id, repository_full_name, author_id, created_at, updated_at, closed_at FROM pull_requests WHERE state = 'closed' LIMIT 1",
                "PullRequestCount PullRequestStates PullRequestEmbeddings StoredCounters PullRequestFields",
                "-Repair"
            },
            {
                "INSERT INTO issues (github_id, number, title, state, repository_id, author_id, created_at, updated_at) SELECT 987654321, 99999, title, 'open', repository_id, author_id, created_at, updated_at FROM issues LIMIT 1",
                "IssueCount IssueStates IssueEmbeddings IssueFields",
                "-Repair"
            },
            {
                "INSERT INTO discussions (id, github_id, number, title, repository_id, author_id, author_login, created_at, updated_at, url) SELECT 'D_other', 987654321, 99999, title, repository_id, author_id, author_login, created_at, updated_at, url FROM discussions LIMIT 1",
                "DiscussionCount DiscussionEmbeddings DiscussionFields",
                "-Repair"
            },
            {
                "INSERT INTO backfill.sync_run (id, repository_id, repository, engine, state, owner, started_at, heartbeat_at) SELECT gen_random_uuid(), id, full_name, 'Local', 'Running', 'x', now(), now() - interval '1 hour' FROM repositories",
                "LastSync",
                "-Repair"
            },
            {
                "UPDATE pull_requests SET author_id = NULL WHERE id = (SELECT id FROM pull_requests ORDER BY number LIMIT 1)",
                "NullAuthors PullRequestFields",
                "-Repair"
            },
            {
                "UPDATE comments SET commenter_id = NULL WHERE id = (SELECT id FROM comments WHERE comment_type = 'issue_comment' LIMIT 1)",
                "NullAuthors CommentFields",
                "-Repair"
            },
            {
                "ALTER TABLE pull_requests DROP CONSTRAINT pull_requests_contributor_id_fkey; UPDATE pull_requests SET author_id = gen_random_uuid() WHERE id = (SELECT id FROM pull_requests ORDER BY number LIMIT 1)",
                "OrphanAuthors PullRequestFields",
                "-Repair"
            },
            {
                "ALTER TABLE reviews DROP CONSTRAINT reviews_author_id_fkey; UPDATE reviews SET author_id = gen_random_uuid() WHERE id = (SELECT id FROM reviews LIMIT 1)",
                "OrphanAuthors ReviewFields",
                "-Repair"
            },
            {
                "ALTER TABLE comments DROP CONSTRAINT fk_comments_commenter; UPDATE comments SET commenter_id = gen_random_uuid() WHERE id = (SELECT id FROM comments LIMIT 1)",
                "OrphanAuthors CommentFields",
                "-Repair"
            },
            {
                "UPDATE pull_requests SET github_id = number WHERE id = (SELECT id FROM pull_requests ORDER BY number LIMIT 1)",
                "NumericIds PullRequestFields",
                "-Repair"
            },
            {
                "UPDATE issues SET github_id = -github_id WHERE id = (SELECT id FROM issues ORDER BY number LIMIT 1)",
                "NumericIds IssueFields",
                "-Repair"
            },
            {
                "UPDATE pull_requests SET merged = false WHERE id = (SELECT id FROM pull_requests WHERE state = 'merged' LIMIT 1)",
                "MergedWithoutDate PullRequestFields",
                "-Repair"
            },
            {
                "UPDATE pull_requests SET closed_at = NULL WHERE id = (SELECT id FROM pull_requests WHERE state = 'closed' LIMIT 1)",
                "ImpossibleStates PullRequestFields",
                "-Repair"
            },
            {
                "UPDATE issues SET closed_at = NULL WHERE id = (SELECT id FROM issues WHERE state = 'closed' LIMIT 1)",
                "ImpossibleStates IssueFields",
                "-Repair"
            },
            {
                "UPDATE discussions SET updated_at = now() + interval '2 days'",
                "FutureDates DiscussionFields",
                "-Repair"
            },
            {
                "UPDATE pull_requests SET updated_at = now() + interval '2 days' WHERE id = (SELECT id FROM pull_requests ORDER BY number LIMIT 1)",
                "FutureDates PullRequestFields",
                "-Repair"
            },
            {
                "UPDATE pull_requests SET updated_at = now(), last_synced_at = now() - interval '1 hour' WHERE id = (SELECT id FROM pull_requests ORDER BY number LIMIT 1)",
                "UpdateTimes PullRequestFields",
                "-Repair"
            },
            {
                "UPDATE pull_requests SET title = title || '!' WHERE id = (SELECT id FROM pull_requests ORDER BY number LIMIT 1)",
                "StaleEmbeddings AlteredTexts PullRequestFields",
                "-Repair"
            },
            {
                "UPDATE discussions SET body = 'changed here'",
                "StaleEmbeddings AlteredTexts DiscussionFields",
                "-Repair"
            },
            { "UPDATE repositories SET pull_request_count = 7", "StoredCounters", "-Repair" },
            {
                "UPDATE pull_requests SET embedding = embedding[1:100] WHERE id = (SELECT id FROM pull_requests ORDER BY number LIMIT 1)",
                "EmbeddingLength EmbeddingVectors",
                "-Repair"
            },
            {
                "INSERT INTO sync_logs (sync_type, repository_id, status, started_at, metadata) SELECT 'repository_sync', id, 'started', now() - interval '2 days', '{\"trigger_source\": \"backfill\"}' FROM repositories",
                "DesertedJobs",
                "-Repair"
            },
            {
                "INSERT INTO embedding_jobs (repository_id, status, items_total, error_message, started_at, updated_at) SELECT id, 'processing', 100, 'Backfill at work: x', now() - interval '2 hours', now() - interval '2 hours' FROM repositories",
                "DesertedEmbeddings",
                "-Repair"
            },
            {
                "INSERT INTO embedding_jobs (status, items_total, error_message, started_at, updated_at) VALUES ('processing', 100, 'Backfill at work: x', now() - interval '2 hours', now() - interval '2 hours')",
                "DesertedEmbeddings",
                "-Repair"
            },
            {
                "INSERT INTO progressive_capture_jobs (job_type, repository_id, status, started_at) SELECT 'recent-prs', id, 'processing', now() - interval '1 hour' FROM repositories",
                "StuckJobs",
                "UPDATE progressive_capture_jobs SET status = 'failed', completed_at = now() WHERE status = 'processing'; INSERT INTO progressive_capture_jobs (job_type, repository_id, status) SELECT 'recent-prs', id, 'completed' FROM repositories"
            },
            {
                "INSERT INTO progressive_capture_jobs (job_type, repository_id, status, created_at) SELECT 'recent-prs', id, 'pending', now() - interval '2 hours' FROM repositories",
                "StuckJobs",
                "DELETE FROM progressive_capture_jobs WHERE status = 'pending'"
            },
            {
                "INSERT INTO sync_logs (sync_type, repository_id, status, started_at) SELECT 'full_sync', id, 'started', now() - interval '2 days' FROM repositories",
                "StuckJobs",
                "UPDATE sync_logs SET status = 'cancelled', completed_at = now() WHERE status = 'started'"
            },
            {
                "INSERT INTO embedding_jobs (status, items_total, started_at) VALUES ('processing', 100, now() - interval '13 hours')",
                "StuckJobs",
                "DELETE FROM embedding_jobs WHERE status = 'processing'"
            },
            {
                "INSERT INTO embedding_jobs (status, items_total) VALUES ('completed', 100)",
                "IdleJobs",
                "DELETE FROM embedding_jobs WHERE repository_id IS NULL"
            },
            {
                "INSERT INTO embedding_jobs (repository_id, status, items_total, error_message) SELECT id, 'failed', 100, 'expected 384 dimensions, not 1536' FROM repositories, generate_series(1, 21)",
                "FailedJobs",
                "INSERT INTO embedding_jobs (repository_id, status, items_total, items_processed) SELECT id, 'completed', 100, 100 FROM repositories"
            },
            {
                "INSERT INTO embedding_jobs (status, items_total) VALUES ('failed', 100)",
                "FailedJobs",
                "DELETE FROM embedding_jobs WHERE status = 'failed'"
            },
            {
                "INSERT INTO progressive_capture_jobs (job_type, repository_id, status) SELECT 'recent-prs', id, 'failed' FROM repositories",
                "FailedJobs",
                "INSERT INTO progressive_capture_jobs (job_type, repository_id, status) SELECT 'recent-prs', id, 'completed' FROM repositories"
            },
            {
                "INSERT INTO sync_logs (sync_type, repository_id, status) SELECT 'full_sync', id, 'failed' FROM repositories",
                "FailedJobs",
                "DELETE FROM sync_logs WHERE status = 'failed'"
            },
            { "UPDATE repositories SET sync_status = 'failed'", "SyncStatus", "-Repair" },
            {
                "ALTER TABLE repositories DISABLE TRIGGER update_repositories_updated_at; UPDATE repositories SET sync_status = 'syncing', last_updated_at = now() - interval '2 hours'; ALTER TABLE repositories ENABLE TRIGGER update_repositories_updated_at",
                "SyncStatus",
                "-Repair"
            },
            {
                "UPDATE tracked_repositories SET tracking_enabled = false",
                "Tracking",
                "UPDATE tracked_repositories SET tracking_enabled = true"
            },
            {
                "DELETE FROM tracked_repositories",
                "Tracking SyncSchedule",
                "INSERT INTO tracked_repositories (repository_id) SELECT id FROM repositories; INSERT INTO workspace_tracked_repositories (workspace_id, tracked_repository_id, added_by) SELECT w.id, t.id, w.owner_id FROM workspaces w, tracked_repositories t"
            },
            {
                "UPDATE workspace_tracked_repositories SET is_active = false",
                "ScheduledSyncs",
                "UPDATE workspace_tracked_repositories SET is_active = true"
            },
            {
                "UPDATE workspace_tracked_repositories SET last_sync_status = 'failed', last_sync_error = 'no token', last_sync_at = now() - interval '30 days'",
                "ScheduledSyncs",
                "UPDATE workspace_tracked_repositories SET last_sync_status = 'success'"
            },
            {
                "UPDATE workspace_tracked_repositories SET next_sync_at = now() - interval '30 days'",
                "ScheduledSyncs",
                "UPDATE workspace_tracked_repositories SET next_sync_at = now() + interval '1 day'"
            },
            {
                Cron + "INSERT INTO cron.job VALUES (1, 'nightly', false)",
                "CronJobs",
                "UPDATE cron.job SET active = true"
            },
            {
                Cron
                    + "INSERT INTO cron.job VALUES (1, 'nightly', true), (2, NULL, true); INSERT INTO cron.job_run_details SELECT 1, 'failed', 'out of memory', now() - make_interval(days => d) FROM generate_series(1, 29) d",
                "CronJobs",
                "INSERT INTO cron.job_run_details VALUES (1, 'succeeded', '1 row', now())"
            },
            {
                "UPDATE repositories SET description = 'altered', stargazers_count = stargazers_count + 1",
                "RepositoryFields",
                "-Repair"
            },
            {
                "UPDATE pull_requests SET additions = 0, deletions = 0, updated_at = now(), last_synced_at = now()",
                "PullRequestFields",
                "-Repair"
            },
            { "UPDATE issues SET labels = '[]', assignees = '[]'", "IssueFields", "-Repair" },
            { "UPDATE discussions SET is_answered = NOT is_answered", "DiscussionFields", "-Repair" },
            { "UPDATE reviews SET state = 'COMMENTED', body = 'overwritten'", "ReviewFields", "-Repair" },
            { "UPDATE comments SET body = left(body, 5)", "CommentFields", "-Repair" },
            { "UPDATE discussion_comments SET body = left(body, 5)", "DiscussionCommentFields", "-Repair" },
            { "UPDATE contributors SET display_name = 'swapped', followers = 1", "ContributorFields", "-Repair" },
            {
                "UPDATE issues SET embedding = array_fill(0::real, ARRAY[cardinality(embedding)]) WHERE id = (SELECT id FROM issues ORDER BY number LIMIT 1)",
                "EmbeddingVectors",
                "-Repair"
            },
            {
                "UPDATE backfill.embedding_state SET vector_digest = NULL WHERE item_type = 'issue'; UPDATE issues SET embedding[1] = 'NaN' WHERE id = (SELECT id FROM issues ORDER BY number LIMIT 1)",
                "EmbeddingVectors",
                "-Repair"
            },
            {
                "UPDATE backfill.embedding_state SET vector_digest = NULL WHERE item_type = 'pull_request'; UPDATE pull_requests SET embedding = (SELECT embedding FROM pull_requests ORDER BY number LIMIT 1)",
                "EmbeddingVectors",
                "-Repair"
            },
            {
                "DELETE FROM comments WHERE comment_type = 'review_comment' AND in_reply_to_id IS NULL AND NOT EXISTS (SELECT FROM comments r WHERE r.in_reply_to_id = comments.id) AND id = (SELECT id FROM comments o WHERE o.comment_type = 'review_comment' AND NOT EXISTS (SELECT FROM comments r WHERE r.in_reply_to_id = o.id) ORDER BY github_id LIMIT 1)",
                "ReviewCommentCount",
                "-Repair"
            },
            {
                "DELETE FROM discussion_comments WHERE id = (SELECT max(id) FROM discussion_comments WHERE parent_comment_id IS NOT NULL)",
                "ReplyCount",
                "-Repair"
            },
            {
                "UPDATE contributors SET github_id = github_id + 900000000 WHERE id = (SELECT author_id FROM issues LIMIT 1)",
                "ContributorFields ContributorIdentity",
                "-Repair"
            },
            {
                "UPDATE repositories SET github_id = 987654321",
                "RepositoryIdentity RepositoryFields",
                "UPDATE repositories SET github_id = 1296269"
            },
            { "DELETE FROM backfill.row_proof WHERE entity = 'i'", "IssueFields", "-Repair" },
        };
}
