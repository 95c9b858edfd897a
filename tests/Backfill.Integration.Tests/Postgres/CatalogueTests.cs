using Backfill.Core.Postgres;
using Backfill.Integration.Tests.Support;
using Backfill.Simulation;
using Npgsql;

namespace Backfill.Integration.Tests.Postgres;

/// <summary>The look at the live catalogue, and what follows from it.</summary>
public sealed class CatalogueTests(TestPostgres postgres)
{
    private const string Hello = "octo/hello";
    private static readonly SimulatorOptions Small = new() { PullRequests = 12 };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task One_query_reads_tables_keys_triggers_rights_and_row_security()
    {
        await using var bench = await AppSchema.BenchAsync(postgres, Small);
        await bench.InitializeAsync();
        var login = await AppSchema.RestrictedLoginAsync(bench, "LOGIN");

        var catalogue = await LookAsync(bench, login);

        Assert.Equal(
            (login, "public", false),
            (catalogue.Server.Role, catalogue.Server.Schema, catalogue.Server.MayCreateSchema)
        );
        Assert.Equal("real[]", catalogue.Column("issues", "embedding")?.Type);
        Assert.True(catalogue.HasKey("comments", "github_id"));
        Assert.True(catalogue.HasKey("pull_requests", "repository_id", "number"));
        Assert.False(catalogue.Column("pull_requests", "_dlt_id")!.Demanded);
        Assert.True(catalogue.Column("pull_requests", "head_branch")!.Demanded);
        Assert.Equal(["SELECT", "INSERT", "UPDATE"], catalogue.Table("reviews")!.Rights);
        Assert.True(catalogue.Table("reviews")!.RowsHidden);
        Assert.False(catalogue.Table("workspace_tracked_repositories")!.RowsHidden);
        Assert.Contains(
            catalogue.Triggers,
            trigger => trigger is { Table: "pull_requests", When: "AFTER INSERT", Function: "count_pull_requests" }
        );
    }

    [Fact]
    public async Task A_column_that_the_database_lacks_is_never_named()
    {
        await using var bench = await AppSchema.BenchAsync(postgres, Small);
        // Without everything that stands behind a mark in some statement.
        var whole = await LookAsync(bench, "postgres");
        var optional = SqlText.Conditions().Distinct().Where(name => char.IsLetter(name[0]) && !name.Contains('('));
        foreach (var name in optional.Where(name => SqlText.Exists(whole, name)).OrderDescending())
        {
            var parts = name.Split('.');
            if (parts is ["pull_requests" or "workspaces", "draft" or "owner_id"])
            {
                continue;
            }

            await bench.ExecuteAsync(
                parts.Length == 2
                    ? $"ALTER TABLE {parts[0]} DROP COLUMN {parts[1]} CASCADE"
                    : $"DROP {(whole.Table(name)?.Kind == 'v' ? "VIEW" : "TABLE")} IF EXISTS {parts[0]} CASCADE"
            );
        }

        await bench.ExecuteAsync(
            "DROP TABLE progressive_capture_jobs, sync_logs, embedding_jobs; DROP TRIGGER trigger_update_tracked_repository_id ON tracked_repositories; DROP TRIGGER trg_sync_workspace_tracked_repos ON workspace_repositories; DROP TRIGGER maintain_repository_count ON workspace_repositories; DROP TRIGGER update_repositories_updated_at ON repositories; DROP TRIGGER update_repository_pr_count_on_insert ON pull_requests; DROP TRIGGER update_repository_pr_count_on_update ON pull_requests"
        );
        await bench.InitializeAsync();
        await bench.RegisterAsync(Hello, "The team");

        var run = await bench.SyncAsync(Hello);
        Assert.True(run.State == RunState.Completed, $"{run.Error} {string.Join("; ", run.Gaps)}");
        Assert.Equal(RunState.Completed, (await bench.EmbedAsync(Hello)).State);
        await bench.MeasureAsync(Hello);
        Assert.DoesNotContain(await bench.CheckAsync(Hello), check => check.Status == CheckStatus.Failed);
    }

    [Fact]
    public async Task A_required_column_is_filled_or_refused_by_name()
    {
        await using var bench = await AppSchema.BenchAsync(postgres, Small);
        await bench.ExecuteAsync(
            "ALTER TABLE pull_requests ALTER _dlt_id DROP DEFAULT, ALTER _dlt_load_id DROP DEFAULT"
        );
        await bench.InitializeAsync();
        Assert.Equal(RunState.Completed, (await bench.SyncAsync(Hello)).State);
        Assert.Equal(
            12,
            await bench.CountAsync("SELECT count(*) FROM pull_requests WHERE _dlt_id = 'backfill:' || github_id")
        );

        await bench.ExecuteAsync(
            "ALTER TABLE reviews ADD COLUMN team text NOT NULL DEFAULT 'a'; ALTER TABLE reviews ALTER team DROP DEFAULT"
        );
        var refused = await Assert.ThrowsAsync<BackfillException>(bench.InitializeAsync);
        Assert.Equal(ErrorIds.SchemaUnsuitable, refused.ErrorId);
        Assert.Contains("demand values that the tool has none for: reviews.team.", refused.Message);
    }

    [Theory]
    [InlineData("ALTER TABLE issues DROP CONSTRAINT issues_github_id_key", "lack a unique key: issues(github_id)")]
    [InlineData(
        "ALTER TABLE reviews ALTER github_id TYPE integer",
        "have another type: reviews.github_id is integer, not bigint"
    )]
    public async Task Tables_that_cannot_hold_what_is_stored_are_refused(string statement, string reason)
    {
        await using var bench = await AppSchema.BenchAsync(postgres, Small);
        await bench.ExecuteAsync(statement);

        var refused = await Assert.ThrowsAsync<BackfillException>(bench.InitializeAsync);

        Assert.Equal(ErrorIds.SchemaUnsuitable, refused.ErrorId);
        Assert.Contains(reason, refused.Message);
    }

    [Fact]
    public async Task Row_security_is_an_error_in_every_stage_and_never_zero_rows()
    {
        await using var bench = await AppSchema.BenchAsync(postgres, Small);
        await bench.InitializeAsync();
        await bench.RegisterAsync(Hello, "The team");
        await bench.SyncAsync(Hello);
        bench.LogIn(await AppSchema.RestrictedLoginAsync(bench, "LOGIN"));

        Func<Task>[] stages =
        [
            () => bench.RegisterAsync(Hello, null),
            () => bench.StartAsync(Hello),
            () => bench.EmbedAsync(Hello),
            () => bench.MeasureAsync(Hello),
            () => bench.CheckAsync(Hello, request => request with { Checks = ["Counts"] }),
        ];
        foreach (var stage in stages)
        {
            var refused = await Assert.ThrowsAsync<BackfillException>(stage);
            Assert.Equal(ErrorIds.DatabaseAccessDenied, refused.ErrorId);
            Assert.Contains("Row-level security hides rows", refused.Message);
            Assert.Contains("pull_requests", refused.Message);
            Assert.Contains("BYPASSRLS", refused.Action);
        }
    }

    [Theory]
    [InlineData("UPDATE ON issues", "UPDATE on issues")]
    [InlineData("INSERT ON sync_logs", "INSERT on sync_logs")]
    [InlineData("DELETE ON backfill.lease", "DELETE on backfill.lease")]
    [InlineData(
        "USAGE ON SCHEMA auth",
        "USAGE on schema auth (for the trigger enforce_respond_columns_trigger of issues)"
    )]
    [InlineData("USAGE ON SCHEMA backfill", "USAGE on schema backfill")]
    public async Task A_missing_right_is_named_before_anything_is_written_and_found_once_it_is_granted(
        string right,
        string named
    )
    {
        await using var bench = await AppSchema.BenchAsync(postgres, Small);
        await bench.InitializeAsync();
        var login = await AppSchema.RestrictedLoginAsync(bench);
        bench.LogIn(login);
        await bench.RegisterAsync(Hello, null);
        await bench.ExecuteAsync($"REVOKE {right} FROM {login}");
        var process = new Core.BackfillEngine();

        var refused = await Assert.ThrowsAsync<BackfillException>(() => StartAsync(process));

        Assert.Equal(ErrorIds.DatabaseAccessDenied, refused.ErrorId);
        Assert.Contains(named, refused.Message);
        await bench.ExecuteAsync($"GRANT {right} TO {login}");
        var run = await StartAsync(process);
        Assert.Equal(RunState.Completed, (await bench.WaitAsync(process, run.Id)).Run.State);
        await process.DisposeAsync();

        Task<RepoSync> StartAsync(Core.BackfillEngine engine) =>
            engine.StartSyncAsync(
                bench.Settings,
                new SyncRequest(RepositoryName.Parse(Hello), null, Track: false, ThrottleLimit: 1, Plan: false),
                bench.Output,
                Token
            );
    }

    private static async Task<Catalogue> LookAsync(Bench bench, string login)
    {
        await using var connection = new NpgsqlConnection(
            new NpgsqlConnectionStringBuilder(bench.ConnectionString) { Username = login }.ConnectionString
        );
        await connection.OpenAsync(Token);
        return await Catalogue.ReadAsync(connection, Token);
    }
}
