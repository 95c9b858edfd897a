namespace Backfill.Cmdlets.Pipeline;

/// <summary>Replaces secrets in a text. A short one is replaced only as a word of its own, because a secret such as "a" is part of every sentence.</summary>
internal static class SecretMask
{
    private const int ShortestInsideWords = 8;

    /// <summary>Returns a value that indicates whether the text contains one of the secrets.</summary>
    internal static bool Holds(string text, IReadOnlyCollection<Secret> secrets) =>
        Pieces(secrets).Any(piece => Find(text, piece, 0) >= 0);

    /// <summary>Returns the text with a mask in place of each secret.</summary>
    internal static string Apply(string text, IReadOnlyCollection<Secret> secrets)
    {
        var mask = new Secret("").ToString();
        foreach (var piece in Pieces(secrets).OrderByDescending(piece => piece.Length))
        {
            for (var at = Find(text, piece, 0); at >= 0; at = Find(text, piece, at + mask.Length))
            {
                text = string.Concat(text.AsSpan(0, at), mask, text.AsSpan(at + piece.Length));
            }
        }

        return text;
    }

    // A private key is several lines: each of them gives a part of it away.
    private static IEnumerable<string> Pieces(IEnumerable<Secret> secrets) =>
        secrets
            .Select(secret => secret.Reveal().Trim())
            .SelectMany(text =>
                text.Split(["\r\n", "\n", "\\n"], StringSplitOptions.TrimEntries)
                    .Where(line =>
                        line.Length >= ShortestInsideWords && !line.StartsWith("-----", StringComparison.Ordinal)
                    )
                    .Append(text)
            )
            .Where(piece => piece.Length > 0)
            .Distinct(StringComparer.Ordinal);

    private static int Find(string text, string piece, int from)
    {
        for (var at = from; at <= text.Length - piece.Length; at++)
        {
            at = text.IndexOf(piece, at, StringComparison.Ordinal);
            if (at < 0)
            {
                return -1;
            }

            if (piece.Length >= ShortestInsideWords || IsWord(text, at, piece.Length))
            {
                return at;
            }
        }

        return -1;
    }

    private static bool IsWord(string text, int at, int length) =>
        (at == 0 || !IsPartOfWord(text[at - 1])) && (at + length == text.Length || !IsPartOfWord(text[at + length]));

    private static bool IsPartOfWord(char character) => char.IsLetterOrDigit(character) || character == '_';
}
