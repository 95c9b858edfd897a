using System.Numerics.Tensors;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.Tokenizers;

namespace Backfill.Core.Embedding.Providers;

/// <summary>
/// A sentence model on this machine, from a folder, through ONNX Runtime: the text in word pieces, the network, the mean of
/// the pieces' vectors, scaled to length 1, as all-MiniLM-L6-v2 is used.
/// </summary>
internal sealed class OnnxProvider : IEmbeddingProvider, IDisposable
{
    /// <summary>The provider's name in the settings.</summary>
    public const string ProviderName = "Onnx";

    // Larger inputs only take more memory: the processor is busy with these.
    private const int TextsARun = 32;

    private readonly OnnxModelFolder folder;
    private readonly BertTokenizer tokenizer;
    private readonly InferenceSession session;
    private readonly string output;

    private OnnxProvider(OnnxModelFolder folder, BertTokenizer tokenizer, InferenceSession session)
    {
        this.folder = folder;
        this.tokenizer = tokenizer;
        this.session = session;
        output = session.OutputNames.FirstOrDefault(name => name == "last_hidden_state") ?? session.OutputNames[0];
        Dimensions = session.OutputMetadata[output].Dimensions is [.., > 0 and var length] ? length : null;
    }

    /// <inheritdoc/>
    public string Name => ProviderName;

    /// <inheritdoc/>
    public string Model => folder.Name;

    /// <inheritdoc/>
    public int? Dimensions { get; private set; }

    /// <summary>ONNX Runtime uses every processor for one batch; the second one is read and written meanwhile.</summary>
    public int Concurrency => 2;

    /// <summary>Opens the model of a folder.</summary>
    /// <exception cref="BackfillException">The folder holds no usable model, or ONNX Runtime does not run here.</exception>
    public static OnnxProvider Open(string path)
    {
        var found = OnnxModelFolder.Open(path);
        OnnxRuntimeLibrary.Register();
        try
        {
            return new OnnxProvider(
                found,
                BertTokenizer.Create(
                    found.Vocabulary,
                    new BertOptions { LowerCaseBeforeTokenization = found.LowerCase }
                ),
                new InferenceSession(found.Network)
            );
        }
        catch (Exception error) when (error is DllNotFoundException or TypeInitializationException)
        {
            throw new BackfillException(
                ErrorIds.EmbeddingProviderUnavailable,
                ErrorKind.Unavailable,
                "ONNX Runtime's library for this platform was not found, or does not load here.",
                $"Install the module Backfill.OnnxRuntime from where Backfill was installed: Install-PSResource Backfill.OnnxRuntime -Version {OnnxRuntimeLibrary.ModuleVersion} -Prerelease. It has the library for Linux (with glibc), Windows (with the Visual C++ runtime) and macOS (Apple silicon), on 64 bits. Every other -Provider works without it.",
                "onnxruntime",
                error
            );
        }
        catch (Exception error) when (error is OnnxRuntimeException or ArgumentException or InvalidDataException)
        {
            throw new BackfillException(
                ErrorIds.SettingMalformed,
                ErrorKind.Setting,
                $"The model in '{path}' cannot be opened: {error.Message}",
                "Get the model's files anew; docs/embedding.md tells which it needs.",
                path,
                error
            );
        }
    }

    /// <summary>Word pieces of the text, as far as the model reads it. Nothing is charged.</summary>
    public int CountTokens(string text) => Encode(text).Length;

    /// <inheritdoc/>
    public Task<EmbeddingBatch> EmbedAsync(IReadOnlyList<string> texts, CancellationToken cancellationToken) =>
        Task.Run(() => Embed(texts, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public void Dispose() => session.Dispose();

    private EmbeddingBatch Embed(IReadOnlyList<string> texts, CancellationToken cancellationToken)
    {
        var pieces = texts.Select(Encode).ToArray();
        var made = new EmbeddedText[texts.Count];
        // Texts of like length together: the shorter ones are filled up to the longest.
        foreach (var places in Enumerable.Range(0, texts.Count).OrderBy(place => pieces[place].Length).Chunk(TextsARun))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var vectors = Run([.. places.Select(place => pieces[place])]);
            for (var index = 0; index < places.Length; index++)
            {
                made[places[index]] = vectors[index];
            }
        }

        return new EmbeddingBatch(made, pieces.Sum(ids => (long)ids.Length));
    }

    private long[] Encode(string text)
    {
        var ids = tokenizer.EncodeToIds(text, folder.MostTokens - 2, addSpecialTokens: false, out _, out _);
        return [tokenizer.ClassificationTokenId, .. ids.Select(id => (long)id), tokenizer.SeparatorTokenId];
    }

    private EmbeddedText[] Run(long[][] pieces)
    {
        var length = pieces.Max(ids => ids.Length);
        long[] shape = [pieces.Length, length];
        var tokens = new long[pieces.Length * length];
        var mask = new long[tokens.Length];
        Array.Fill(tokens, tokenizer.PaddingTokenId);
        for (var row = 0; row < pieces.Length; row++)
        {
            pieces[row].CopyTo(tokens, row * length);
            mask.AsSpan(row * length, pieces[row].Length).Fill(1);
        }

        using var ids = OrtValue.CreateTensorValueFromMemory(tokens, shape);
        using var attention = OrtValue.CreateTensorValueFromMemory(mask, shape);
        using var types = OrtValue.CreateTensorValueFromMemory(new long[tokens.Length], shape);
        var inputs = new Dictionary<string, OrtValue>(StringComparer.Ordinal)
        {
            ["input_ids"] = ids,
            ["attention_mask"] = attention,
            ["token_type_ids"] = types,
        };
        foreach (var name in inputs.Keys.Except(session.InputNames, StringComparer.Ordinal).ToArray())
        {
            inputs.Remove(name);
        }

        using var options = new RunOptions();
        using var results = session.Run(options, inputs, [output]);
        var size = (int)results[0].GetTensorTypeAndShape().Shape[^1];
        var states = results[0].GetTensorDataAsSpan<float>();
        Dimensions ??= size;
        var perText = states.Length == pieces.Length * size ? 1 : length;
        var made = new EmbeddedText[pieces.Length];
        for (var row = 0; row < pieces.Length; row++)
        {
            made[row] = Pool(
                states.Slice(row * perText * size, perText * size),
                size,
                perText == 1 || folder.TakesFirstToken ? 1 : pieces[row].Length
            );
        }

        return made;
    }

    // The mean of the text's own pieces: what fills it up counts nothing.
    private static EmbeddedText Pool(ReadOnlySpan<float> states, int size, int pieces)
    {
        var vector = new float[size];
        for (var piece = 0; piece < pieces; piece++)
        {
            TensorPrimitives.Add(vector, states.Slice(piece * size, size), vector);
        }

        var length = TensorPrimitives.Norm<float>(vector);
        if (!float.IsFinite(length) || length == 0)
        {
            return new EmbeddedText(null, "The model made no usable vector of the text.");
        }

        TensorPrimitives.Divide(vector, length, vector);
        return new EmbeddedText(vector, null);
    }
}
