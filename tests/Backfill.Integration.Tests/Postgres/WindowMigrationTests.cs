using Backfill.Integration.Tests.Support;
using Backfill.Simulation;

namespace Backfill.Integration.Tests.Postgres;

/// <summary>The migration that gives each kind of window a table keeps what an earlier version had stored.</summary>
public sealed class WindowMigrationTests(TestPostgres postgres)
{
    // The table as versions before 0008-windows.sql had it, with a row of each kind.
    private const string Before = """
        DROP TABLE backfill.sync_list, backfill.sync_contributors, backfill.sync_audit;
        ALTER TABLE backfill.sync_window ADD COLUMN etag text, ADD COLUMN plan text;
        DELETE FROM backfill.migration WHERE scriptname LIKE '%0008-windows.sql';
        INSERT INTO backfill.sync_window
          (repository_id, lane, newest_cursor, newest_at, oldest_at, reached_beginning, page_size, etag, plan)
        SELECT 'b0000000-0000-4000-8000-000000000001', lane, newest_cursor, newest_at::timestamptz, oldest_at::timestamptz,
               reached_beginning, page_size, etag, plan
          FROM (VALUES
            ('pull_requests', 'c9', '2026-01-09Z', '2026-01-02Z', true, 50, NULL, NULL),
            ('review_comments', NULL, '2026-01-08Z', '2026-01-03Z', false, NULL, 'W/1', 'listed'),
            ('issue_comments', NULL, NULL, NULL, false, NULL, NULL, 'nested'),
            ('contributors', NULL, '2026-01-07Z', NULL, true, NULL, 'W/2', NULL),
            ('audit_issues', 'c5', '2026-01-06Z', NULL, true, NULL,
             'GitHub counts 1200, stored are 1203: some were deleted or transferred there', NULL),
            ('audit_discussions', 'c4', '2026-01-05Z', NULL, false, NULL, NULL, NULL)
          ) AS v(lane, newest_cursor, newest_at, oldest_at, reached_beginning, page_size, etag, plan)
        """;

    [Fact]
    public async Task Every_kind_of_window_goes_to_its_own_table()
    {
        await using var bench = await Bench.SetUpAsync(postgres, new SimulatorOptions());
        await bench.ExecuteAsync(Before);

        await bench.InitializeAsync();

        Assert.Equal(
            "pull_requests c9 50 t",
            await bench.TextAsync(
                "SELECT string_agg(concat_ws(' ', lane, newest_cursor, page_size, reached_beginning), ';') FROM backfill.sync_window"
            )
        );
        Assert.Equal(
            "issue_comments nested;review_comments 2026-01-03 2026-01-08 W/1 listed",
            await bench.TextAsync(
                "SELECT string_agg(concat_ws(' ', list, (listed_from AT TIME ZONE 'UTC')::date, (listed_until AT TIME ZONE 'UTC')::date, etag, plan), ';' ORDER BY list) FROM backfill.sync_list"
            )
        );
        Assert.Equal(
            "2026-01-07 W/2",
            await bench.TextAsync(
                "SELECT concat_ws(' ', (pushed_at AT TIME ZONE 'UTC')::date, etag) FROM backfill.sync_contributors"
            )
        );
        Assert.Equal(
            "discussions c4 f;issues c5 t 1200 1203",
            await bench.TextAsync(
                "SELECT string_agg(concat_ws(' ', lane, cursor, is_complete, unexplained_total, unexplained_stored), ';' ORDER BY lane) FROM backfill.sync_audit"
            )
        );
    }
}
