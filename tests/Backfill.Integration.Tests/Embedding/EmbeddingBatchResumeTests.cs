using Backfill.Core.Embedding.Providers;
using Backfill.Integration.Tests.Support;
using Backfill.Module.Tests.Support;
using Backfill.Simulation;

namespace Backfill.Integration.Tests.Embedding;

/// <summary>A process that ends in the middle of a batch, another one that goes on with it, and two at a time.</summary>
public sealed class EmbeddingBatchResumeTests(TestPostgres postgres) : IAsyncDisposable
{
    private const string Command = "$r = Invoke-EmbeddingBackfill octo/hello -Batch; \"$($r.State) $($r.Embedded)\"";

    private readonly FakeOpenAI server = new();
    private readonly AcceleratedTime time = new(50);

    [Theory]
    [InlineData("POST /v1/files")]
    [InlineData("POST /v1/batches")]
    [InlineData("GET /v1/batches/id")]
    [InlineData("GET /v1/files/id/content")]
    public async Task A_process_that_is_killed_at_any_step_loses_nothing_and_nothing_is_paid_twice(string step)
    {
        await using var stored = await FilledAsync(600);
        using (var process = Start(stored.ConnectionString))
        {
            server.Batches.Progress = _ => step == "GET /v1/batches/id" ? "in_progress" : "completed";
            server.Batches.Loses = name =>
            {
                if (name == step && !process.HasExited)
                {
                    process.Kill();
                    return true;
                }

                return false;
            };
            await process.WaitAsync();
        }

        server.Batches.Loses = _ => false;
        server.Batches.Progress = _ => "completed";
        using var second = Start(stored.ConnectionString);

        Assert.True(await second.WaitAsync() == 0, second.Errors + second.Output);
        Assert.Contains("Completed 600", second.Output, StringComparison.Ordinal);
        Assert.Equal(0, await stored.WrongAsync(new LexicalProvider(384)));
        Assert.Single(server.Batches.All);
        Assert.Equal(600, server.Batches.Paid.Count);
        Assert.Empty(Interactive());
    }

    [Fact]
    public async Task A_process_that_is_killed_while_it_writes_leaves_the_rest_to_the_next()
    {
        await using var stored = await FilledAsync(3000);
        // The write of one item waits until the process is gone.
        await stored.ExecuteAsync(
            """
            CREATE FUNCTION stall() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN PERFORM pg_sleep(600); RETURN NEW; END $$;
            CREATE TRIGGER stall BEFORE UPDATE ON issues FOR EACH ROW WHEN (OLD.number = 1500) EXECUTE FUNCTION stall()
            """
        );
        using (var process = Start(stored.ConnectionString))
        {
            while (
                !await stored.ReadAsync<bool>(
                    "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database())"
                )
            )
            {
                Assert.False(process.HasExited, process.Errors + process.Output);
                await Task.Delay(TimeSpan.FromMilliseconds(20), TestContext.Current.CancellationToken);
            }

            process.Kill();
            await process.WaitAsync();
        }

        await stored.ExecuteAsync(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database(); DROP TRIGGER stall ON issues"
        );
        var kept = await stored.ReadAsync<long>("SELECT count(*) FROM issues WHERE embedding IS NOT NULL");
        using var second = Start(stored.ConnectionString);

        Assert.True(await second.WaitAsync() == 0, second.Errors + second.Output);
        Assert.InRange(kept, 1, 2999);
        Assert.Contains($"Completed {3000 - kept}", second.Output, StringComparison.Ordinal);
        Assert.Equal(0, await stored.WrongAsync(new LexicalProvider(384)));
        Assert.Single(server.Batches.All);
        Assert.Equal(3000, server.Batches.Paid.Count);
    }

    [Fact]
    public async Task A_batch_that_was_recorded_and_never_created_is_created_by_the_next_run()
    {
        await using var stored = await FilledAsync(50);
        server.Batches.Fault = name => name == "POST /v1/batches" ? OpenAIFault.Error(500, "broken") : null;
        await Assert.ThrowsAsync<BackfillException>(() => RunAsync(stored));
        server.Batches.Fault = _ => null;

        var early = await RunAsync(stored, EmbeddingBatchTests.NoWait);
        await stored.ExecuteAsync(
            "UPDATE backfill.embedding_batch SET submitted_at = submitted_at - interval '2 minutes'"
        );
        var later = await RunAsync(stored);

        // For a minute its creation may be on its way still.
        Assert.Equal((RunState.Waiting, 50), (early.State, early.InBatch));
        Assert.Equal((RunState.Completed, 50), (later.State, later.Embedded));
        Assert.Single(server.Batches.All);
        Assert.Single(server.Batches.Requests, name => name == "POST /v1/files");
    }

    [Fact]
    public async Task After_a_lost_answer_the_batch_is_searched_on_every_page_before_it_is_created_again()
    {
        await using var stored = await FilledAsync(50);
        server.Batches.PageSize = 2;
        var lost = 0;
        server.Batches.Loses = name =>
        {
            if (name != "POST /v1/batches" || Interlocked.Increment(ref lost) > 1)
            {
                return false;
            }

            for (var other = 0; other < 5; other++)
            {
                server.Batches.All.Add(new FakeBatch($"batch_{100 + other}", null, "file-1", []));
            }

            return true;
        };

        var result = await RunAsync(stored);

        Assert.Equal((RunState.Completed, 50), (result.State, result.Embedded));
        Assert.Single(server.Batches.All, batch => batch.Key is not null);
        Assert.Equal(50, server.Batches.Paid.Count);
    }

    [Fact]
    public async Task A_creation_that_is_refused_holds_no_text()
    {
        await using var stored = await FilledAsync(50);
        server.Batches.Fault = name => name == "POST /v1/batches" ? OpenAIFault.Error(400, "no such file") : null;

        var error = await Assert.ThrowsAsync<BackfillException>(() => RunAsync(stored));

        Assert.Equal(ErrorIds.EmbeddingProviderRefused, error.ErrorId);
        Assert.Equal(0L, await stored.ReadAsync<long>("SELECT count(*) FROM backfill.embedding_claim"));
        Assert.Equal("refused", await stored.ReadAsync<string>("SELECT state FROM backfill.embedding_batch"));
    }

    [Fact]
    public async Task A_stopped_run_leaves_its_batch_with_its_texts_to_the_next()
    {
        await using var stored = await FilledAsync(50);
        using var stop = new CancellationTokenSource();
        server.Batches.Progress = _ =>
        {
            stop.Cancel();
            return "in_progress";
        };

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => RunAsync(stored, null, stop.Token));
        var held = await stored.ReadAsync<long>(
            "SELECT count(*) FROM backfill.embedding_claim WHERE worker LIKE 'batch:%' AND lease_until > now() + interval '47 hours'"
        );
        server.Batches.Progress = _ => "completed";
        var second = await RunAsync(stored);

        Assert.Equal(50, held);
        Assert.Contains(
            stored.Output.Warnings,
            warning => warning.Contains("-BatchId batch_1", StringComparison.Ordinal)
        );
        Assert.Equal((RunState.Completed, 50), (second.State, second.Embedded));
        Assert.Single(server.Batches.All);
    }

    [Fact]
    public async Task A_provider_that_fails_for_a_while_does_not_end_the_wait()
    {
        await using var stored = await FilledAsync(50);
        var looks = 0;
        server.Batches.Fault = name =>
            name == "GET /v1/batches/id" && Interlocked.Increment(ref looks) is > 1 and < 12
                ? OpenAIFault.Error(503, "away")
                : null;
        server.Batches.Progress = _ => looks < 12 ? "in_progress" : "completed";

        var result = await RunAsync(stored);

        Assert.Equal((RunState.Completed, 50), (result.State, result.Embedded));
        Assert.Single(
            stored.Output.Warnings,
            warning => warning.Contains("cannot be looked at", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task A_batch_that_the_provider_does_not_know_keeps_its_texts_for_two_days()
    {
        await using var stored = await FilledAsync(50);
        server.Batches.Progress = _ => "in_progress";
        await RunAsync(stored, EmbeddingBatchTests.NoWait);
        server.Batches.All.Clear();

        var early = await RunAsync(stored, EmbeddingBatchTests.NoWait);
        await stored.ExecuteAsync(
            "UPDATE backfill.embedding_batch SET submitted_at = submitted_at - interval '49 hours'"
        );
        server.Batches.Progress = _ => "completed";
        var later = await RunAsync(stored);

        Assert.Equal((RunState.Waiting, 50), (early.State, early.InBatch));
        Assert.Equal((RunState.Completed, 50), (later.State, later.Embedded));
    }

    [Fact]
    public async Task Two_processes_submit_different_texts_and_collect_each_batch_once()
    {
        await using var stored = await FilledAsync(2000);
        using var first = Start(stored.ConnectionString);
        using var second = Start(stored.ConnectionString);

        Assert.True(await first.WaitAsync() == 0, first.Errors + first.Output);
        Assert.True(await second.WaitAsync() == 0, second.Errors + second.Output);

        Assert.Equal(2000, server.Batches.Paid.Count);
        Assert.Equal(2000, server.Batches.Paid.Distinct().Count());
        Assert.Equal(0, await stored.WrongAsync(new LexicalProvider(384)));
        Assert.Equal(
            2000,
            new[] { first, second }.Sum(process => int.Parse(process.Output.Trim().Split(' ')[^1], null))
        );
    }

    public ValueTask DisposeAsync() => server.DisposeAsync();

    private string[] Interactive() =>
        [.. server.Calls.SelectMany(call => call.Input).Where(text => text != "[ISSUE] Probe")];

    private async Task<EmbeddingResult> RunAsync(
        EmbeddingDatabase stored,
        Func<EmbeddingRequest, EmbeddingRequest>? change = null,
        CancellationToken? cancellationToken = null
    ) =>
        Assert.Single(
            await stored.RunAllAsync(
                server.Provider(time: time),
                request => (change ?? (same => same))(request with { Batch = true }),
                cancellationToken,
                time: time
            )
        );

    private HostProcess Start(string connection) =>
        HostProcess.Start(
            ["-Command", Command],
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
