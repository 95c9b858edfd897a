using Backfill.Core.Embedding.Providers;
using Backfill.Integration.Tests.Support;
using Backfill.Module.Tests.Support;

namespace Backfill.Integration.Tests.Embedding;

/// <summary>
/// Real processes over one backlog. With BACKFILL_FULL=1 in the environment they have 100,000 items, also through PgBouncer,
/// and are killed twenty times: <c>BACKFILL_FULL=1 dotnet test --project tests/Backfill.Integration.Tests -- --filter-class
/// '*SharedBacklogTests'</c>.
/// </summary>
public sealed class SharedBacklogTests(TestPostgres postgres) : IAsyncDisposable
{
    private static readonly bool Full = Environment.GetEnvironmentVariable("BACKFILL_FULL") == "1";

    private readonly FakeOpenAI server = new();

    public static TheoryData<bool> Ways => Full ? [false, true] : [false];

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Four_processes_share_a_backlog_and_none_of_it_is_embedded_twice(bool pooled)
    {
        var items = Full ? 100_000 : 2_000;
        await using var stored = await FilledAsync(items);
        await using var bouncer = pooled ? await PgBouncer.StartAsync(postgres) : null;
        var connection = bouncer?.Before(stored.ConnectionString) ?? stored.ConnectionString;

        var processes = Enumerable.Range(0, 4).Select(_ => Start(connection)).ToList();
        foreach (var process in processes)
        {
            Assert.True(await process.WaitAsync() == 0, process.Errors + process.Output);
            process.Dispose();
        }

        var asked = Asked();
        Assert.Equal(items, asked.Length);
        Assert.Equal(items, asked.Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(0L, await stored.ReadAsync<long>("SELECT count(*) FROM issues WHERE embedding IS NULL"));
    }

    [Fact]
    public async Task Workers_that_are_killed_at_every_step_while_items_are_edited_leave_nothing_wrong()
    {
        await using var stored = await FilledAsync(Full ? 5_000 : 800);
        using var over = new CancellationTokenSource();
        var editing = EditAsync(stored, over.Token);
        var paidForNothing = 0;
        for (var kill = 0; kill < (Full ? 20 : 3); kill++)
        {
            using var process = Start(stored.ConnectionString);
            var step = kill % 3;
            var seen = 0;
            var struck = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
            void Strike(OpenAICall call)
            {
                if (Interlocked.Increment(ref seen) == 3 && struck.TrySetResult(call.Input.Length))
                {
                    process.Kill();
                }
            }

            // While it waits for an answer; when it has it and writes; at some moment of its own.
            server.Fault = call =>
            {
                if (step == 0)
                {
                    Strike(call);
                }

                return null;
            };
            server.Answered = call =>
            {
                if (step == 1)
                {
                    Strike(call);
                }
                else if (step == 2 && Interlocked.Increment(ref seen) == 2 && struck.TrySetResult(call.Input.Length))
                {
                    _ = Task.Run(async () =>
                    {
                        await Task.Delay(Random.Shared.Next(20));
                        process.Kill();
                    });
                }
            };
            await process.WaitAsync();
            Assert.True(struck.Task.IsCompleted, process.Errors + process.Output);
            paidForNothing++;
        }

        await over.CancelAsync();
        await editing;
        (server.Fault, server.Answered) = (_ => null, _ => { });
        using (var last = Start(stored.ConnectionString))
        {
            Assert.True(await last.WaitAsync() == 0, last.Errors + last.Output);
        }

        Assert.Equal(0, await stored.WrongAsync(new LexicalProvider(384)));
        Assert.Equal(
            0L,
            await stored.ReadAsync<long>(
                "SELECT count(*) FROM backfill.embedding_claim WHERE worker IS NOT NULL AND lease_until > now()"
            )
        );
        // A killed process costs at most what it had under way: four requests of a batch each.
        var again = Asked().GroupBy(text => text, StringComparer.Ordinal).Sum(group => group.Count() - 1);
        Assert.InRange(again, 0, paidForNothing * 16 * 50);
    }

    public ValueTask DisposeAsync() => server.DisposeAsync();

    private string[] Asked() => [.. server.Calls.SelectMany(call => call.Input).Where(text => text != "[ISSUE] Probe")];

    private static async Task EditAsync(EmbeddingDatabase stored, CancellationToken cancellationToken)
    {
        var edits = 0;
        while (!cancellationToken.IsCancellationRequested)
        {
            await stored.ExecuteAsync(
                $"UPDATE issues SET body = 'edit {edits++}', updated_at = now() WHERE number IN (SELECT number FROM issues ORDER BY random() LIMIT 5)"
            );
        }
    }

    private HostProcess Start(string connection) =>
        HostProcess.Start(
            ["-Command", "$null = Invoke-EmbeddingBackfill octo/hello -BatchSize 50"],
            [
                ("BACKFILL_DATABASE_URL", connection),
                ("OPENAI_BASE_URL", server.Address.AbsoluteUri),
                ("BACKFILL_EMBEDDING_PROVIDER", "OpenAI"),
            ]
        );

    private async Task<EmbeddingDatabase> FilledAsync(int issues)
    {
        var stored = await EmbeddingDatabase.CreateAsync(postgres);
        await stored.FillAsync(issues, 0, 0);
        return stored;
    }
}
