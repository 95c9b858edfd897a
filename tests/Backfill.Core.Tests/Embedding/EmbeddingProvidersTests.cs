using Backfill.Core.Embedding.Providers;

namespace Backfill.Core.Tests.Embedding;

public sealed class EmbeddingProvidersTests : IDisposable
{
    private readonly HttpClient client = new();

    [Fact]
    public void Without_a_key_and_an_address_the_provider_is_the_offline_one()
    {
        var provider = EmbeddingProviders.Create(new BackfillSettings(), client, new EmbeddingRequest(), null);

        Assert.IsType<LexicalProvider>(provider);
        Assert.Equal(384, provider.Dimensions);
    }

    [Theory]
    [InlineData(null, 384)]
    [InlineData(1536, 1536)]
    public void With_a_key_the_provider_is_OpenAI_with_the_length_of_the_column(int? column, int expected)
    {
        var provider = EmbeddingProviders.Create(
            new BackfillSettings { OpenAIKey = new Secret("k") },
            client,
            new EmbeddingRequest(),
            column
        );

        Assert.IsType<OpenAIProvider>(provider);
        Assert.Equal("text-embedding-3-small", provider.Model);
        Assert.Equal(expected, provider.Dimensions);
    }

    [Fact]
    public void A_given_server_needs_no_key_and_keeps_its_own_vector_length()
    {
        var settings = new BackfillSettings
        {
            OpenAIBaseUrl = new Uri("http://localhost:11434/v1/"),
            EmbeddingModel = "nomic-embed-text",
        };

        Assert.Null(EmbeddingProviders.Create(settings, client, new EmbeddingRequest(), 768).Dimensions);
    }

    [Fact]
    public void OpenAI_without_a_key_names_the_setting()
    {
        var error = Assert.Throws<BackfillException>(() =>
            EmbeddingProviders.Create(
                new BackfillSettings { EmbeddingProvider = "OpenAI" },
                client,
                new EmbeddingRequest(),
                null
            )
        );

        Assert.Equal(ErrorIds.MissingSetting, error.ErrorId);
        Assert.Contains("OPENAI_API_KEY", error.Action, StringComparison.Ordinal);
    }

    [Fact]
    public void Tokens_are_counted_and_priced_as_OpenAI_does()
    {
        var provider = EmbeddingProviders.Create(
            new BackfillSettings { OpenAIKey = new Secret("k") },
            client,
            new EmbeddingRequest(),
            null
        );

        // The count that OpenAI's own tokenizer shows for this sentence.
        Assert.Equal(6, provider.CountTokens("tiktoken is great!"));
        Assert.Equal(0.02m, EmbeddingPrices.Default.Of(provider, 1_000_000));
    }

    public void Dispose() => client.Dispose();
}
