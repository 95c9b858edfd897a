using System.Collections.Concurrent;
using Backfill.Core.Embedding.Providers;
using Backfill.Integration.Tests.Support;

namespace Backfill.Integration.Tests.Embedding;

/// <summary>Answers that are paid for and lack vectors: what came is stored, the rest is asked for again, and a provider that goes on so is given up.</summary>
public sealed class MissingVectorsTests(TestPostgres postgres) : IAsyncDisposable
{
    private readonly FakeOpenAI server = new();

    [Fact]
    public async Task Vectors_that_are_missing_are_asked_for_again_alone()
    {
        var isFirst = true;
        server.LeavesOut = (_, place) => isFirst && place is (3 or 7);
        server.Answered = _ => isFirst = false;
        var texts = Enumerable.Range(0, 10).Select(n => $"text {n}").ToArray();

        var made = await server.Provider().EmbedAsync(texts, TestContext.Current.CancellationToken);

        var expected = await new LexicalProvider(384).EmbedAsync(texts, TestContext.Current.CancellationToken);
        Assert.Equal(expected.Texts.Select(text => text.Vector!), made.Texts.Select(text => text.Vector!));
        Assert.Equal(["text 3", "text 7"], server.Calls.Last().Input);
        Assert.Equal(2, server.Calls.Count);
        // Ten tokens a text, for all ten and for the two again.
        Assert.Equal(120, made.Tokens);
    }

    [Fact]
    public async Task A_provider_that_always_leaves_vectors_out_is_given_up_after_few_requests_and_its_vectors_are_stored()
    {
        await using var stored = await FilledAsync(450);
        var came = new ConcurrentDictionary<string, bool>(StringComparer.Ordinal);
        server.LeavesOut = (_, place) => place > 0;
        server.Answered = call => came[call.Input[0]] = true;

        var error = await Assert.ThrowsAsync<BackfillException>(() => stored.RunAsync(server.Provider()));

        Assert.Equal(ErrorIds.EmbeddingProviderUnavailable, error.ErrorId);
        Assert.Contains("lack vectors", error.Message, StringComparison.Ordinal);
        // The probe, and at most three rounds for each of the four requests that may be under way at first.
        Assert.InRange(server.Calls.Count, 4, 1 + (3 * 4));
        // All but the probe's.
        Assert.Equal(
            came.Count - 1L,
            await stored.ReadAsync<long>("SELECT count(*) FROM issues WHERE embedding IS NOT NULL")
        );
        Assert.Equal(
            0L,
            await stored.ReadAsync<long>(
                "SELECT (SELECT count(*) FROM backfill.embedding_state WHERE quarantined_at IS NOT NULL) + (SELECT count(*) FROM backfill.embedding_claim WHERE worker IS NOT NULL)"
            )
        );
    }

    [Fact]
    public async Task A_provider_that_stops_giving_vectors_is_given_up_after_few_requests()
    {
        await using var stored = await FilledAsync(450);
        server.LeavesOut = (call, _) => call.Input is not ["[ISSUE] Probe"];

        var error = await Assert.ThrowsAsync<BackfillException>(() => stored.RunAsync(server.Provider()));

        Assert.Equal(ErrorIds.EmbeddingProviderUnavailable, error.ErrorId);
        Assert.InRange(server.Calls.Count, 4, 1 + (3 * 4));
    }

    [Fact]
    public async Task A_provider_that_never_gives_a_vector_is_found_out_by_the_probe()
    {
        await using var stored = await FilledAsync(450);
        server.LeavesOut = (_, _) => true;

        var error = await Assert.ThrowsAsync<BackfillException>(() => stored.RunAsync(server.Provider()));

        Assert.Equal(ErrorIds.EmbeddingProviderUnavailable, error.ErrorId);
        Assert.Equal(3, server.Calls.Count);
    }

    [Fact]
    public async Task A_text_that_gets_no_vector_is_set_aside_and_its_neighbours_are_stored()
    {
        await using var stored = await FilledAsync(150);
        await stored.ExecuteAsync("UPDATE issues SET body = 'poison' WHERE number IN (20, 120, 121)");
        server.LeavesOut = (call, place) => call.Input[place].EndsWith("poison", StringComparison.Ordinal);

        var result = await stored.RunAsync(server.Provider());

        Assert.Equal((RunState.Incomplete, 147, 3), (result.State, result.Embedded, result.Quarantined));
        Assert.Contains(
            "without a vector",
            await stored.ReadAsync<string>(
                "SELECT last_error FROM backfill.embedding_state WHERE quarantined_at IS NOT NULL LIMIT 1"
            ),
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("""{"data":[{"index":0,"embedding":[1]},{"index":0,"embedding":[1]}]}""")]
    [InlineData("""{"data":[{"index":99,"embedding":[1]}]}""")]
    [InlineData("""{"data":[{"embedding":[1]}]}""")]
    [InlineData("<html>")]
    public async Task An_answer_that_cannot_be_used_is_paid_for_three_times_at_most(string body)
    {
        server.Fault = _ => new OpenAIFault(200, body);

        var error = await Assert.ThrowsAsync<BackfillException>(() =>
            server.Provider().EmbedAsync(["alpha", "beta"], TestContext.Current.CancellationToken)
        );

        Assert.Equal(ErrorIds.EmbeddingProviderUnavailable, error.ErrorId);
        Assert.Equal(3, server.Calls.Count);
    }

    [Fact]
    public async Task Paid_vectors_are_stored_even_if_a_later_request_of_the_same_batch_fails()
    {
        await using var stored = await FilledAsync(600);
        var requests = 0;
        server.Fault = call =>
            call.Input.Length > 1 && Interlocked.Increment(ref requests) > 1
                ? OpenAIFault.Error(429, "quota", "insufficient_quota")
                : null;

        var error = await Assert.ThrowsAsync<BackfillException>(() =>
            stored.RunAsync(server.Provider(), request => request with { BatchSize = 600 })
        );

        Assert.Equal(ErrorIds.EmbeddingProviderRefused, error.ErrorId);
        var paid = server.Calls.First(call => call.Input.Length > 1).Input.Distinct(StringComparer.Ordinal).Count();
        Assert.Equal(
            (long)paid,
            await stored.ReadAsync<long>("SELECT count(*) FROM issues WHERE embedding IS NOT NULL")
        );
    }

    [Fact]
    public async Task Paid_vectors_are_stored_even_if_the_run_is_stopped_during_a_later_request_of_the_same_batch()
    {
        await using var stored = await FilledAsync(600);
        using var stopping = new CancellationTokenSource();
        var requests = 0;
        server.Fault = call =>
        {
            if (call.Input.Length > 1 && Interlocked.Increment(ref requests) > 1)
            {
                stopping.Cancel();
            }

            return null;
        };

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            stored.RunAsync(server.Provider(), request => request with { BatchSize = 600 }, stopping.Token)
        );

        var paid = server.Calls.First(call => call.Input.Length > 1).Input.Distinct(StringComparer.Ordinal).Count();
        Assert.Equal(
            (long)paid,
            await stored.ReadAsync<long>("SELECT count(*) FROM issues WHERE embedding IS NOT NULL")
        );
    }

    [Fact]
    public async Task Vectors_of_the_edge_function_are_kept_even_if_it_fails_later()
    {
        var calls = 0;
        server.Fault = _ =>
            Interlocked.Increment(ref calls) > 20 ? OpenAIFault.Error(401, "the key was revoked") : null;
        var provider = EmbeddingProviders.Create(
            new BackfillSettings
            {
                EmbeddingProvider = "Supabase",
                SupabaseUrl = new Uri(server.Address, "/"),
                SupabaseServiceKey = new Secret("service-key"),
            },
            server.Client,
            new EmbeddingRequest(),
            384
        );

        var made = await provider.EmbedAsync(
            [.. Enumerable.Range(0, 60).Select(n => $"text {n}")],
            TestContext.Current.CancellationToken
        );

        Assert.Equal(ErrorIds.EmbeddingProviderRefused, Assert.IsType<BackfillException>(made.Failure).ErrorId);
        Assert.Contains(made.Texts, text => text.Vector is not null);
        Assert.Contains(made.Texts, text => text is { Vector: null, Refusal: null });
    }

    [Fact]
    public async Task Shortened_texts_are_counted()
    {
        await using var stored = await FilledAsync(60);
        server.Fault = call =>
            call.Input.Any(text => OpenAIProvider.CountWords(text) > 200)
                ? OpenAIFault.Error(413, "`inputs` must have less than 200 tokens. Given: 300")
                : null;

        var result = await stored.RunAsync(server.Provider(model: "own"));

        Assert.Equal((RunState.Completed, 60), (result.State, result.Embedded));
        Assert.Equal(
            await stored.ReadAsync<long>(
                $"SELECT count(*) FROM issues WHERE length(coalesce(body, '')) > {await ShortestCutAsync(stored)}"
            ),
            result.Shortened
        );
        Assert.InRange(result.Shortened, 1, 59);
    }

    public ValueTask DisposeAsync() => server.DisposeAsync();

    // The length of the longest body whose text has 200 tokens or less: its words are the same in every item.
    private static async Task<int> ShortestCutAsync(EmbeddingDatabase stored)
    {
        var bodies = await stored.ReadAsync<string[]>("SELECT array_agg(coalesce(body, '')) FROM issues");
        return bodies
            .Where(body => OpenAIProvider.CountWords(EmbeddingText.Of("issue", "Issue 10", body)) <= 200)
            .Max(body => body.Length);
    }

    private async Task<EmbeddingDatabase> FilledAsync(int issues)
    {
        var stored = await EmbeddingDatabase.CreateAsync(postgres);
        await stored.FillAsync(issues, 0, 0);
        return stored;
    }
}
