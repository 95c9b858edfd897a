using Backfill.Core;
using Backfill.Integration.Tests.Support;
using Npgsql;

namespace Backfill.Integration.Tests.Postgres;

/// <summary>A PostgreSQL with TLS, whose certificate names <c>localhost</c> and comes from an authority that nobody knows.</summary>
public sealed class TlsPostgres : IAsyncLifetime
{
    private const string Host = "localhost";

    internal TestPostgres Server { get; } = new();

    internal CertificateAuthority Authority { get; } = new("The authority");

    internal ServerCertificate Certificate { get; private set; } = new("", "");

    /// <summary>As the URI that an operator pastes.</summary>
    internal async Task<string> UriAsync(string query, string host = Host, int? port = null)
    {
        var database = new NpgsqlConnectionStringBuilder(await Server.CreateDatabaseAsync()).Database;
        return $"postgresql://postgres@{host}:{port ?? Server.Port}/{database}?{query}";
    }

    /// <summary>The same in Npgsql's form, to go on with.</summary>
    internal async Task<string> TextAsync()
    {
        var database = new NpgsqlConnectionStringBuilder(await Server.CreateDatabaseAsync()).Database;
        return $"Host={Host};Port={Server.Port};Username=postgres;Database={database}";
    }

    public async ValueTask InitializeAsync()
    {
        await Server.InitializeAsync();
        if (Server.IsMissing)
        {
            // Each test says so when it asks for a database.
            return;
        }

        Certificate = Authority.Issue(Host);
        var plain = await Server.CreateDatabaseAsync();
        // The server writes its own files: it wants the key to belong to its account, with nobody else let in.
        await ExecuteAsync(plain, Written("server.crt", Certificate.Pem));
        await ExecuteAsync(plain, Written("server.key", Certificate.KeyPem));
        await ExecuteAsync(plain, "ALTER SYSTEM SET ssl = on");
        // Nobody is let in without.
        await ExecuteAsync(plain, "COPY (SELECT 'hostssl all all 127.0.0.1/32 trust') TO PROGRAM 'cat > pg_hba.conf'");
        await Server.RestartAsync("fast");
    }

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        Authority.Dispose();
    }

    private static string Written(string file, string pem) =>
        $"COPY (SELECT unnest(string_to_array('{pem}', E'\n'))) TO PROGRAM 'umask 077; cat > {file}'";

    private static async Task ExecuteAsync(string connectionString, string sql)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }
}

/// <summary>The modes of TLS against a real server.</summary>
public sealed class TlsTests(TlsPostgres tls) : IClassFixture<TlsPostgres>
{
    private string Root => $"sslrootcert={Uri.EscapeDataString(tls.Authority.File)}";

    [Fact]
    public async Task The_right_authority_and_host_pass_verify_full_directly_and_through_a_pooler()
    {
        await InitializeAsync(await tls.UriAsync($"sslmode=verify-full&{Root}"));

        await using var pooler = await PgBouncer.StartAsync(tls.Server, tls.Certificate);
        await InitializeAsync(await tls.UriAsync($"sslmode=verify-full&{Root}", port: pooler.Port));
    }

    [Theory]
    [InlineData("verify-full")]
    [InlineData("verify-ca")]
    public async Task Another_authority_is_refused(string mode)
    {
        using var other = new CertificateAuthority("Another authority");

        await RefusedAsync(
            await tls.UriAsync($"sslmode={mode}&sslrootcert={Uri.EscapeDataString(other.File)}"),
            "comes from no authority that is trusted here",
            "sslrootcert"
        );
    }

    [Fact]
    public async Task A_host_that_the_certificate_does_not_name_is_refused_by_verify_full_alone()
    {
        const string Address = "127.0.0.1";

        await RefusedAsync(
            await tls.UriAsync($"sslmode=verify-full&{Root}", Address),
            "does not name this host",
            "verify-ca"
        );
        await InitializeAsync(await tls.UriAsync($"sslmode=verify-ca&{Root}", Address));
    }

    [Fact]
    public async Task Without_an_authority_those_of_the_machine_are_used() =>
        await RefusedAsync(
            await tls.UriAsync("sslmode=verify-full"),
            "comes from no authority that is trusted here",
            "sslrootcert"
        );

    [Fact]
    public async Task A_missing_file_of_an_authority_is_named() =>
        await RefusedAsync(
            await tls.UriAsync("sslmode=verify-full&sslrootcert=/nowhere/ca.pem"),
            "/nowhere/ca.pem",
            "sslrootcert",
            ErrorIds.SettingMalformed
        );

    [Fact]
    public async Task Require_and_verify_full_pass_in_either_form()
    {
        await InitializeAsync(await tls.UriAsync("sslmode=require"));
        await InitializeAsync($"{await tls.TextAsync()};SSL Mode=Require");
        await InitializeAsync($"{await tls.TextAsync()};SSL Mode=VerifyFull;Root Certificate={tls.Authority.File}");
    }

    private static async Task RefusedAsync(
        string database,
        string message,
        string action,
        string errorId = ErrorIds.DatabaseUnavailable
    )
    {
        var refused = await Assert.ThrowsAsync<BackfillException>(() => InitializeAsync(database));

        Assert.Equal(errorId, refused.ErrorId);
        Assert.Contains(message, refused.Message);
        Assert.Contains(action, refused.Action);
    }

    private static async Task InitializeAsync(string database)
    {
        await using var engine = new BackfillEngine();
        await engine.InitializeDatabaseAsync(
            new BackfillSettings { Database = new Secret(database) },
            new DatabaseRequest(Plan: false),
            new CollectedOutput(),
            TestContext.Current.CancellationToken
        );
    }
}
