using Backfill.Integration.Tests.Support;
using Backfill.Simulation;
using Npgsql;

namespace Backfill.Integration.Tests.Postgres;

/// <summary>A login that acts as a role, which cannot log in itself.</summary>
public sealed class RoleTests(TestPostgres postgres, RoleTests.Initialized initialized)
    : IClassFixture<RoleTests.Initialized>
{
    private const string Hello = "octo/hello";

    private static readonly SimulatorOptions Small = new() { PullRequests = 12 };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Every_stage_has_the_rights_of_the_role_and_sees_its_rows(bool pooled)
    {
        await using var bench = await SetUpAsync();
        var (login, role) = await AppSchema.ServiceRoleAsync(bench);
        await using var pooler = pooled ? await PgBouncer.StartAsync(postgres, login) : null;
        bench.LogIn(login, pooler?.Port, role);

        await bench.InitializeAsync();
        await bench.RegisterAsync(Hello, "The team");
        Assert.Equal(RunState.Completed, (await bench.SyncAsync(Hello)).State);
        Assert.Equal(RunState.Completed, (await bench.EmbedAsync(Hello)).State);
        await bench.MeasureAsync(Hello);
        var checks = await bench.CheckAsync(Hello);

        Assert.Empty(bench.Output.Errors);
        Assert.DoesNotContain(checks, check => check.Status is CheckStatus.Failed or CheckStatus.Warning);
        Assert.Equal(12, await bench.CountAsync("SELECT count(*) FROM pull_requests WHERE embedding IS NOT NULL"));
        Assert.Equal(1, await bench.CountAsync("SELECT count(*) FROM backfill.workspace_metrics"));
        await using var session = new NpgsqlConnection(bench.Settings.Database!.Reveal());
        await session.OpenAsync(Token);
        await using var who = new NpgsqlCommand("SELECT current_user::text", session);
        Assert.Equal(login, await who.ExecuteScalarAsync(Token));
    }

    [Fact]
    public async Task Everything_that_is_created_belongs_to_the_role()
    {
        await using var bench = await Bench.SetUpWithoutSchemaAsync(postgres, Small);
        var role = $"creator_{bench.DatabaseName}";
        var login = $"creating_{bench.DatabaseName}";
        await bench.ExecuteAsync(
            $"""
            CREATE ROLE {role} NOLOGIN BYPASSRLS;
            CREATE ROLE {login} LOGIN NOINHERIT IN ROLE {role};
            GRANT CREATE ON DATABASE {bench.DatabaseName} TO {role};
            GRANT CREATE ON SCHEMA public TO {role};
            """
        );
        await using var pooler = await PgBouncer.StartAsync(postgres, login);
        bench.LogIn(login, pooler.Port, role);

        await bench.InitializeAsync();
        await bench.InitializeAsync();

        Assert.Equal(
            role,
            await bench.TextAsync(
                "SELECT string_agg(DISTINCT relowner::regrole::text, ',') FROM pg_class WHERE relnamespace IN ('backfill'::regnamespace, 'public'::regnamespace)"
            )
        );
        Assert.Equal(RunState.Completed, (await bench.SyncAsync(Hello)).State);
    }

    [Theory]
    [InlineData("LOGIN NOINHERIT", "lacks a right: USAGE on schema backfill")]
    [InlineData("LOGIN INHERIT", "Row-level security hides rows")]
    public async Task Without_the_role_a_member_is_told_what_it_lacks(string options, string lacks)
    {
        await using var bench = await SetUpAsync();
        var (login, _) = await AppSchema.ServiceRoleAsync(bench, options);
        bench.LogIn(login);

        var refused = await Assert.ThrowsAsync<BackfillException>(() => bench.EmbedAsync(Hello));

        Assert.Equal(ErrorIds.DatabaseAccessDenied, refused.ErrorId);
        Assert.Contains(lacks, refused.Message);
        Assert.Contains("BACKFILL_DATABASE_ROLE", refused.Action);
    }

    [Fact]
    public async Task A_right_that_the_role_lacks_is_named_with_the_role()
    {
        await using var bench = await SetUpAsync();
        var (login, role) = await AppSchema.ServiceRoleAsync(bench);
        await bench.ExecuteAsync($"REVOKE UPDATE ON issues FROM {role}");
        bench.LogIn(login, role: role);

        var refused = await Assert.ThrowsAsync<BackfillException>(() => bench.EmbedAsync(Hello));

        Assert.Contains($" as {role} lacks a right: UPDATE on issues.", refused.Message);
    }

    [Theory]
    [InlineData("postgres", "permission denied to set role \"postgres\"")]
    [InlineData("nobody at all", "role \"nobody at all\" does not exist")]
    public async Task A_role_that_the_login_may_not_use_is_a_clear_error(string role, string reason)
    {
        await using var bench = await SetUpAsync();
        var login = await AppSchema.RestrictedLoginAsync(bench);
        bench.LogIn(login, role: role);

        var refused = await Assert.ThrowsAsync<BackfillException>(() => bench.EmbedAsync(Hello));

        Assert.Equal(ErrorIds.DatabaseAccessDenied, refused.ErrorId);
        Assert.Contains(reason, refused.Message);
        Assert.Contains("GRANT", refused.Action);
    }

    [Fact]
    public async Task A_role_in_the_connection_string_is_set_by_a_statement_when_a_pooler_refuses_it()
    {
        await using var bench = await SetUpAsync();
        var (login, role) = await AppSchema.ServiceRoleAsync(bench);
        await using var pooler = await PgBouncer.StartAsync(postgres, login);
        bench.LogIn(login, options: $"-c role={role}");
        await bench.RegisterAsync(Hello, null);
        bench.LogIn(login, pooler.Port, options: $"-c role={role}");

        var refused = await Assert.ThrowsAsync<BackfillException>(() => bench.RegisterAsync(Hello, null));

        Assert.Equal(ErrorIds.SettingMalformed, refused.ErrorId);
        Assert.Contains("startup parameter", refused.Message);
        Assert.Contains("BACKFILL_DATABASE_ROLE", refused.Action);
    }

    private async Task<Bench> SetUpAsync() => await (await initialized.BenchAsync()).CopyAsync(postgres);

    /// <summary>The app's tables with the tool's schema beside them, for each test to copy.</summary>
    public sealed class Initialized(TestPostgres postgres) : SharedBench
    {
        private protected override async Task<Bench> MakeAsync()
        {
            var bench = await AppSchema.BenchAsync(postgres, Small);
            await bench.InitializeAsync();
            await bench.RestAsync();
            return bench;
        }
    }
}
