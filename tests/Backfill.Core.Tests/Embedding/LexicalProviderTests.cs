using System.Buffers.Binary;
using System.Security.Cryptography;
using Backfill.Core.Embedding.Providers;

namespace Backfill.Core.Tests.Embedding;

public sealed class LexicalProviderTests
{
    private readonly LexicalProvider provider = new(384);

    [Fact]
    public async Task A_vector_has_length_one()
    {
        var vector = await EmbedAsync("[ISSUE] Handshake fails with an empty session ticket");

        Assert.Equal(384, vector.Length);
        Assert.Equal(1, vector.Sum(value => (double)value * value), 1e-5);
    }

    // The vectors of a stored model must not move: whoever changes them gives the model a new name.
    [Fact]
    public async Task The_same_text_has_the_same_vector_everywhere()
    {
        var vector = await EmbedAsync("[ISSUE] Größe, naïve café — 日本語 😀 v1.3");

        var bytes = new byte[vector.Length * sizeof(float)];
        for (var index = 0; index < vector.Length; index++)
        {
            BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(index * sizeof(float)), vector[index]);
        }

        Assert.Equal("hashed-ngrams-1", provider.Model);
        Assert.Equal("dfd53df7c9897250", Convert.ToHexStringLower(SHA256.HashData(bytes))[..16]);
    }

    [Fact]
    public async Task Texts_that_share_words_and_stems_are_nearer()
    {
        var asked = await EmbedAsync("session ticket resumption fails");
        var near = await EmbedAsync("failure while resuming a session with a ticket");
        var far = await EmbedAsync("typo in the acknowledgements section of appendix B");

        Assert.True(Cosine(asked, near) > Cosine(asked, far) + 0.2);
    }

    [Fact]
    public async Task A_text_without_letters_gets_a_reason_and_its_neighbours_get_vectors()
    {
        var made = await provider.EmbedAsync(["one", "?! ...", "two"], TestContext.Current.CancellationToken);

        Assert.NotNull(made.Texts[0].Vector);
        Assert.NotNull(made.Texts[1].Refusal);
        Assert.NotNull(made.Texts[2].Vector);
        Assert.Equal(2, made.Tokens);
    }

    [Fact]
    public async Task The_counted_tokens_are_the_charged_ones()
    {
        const string text = "[ISSUE] Größe: a-b  c😀d\n\nend";

        var made = await provider.EmbedAsync([text], TestContext.Current.CancellationToken);

        Assert.Equal(provider.CountTokens(text), made.Tokens);
    }

    private async Task<float[]> EmbedAsync(string text) =>
        (await provider.EmbedAsync([text], TestContext.Current.CancellationToken)).Texts[0].Vector!;

    private static double Cosine(float[] left, float[] right) => left.Zip(right, (a, b) => (double)a * b).Sum();
}
