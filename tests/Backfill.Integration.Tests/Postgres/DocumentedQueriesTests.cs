using System.Globalization;
using Backfill.Integration.Tests.Support;
using Backfill.Simulation;
using Npgsql;

namespace Backfill.Integration.Tests.Postgres;

/// <summary>The operators' questions, each as the documentation has it, on a database that the tool filled.</summary>
public sealed class DocumentedQueriesTests(TestPostgres postgres)
{
    [Fact]
    public async Task Each_documented_query_runs_unchanged_and_returns_rows()
    {
        await using var bench = await Bench.SetUpAsync(postgres, new SimulatorOptions { PullRequests = 12 });
        await bench.RegisterAsync("octo/hello", "Team");
        await bench.SyncAsync("octo/hello");
        await bench.ExecuteAsync(
            "UPDATE issues SET embedding = array_fill(0.1::real, ARRAY[384]), embedding_generated_at = now() WHERE number IN (SELECT number FROM issues ORDER BY number LIMIT 3)"
        );
        await bench.MeasureAsync("octo/hello");
        var id = await bench.TextAsync("SELECT id::text FROM repositories");
        var people = await bench.TextAsync(
            "SELECT count(DISTINCT author_id)::text FROM (SELECT author_id FROM pull_requests UNION SELECT author_id FROM issues) a"
        );
        var authors = await bench.TextAsync("SELECT count(DISTINCT author_id)::text FROM pull_requests");
        var newest = await bench.TextAsync(
            "SELECT concat_ws('|', (SELECT max(created_at)::date FROM pull_requests), (SELECT max(created_at)::date FROM issues))"
        );

        var answers = new List<string>();
        foreach (
            var question in PlacesTests
                .DocumentedStatements()
                .Where(statement => statement.StartsWith("SELECT", StringComparison.Ordinal))
        )
        {
            answers.Add(
                await AnswerAsync(
                    bench.ConnectionString,
                    question
                        .Replace("{repository_id}", id, StringComparison.Ordinal)
                        .Replace("{owner}", "octo", StringComparison.Ordinal)
                        .Replace("{name}", "hello", StringComparison.Ordinal)
                )
            );
        }

        Assert.Equal(
            [
                $"{id} octo hello octo/hello",
                "discussion 1|issue 5|pull_request 12",
                "issues 3 8 37.50|pull_requests 0 12 0.00",
                $"Team 1 {people} 12 8",
                $"contributors {authors}|issues 8|pull_requests 12",
                $"issues {newest.Split('|')[1]}|pull_requests {newest.Split('|')[0]}",
                "issues 0|pull_requests 0",
            ],
            answers
        );
    }

    [Fact]
    public async Task Each_answers_for_a_repository_without_any_item()
    {
        await using var bench = await Bench.SetUpAsync(
            postgres,
            new SimulatorOptions
            {
                PullRequests = 0,
                Issues = 0,
                Discussions = 0,
            }
        );
        await bench.RegisterAsync("octo/hello", "Team");
        var id = await bench.TextAsync("SELECT id::text FROM repositories");

        foreach (
            var question in PlacesTests
                .DocumentedStatements()
                .Where(statement => statement.StartsWith("SELECT", StringComparison.Ordinal))
        )
        {
            await AnswerAsync(
                bench.ConnectionString,
                question
                    .Replace("{repository_id}", id, StringComparison.Ordinal)
                    .Replace("{owner}", "octo", StringComparison.Ordinal)
                    .Replace("{name}", "hello", StringComparison.Ordinal)
            );
        }
    }

    private static async Task<string> AnswerAsync(string connectionString, string question)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = new NpgsqlCommand(question, connection);
        await using var reader = await command.ExecuteReaderAsync(TestContext.Current.CancellationToken);
        var rows = new List<string>();
        while (await reader.ReadAsync(TestContext.Current.CancellationToken))
        {
            var values = new object[reader.FieldCount];
            reader.GetValues(values);
            rows.Add(
                string.Join(
                    ' ',
                    values.Select(value =>
                        value is DateTime time
                            ? time.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)
                            : Convert.ToString(value, CultureInfo.InvariantCulture)
                    )
                )
            );
        }

        return string.Join('|', rows.Order(StringComparer.Ordinal));
    }
}
