using Backfill.Core;
using Backfill.Module.Tests.Support;
using Backfill.Simulation;
using Backfill.Simulation.Faults;
using Npgsql;

namespace Backfill.Integration.Tests.Support;

/// <summary>The real engine between a real PostgreSQL and the simulator.</summary>
internal sealed class Bench : IAsyncDisposable
{
    private readonly bool sharesGitHub;
    private readonly TestPostgres? owner;

    /// <param name="owner">The server on which the bench drops its database in the end; null leaves the database.</param>
    private Bench(
        string connectionString,
        GitHubSimulator gitHub,
        BackfillEngine engine,
        bool sharesGitHub = false,
        TestPostgres? owner = null
    )
    {
        this.sharesGitHub = sharesGitHub;
        this.owner = owner;
        ConnectionString = connectionString;
        GitHub = gitHub;
        Engine = engine;
        Settings = new BackfillSettings
        {
            Database = new Secret(connectionString),
            GitHubTokens = [new Secret("ghp_simulated0123456789")],
            GitHubApiUrl = gitHub.Url,
            GitHubGraphQLUrl = gitHub.GraphQLUrl,
        };
    }

    public string ConnectionString { get; }

    public GitHubSimulator GitHub { get; }

    public BackfillEngine Engine { get; }

    public BackfillSettings Settings { get; private set; }

    /// <summary>The name of the database.</summary>
    public string DatabaseName => new NpgsqlConnectionStringBuilder(ConnectionString).Database!;

    /// <summary>From here on the engine logs in as somebody else, by way of somebody else's port, or acts as a role.</summary>
    public void LogIn(string login, int? port = null, string? role = null, string? options = null)
    {
        var connection = new NpgsqlConnectionStringBuilder(ConnectionString) { Username = login, Options = options };
        connection.Port = port ?? connection.Port;
        Settings = Settings with { Database = new Secret(connection.ConnectionString), DatabaseRole = role };
    }

    public CollectedOutput Output { get; } = new();

    /// <summary>A bench with the tool's schema on a fresh database.</summary>
    public static async Task<Bench> SetUpAsync(TestPostgres postgres, SimulatorOptions options)
    {
        return await SetUpAsync(await CreateDatabaseAsync(postgres), options, postgres);
    }

    /// <summary>A bench on a copy of a template; see <see cref="TestPostgres"/>.</summary>
    public static async Task<Bench> SetUpAsync(
        TestPostgres postgres,
        SimulatorOptions options,
        string template,
        Func<string, Task> fillAsync
    )
    {
        return await SetUpAsync(await postgres.CreateDatabaseAsync(template, fillAsync), options, postgres);
    }

    /// <summary>Lays the tool's schema.</summary>
    public Task InitializeAsync() =>
        Engine.InitializeDatabaseAsync(
            Settings,
            new DatabaseRequest(Plan: false),
            Output,
            TestContext.Current.CancellationToken
        );

    /// <summary>A bench on an empty database.</summary>
    public static async Task<Bench> SetUpWithoutSchemaAsync(TestPostgres postgres, SimulatorOptions options)
    {
        return await SetUpAsync(await postgres.CreateDatabaseAsync(), options, postgres);
    }

    /// <summary>A bench on a given database.</summary>
    public static Task<Bench> SetUpWithoutSchemaAsync(string connectionString, SimulatorOptions options) =>
        SetUpAsync(connectionString, options, owner: null);

    /// <summary>A bench on a given database, before a GitHub that others use as well.</summary>
    public static Bench SetUpWithoutSchema(string connectionString, GitHubSimulator gitHub) =>
        new(connectionString, gitHub, new BackfillEngine(), sharesGitHub: true);

    /// <summary>A bench with the tool's schema on another fresh database, before the same GitHub.</summary>
    public async Task<Bench> BesideAsync(TestPostgres postgres)
    {
        return new Bench(
            await CreateDatabaseAsync(postgres),
            GitHub,
            new BackfillEngine(),
            sharesGitHub: true,
            postgres
        );
    }

    /// <summary>A bench as another process has it: on the same database, before the same GitHub.</summary>
    public async Task<Bench> ReopenAsync()
    {
        await RestAsync();
        return new Bench(ConnectionString, GitHub, new BackfillEngine(), sharesGitHub: true);
    }

    /// <summary>A bench on a copy of this one's database, before the same GitHub; this one's engine has to be idle.</summary>
    public async Task<Bench> CopyAsync(TestPostgres postgres) =>
        new(
            await postgres.CreateDatabaseAsync(ConnectionString),
            GitHub,
            new BackfillEngine(),
            sharesGitHub: true,
            postgres
        );

    /// <summary>Closes the engine's connections, so that the database can be copied.</summary>
    public ValueTask RestAsync() => Engine.DisposeAsync();

    /// <summary>Syncs a repository and waits for the end.</summary>
    public async Task<RepoSync> SyncAsync(
        string repository,
        DateTimeOffset? since = null,
        SyncContent include = SyncContent.All,
        bool verify = false
    )
    {
        var run = await StartAsync(repository, since, include, verify);
        return (await WaitAsync(Engine, run.Id)).Run;
    }

    /// <summary>Starts the sync of a repository.</summary>
    public Task<RepoSync> StartAsync(
        string repository,
        DateTimeOffset? since = null,
        SyncContent include = SyncContent.All,
        bool verify = false
    ) =>
        Engine.StartSyncAsync(
            Settings,
            new SyncRequest(RepositoryName.Parse(repository), since, Track: true, ThrottleLimit: 4, Plan: false)
            {
                Include = include,
                Verify = verify,
            },
            Output,
            TestContext.Current.CancellationToken
        );

    /// <summary>Waits for a run as the given engine sees it; the run as it ended, and every error that was told.</summary>
    public async Task<(RepoSync Run, IReadOnlyCollection<BackfillException> Errors)> WaitAsync(
        BackfillEngine engine,
        Guid id
    )
    {
        var output = await FollowAsync(engine, id);
        return (Assert.IsType<RepoSync>(Assert.Single(output.Results)), output.Errors);
    }

    /// <summary>Waits for a run as the given engine sees it; everything that was told.</summary>
    public async Task<CollectedOutput> FollowAsync(BackfillEngine engine, Guid id)
    {
        var output = new CollectedOutput();
        await engine.WaitSyncAsync(
            Settings,
            new WaitRequest([id], [], null, TimeSpan.FromMilliseconds(200)),
            output,
            TestContext.Current.CancellationToken
        );
        return output;
    }

    /// <summary>Gives every item of a repository a vector of the offline provider.</summary>
    public async Task<EmbeddingResult> EmbedAsync(string repository)
    {
        var output = new CollectedOutput();
        await Engine.EmbedAsync(
            Settings,
            new EmbeddingRequest { Repositories = [RepositoryName.Parse(repository)] },
            output,
            TestContext.Current.CancellationToken
        );
        return Assert.IsType<EmbeddingResult>(Assert.Single(output.Results));
    }

    /// <summary>Puts a repository into a workspace, which is made where there is none.</summary>
    public Task<TrackedRepository> RegisterAsync(string repository, string? workspace) =>
        Engine.RegisterAsync(
            Settings,
            new RegisterRequest(RepositoryName.Parse(repository), workspace, Plan: false),
            Output,
            TestContext.Current.CancellationToken
        );

    /// <summary>Measures the workspaces of a repository over all time.</summary>
    public Task MeasureAsync(string repository) =>
        Engine.UpdateMetricsAsync(
            Settings,
            new MetricsRequest([RepositoryName.Parse(repository)], [], [TimeRange.All], Plan: false),
            Output,
            TestContext.Current.CancellationToken
        );

    /// <summary>Runs the checks of a repository.</summary>
    /// <param name="request">Changes what is asked for.</param>
    /// <param name="settings">Instead of the bench's own.</param>
    public Task<IReadOnlyList<CoverageCheck>> CheckAsync(
        string repository,
        Func<CoverageRequest, CoverageRequest>? request = null,
        BackfillSettings? settings = null
    )
    {
        var usual = new CoverageRequest(RepositoryName.Parse(repository), 100, SkipGitHub: false, null, Plan: false);
        return Engine.CheckCoverageAsync(
            settings ?? Settings,
            request is null ? usual : request(usual),
            Output,
            TestContext.Current.CancellationToken
        );
    }

    /// <summary>Starts a command in the console host, with this database and this GitHub in its environment.</summary>
    public HostProcess Host(string command, params IEnumerable<(string Name, string Value)> variables) =>
        Host(["-Command", command], variables);

    /// <summary>Starts the console host with arguments of its own.</summary>
    public HostProcess Host(string[] arguments, params IEnumerable<(string Name, string Value)> variables) =>
        Start(HostProcess.Program, arguments, variables);

    /// <summary>Starts a command in the real PowerShell with the staged module imported, with this database and this GitHub in its environment.</summary>
    public HostProcess PowerShell(string command, string? input = "") =>
        Start(
            HostProcess.PowerShell,
            [
                "-NoProfile",
                "-NonInteractive",
                "-Command",
                $"Import-Module '{Path.Combine(Checkout.Root, "Backfill.psd1")}'; {command}",
            ],
            [],
            input
        );

    /// <summary>Starts the real PowerShell with arguments of its own, as a scheduled task does. It finds the module by its name.</summary>
    public HostProcess Script(string[] arguments, params IEnumerable<(string Name, string Value)> variables) =>
        Start(
            HostProcess.PowerShell,
            ["-NoProfile", "-NonInteractive", .. arguments],
            [("PSModulePath", Modules.Value), .. variables]
        );

    // The checkout under the name of its module.
    private static readonly Lazy<string> Modules = new(() =>
    {
        var folder = Directory.CreateTempSubdirectory("backfill-modules-").FullName;
        var link = Path.Combine(folder, "Backfill");
        Directory.CreateSymbolicLink(link, Checkout.Root.TrimEnd('/'));
        AppDomain.CurrentDomain.ProcessExit += (_, _) =>
        {
            Directory.Delete(link);
            Directory.Delete(folder);
        };
        return folder;
    });

    private HostProcess Start(
        string program,
        string[] arguments,
        IEnumerable<(string Name, string Value)> variables,
        string? input = ""
    ) =>
        HostProcess.Start(
            arguments,
            [
                ("BACKFILL_DATABASE_URL", ConnectionString),
                ("GITHUB_API_URL", GitHub.Url.AbsoluteUri),
                ("GITHUB_GRAPHQL_URL", GitHub.GraphQLUrl.AbsoluteUri),
                ("GITHUB_TOKEN", "ghp_simulated0123456789"),
                .. variables,
            ],
            input,
            program: program
        );

    /// <summary>One number from the database.</summary>
    public async Task<long> CountAsync(string sql) =>
        Convert.ToInt64(await ScalarAsync(sql), System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>One text from the database.</summary>
    public async Task<string> TextAsync(string sql) => (string)(await ScalarAsync(sql))!;

    /// <summary>Changes the database.</summary>
    public Task ExecuteAsync(string sql) => ScalarAsync(sql);

    /// <summary>A bench whose GitHub answers two queries for a page of pull requests and no further one, so no run ends by itself before the simulator is reset.</summary>
    public static async Task<Bench> SetUpHeldAsync(TestPostgres postgres)
    {
        var bench = await SetUpAsync(postgres, new SimulatorOptions());
        bench.GitHub.Faults.Add(FaultRule.Parse("graphql.PullRequests/timeout@3x1000"));
        return bench;
    }

    /// <summary>Makes the tool believe that it has read nothing yet, as a first run or a repair finds it.</summary>
    public Task ForgetWindowsAsync() =>
        ExecuteAsync(
            "TRUNCATE backfill.sync_window, backfill.sync_list, backfill.sync_contributors, backfill.sync_audit"
        );

    private async Task<object?> ScalarAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(ConnectionString);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = TestPostgres.NoTimeout };
        return await command.ExecuteScalarAsync(TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await Engine.DisposeAsync();
        if (sharesGitHub)
        {
            GitHub.Reset();
        }
        else
        {
            await GitHub.DisposeAsync();
        }

        if (owner is not null)
        {
            await owner.DropDatabaseAsync(ConnectionString);
        }
    }

    private static async Task<Bench> SetUpAsync(string connectionString, SimulatorOptions options, TestPostgres? owner)
    {
        var gitHub = await GitHubSimulator.StartAsync(options, TestContext.Current.CancellationToken);
        return new Bench(connectionString, gitHub, new BackfillEngine(options.Time), owner: owner);
    }

    // A database with the tool's schema.
    private static Task<string> CreateDatabaseAsync(TestPostgres postgres) =>
        postgres.CreateDatabaseAsync(
            "schema",
            async template =>
            {
                await using var engine = new BackfillEngine();
                await engine.InitializeDatabaseAsync(
                    new BackfillSettings { Database = new Secret(template) },
                    new DatabaseRequest(Plan: false),
                    new CollectedOutput(),
                    CancellationToken.None
                );
            }
        );
}
