using System.Text;

namespace Backfill.Core.Tests.Embedding;

/// <summary>
/// A folder with a model of BERT's shape and four numbers a token, written byte by byte in ONNX's format (protobuf; field
/// numbers from onnx.proto): the sum of a word's and a type's row, through one layer with tanh. A benchmark takes a larger one.
/// </summary>
internal sealed class TinyBert : IDisposable
{
    public const int Size = 4;

    private static readonly string[] Vocabulary =
    [
        "[PAD]",
        "[UNK]",
        "[CLS]",
        "[SEP]",
        "[MASK]",
        "handshake",
        "fails",
        "ticket",
        "##s",
        "[",
        "]",
        "issue",
    ];

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("backfill-onnx-");

    private readonly int size;
    private readonly int layers;

    public TinyBert(bool withTypes = true, int size = Size, int layers = 1)
    {
        this.size = size;
        this.layers = layers;
        File.WriteAllLines(Path.Combine(folder.FullName, "vocab.txt"), Vocabulary);
        Directory.CreateDirectory(Path.Combine(folder.FullName, "onnx"));
        File.WriteAllBytes(Path.Combine(folder.FullName, "onnx", "model.onnx"), Model(withTypes));
    }

    public string Folder => folder.FullName;

    /// <summary>Row and column of the table of words, of the types and of the layer.</summary>
    public static float Word(int token, int column) => (((token * 7) + (column * 3)) % 11 / 10f) - 0.4f;

    public static float Type(int column) => 0.05f * column;

    public static float Layer(int row, int column) => row == column ? 0.9f : 0.1f * (row - column);

    public static int Token(string piece) => Array.IndexOf(Vocabulary, piece);

    public void Write(string file, string text)
    {
        var path = Path.Combine(folder.FullName, file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }

    public void Dispose() => folder.Delete(recursive: true);

    private byte[] Model(bool withTypes)
    {
        var words = Tensor("words", [Vocabulary.Length, size], (row, column) => Word(row, column));
        var types = Tensor("types", [1, size], (_, column) => Type(column));
        var rows = withTypes ? "rows" : "word_rows";
        byte[] graph =
        [
            .. Message(1, Node("Gather", ["words", "input_ids"], "word_rows")),
            .. withTypes ? Message(1, Node("Gather", ["types", "token_type_ids"], "type_rows")) : [],
            .. withTypes ? Message(1, Node("Add", ["word_rows", "type_rows"], "rows")) : [],
            .. Enumerable
                .Range(0, layers)
                .SelectMany(place =>
                    (byte[])
                        [
                            .. Message(
                                1,
                                Node(
                                    "MatMul",
                                    [place == 0 ? rows : Passed(place - 1), $"layer{place}"],
                                    $"mixed{place}"
                                )
                            ),
                            .. Message(1, Node("Tanh", [$"mixed{place}"], Passed(place))),
                        ]
                ),
            .. Text(2, "tiny"),
            .. Message(5, words),
            .. withTypes ? Message(5, types) : [],
            .. Enumerable
                .Range(0, layers)
                .SelectMany(place => Message(5, Tensor($"layer{place}", [size, size], Layer))),
            .. Message(11, Value("input_ids", 7, 0)),
            .. Message(11, Value("attention_mask", 7, 0)),
            .. withTypes ? Message(11, Value("token_type_ids", 7, 0)) : [],
            .. Message(12, Value("last_hidden_state", 1, size)),
        ];
        return [.. Number(1, 8), .. Message(7, graph), .. Message(8, [.. Text(1, ""), .. Number(2, 17)])];
    }

    // What a layer passes on; the last one is the result.
    private string Passed(int place) => place == layers - 1 ? "last_hidden_state" : $"passed{place}";

    private static byte[] Node(string operation, string[] inputs, string output) =>
        [.. inputs.SelectMany(input => Text(1, input)), .. Text(2, output), .. Text(4, operation)];

    private static byte[] Tensor(string name, int[] shape, Func<int, int, float> value)
    {
        var numbers = Enumerable
            .Range(0, shape[0])
            .SelectMany(row => Enumerable.Range(0, shape[1]).Select(column => value(row, column)))
            .SelectMany(BitConverter.GetBytes)
            .ToArray();
        return
        [
            .. shape.SelectMany(size => Number(1, size)),
            .. Number(2, 1),
            .. Text(8, name),
            .. Message(9, numbers),
        ];
    }

    private static byte[] Value(string name, int type, int size)
    {
        byte[] shape =
        [
            .. Message(1, Text(2, "batch")),
            .. Message(1, Text(2, "sequence")),
            .. size > 0 ? Message(1, Number(1, size)) : [],
        ];
        return [.. Text(1, name), .. Message(2, Message(1, [.. Number(1, type), .. Message(2, shape)]))];
    }

    private static byte[] Text(int field, string text) => Message(field, Encoding.UTF8.GetBytes(text));

    private static byte[] Message(int field, byte[] bytes) =>
        [.. Varint((field << 3) | 2), .. Varint(bytes.Length), .. bytes];

    private static byte[] Number(int field, int value) => [.. Varint(field << 3), .. Varint(value)];

    private static byte[] Varint(int value)
    {
        var bytes = new List<byte>();
        for (var rest = (uint)value; ; rest >>= 7)
        {
            if (rest < 0x80)
            {
                bytes.Add((byte)rest);
                return [.. bytes];
            }

            bytes.Add((byte)(rest | 0x80));
        }
    }
}
