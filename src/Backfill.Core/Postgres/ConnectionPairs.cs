using System.Data.Common;
using System.Text;

namespace Backfill.Core.Postgres;

/// <summary>Reads a connection setting that is a list of names with values.</summary>
internal static class ConnectionPairs
{
    /// <summary>Reads Npgsql's form (<c>Host=...;Username=...</c>), or libpq's (<c>host=... user=...</c>) where the text has no semicolon.</summary>
    /// <exception cref="ConnectionFault">The text is no such list.</exception>
    public static IReadOnlyList<(string Key, string Value)> Read(string text)
    {
        if (!text.Contains(';', StringComparison.Ordinal) && Libpq(text) is { Count: > 1 } pairs)
        {
            return pairs;
        }

        var parts = new DbConnectionStringBuilder();
        try
        {
            parts.ConnectionString = text;
        }
        catch (ArgumentException)
        {
            // The message of the cause may have a piece of the password, so it is not kept.
            throw new ConnectionFault(
                "it is neither a URI nor a list of Name=Value with semicolons between. A value that holds a semicolon or a quotation mark has to be in quotation marks."
            );
        }

        return [.. parts.Keys.Cast<string>().Select(key => (key, parts[key]?.ToString() ?? ""))];
    }

    // Reads libpq's form. Spaces around = are allowed. A value with spaces is in apostrophes, in which a backslash escapes the
    // next character. Returns null for a text of another form.
    private static List<(string Key, string Value)>? Libpq(string text)
    {
        var pairs = new List<(string, string)>();
        var at = 0;
        while (true)
        {
            SkipSpaces();
            if (at == text.Length)
            {
                return pairs;
            }

            var start = at;
            while (at < text.Length && (char.IsAsciiLetterOrDigit(text[at]) || text[at] == '_'))
            {
                at++;
            }

            var key = text[start..at];
            SkipSpaces();
            if (key.Length == 0 || at == text.Length || text[at] != '=')
            {
                return null;
            }

            at++;
            SkipSpaces();
            if (Value() is not { } value)
            {
                return null;
            }

            pairs.Add((key, value));
        }

        void SkipSpaces()
        {
            while (at < text.Length && char.IsWhiteSpace(text[at]))
            {
                at++;
            }
        }

        string? Value()
        {
            var value = new StringBuilder();
            var quoted = at < text.Length && text[at] == '\'';
            for (at += quoted ? 1 : 0; at < text.Length; at++)
            {
                if (quoted ? text[at] == '\'' : char.IsWhiteSpace(text[at]))
                {
                    at += quoted ? 1 : 0;
                    return value.ToString();
                }

                if (text[at] == '\\' && at + 1 < text.Length)
                {
                    at++;
                }

                value.Append(text[at]);
            }

            return quoted ? null : value.ToString();
        }
    }
}
