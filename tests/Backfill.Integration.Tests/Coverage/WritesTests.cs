using System.Text.RegularExpressions;
using Backfill.Core.Postgres;
using Backfill.Integration.Tests.Support;
using Backfill.Simulation;

namespace Backfill.Integration.Tests.Coverage;

/// <summary>The check Writes tries an insert into every table that the tool inserts into, and leaves nothing behind.</summary>
public sealed partial class WritesTests(TestPostgres postgres, CompleteRepository complete)
    : IClassFixture<CompleteRepository>
{
    private const string Refuse =
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'refused for %', TG_TABLE_NAME; END $$;";

    // A database of the app, with the metrics tables that it has dropped.
    public static TheoryData<string> Tables =>
        [
            "repositories",
            "tracked_repositories",
            "contributors",
            "pull_requests",
            "issues",
            "reviews",
            "comments",
            "discussions",
            "discussion_comments",
            "workspace_repositories",
            "progressive_capture_jobs",
            "sync_logs",
            "embedding_jobs",
            "similarity_cache",
            "workspace_metrics_cache",
            "workspace_metrics_history",
        ];

    [Theory]
    [MemberData(nameof(Tables))]
    public async Task A_trigger_that_refuses_every_insert_is_found_and_named(string table)
    {
        await using var bench = await complete.CopyAsync(postgres);
        await bench.ExecuteAsync(AppSchema.LegacyMetrics());
        await bench.ExecuteAsync(
            $"{Refuse} CREATE TRIGGER refuse AFTER INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION refuse()"
        );

        var check = await CheckAsync(bench);

        Assert.Equal(CheckStatus.Failed, check.Status);
        Assert.Contains($"insert into {table}: refused for {table}", check.Actual);
        Assert.Null(check.Repair);
    }

    [Fact]
    public async Task A_trigger_on_the_tools_own_workspaces_is_found()
    {
        await using var bench = await Bench.SetUpAsync(postgres, new SimulatorOptions { PullRequests = 12 });
        Assert.Equal(CheckStatus.Passed, (await CheckAsync(bench)).Status);
        await bench.ExecuteAsync(
            $"{Refuse} CREATE TRIGGER refuse BEFORE INSERT ON workspaces FOR EACH ROW EXECUTE FUNCTION refuse()"
        );

        Assert.Contains("insert into workspaces: refused for workspaces", (await CheckAsync(bench)).Actual);
    }

    [Fact]
    public async Task A_trigger_that_only_fires_at_commit_is_found()
    {
        await using var bench = await complete.CopyAsync(postgres);
        await bench.ExecuteAsync(
            $"{Refuse} CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON workspace_repositories DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse()"
        );

        Assert.Contains("insert into workspace_repositories: refused", (await CheckAsync(bench)).Actual);
    }

    [Fact]
    public async Task A_table_whose_parent_takes_no_row_is_named_as_not_tried()
    {
        await using var bench = await complete.CopyAsync(postgres);
        await bench.ExecuteAsync(
            $"{Refuse} CREATE TRIGGER refuse BEFORE INSERT ON pull_requests FOR EACH ROW EXECUTE FUNCTION refuse()"
        );

        var check = await CheckAsync(bench);

        Assert.Contains("not tried: reviews (needs a row of pull_requests)", check.Actual);
        Assert.DoesNotContain("insert into reviews", check.Actual);
    }

    [Fact]
    public async Task A_workspace_that_is_full_is_no_failure()
    {
        await using var bench = await complete.CopyAsync(postgres);
        await bench.ExecuteAsync("UPDATE workspaces SET max_repositories = current_repository_count");

        var check = await CheckAsync(bench);

        Assert.Equal(CheckStatus.Passed, check.Status);
        Assert.Contains("not tried: workspace_repositories (there is no workspace that", check.Actual);
    }

    [Fact]
    public async Task Nothing_stays_after_the_check()
    {
        await using var bench = await complete.CopyAsync(postgres);
        await bench.ExecuteAsync(AppSchema.LegacyMetrics());
        const string state = """
            SELECT (SELECT string_agg(t.oid::regclass || ' ' || query_to_xml('SELECT count(*), max(xmin::text::bigint) FROM ' || t.oid::regclass, false, true, '')::text, E'\n' ORDER BY t.oid)
                      FROM pg_class t
                     WHERE t.relkind = 'r' AND t.relnamespace IN ('public'::regnamespace, 'backfill'::regnamespace))
                   || coalesce((SELECT string_agg(sequencename || ' ' || coalesce(last_value, 0), E'\n' ORDER BY sequencename) FROM pg_sequences), '')
            """;
        var before = await bench.TextAsync(state);

        Assert.Equal(CheckStatus.Passed, (await CheckAsync(bench)).Status);

        Assert.Equal(before, await bench.TextAsync(state));
    }

    [Fact]
    public void Every_table_that_a_statement_inserts_into_is_tried() =>
        Assert.Equal(
            SqlText
                .Texts()
                .SelectMany(text => Insert().Matches(text))
                .Select(match => match.Groups["table"].Value)
                .Distinct()
                .Order(),
            Tables.Select(row => row.Data).Append("workspaces").Order()
        );

    private static async Task<CoverageCheck> CheckAsync(Bench bench) =>
        Assert.Single(
            await bench.Engine.CheckCoverageAsync(
                bench.Settings,
                new CoverageRequest(null, 100, SkipGitHub: true, null, Plan: false) { Checks = ["Writes"] },
                bench.Output,
                TestContext.Current.CancellationToken
            )
        );

    [GeneratedRegex(@"\bINSERT INTO (?<table>\w+)(?![\w.])", RegexOptions.ExplicitCapture)]
    private static partial Regex Insert();
}
