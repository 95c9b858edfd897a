using Backfill.Integration.Tests.Support;
using Backfill.Simulation;

namespace Backfill.Integration.Tests.Sync;

/// <summary>
/// What a page costs the database grows with the page and not with the tables: its look-ups stay in an index, also while the
/// tables have no statistics, as they have none right after a load.
/// </summary>
public sealed class LookUpTests(TestPostgres postgres)
{
    private const int Others = 20_000;

    // Rows of another repository, and the people who are their authors.
    private static readonly string Fill = $"""
        ALTER TABLE pull_requests SET (autovacuum_enabled = off);
        ALTER TABLE issues SET (autovacuum_enabled = off);
        ALTER TABLE reviews SET (autovacuum_enabled = off);
        ALTER TABLE comments SET (autovacuum_enabled = off);
        ALTER TABLE discussions SET (autovacuum_enabled = off);
        ALTER TABLE discussion_comments SET (autovacuum_enabled = off);
        ALTER TABLE contributors SET (autovacuum_enabled = off);
        INSERT INTO repositories (github_id, full_name, owner, name) VALUES (77, 'octo/other', 'octo', 'other');
        INSERT INTO contributors (github_id, username) SELECT 900000000 + i, 'other' || i FROM generate_series(1, {Others}) i;
        CREATE TEMP TABLE x AS
        SELECT i, r.id AS repository_id, c.id AS author_id, timestamptz '2024-01-01Z' + i * interval '1 minute' AS at
          FROM generate_series(1, {Others}) i
          JOIN repositories r ON r.github_id = 77
          JOIN contributors c ON c.github_id = 900000000 + i;
        INSERT INTO pull_requests (github_id, number, title, state, repository_id, author_id, head_branch,
               repository_full_name, merged, created_at, updated_at)
        SELECT 900000000 + i, i, 'Other', 'open', repository_id, author_id, 'b', 'octo/other', false, at, at FROM x;
        INSERT INTO issues (github_id, number, title, state, repository_id, author_id, created_at, updated_at)
        SELECT 910000000 + i, {Others} + i, 'Other', 'open', repository_id, author_id, at, at FROM x;
        INSERT INTO reviews (github_id, pull_request_id, repository_id, author_id, state, submitted_at)
        SELECT 900000000 + x.i, p.id, x.repository_id, x.author_id, 'APPROVED', x.at
          FROM x JOIN pull_requests p ON p.github_id = 900000000 + x.i;
        INSERT INTO comments (github_id, repository_id, issue_id, commenter_id, body, created_at, updated_at, comment_type)
        SELECT 900000000 + x.i, x.repository_id, i.id, x.author_id, 'Other', x.at, x.at, 'issue_comment'
          FROM x JOIN issues i ON i.github_id = 910000000 + x.i;
        INSERT INTO discussions (id, github_id, repository_id, number, title, author_login, created_at, updated_at, url)
        SELECT 'D_other' || i, 900000000 + i, repository_id, 2 * {Others} + i, 'Other', 'other' || i, at, at, 'https://github.com/octo/other'
          FROM x;
        INSERT INTO discussion_comments (id, github_id, discussion_id, discussion_number, body, created_at, updated_at)
        SELECT 'DC_other' || i, 900000000 + i, 'D_other' || i, 2 * {Others} + i, 'Other', at, at FROM x;
        """;

    private static readonly string[] Lanes = ["PullRequests", "Issues", "Discussions"];

    [Fact]
    public async Task Writing_a_page_reads_no_table_in_whole()
    {
        await using var bench = await Bench.SetUpAsync(
            postgres,
            new SimulatorOptions { PullRequests = 800, Issues = 800 }
        );
        await bench.ExecuteAsync(Fill);
        await bench.ExecuteAsync("SELECT pg_stat_reset()");

        Assert.Equal(RunState.Completed, (await bench.SyncAsync("octo/hello")).State);

        await SessionsEndAsync(bench);
        var pages = bench.GitHub.Requests.Count(request => Lanes.Contains(request.Operation));
        Assert.InRange(pages, 16, 60);
        // Statements of the whole run, of which there are a few, may read a table from its beginning to its end.
        Assert.Equal(
            "",
            await bench.TextAsync(
                $"""
                SELECT coalesce(string_agg(relname || ' ' || seq_tup_read / {Others}, ', '), '')
                  FROM pg_stat_user_tables
                 WHERE schemaname = 'public' AND seq_tup_read / {Others} > {pages / 2}
                """
            )
        );
    }

    // As many of another repository as make its kind the only one that the statistics know. Analysed before the sync and not
    // again: that is what the planner goes by while the first pages come in.
    private static string Foreign(string kind) =>
        $"""
            ALTER TABLE comments SET (autovacuum_enabled = off);
            ALTER TABLE issues SET (autovacuum_enabled = off);
            ALTER TABLE pull_requests SET (autovacuum_enabled = off);
            CREATE INDEX app_comments_type ON comments (comment_type);
            CREATE INDEX app_comments_type_created ON comments (comment_type, created_at DESC);
            CREATE INDEX app_comments_repository_type ON comments (repository_id, comment_type);
            CREATE INDEX app_pull_requests_state ON pull_requests (state);
            INSERT INTO repositories (github_id, full_name, owner, name) VALUES (77, 'octo/other', 'octo', 'other');
            INSERT INTO pull_requests (github_id, number, title, state, repository_id, head_branch, repository_full_name, merged, created_at, updated_at)
            SELECT 900000000, 1, 'Other', 'open', id, 'b', 'octo/other', false, now(), now() FROM repositories WHERE github_id = 77;
            INSERT INTO comments (github_id, repository_id, pull_request_id, body, created_at, updated_at, comment_type)
            SELECT 900000000000 + i, p.repository_id, p.id, 'Other', now(), now(), '{kind}'
              FROM pull_requests p CROSS JOIN generate_series(1, {ForeignComments}) i;
            ANALYZE;
            """;

    private const int ForeignComments = 100_000;

    [Theory]
    [InlineData("issue_comment")]
    [InlineData("review_comment")]
    public async Task No_index_of_the_app_makes_a_look_up_read_more_than_its_row(string kind)
    {
        await using var bench = await AppSchema.BenchAsync(postgres, new SimulatorOptions { PullRequests = 300 });
        await bench.InitializeAsync();
        await bench.ExecuteAsync(Foreign(kind));
        await bench.ExecuteAsync("SELECT pg_stat_reset()");

        Assert.Equal(RunState.Completed, (await bench.SyncAsync("octo/hello")).State);

        await SessionsEndAsync(bench);
        var comments = await bench.CountAsync(
            "SELECT count(*) FROM comments c JOIN repositories r ON r.id = c.repository_id WHERE r.full_name = 'octo/hello'"
        );
        Assert.True(comments > 1_500, $"{comments} comments");
        // A few statements of the whole run read all comments of the repository, or of the other one; a look-up for each
        // comment that read an index of few values would read millions.
        Assert.Equal(
            "",
            await bench.TextAsync(
                $"""
                SELECT coalesce(string_agg(indexrelname || ' ' || idx_tup_read, ', '), '')
                  FROM pg_stat_user_indexes
                 WHERE schemaname = 'public' AND idx_tup_read > {2 * ForeignComments + 20 * comments}
                """
            )
        );
    }

    // A session's counters can be seen when it has ended.
    private static async Task SessionsEndAsync(Bench bench)
    {
        await bench.RestAsync();
        while (
            await bench.CountAsync(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            ) > 0
        )
        {
            await Task.Yield();
        }
    }
}
