using Backfill.Integration.Tests.Support;

namespace Backfill.Integration.Tests.Embedding;

public sealed class EmbeddingFaultsTests(TestPostgres postgres) : IAsyncDisposable
{
    private readonly FakeOpenAI server = new();

    [Fact]
    public async Task A_refused_item_is_set_aside_with_the_reason_until_its_text_changes()
    {
        await using var stored = await FilledAsync(150);
        await stored.ExecuteAsync("UPDATE issues SET body = 'poison' WHERE number IN (20, 120)");
        server.Fault = call => call.Input.Any(IsPoison) ? OpenAIFault.Error(400, "cannot embed this") : null;

        var first = await stored.RunAsync(server.Provider());
        var error = Assert.Single(stored.Output.Errors);
        server.Calls.Clear();
        var second = await stored.RunAsync(server.Provider());
        var asked = server.Calls.Count;
        await stored.ExecuteAsync("UPDATE issues SET body = 'harmless' WHERE number = 20");
        var third = await stored.RunAsync(server.Provider());

        Assert.Equal(
            (RunState.Incomplete, 148, 2, 0),
            (first.State, first.Embedded, first.Quarantined, first.Remaining)
        );
        Assert.Equal(ErrorIds.EmbeddingIncomplete, error.ErrorId);
        Assert.Contains("400 cannot embed this", error.Message, StringComparison.Ordinal);
        Assert.Equal(
            2L,
            await stored.ReadAsync<long>("SELECT count(*) FROM issues WHERE number = 20 OR embedding IS NULL")
        );
        Assert.Equal((RunState.Incomplete, 2, 148, 0), (second.State, second.Quarantined, second.Unchanged, asked));
        Assert.Equal((1, 1), (third.Embedded, third.Quarantined));
        Assert.Equal(
            "400 cannot embed this",
            await stored.ReadAsync<string>(
                "SELECT last_error FROM backfill.embedding_state WHERE quarantined_at IS NOT NULL"
            )
        );
    }

    [Fact]
    public async Task A_provider_that_refuses_all_texts_is_not_the_items_fault()
    {
        await using var stored = await FilledAsync(60);
        server.Fault = call =>
            call.Input.Any(text => text != "[ISSUE] Probe") ? OpenAIFault.Error(400, "input too long") : null;

        var error = await Assert.ThrowsAsync<BackfillException>(() => stored.RunAsync(server.Provider()));

        Assert.Equal(ErrorIds.EmbeddingProviderRefused, error.ErrorId);
        Assert.Contains("input too long", error.Message, StringComparison.Ordinal);
        Assert.Equal(0L, await stored.ReadAsync<long>("SELECT count(*) FROM backfill.embedding_state"));
    }

    [Fact]
    public async Task A_wrong_key_is_found_before_anything_is_begun()
    {
        await using var stored = await FilledAsync(60);
        var before = await stored.ChecksumAsync();
        server.Fault = _ => OpenAIFault.Error(401, "Incorrect API key provided.", "invalid_api_key");

        var error = await Assert.ThrowsAsync<BackfillException>(() => stored.RunAsync(server.Provider()));

        Assert.Equal(ErrorIds.EmbeddingProviderRefused, error.ErrorId);
        Assert.Single(server.Calls);
        Assert.Equal(before, await stored.ChecksumAsync());
    }

    [Fact]
    public async Task A_quota_that_ends_during_a_run_keeps_the_written_vectors_and_the_next_run_continues()
    {
        await using var stored = await FilledAsync(500);
        var calls = 0;
        server.Fault = _ =>
            Interlocked.Increment(ref calls) > 5 ? OpenAIFault.Error(429, "quota", "insufficient_quota") : null;

        await Assert.ThrowsAsync<BackfillException>(() => stored.RunAsync(server.Provider()));
        var kept = await stored.ReadAsync<long>("SELECT count(*) FROM issues WHERE embedding IS NOT NULL");
        server.Fault = _ => null;
        var second = await stored.RunAsync(server.Provider());

        Assert.InRange(kept, 1, 499);
        Assert.Equal((RunState.Completed, kept, 500 - kept), (second.State, second.Unchanged, second.Embedded));
    }

    [Fact]
    public async Task The_cost_limit_is_kept_before_sending()
    {
        await using var stored = await FilledAsync(300);
        var provider = server.Provider();
        server.CountTokens = provider.CountTokens;

        // Forty thousand tokens at two cents a million: more than one batch of 50, far from all.
        var result = await stored.RunAsync(provider, request => request with { CostLimit = 0.0008m });

        Assert.Equal(RunState.Incomplete, result.State);
        Assert.InRange(server.Calls.Sum(call => call.Input.Sum(provider.CountTokens)), 1, 40_000);
        Assert.InRange(result.Embedded, 1, 299);
        Assert.InRange(result.Cost!.Value, 0.0001m, 0.0008m);
        Assert.Contains("cost limit", Assert.Single(stored.Output.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cost_limit_without_a_price_is_refused()
    {
        await using var stored = await FilledAsync(1);

        var error = await Assert.ThrowsAsync<BackfillException>(() =>
            stored.RunAsync(server.Provider(model: "own"), request => request with { CostLimit = 1 })
        );

        Assert.Equal(ErrorIds.SettingMalformed, error.ErrorId);
        Assert.Empty(server.Calls);
    }

    [Fact]
    public async Task A_plan_sends_no_request_even_when_only_the_provider_knows_the_length()
    {
        await using var stored = await FilledAsync(10);
        await stored.RunAsync(server.Provider(model: "own"));
        server.Calls.Clear();

        var plan = await stored.RunAsync(server.Provider(model: "own"), request => request with { Plan = true });

        Assert.Equal(("OpenAI/own/384", 0L), (plan.Model, plan.Estimate!.Items));
        Assert.Null(plan.Estimate.Cost);
        Assert.Empty(server.Calls);
    }

    public ValueTask DisposeAsync() => server.DisposeAsync();

    private static bool IsPoison(string text) => text.EndsWith("poison", StringComparison.Ordinal);

    private async Task<EmbeddingDatabase> FilledAsync(int issues)
    {
        var stored = await EmbeddingDatabase.CreateAsync(postgres);
        await stored.FillAsync(issues, 0, 0);
        return stored;
    }
}
