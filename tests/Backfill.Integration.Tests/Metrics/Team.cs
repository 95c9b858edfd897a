using Backfill.Core.Metrics;
using Backfill.Core.Postgres;
using Backfill.Integration.Tests.Support;
using Microsoft.Extensions.Time.Testing;
using Npgsql;

namespace Backfill.Integration.Tests.Metrics;

/// <summary>A workspace with two repositories, and a third repository that belongs to another one.</summary>
internal sealed class Team : IAsyncDisposable
{
    // Noon of the day; every row below is placed so many days before it.
    public static readonly DateTimeOffset Now = new(2026, 3, 2, 12, 0, 0, TimeSpan.Zero);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public FakeTimeProvider Clock { get; } = new(Now);

    private readonly NpgsqlDataSource source;
    private readonly Database database;

    private Team(string connectionString)
    {
        source = NpgsqlDataSource.Create(connectionString);
        database = new Database(connectionString, TimeProvider.System);
    }

    public static async Task<Team> CreateAsync(TestPostgres postgres)
    {
        var team = new Team(await postgres.CreateDatabaseAsync());
        await SchemaInitialization.RunAsync(
            team.database,
            plan: false,
            new CollectedOutput(),
            TimeProvider.System,
            Token
        );
        await team.ExecuteAsync(
            """
            INSERT INTO repositories (id, github_id, full_name, owner, name, stargazers_count) VALUES
              ('00000000-0000-0000-0000-0000000000a1', 1, 'octo/hello', 'octo', 'hello', 1000),
              ('00000000-0000-0000-0000-0000000000a2', 2, 'octo/world', 'octo', 'world', 200),
              ('00000000-0000-0000-0000-0000000000a9', 9, 'octo/other', 'octo', 'other', 7);
            INSERT INTO workspaces (id, name, slug) VALUES
              ('00000000-0000-0000-0000-000000000001', 'Team', 'the-team'),
              ('00000000-0000-0000-0000-000000000002', 'Other', 'other');
            INSERT INTO workspace_repositories (workspace_id, repository_id) VALUES
              ('00000000-0000-0000-0000-000000000001', '00000000-0000-0000-0000-0000000000a1'),
              ('00000000-0000-0000-0000-000000000001', '00000000-0000-0000-0000-0000000000a2'),
              ('00000000-0000-0000-0000-000000000002', '00000000-0000-0000-0000-0000000000a9');
            INSERT INTO contributors (id, github_id, username) VALUES
              ('00000000-0000-0000-0000-0000000000c1', 1, 'ada'),
              ('00000000-0000-0000-0000-0000000000c2', 2, 'ben'),
              ('00000000-0000-0000-0000-0000000000c3', 3, 'cid'),
              ('00000000-0000-0000-0000-0000000000c4', 4, 'dot');
            """
        );
        await team.PullAsync(1, "a1", "c1", days: 2, "open", draft: true);
        await team.PullAsync(2, "a2", "c2", days: 6, "open");
        await team.PullAsync(3, "a1", "c1", days: 10, "merged", hours: 24);
        await team.PullAsync(4, "a2", "c2", days: 29, "closed", hours: 1);
        await team.PullAsync(5, "a1", "c1", days: 45, "merged", hours: 5);
        await team.PullAsync(11, "a1", "c3", days: 20, "merged", hours: 72);
        await team.PullAsync(12, "a1", "c4", days: 800, "closed", hours: 1);
        await team.PullAsync(13, "a9", "c4", days: 3, "open");
        await team.IssueAsync(6, "a1", "c3", days: 1, "open");
        await team.IssueAsync(7, "a2", "c3", days: 15, "closed", hours: 12);
        await team.IssueAsync(8, "a1", "c1", days: 16, "closed", hours: 36);
        await team.IssueAsync(9, "a1", "c1", days: 40, "open");
        await team.IssueAsync(10, "a1", "c1", days: 50, "closed", hours: 1);
        await team.IssueAsync(14, "a9", "c4", days: 3, "open");
        return team;
    }

    public Task<(IReadOnlyList<WorkspaceMetrics> Metrics, IReadOnlyList<BackfillException> Errors)> MeasureAsync(
        params string[] ranges
    ) => RunAsync(["octo/hello", "octo/world"], [], ranges: ranges);

    public async Task<(IReadOnlyList<WorkspaceMetrics> Metrics, IReadOnlyList<BackfillException> Errors)> RunAsync(
        string[] repositories,
        string[] workspaces,
        bool plan = false,
        bool force = false,
        params string[] ranges
    )
    {
        var output = new CollectedOutput();
        await WorkspaceMetricsUpdate.RunAsync(
            database,
            new MetricsRequest(
                [.. repositories.Select(RepositoryName.Parse)],
                workspaces,
                [.. ranges.DefaultIfEmpty("all").Select(TimeRange.Parse)],
                plan,
                force
            ),
            output,
            Clock,
            Token
        );
        return ([.. output.Results.Cast<WorkspaceMetrics>()], [.. output.Errors]);
    }

    public async Task ExecuteAsync(string sql)
    {
        database.ForgetCatalogue();
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(Token);
    }

    public async Task<string> TextAsync(string sql)
    {
        await using var command = source.CreateCommand(sql);
        return (string)(await command.ExecuteScalarAsync(Token))!;
    }

    public async Task<long> CountAsync(string sql)
    {
        await using var command = source.CreateCommand(sql);
        return (long)(await command.ExecuteScalarAsync(Token))!;
    }

    public async ValueTask DisposeAsync()
    {
        await database.DisposeAsync();
        await source.DisposeAsync();
    }

    // Hours: how long it took until it was closed, or merged and closed.
    public Task PullAsync(
        int number,
        string repository,
        string author,
        int days,
        string state,
        int? hours = null,
        bool draft = false
    )
    {
        var (created, ended) = Times(days, hours);
        var merged = state == "merged" ? ended : "NULL";
        return ExecuteAsync(
            $"""
            INSERT INTO pull_requests (github_id, number, title, state, repository_id, author_id, head_branch, repository_full_name, draft, merged, created_at, updated_at, merged_at, closed_at)
            VALUES ({number}, {number}, 'P', '{state}', '00000000-0000-0000-0000-0000000000{repository}', '00000000-0000-0000-0000-0000000000{author}', 'b', '', {draft}, {state
                == "merged"}, {created}, {created}, {merged}, {ended})
            """
        );
    }

    private Task IssueAsync(int number, string repository, string author, int days, string state, int? hours = null)
    {
        var (created, ended) = Times(days, hours);
        return ExecuteAsync(
            $"""
            INSERT INTO issues (github_id, number, title, state, repository_id, author_id, created_at, updated_at, closed_at)
            VALUES ({number}, {number}, 'I', '{state}', '00000000-0000-0000-0000-0000000000{repository}', '00000000-0000-0000-0000-0000000000{author}', {created}, {created}, {ended})
            """
        );
    }

    private static (string Created, string Ended) Times(int days, int? hours)
    {
        var created = Now.AddDays(-days);
        return ($"'{created:O}'", hours is null ? "NULL" : $"'{created.AddHours(hours.Value):O}'");
    }
}
