using System.Runtime.InteropServices;

namespace Backfill.Core.Sync.Writing;

/// <summary>
/// Makes texts storable: PostgreSQL refuses NUL, and UTF-8 has no lone surrogates. The column gets U+FFFD in their place
/// and the original is kept beside it, so that nothing is lost.
/// </summary>
internal sealed class StoredText
{
    private const char Replacement = '\uFFFD';

    private readonly Dictionary<(EntityKind, long, string), SourceTextRow> originals = [];

    /// <summary>The texts that were changed, as they came.</summary>
    public IReadOnlyList<SourceTextRow> Originals => [.. originals.Values];

    /// <summary>A text as the column can hold it, its original remembered where that differs.</summary>
    public string? Storable(string? text, EntityKind entity, long githubId, string field)
    {
        if (text is null || FirstUnstorable(text) < 0)
        {
            return text;
        }

        originals[(entity, githubId, field)] = new SourceTextRow(
            entity,
            githubId,
            field,
            // Not through an encoding: that would replace what is to be kept.
            MemoryMarshal.AsBytes(text.AsSpan()).ToArray()
        );
        return Replaced(text);
    }

    /// <summary>A text as a column can hold it, where nobody needs the original.</summary>
    public static string Replaced(string text)
    {
        var at = FirstUnstorable(text);
        if (at < 0)
        {
            return text;
        }

        var result = text.ToCharArray();
        for (; at < result.Length; at++)
        {
            if (char.IsHighSurrogate(result[at]) && at + 1 < result.Length && char.IsLowSurrogate(result[at + 1]))
            {
                at++;
            }
            else if (result[at] == '\0' || char.IsSurrogate(result[at]))
            {
                result[at] = Replacement;
            }
        }

        return new string(result);
    }

    private static int FirstUnstorable(string text)
    {
        for (var at = 0; at < text.Length; at++)
        {
            if (text[at] == '\0')
            {
                return at;
            }

            if (!char.IsSurrogate(text[at]))
            {
                continue;
            }

            if (!char.IsHighSurrogate(text[at]) || at + 1 == text.Length || !char.IsLowSurrogate(text[at + 1]))
            {
                return at;
            }

            at++;
        }

        return -1;
    }
}
