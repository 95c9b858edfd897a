using System.Runtime.InteropServices;

namespace Backfill.Core.Sync.Writing;

/// <summary>
/// Makes texts storable. PostgreSQL refuses NUL, and UTF-8 has no lone surrogates. The column gets U+FFFD in their place, and
/// the original is stored in <c>backfill.source_text</c>, so that nothing is lost.
/// </summary>
internal sealed class StoredText
{
    private const char Replacement = '\uFFFD';

    private readonly Dictionary<(EntityKind, long, string), SourceTextRow> originals = [];

    /// <summary>Gets the originals of the texts that were changed.</summary>
    public IReadOnlyList<SourceTextRow> Originals => [.. originals.Values];

    /// <summary>Returns a text that the column can store. Keeps the original of a text that it had to change.</summary>
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
            // An encoding would replace the lone surrogates, so the bytes of the text are copied.
            MemoryMarshal.AsBytes(text.AsSpan()).ToArray()
        );
        return Replaced(text);
    }

    /// <summary>Returns a text that a column can store, without keeping the original.</summary>
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
