using Backfill.Core.Embedding.Providers;

namespace Backfill.Core.Tests.Embedding;

public sealed class OnnxProviderTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_vectors_equal_a_reference_computed_by_hand(bool withTypes)
    {
        using var model = new TinyBert(withTypes);
        using var provider = OnnxProvider.Open(model.Folder);

        // Of different lengths, so that the shorter one is filled up, and more than one run takes.
        string[] texts = [.. Enumerable.Repeat("Handshake fails", 40), "tickets", "Handshake fails unheard tickets"];
        var made = await provider.EmbedAsync(texts, TestContext.Current.CancellationToken);

        AssertNear(Reference(withTypes, "[CLS]", "handshake", "fails", "[SEP]"), made.Texts[0].Vector!);
        AssertNear(Reference(withTypes, "[CLS]", "ticket", "##s", "[SEP]"), made.Texts[40].Vector!);
        AssertNear(
            Reference(withTypes, "[CLS]", "handshake", "fails", "[UNK]", "ticket", "##s", "[SEP]"),
            made.Texts[41].Vector!
        );
        Assert.Equal((40 * 4) + 4 + 7, made.Tokens);
        Assert.Equal(4, provider.Dimensions);
        Assert.Equal(7, provider.CountTokens(texts[41]));
        Assert.Equal(Path.GetFileName(model.Folder), provider.Model);
    }

    [Fact]
    public async Task A_longer_text_ends_with_the_separator_where_the_model_stops_reading()
    {
        using var model = new TinyBert();
        model.Write("sentence_bert_config.json", """{"max_seq_length": 4, "do_lower_case": false}""");
        using var provider = OnnxProvider.Open(model.Folder);

        var made = await provider.EmbedAsync(["handshake fails tickets"], TestContext.Current.CancellationToken);

        AssertNear(Reference(true, "[CLS]", "handshake", "fails", "[SEP]"), made.Texts[0].Vector!);
    }

    [Fact]
    public async Task A_model_can_choose_the_vector_of_the_first_token()
    {
        using var model = new TinyBert();
        model.Write("1_Pooling/config.json", """{"pooling_mode_cls_token": true}""");
        using var provider = OnnxProvider.Open(model.Folder);

        var made = await provider.EmbedAsync(["handshake"], TestContext.Current.CancellationToken);

        AssertNear(Reference(true, "[CLS]"), made.Texts[0].Vector!);
    }

    [Fact]
    public void A_folder_without_a_model_names_the_files_it_needs()
    {
        var error = Assert.Throws<BackfillException>(() => OnnxProvider.Open(Path.GetTempPath()));

        Assert.Equal(ErrorIds.SettingMalformed, error.ErrorId);
        Assert.Contains("onnx/model.onnx", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_broken_network_is_an_error_of_the_setting()
    {
        using var model = new TinyBert();
        model.Write("onnx/model.onnx", "no network");

        Assert.Equal(
            ErrorIds.SettingMalformed,
            Assert.Throws<BackfillException>(() => OnnxProvider.Open(model.Folder)).ErrorId
        );
    }

    private static float[] Reference(bool withTypes, params string[] pieces)
    {
        var mean = new double[TinyBert.Size];
        foreach (var token in pieces.Select(TinyBert.Token))
        {
            for (var column = 0; column < mean.Length; column++)
            {
                var mixed = 0d;
                for (var row = 0; row < mean.Length; row++)
                {
                    mixed +=
                        (TinyBert.Word(token, row) + (withTypes ? TinyBert.Type(row) : 0))
                        * TinyBert.Layer(row, column);
                }

                mean[column] += Math.Tanh(mixed) / pieces.Length;
            }
        }

        var length = Math.Sqrt(mean.Sum(value => value * value));
        return [.. mean.Select(value => (float)(value / length))];
    }

    private static void AssertNear(float[] expected, float[] actual) =>
        Assert.All(expected, (value, column) => Assert.InRange(actual[column], value - 1e-5f, value + 1e-5f));
}
