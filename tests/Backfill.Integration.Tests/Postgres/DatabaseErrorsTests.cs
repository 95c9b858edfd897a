using Backfill.Core;
using Backfill.Integration.Tests.Support;
using Backfill.Simulation;
using Npgsql;

namespace Backfill.Integration.Tests.Postgres;

/// <summary>What an operator reads when the database cannot be used: never a password, always what to do.</summary>
public sealed class DatabaseErrorsTests(TestPostgres postgres)
{
    private const string Password = "s3cret-p@ss/word";

    [Fact]
    public async Task An_address_where_no_server_listens_is_named() =>
        await TellsAsync(
            $"Host=127.0.0.1;Port={TestPostgres.FreePort()};Username=u;Password={Password};Database=d",
            ErrorIds.DatabaseUnavailable,
            "Connection refused"
        );

    [Fact]
    public async Task An_unknown_host_is_named() =>
        await TellsAsync(
            $"postgresql://u:{Uri.EscapeDataString(Password)}@no-such-host.invalid/d",
            ErrorIds.DatabaseUnavailable,
            "no-such-host.invalid"
        );

    [Fact]
    public async Task A_missing_database_or_login_is_named()
    {
        await using var bench = await Bench.SetUpWithoutSchemaAsync(postgres, new SimulatorOptions());
        var connection = new NpgsqlConnectionStringBuilder(bench.ConnectionString) { Password = Password };

        connection.Database = "no_such_database";
        await TellsAsync(connection.ConnectionString, ErrorIds.DatabaseAccessDenied, "no_such_database");

        connection.Database = "postgres";
        connection.Username = "no_such_login";
        await TellsAsync(connection.ConnectionString, ErrorIds.DatabaseAccessDenied, "no_such_login");
    }

    [Theory]
    [InlineData("postgresql://u:p@ss/word@no-such-host.invalid:5432/d")]
    [InlineData("postgresql://u:12?p@ss@no-such-host.invalid/d")]
    [InlineData("postgresql://u:s3cret#p@ss@no-such-host.invalid/d")]
    public async Task A_password_that_was_not_encoded_is_no_part_of_the_host(string setting) =>
        await TellsAsync(setting, ErrorIds.DatabaseUnavailable, "u@no-such-host.invalid:5432/d");

    [Theory]
    [InlineData("Host=h;Pasword=s3cret-p@ss/word")]
    [InlineData("https://project.supabase.co")]
    public async Task A_setting_that_cannot_be_read_is_named(string setting) =>
        await TellsAsync(setting, ErrorIds.SettingMalformed, "cannot be read");

    [Fact]
    public async Task A_missing_setting_is_named()
    {
        await using var engine = new BackfillEngine();

        var missing = await Assert.ThrowsAsync<BackfillException>(() =>
            engine.FindSyncsAsync(
                new BackfillSettings(),
                new SyncFilter([], [], [], false),
                TestContext.Current.CancellationToken
            )
        );

        Assert.Equal(ErrorIds.MissingSetting, missing.ErrorId);
        Assert.Contains("service-role key cannot reach PostgreSQL", missing.Message);
        Assert.All(
            (string[])["-Database", "BACKFILL_DATABASE_URL", "SUPABASE_DB_PASSWORD", "-Local", "Project Settings"],
            way => Assert.Contains(way, missing.Action)
        );
    }

    private static async Task TellsAsync(string setting, string errorId, string cause)
    {
        await using var engine = new BackfillEngine();

        var error = await Assert.ThrowsAsync<BackfillException>(() =>
            engine.FindSyncsAsync(
                new BackfillSettings { Database = new Secret(setting) },
                new SyncFilter([], [], [], false),
                TestContext.Current.CancellationToken
            )
        );

        Assert.Equal(errorId, error.ErrorId);
        Assert.Contains(cause, error.Message);
        Assert.NotEmpty(error.Action);
        Assert.DoesNotContain("s3cret", error.ToString());
        Assert.DoesNotContain("p@ss", error.ToString());
        Assert.DoesNotContain("p%40ss", error.ToString());
    }
}
