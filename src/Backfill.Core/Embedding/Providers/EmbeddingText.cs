namespace Backfill.Core.Embedding.Providers;

/// <summary>
/// The one text form that is embedded: the type in brackets and capitals, the title and the body, cut to 2,000 UTF-16
/// units. It is what the app sends, so that vectors of its model and of this tool can be compared.
/// </summary>
internal static class EmbeddingText
{
    /// <summary>UTF-16 units that are embedded at most.</summary>
    public const int MaxLength = 2000;

    /// <summary>The text of an item.</summary>
    /// <param name="itemType">As the database writes it, for example <c>pull_request</c>.</param>
    public static string Of(string itemType, string title, string body) => Of(itemType, title, body, out _);

    /// <summary>The text of an item.</summary>
    /// <param name="itemType">As the database writes it, for example <c>pull_request</c>.</param>
    /// <param name="isShortened">True when the end of the body is left out.</param>
    public static string Of(string itemType, string title, string body, out bool isShortened)
    {
        var text = $"[{itemType.ToUpperInvariant()}] {title} {body}";
        isShortened = text.Length > MaxLength;
        if (!isShortened)
        {
            return text;
        }

        // Half of a surrogate pair is no character, and no UTF-8 either.
        return text[..(char.IsHighSurrogate(text[MaxLength - 1]) ? MaxLength - 1 : MaxLength)];
    }
}
