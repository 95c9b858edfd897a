using Backfill.Core.Embedding.Providers;
using Backfill.Core.Embedding.Run;
using Backfill.Integration.Tests.Support;

namespace Backfill.Integration.Tests.Embedding;

public sealed class EmbeddingBackfillTests(TestPostgres postgres)
{
    private readonly LexicalProvider lexical = new(384);

    [Fact]
    public async Task Every_item_gets_its_vector_and_a_second_run_has_nothing_to_do()
    {
        await using var stored = await FilledAsync(120, 150, 30);

        var first = await stored.RunAsync(new HookedProvider(concurrency: 4));
        var untouched = await stored.ChecksumAsync();
        var asked = new HookedProvider();
        var second = await stored.RunAsync(asked);

        Assert.Equal((RunState.Completed, 300, 0, 0), (first.State, first.Embedded, first.Unchanged, first.Remaining));
        Assert.Equal("Lexical/hashed-ngrams-1/384", first.Model);
        Assert.Equal(0m, first.Cost);
        Assert.Equal((RunState.Completed, 0, 300), (second.State, second.Embedded, second.Unchanged));
        Assert.Equal(0, await stored.WrongAsync(lexical));
        Assert.Empty(asked.Asked);
        Assert.Equal(untouched, await stored.ChecksumAsync());
        Assert.Equal(0L, await stored.ReadAsync<long>("SELECT count(*) FROM items_needing_embeddings_priority"));
        Assert.Contains(
            stored.Output.Reports,
            shown => shown is { PercentComplete: > 0 and < 100, SecondsRemaining: >= 0 }
        );
        Assert.True(stored.Output.Reports.Last().Completed);
    }

    [Fact]
    public async Task The_hash_equals_that_of_the_app()
    {
        await using var stored = await FilledAsync(1, 0, 0);
        await stored.ExecuteAsync("UPDATE issues SET title = 'Größe', body = E'two\\nlines'");

        await stored.RunAsync(lexical);

        // printf 'Größe:two\nlines' | sha256sum
        Assert.Equal(
            Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData("Größe:two\nlines"u8))[..16],
            await stored.ReadAsync<string>("SELECT content_hash FROM issues")
        );
    }

    [Fact]
    public async Task Issues_come_before_pull_requests_before_discussions_and_the_newest_first()
    {
        await using var stored = await FilledAsync(60, 60, 5);
        var asked = new HookedProvider();

        await stored.RunAsync(asked);

        Assert.Equal(
            [
                .. Enumerable.Range(1, 60).Reverse().Select(n => $"[ISSUE] Issue {n}"),
                .. Enumerable.Range(1, 60).Reverse().Select(n => $"[PULL_REQUEST] Pull request {n}"),
                .. Enumerable.Range(1, 5).Reverse().Select(n => $"[DISCUSSION] Discussion {n}"),
            ],
            asked.Asked.Select(text => string.Join(' ', text.Split(' ').TakeWhile(word => word is not ("Words" or ""))))
        );
    }

    [Fact]
    public async Task An_edit_during_the_request_wins_and_is_embedded_in_the_same_run()
    {
        await using var stored = await FilledAsync(20, 0, 0);
        var edited = false;
        var provider = new HookedProvider(async _ =>
        {
            if (!edited)
            {
                edited = true;
                await stored.ExecuteAsync("UPDATE issues SET body = 'Another text' WHERE number IN (3, 4)");
                await stored.ExecuteAsync("DELETE FROM issues WHERE number = 5");
            }
        });

        var result = await stored.RunAsync(provider);

        Assert.Equal(
            (RunState.Completed, 19, 3, 0),
            (result.State, result.Embedded, result.Superseded, result.Remaining)
        );
        Assert.Equal(0, await stored.WrongAsync(lexical));
        Assert.Equal(22, provider.Asked.Count);
    }

    [Fact]
    public async Task A_label_on_an_item_costs_no_request()
    {
        await using var stored = await FilledAsync(20, 0, 0);
        await stored.RunAsync(lexical);
        await stored.ExecuteAsync("UPDATE issues SET updated_at = now() + interval '1 hour' WHERE number <= 5");
        var asked = new HookedProvider();

        var result = await stored.RunAsync(asked);

        Assert.Equal((RunState.Completed, 0, 20), (result.State, result.Embedded, result.Unchanged));
        Assert.Empty(asked.Asked);
        Assert.Equal(
            0L,
            await stored.ReadAsync<long>("SELECT count(*) FROM issues WHERE embedding_generated_at < updated_at")
        );
    }

    [Fact]
    public async Task An_edited_text_is_embedded_again()
    {
        await using var stored = await FilledAsync(20, 0, 0);
        await stored.RunAsync(lexical);
        await stored.ExecuteAsync("UPDATE issues SET body = 'Edited' WHERE number = 7");
        var asked = new HookedProvider();

        var result = await stored.RunAsync(asked);

        Assert.Equal((1, 19), (result.Embedded, result.Unchanged));
        Assert.Equal(["[ISSUE] Issue 7 Edited"], asked.Asked);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task Identical_texts_are_embedded_once(int concurrency)
    {
        await using var stored = await FilledAsync(200, 0, 0);
        await stored.ExecuteAsync("UPDATE issues SET title = 'Bump', body = 'the same' WHERE number % 2 = 0");
        var asked = new HookedProvider(concurrency: concurrency);

        var first = await stored.RunAsync(asked);
        await stored.ExecuteAsync("UPDATE issues SET title = 'Bump', body = 'the same' WHERE number = 1");
        var second = await stored.RunAsync(asked);

        Assert.Equal((RunState.Completed, 101, 99), (first.State, first.Embedded, first.Reused));
        Assert.Equal((0, 1), (second.Embedded, second.Reused));
        Assert.Equal(101, asked.Asked.Count);
        Assert.Equal(0, await stored.WrongAsync(lexical));
    }

    [Fact]
    public async Task A_run_that_ends_in_the_middle_is_resumed_to_the_same_vectors()
    {
        await using var undisturbed = await FilledAsync(150, 150, 20);
        await undisturbed.RunAsync(lexical);
        await using var stored = await FilledAsync(150, 150, 20);
        using var killed = new CancellationTokenSource();
        var batches = 0;
        var provider = new HookedProvider(async _ =>
        {
            if (++batches == 3)
            {
                await killed.CancelAsync();
            }
        });

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => stored.RunAsync(provider, null, killed.Token));
        var second = await stored.RunAsync(lexical);

        Assert.Equal((RunState.Completed, 220, 100), (second.State, second.Embedded, second.Unchanged));
        Assert.Equal(await undisturbed.VectorsAsync(), await stored.VectorsAsync());
    }

    [Fact]
    public async Task A_plan_writes_nothing_and_predicts_the_run()
    {
        await using var stored = await FilledAsync(60, 40, 10);
        await stored.RunAsync(lexical, request => request with { MaxIterations = 1 });
        var before = await stored.ChecksumAsync();
        var asked = new HookedProvider();

        var plan = await stored.RunAsync(asked, request => request with { Plan = true });
        var after = await stored.ChecksumAsync();
        var run = await stored.RunAsync(lexical);

        Assert.Equal(before, after);
        Assert.Empty(asked.Asked);
        Assert.Equal((RunState.Planned, 60L), (plan.State, plan.Estimate!.Items));
        Assert.Equal(60, plan.Estimate.ByReason["missing"]);
        Assert.Equal(10, plan.Estimate.ByType["issue"]);
        Assert.Equal(40, plan.Estimate.ByType["pull_request"]);
        // The run's own probe is two words.
        Assert.Equal(run.Tokens - 2, plan.Estimate.Tokens);
    }

    [Fact]
    public async Task A_plan_shows_reasons_time_and_the_cost_by_a_given_price_table()
    {
        await using var stored = await FilledAsync(20, 0, 0);
        await stored.RunAsync(lexical, request => request with { MaxIterations = 1, BatchSize = 15 });
        await stored.ExecuteAsync("UPDATE issues SET body = 'Edited' WHERE number > 17");
        await stored.ExecuteAsync(
            "UPDATE backfill.embedding_state SET model_key = 'Onnx/other/384' WHERE item_id IN (SELECT id::text FROM issues WHERE number = 10)"
        );
        var table = Path.GetTempFileName();
        await File.WriteAllTextAsync(
            table,
            """{"asOf": "today", "models": {"hashed-ngrams-1": {"dollarsPerMillionTokens": 1000, "tokensPerMinute": 500}}}""",
            TestContext.Current.CancellationToken
        );
        var request = new EmbeddingRequest
        {
            Repositories = [new RepositoryName("octo", "hello")],
            Plan = true,
            AllowModelChange = true,
            Upstream = new SyncEstimate(10, 1, 1, 1, null, ""),
        };

        var plan = Assert.Single(
            await EmbeddingBackfill.RunAsync(
                stored.Database,
                request,
                lexical,
                stored.Output,
                TimeProvider.System,
                TestContext.Current.CancellationToken,
                EmbeddingPrices.Load(table)
            )
        );
        File.Delete(table);

        var estimate = plan.Estimate!;
        Assert.Equal(
            (5, 3, 1, 10),
            (
                estimate.ByReason["missing"],
                estimate.ByReason["changed"],
                estimate.ByReason["model"],
                estimate.ByReason["planned"]
            )
        );
        Assert.Equal(estimate.Tokens / 1000m, estimate.Cost);
        Assert.True(estimate.MostCost > estimate.Cost);
        Assert.Equal(estimate.Tokens / 500.0, estimate.Minutes);
        Assert.Contains("Prices as of today.", estimate.Note, StringComparison.Ordinal);
    }

    [Fact]
    public void A_price_table_that_cannot_be_read_is_an_error_of_the_setting()
    {
        Assert.Equal(
            ErrorIds.SettingMalformed,
            Assert.Throws<BackfillException>(() => EmbeddingPrices.Load("/nowhere/prices.json")).ErrorId
        );
        Assert.Equal("May 2026", EmbeddingPrices.Load(null).AsOf);
    }

    [Fact]
    public async Task A_plan_adds_what_the_planned_sync_would_bring()
    {
        await using var stored = await FilledAsync(10, 0, 0);
        var upstream = new SyncEstimate(1000, 20, 20, 1, null, "");

        var plan = await stored.RunAsync(lexical, request => request with { Plan = true, Upstream = upstream });

        Assert.Equal(1010, plan.Estimate!.Items);
        Assert.Contains(
            "1000 items that the planned stages would add are estimated",
            plan.Estimate.Note,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task A_plan_for_a_database_without_tables_estimates_the_planned_sync()
    {
        await using var database = new Backfill.Core.Postgres.Database(
            await postgres.CreateDatabaseAsync(),
            TimeProvider.System
        );
        var request = new EmbeddingRequest
        {
            Repositories = [new RepositoryName("octo", "new")],
            Plan = true,
            Upstream = new SyncEstimate(50, 1, 1, 1, null, ""),
        };

        var plan = Assert.Single(
            await EmbeddingBackfill.RunAsync(
                database,
                request,
                lexical,
                new CollectedOutput(),
                TimeProvider.System,
                TestContext.Current.CancellationToken
            )
        );

        Assert.Equal(50, plan.Estimate!.Items);
        Assert.True(plan.Estimate.Tokens > 0);
    }

    [Fact]
    public async Task Another_model_does_not_mix_with_the_stored_vectors()
    {
        await using var stored = await FilledAsync(30, 0, 0);
        await stored.RunAsync(new LexicalProvider(64));
        var before = await stored.ChecksumAsync();

        var refused = await Assert.ThrowsAsync<BackfillException>(() => stored.RunAsync(lexical));
        var unchanged = await stored.ChecksumAsync();
        var result = await stored.RunAsync(lexical, request => request with { AllowModelChange = true });

        Assert.Equal(ErrorIds.EmbeddingModelChanged, refused.ErrorId);
        Assert.Contains("Lexical/hashed-ngrams-1/64", refused.Message, StringComparison.Ordinal);
        Assert.Equal(before, unchanged);
        Assert.Equal((RunState.Completed, 30), (result.State, result.Embedded));
        Assert.Equal(0, await stored.WrongAsync(lexical));
    }

    [Fact]
    public async Task Vectors_of_the_app_are_taken_for_its_own_models()
    {
        await using var stored = await FilledAsync(3, 0, 0);
        await stored.ExecuteAsync(
            "UPDATE issues SET embedding = array_fill(0.1::real, ARRAY[384]), embedding_generated_at = now()"
        );

        var refused = await Assert.ThrowsAsync<BackfillException>(() => stored.RunAsync(lexical));

        Assert.Equal(ErrorIds.EmbeddingModelChanged, refused.ErrorId);
        Assert.Contains("OpenAI/text-embedding-3-small/384", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_different_model_of_another_repository_is_reported()
    {
        await using var stored = await FilledAsync(3, 0, 0);
        await stored.RunAsync(new LexicalProvider(64));
        await stored.ExecuteAsync("UPDATE backfill.embedding_state SET repository_id = gen_random_uuid()");
        await stored.ExecuteAsync("DELETE FROM issues");

        await stored.RunAsync(lexical);

        Assert.Contains("Lexical/hashed-ngrams-1/64", Assert.Single(stored.Output.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Force_embeds_everything_once()
    {
        await using var stored = await FilledAsync(120, 0, 0);
        await stored.RunAsync(lexical);
        var asked = new HookedProvider();

        var result = await stored.RunAsync(asked, request => request with { Force = true });

        Assert.Equal((RunState.Completed, 120, 0), (result.State, result.Embedded, result.Unchanged));
        Assert.Equal(120, asked.Asked.Count);
    }

    [Fact]
    public async Task Iterations_and_types_limit_a_run()
    {
        await using var stored = await FilledAsync(120, 30, 0);

        var result = await stored.RunAsync(
            lexical,
            request => request with { MaxIterations = 2, ItemTypes = ["issue"] }
        );

        Assert.Equal((RunState.Incomplete, 100, 20), (result.State, result.Embedded, result.Remaining));
        Assert.Contains("20 items without a vector", Assert.Single(stored.Output.Warnings), StringComparison.Ordinal);
        Assert.Empty(stored.Output.Errors);
    }

    [Fact]
    public async Task An_unknown_type_is_refused() =>
        Assert.Equal(
            ErrorIds.SettingMalformed,
            (
                await Assert.ThrowsAsync<BackfillException>(async () =>
                {
                    await using var stored = await FilledAsync(1, 0, 0);
                    await stored.RunAsync(lexical, request => request with { ItemTypes = ["commit"] });
                })
            ).ErrorId
        );

    [Fact]
    public async Task Other_repositories_are_not_changed()
    {
        await using var stored = await FilledAsync(5, 0, 0);
        await stored.FillAsync(5, 5, 5, await stored.AddRepositoryAsync(2, "other"));

        var result = await stored.RunAsync(lexical);

        Assert.Equal(5, result.Embedded);
        Assert.Equal(5L, await stored.ReadAsync<long>("SELECT count(*) FROM issues WHERE embedding IS NULL"));
    }

    private async Task<EmbeddingDatabase> FilledAsync(int issues, int pullRequests, int discussions)
    {
        var stored = await EmbeddingDatabase.CreateAsync(postgres);
        await stored.FillAsync(issues, pullRequests, discussions);
        return stored;
    }
}
