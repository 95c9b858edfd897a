using Backfill.Core.Embedding.Providers;
using Microsoft.Extensions.Time.Testing;

namespace Backfill.Integration.Tests.Embedding;

public sealed class OpenAIProviderTests : IAsyncDisposable
{
    private readonly FakeOpenAI server = new();
    private readonly LexicalProvider expected = new(384);

    [Fact]
    public async Task A_batch_comes_back_in_the_order_of_its_texts()
    {
        var made = await EmbedAsync(server.Provider(), "alpha beta", "gamma", "delta epsilon");

        var call = Assert.Single(server.Calls);
        Assert.Equal(
            ("Bearer sk-test", "text-embedding-3-small", 384, "base64"),
            (call.Authorization, call.Model, call.Dimensions, call.Encoding)
        );
        Assert.Equal(
            await VectorsAsync("alpha beta", "gamma", "delta epsilon"),
            made.Texts.Select(text => text.Vector!)
        );
        Assert.Equal(30, made.Tokens);
    }

    [Fact]
    public async Task A_server_that_knows_no_base64_is_asked_for_numbers()
    {
        server.Fault = call =>
            call.Encoding == "base64" ? OpenAIFault.Error(400, "unknown field encoding_format") : null;

        var made = await EmbedAsync(server.Provider(key: null, model: "own"), "alpha");

        Assert.Equal(await VectorsAsync("alpha"), made.Texts.Select(text => text.Vector!));
        Assert.Null(server.Calls.Last().Authorization);
        Assert.Null(server.Calls.Last().Dimensions);
    }

    [Fact]
    public async Task A_long_batch_is_sent_in_requests_within_the_limits()
    {
        // 1,999 units of "a " are a thousand tokens.
        var texts = Enumerable.Range(0, 300).Select(_ => string.Concat(Enumerable.Repeat("a ", 999))).ToArray();
        var provider = server.Provider();

        await EmbedAsync(provider, texts);

        Assert.True(server.Calls.Count >= 5);
        Assert.Equal(300, server.Calls.Sum(call => call.Input.Length));
        Assert.All(server.Calls, call => Assert.InRange(call.Input.Sum(provider.CountTokens), 1, 64_000));
    }

    [Fact]
    public async Task One_refused_text_costs_its_neighbours_nothing()
    {
        server.Fault = call => call.Input.Contains("poison") ? OpenAIFault.Error(400, "cannot embed this") : null;
        var texts = Enumerable.Range(0, 128).Select(n => n == 77 ? "poison" : $"text {n}").ToArray();

        var made = await EmbedAsync(server.Provider(), texts);

        Assert.Equal("400 cannot embed this", made.Texts[77].Refusal);
        Assert.Equal(127, made.Texts.Count(text => text.Vector is not null));
        Assert.InRange(server.Calls.Count, 1, 1 + 14);
    }

    [Fact]
    public async Task A_server_that_takes_fewer_at_once_is_learnt()
    {
        server.Fault = call =>
            call.Input.Length > 32 ? OpenAIFault.Error(422, "batch size > maximum allowed batch size 32") : null;
        var texts = Enumerable.Range(0, 128).Select(n => $"text {n}").ToArray();
        var provider = server.Provider();

        await EmbedAsync(provider, texts);
        server.Calls.Clear();
        var made = await EmbedAsync(provider, texts);

        Assert.All(made.Texts, text => Assert.NotNull(text.Vector));
        Assert.Equal(4, server.Calls.Count);
    }

    [Theory]
    [InlineData(413, null)]
    [InlineData(400, "max_tokens_per_request")]
    public async Task A_request_that_is_too_large_is_halved(int status, string? code)
    {
        server.Fault = call => call.Input.Length > 10 ? OpenAIFault.Error(status, "too large", code) : null;

        var made = await EmbedAsync(server.Provider(), [.. Enumerable.Range(0, 40).Select(n => $"text {n}")]);

        Assert.All(made.Texts, text => Assert.NotNull(text.Vector));
    }

    [Fact]
    public async Task Faults_that_pass_are_tried_again()
    {
        var faults = new Queue<OpenAIFault>([
            OpenAIFault.Error(500, "oops"),
            new OpenAIFault(200, "{\"data\":[]}"),
            new OpenAIFault(200, "<html>"),
        ]);
        server.Fault = _ => faults.TryDequeue(out var fault) ? fault : null;
        var time = new FakeTimeProvider();

        var made = await AdvanceAsync(time, EmbedAsync(server.Provider(time: time), "alpha"));

        Assert.NotNull(made.Texts[0].Vector);
        Assert.Equal(4, server.Calls.Count);
    }

    [Fact]
    public async Task Nothing_is_sent_before_the_time_that_a_limit_names()
    {
        var time = new FakeTimeProvider();
        var received = new List<DateTimeOffset>();
        server.Fault = _ =>
        {
            received.Add(time.GetUtcNow());
            return received.Count == 1 ? new OpenAIFault(429, "{}", ("Retry-After", "30")) : null;
        };

        await AdvanceAsync(time, EmbedAsync(server.Provider(time: time), "alpha"));

        Assert.Equal(2, received.Count);
        Assert.True(received[1] - received[0] >= TimeSpan.FromSeconds(30));
    }

    [Theory]
    [InlineData(429, "insufficient_quota")]
    [InlineData(401, "invalid_api_key")]
    [InlineData(403, null)]
    [InlineData(404, "model_not_found")]
    public async Task A_permanent_failure_ends_at_once_and_shows_no_key(int status, string? code)
    {
        server.Fault = _ => OpenAIFault.Error(status, "Incorrect API key provided: sk-test.", code);

        var error = await Assert.ThrowsAsync<BackfillException>(() => EmbedAsync(server.Provider(), "alpha"));

        Assert.Equal(ErrorIds.EmbeddingProviderRefused, error.ErrorId);
        Assert.DoesNotContain("sk-test", error.ToString(), StringComparison.Ordinal);
        Assert.Single(server.Calls);
    }

    [Fact]
    public async Task A_server_that_goes_on_failing_is_given_up()
    {
        server.Fault = _ => OpenAIFault.Error(503, "overloaded");
        var time = new FakeTimeProvider();

        var error = await Assert.ThrowsAsync<BackfillException>(() =>
            AdvanceAsync(time, EmbedAsync(server.Provider(time: time), "alpha"))
        );

        Assert.Equal(ErrorIds.EmbeddingProviderUnavailable, error.ErrorId);
        Assert.Contains("503 overloaded", error.Message, StringComparison.Ordinal);
        Assert.Equal(7, server.Calls.Count);
    }

    [Fact]
    public async Task Vectors_of_another_length_are_an_error()
    {
        server.Dimensions = 1536;

        var error = await Assert.ThrowsAsync<BackfillException>(() => EmbedAsync(server.Provider(), "alpha"));

        Assert.Equal(ErrorIds.EmbeddingDimensionMismatch, error.ErrorId);
        Assert.Contains("1536 numbers where 384 are wanted", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0,0,0")]
    [InlineData("1e39,1,1")]
    public async Task A_vector_without_a_usable_length_is_refused(string numbers)
    {
        server.Fault = _ => new OpenAIFault(200, $$"""{"data":[{"index":0,"embedding":[{{numbers}}]}]}""");

        var made = await EmbedAsync(server.Provider(model: "own"), "alpha");

        Assert.NotNull(made.Texts[0].Refusal);
    }

    [Fact]
    public async Task Azure_has_a_path_for_each_deployment_and_a_header_of_its_own()
    {
        var provider = EmbeddingProviders.Create(
            new BackfillSettings
            {
                EmbeddingProvider = "Azure",
                AzureOpenAIEndpoint = new Uri(server.Address, "/"),
                AzureOpenAIKey = new Secret("azure-key"),
            },
            server.Client,
            new EmbeddingRequest(),
            384
        );

        var made = await EmbedAsync(provider, "alpha", "beta");

        var call = Assert.Single(server.Calls);
        Assert.Equal(await VectorsAsync("alpha", "beta"), made.Texts.Select(text => text.Vector!));
        Assert.Equal(
            ("/openai/deployments/text-embedding-3-small/embeddings?api-version=2024-10-21", "azure-key", null, 384),
            (call.Path, call.ApiKey, call.Authorization, call.Dimensions)
        );
        // The same model, so its vectors go with OpenAI's.
        Assert.Equal("OpenAI", provider.Name);
    }

    [Fact]
    public async Task The_projects_edge_function_is_asked_text_by_text_with_the_service_key()
    {
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

        var made = await EmbedAsync(provider, "alpha", "beta", "gamma");

        Assert.Equal(await VectorsAsync("alpha", "beta", "gamma"), made.Texts.Select(text => text.Vector!));
        Assert.Equal(3, server.Calls.Count);
        Assert.All(server.Calls, call => Assert.Equal("Bearer service-key", call.Authorization));
        Assert.Equal(("Supabase", "all-MiniLM-L6-v2"), (provider.Name, provider.Model));
    }

    [Fact]
    public async Task Vectors_are_scaled_to_length_one()
    {
        server.Fault = _ => new OpenAIFault(200, """{"data":[{"index":0,"embedding":[3,4]}]}""");

        var made = await EmbedAsync(server.Provider(model: "own"), "alpha");

        Assert.Equal([0.6f, 0.8f], made.Texts[0].Vector!);
    }

    [Fact]
    public async Task A_given_length_is_asked_of_any_model()
    {
        await EmbedAsync(server.Provider(model: "own", request: new EmbeddingRequest { Dimensions = 128 }), "alpha");

        Assert.Equal(128, Assert.Single(server.Calls).Dimensions);
    }

    public ValueTask DisposeAsync() => server.DisposeAsync();

    private static Task<EmbeddingBatch> EmbedAsync(IEmbeddingProvider provider, params string[] texts) =>
        provider.EmbedAsync(texts, TestContext.Current.CancellationToken);

    private async Task<IEnumerable<float[]>> VectorsAsync(params string[] texts) =>
        (await EmbedAsync(expected, texts)).Texts.Select(text => text.Vector!);

    // Half a second at a time, with room for a request in between: its own timeout is a minute.
    private static async Task<EmbeddingBatch> AdvanceAsync(FakeTimeProvider time, Task<EmbeddingBatch> task)
    {
        while (!task.IsCompleted)
        {
            await Task.WhenAny(task, Task.Delay(10));
            time.Advance(TimeSpan.FromSeconds(0.5));
        }

        return await task;
    }
}
