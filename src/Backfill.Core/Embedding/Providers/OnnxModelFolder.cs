using System.Text.Json;

namespace Backfill.Core.Embedding.Providers;

/// <summary>
/// A folder with a sentence model, as sentence-transformers lays it out: the network (<c>onnx/model.onnx</c> or
/// <c>model.onnx</c>), <c>vocab.txt</c> of a BERT tokenizer, and what <c>tokenizer_config.json</c>,
/// <c>sentence_bert_config.json</c> and <c>1_Pooling/config.json</c> say.
/// </summary>
/// <param name="Name">The folder's name, which stands for the model in the record of who made a vector.</param>
/// <param name="Network">Path of the network.</param>
/// <param name="Vocabulary">Path of the vocabulary.</param>
/// <param name="LowerCase">The tokenizer knows lower case only.</param>
/// <param name="MostTokens">Tokens of a text, with the two that the tokenizer adds; the rest is left out.</param>
/// <param name="TakesFirstToken">The vector is that of the first token instead of the mean of all.</param>
internal sealed record OnnxModelFolder(
    string Name,
    string Network,
    string Vocabulary,
    bool LowerCase,
    int MostTokens,
    bool TakesFirstToken
)
{
    // Where nothing says otherwise: that of all-MiniLM-L6-v2.
    private const int UsualTokens = 256;

    private static readonly string[] Networks = ["onnx/model.onnx", "model.onnx", "onnx/model_quantized.onnx"];

    /// <summary>Looks at a folder.</summary>
    /// <exception cref="BackfillException">It is not there, or lacks a file.</exception>
    public static OnnxModelFolder Open(string folder)
    {
        var network = Networks.Select(name => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
        var vocabulary = Path.Combine(folder, "vocab.txt");
        if (network is null || !File.Exists(vocabulary))
        {
            throw new BackfillException(
                ErrorIds.SettingMalformed,
                ErrorKind.Setting,
                $"The folder '{folder}' holds no model: {(network is null ? $"none of {string.Join(", ", Networks)}" : "vocab.txt")} is {(network is null ? "there" : "missing")}.",
                "Give the folder of a BERT-shaped sentence model with -Model or BACKFILL_EMBEDDING_MODEL; docs/embedding.md tells which files it needs and where to get one.",
                folder
            );
        }

        return new OnnxModelFolder(
            Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder))),
            network,
            vocabulary,
            Read(folder, "tokenizer_config.json", "do_lower_case", value => value.GetBoolean()) ?? true,
            Read(folder, "sentence_bert_config.json", "max_seq_length", value => value.GetInt32()) ?? UsualTokens,
            Read(folder, "1_Pooling/config.json", "pooling_mode_cls_token", value => value.GetBoolean()) ?? false
        );
    }

    private static T? Read<T>(string folder, string file, string name, Func<JsonElement, T> read)
        where T : struct
    {
        var path = Path.Combine(folder, file);
        if (!File.Exists(path))
        {
            return null;
        }

        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(path));
            return document.RootElement.TryGetProperty(name, out var value) ? read(value) : null;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or FormatException)
        {
            throw new BackfillException(
                ErrorIds.SettingMalformed,
                ErrorKind.Setting,
                $"{path} cannot be read: {error.Message}",
                "Get the model's files anew.",
                path
            );
        }
    }
}
