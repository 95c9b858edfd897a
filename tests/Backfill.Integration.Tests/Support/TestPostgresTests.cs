using Npgsql;

namespace Backfill.Integration.Tests.Support;

public sealed class TestPostgresTests(TestPostgres postgres)
{
    [Fact]
    public async Task Every_test_has_a_database_of_its_own()
    {
        var first = await postgres.CreateDatabaseAsync();
        var second = await postgres.CreateDatabaseAsync();

        await using var connection = new NpgsqlConnection(first);
        await connection.OpenAsync(TestContext.Current.CancellationToken);

        Assert.NotEqual(first, second);
        Assert.Equal(System.Data.ConnectionState.Open, connection.State);
    }
}
