using System.Text.Json.Nodes;
using Backfill.Integration.Tests.Support;

namespace Backfill.Integration.Tests.Inngest;

/// <summary>Embeddings and metrics by functions: what is told is what the rows show.</summary>
public sealed class InngestStagesTests(TestPostgres postgres)
{
    // What the app's function does an event, made small.
    private const int PerEvent = 8;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Events_follow_one_another_until_every_item_has_a_vector()
    {
        await using var bench = await StoredAsync();
        bench.Inngest.Worker = async (_, runs) =>
        {
            runs[0].Is("Running");
            await EmbedAsync(bench, PerEvent);
            runs[0].Is("Completed");
        };
        var items = await WaitingAsync(bench);
        Assert.True(items > PerEvent * 2);

        var (result, output) = await EmbeddingsAsync(bench);

        Assert.Empty(output.Errors);
        Assert.Equal((RunState.Completed, items, 0L), (result.State, result.Embedded, result.Remaining));
        Assert.Equal(0, await WaitingAsync(bench));
        Assert.Equal((items + PerEvent - 1) / PerEvent, bench.Inngest.Events.Count);
        Assert.All(bench.Inngest.Events, one => Assert.Equal("embeddings/compute.requested", one.Name));
        Assert.Equal(bench.Inngest.Events.Count, bench.Inngest.Events.Select(one => one.Id).Distinct().Count());
        var data = bench.Inngest.Events.First().Data;
        Assert.Equal("bdougie", data["owner"]!.GetValue<string>());
        Assert.False(data["forceRegenerate"]!.GetValue<bool>());

        // Nothing is left, so that nothing is sent.
        bench.Inngest.Events.Clear();
        var (again, _) = await EmbeddingsAsync(bench);
        Assert.Equal((RunState.Completed, 0L, items), (again.State, again.Embedded, again.Unchanged));
        Assert.Empty(bench.Inngest.Events);
    }

    [Fact]
    public async Task A_function_that_completes_without_embedding_anything_is_detected()
    {
        await using var bench = await StoredAsync();
        var items = await WaitingAsync(bench);

        var (result, output) = await EmbeddingsAsync(bench);

        Assert.Equal((RunState.Incomplete, 0L, items), (result.State, result.Embedded, result.Remaining));
        var error = Assert.Single(output.Errors);
        Assert.Equal(ErrorIds.InngestNothingStored, error.ErrorId);
        Assert.Single(bench.Inngest.Events);
    }

    [Fact]
    public async Task Without_a_signing_key_an_event_ends_when_the_rows_stop_changing()
    {
        await using var bench = await StoredAsync();
        bench.Settings = bench.Settings with { Inngest = bench.Settings.Inngest with { SigningKey = null } };
        bench.Inngest.Worker = (_, _) => EmbedAsync(bench, 15);
        var items = await WaitingAsync(bench);

        var (result, output) = await EmbeddingsAsync(bench, request => request with { MaxIterations = 1 });

        Assert.Equal((RunState.Incomplete, 15L, items - 15), (result.State, result.Embedded, result.Remaining));
        Assert.Empty(output.Errors);
        Assert.Contains("the limit of 1 event ", Assert.Single(output.Warnings));
    }

    [Fact]
    public async Task A_function_that_fails_is_distinguished_from_one_that_never_begins()
    {
        await using var bench = await StoredAsync();
        bench.Inngest.Worker = (_, runs) =>
        {
            runs[0].Fail("OPENAI_API_KEY is empty");
            return Task.CompletedTask;
        };
        var (failed, first) = await EmbeddingsAsync(bench);
        bench.Inngest.Triggers = [];
        var (silent, second) = await EmbeddingsAsync(bench);

        Assert.Equal((RunState.Failed, RunState.Failed), (failed.State, silent.State));
        Assert.Contains("OPENAI_API_KEY is empty", Assert.Single(first.Errors).Message);
        Assert.Equal(ErrorIds.InngestNothingRan, Assert.Single(second.Errors).ErrorId);
    }

    [Fact]
    public async Task A_job_that_takes_too_long_may_still_run()
    {
        await using var bench = await StoredAsync();
        bench.Inngest.Worker = (_, runs) =>
        {
            runs[0].Is("Running");
            return Task.CompletedTask;
        };

        var (result, output) = await EmbeddingsAsync(
            bench,
            request => request with { Timeout = TimeSpan.FromMinutes(1) }
        );

        Assert.Equal(RunState.Incomplete, result.State);
        var error = Assert.Single(output.Errors);
        Assert.Equal(ErrorIds.WaitTimedOut, error.ErrorId);
        Assert.Contains("may still run", error.Message);
    }

    [Theory]
    [InlineData("Completed")]
    [InlineData("Failed")]
    public async Task An_embedding_function_between_two_steps_or_two_tries_has_not_ended(string listed)
    {
        await using var bench = await StoredAsync();
        bench.Inngest.Worker = async (_, runs) =>
        {
            runs[0].Pauses(listed);
            await Task.Delay(TimeSpan.FromSeconds(90), bench.Time);
            await EmbedAsync(bench, 1000);
            runs[0].Is("Completed");
        };

        var (result, output) = await EmbeddingsAsync(bench);

        Assert.Empty(output.Errors);
        Assert.Equal((RunState.Completed, 0L), (result.State, result.Remaining));
        Assert.Single(bench.Inngest.Events);
    }

    [Theory]
    [InlineData("Completed")]
    [InlineData("Failed")]
    public async Task A_metrics_function_between_two_steps_or_two_tries_has_not_ended(string listed)
    {
        await using var bench = await StoredAsync();
        bench.Inngest.Worker = async (_, runs) =>
        {
            runs[0].Pauses(listed);
            await Task.Delay(TimeSpan.FromSeconds(90), bench.Time);
            runs[0].Fail("seen at its end");
        };

        var (_, output) = await MetricsAsync(bench);

        Assert.Contains("seen at its end", Assert.Single(output.Errors).Message);
    }

    [Fact]
    public async Task An_embedding_event_that_was_folded_into_another_is_judged_by_the_rows()
    {
        await using var bench = await StoredAsync();
        bench.Inngest.Options["embeddings/compute.requested"] = new JsonObject
        {
            ["debounce"] = new JsonObject { ["period"] = "30s" },
        };
        bench.Inngest.Keeps = sent =>
        {
            bench.Inngest.Work.Enqueue(
                Task.Run(async () =>
                {
                    await Task.Delay(TimeSpan.FromMinutes(3), bench.Time);
                    await EmbedAsync(bench, 1000);
                })
            );
            return null;
        };

        var (result, output) = await EmbeddingsAsync(bench);

        Assert.Empty(output.Errors);
        Assert.Equal(RunState.Completed, result.State);
    }

    [Fact]
    public async Task An_accepted_event_is_reported_even_if_its_runs_cannot_be_read()
    {
        await using var bench = await StoredAsync();
        bench.Settings = bench.Settings with
        {
            Inngest = bench.Settings.Inngest with { SigningKey = new Secret("signkey-test-ffff") },
        };

        var error = await Assert.ThrowsAsync<BackfillException>(() => EmbeddingsAsync(bench));

        Assert.Equal(ErrorIds.InngestKeyRefused, error.ErrorId);
        Assert.Contains("accepted the event embeddings/compute.requested", error.Message);
        Assert.Contains(bench.Inngest.Events.Single().InternalId, error.Message);
        Assert.DoesNotContain("Nothing was started", error.Action);
    }

    [Fact]
    public async Task Metrics_count_as_computed_once_they_are_stored()
    {
        await using var bench = await StoredAsync();
        bench.Inngest.Worker = async (stored, runs) =>
        {
            await bench.Bench.ExecuteAsync(
                $"""
                INSERT INTO backfill.workspace_metrics (workspace_id, time_range, period_end, metrics, calculated_at)
                VALUES ('{stored.Data["workspaceId"]}', '{stored.Data["timeRange"]}', now(), '[]', now())
                ON CONFLICT (workspace_id, time_range) DO UPDATE SET calculated_at = now()
                """
            );
            runs[0].Is("Completed");
        };

        var (metrics, output) = await MetricsAsync(bench);

        Assert.Empty(output.Errors);
        Assert.Equal((RunState.Completed, "team"), (metrics.State, metrics.Workspace));
        Assert.Equal([InngestBench.Repository], metrics.Repositories);
        Assert.NotNull(metrics.CalculatedAt);
        Assert.Equal(
            ["30d", "7d"],
            bench.Inngest.Events.Select(one => one.Data["timeRange"]!.GetValue<string>()).Order(StringComparer.Ordinal)
        );

        // What was there before does not count as computed.
        bench.Inngest.Worker = (_, runs) =>
        {
            runs[0].Is("Completed");
            return Task.CompletedTask;
        };
        var (stale, told) = await MetricsAsync(bench);
        Assert.Equal(RunState.Incomplete, stale.State);
        Assert.Equal(ErrorIds.InngestNothingStored, Assert.Single(told.Errors).ErrorId);
    }

    [Fact]
    public async Task A_function_that_stores_nothing_is_reported()
    {
        await using var bench = await StoredAsync();

        var (metrics, output) = await MetricsAsync(bench);

        Assert.Equal(RunState.Incomplete, metrics.State);
        Assert.Null(metrics.CalculatedAt);
        var error = Assert.Single(output.Errors);
        Assert.Equal(ErrorIds.InngestNothingStored, error.ErrorId);
        Assert.Contains("no metrics were stored for 7d, 30d", error.Message);
        Assert.Contains("without -Engine", error.Action);
    }

    [Fact]
    public async Task Dry_runs_show_the_events_and_send_none()
    {
        await using var bench = await StoredAsync();

        var (embedding, first) = await EmbeddingsAsync(bench, request => request with { Plan = true });
        var (metrics, second) = await MetricsAsync(bench, request => request with { Plan = true });

        Assert.Empty(bench.Inngest.Events);
        Assert.Equal((RunState.Planned, RunState.Planned), (embedding.State, metrics.State));
        Assert.Equal(await WaitingAsync(bench), embedding.Estimate!.Items);
        Assert.Contains("embeddings/compute.requested", Assert.Single(first.Shown));
        Assert.Equal(2, second.Shown.Count);
        Assert.All(first.Shown.Concat(second.Shown), shown => Assert.DoesNotContain(FakeInngest.EventKey, shown));
        Assert.All(first.Shown.Concat(second.Shown), shown => Assert.Contains("e/********", shown));
    }

    private async Task<InngestBench> StoredAsync()
    {
        var bench = await InngestBench.SetUpAsync(postgres);
        await FakeWorker.StoreAsync(bench.Bench, InngestBench.Repository);
        return bench;
    }

    private static Task<long> WaitingAsync(InngestBench bench) =>
        bench.Bench.CountAsync(
            "SELECT (SELECT count(*) FROM issues WHERE embedding IS NULL) + (SELECT count(*) FROM pull_requests WHERE embedding IS NULL) + (SELECT count(*) FROM discussions WHERE embedding IS NULL)"
        );

    // As the function does: vectors and their times, no hash of the text.
    private static Task EmbedAsync(InngestBench bench, int items) =>
        bench.Bench.ExecuteAsync(
            $"""
            WITH waiting AS (
              SELECT 'i' AS kind, id::text AS id FROM issues WHERE embedding IS NULL
              UNION ALL SELECT 'p', id::text FROM pull_requests WHERE embedding IS NULL
              UNION ALL SELECT 'd', id::text FROM discussions WHERE embedding IS NULL
              LIMIT {items}
            ), issue AS (
              UPDATE issues SET embedding = array_fill(0.1::real, ARRAY[384]), embedding_generated_at = now()
               WHERE id::text IN (SELECT id FROM waiting WHERE kind = 'i')
            ), pull AS (
              UPDATE pull_requests SET embedding = array_fill(0.1::real, ARRAY[384]), embedding_generated_at = now()
               WHERE id::text IN (SELECT id FROM waiting WHERE kind = 'p')
            )
            UPDATE discussions SET embedding = array_fill(0.1::real, ARRAY[384]), embedding_generated_at = now()
             WHERE id::text IN (SELECT id FROM waiting WHERE kind = 'd')
            """
        );

    private static async Task<(EmbeddingResult Result, CollectedOutput Output)> EmbeddingsAsync(
        InngestBench bench,
        Func<EmbeddingRequest, EmbeddingRequest>? change = null
    )
    {
        var output = new CollectedOutput();
        var request = new EmbeddingRequest
        {
            Repositories = [RepositoryName.Parse(InngestBench.Repository)],
            Engine = EngineKind.Inngest,
        };
        await bench.Engine.EmbedAsync(bench.Settings, change is null ? request : change(request), output, Token);
        return (Assert.IsType<EmbeddingResult>(Assert.Single(output.Results)), output);
    }

    private static async Task<(WorkspaceMetrics Metrics, CollectedOutput Output)> MetricsAsync(
        InngestBench bench,
        Func<MetricsRequest, MetricsRequest>? change = null
    )
    {
        var output = new CollectedOutput();
        var request = new MetricsRequest(
            [RepositoryName.Parse(InngestBench.Repository)],
            [],
            [TimeRange.Parse("7d"), TimeRange.Parse("30d")],
            Plan: false
        )
        {
            Engine = EngineKind.Inngest,
        };
        await bench.Engine.UpdateMetricsAsync(
            bench.Settings,
            change is null ? request : change(request),
            output,
            Token
        );
        return (Assert.IsType<WorkspaceMetrics>(Assert.Single(output.Results)), output);
    }
}
