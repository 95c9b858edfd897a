using System.Collections;
using System.Globalization;
using System.Text;

namespace Backfill;

/// <summary>
/// Turns values into text for a screen. Views, messages and progress use it. Text from outside (titles, logins, responses of
/// servers) may contain characters that move the cursor, hide text or reverse its order.
/// </summary>
public static class ScreenText
{
    private const int FirstControlPicture = 0x2400;
    private const char Delete = '\u007f';
    private const char DeletePicture = '\u2421';

    /// <summary>Returns a value as text: numbers and times in the invariant culture and calendar, times in UTC, the items of a list with commas between them, and control characters as visible marks.</summary>
    /// <param name="value">A text, a number, a time, or a list of them.</param>
    /// <param name="format">A .NET format string for a number or a time.</param>
    /// <returns>The text; null for null.</returns>
    public static string? Of(object? value, string? format = null) =>
        value switch
        {
            null => null,
            string text => Visible(text),
            DateTimeOffset time => time.ToUniversalTime().ToString(format ?? "u", CultureInfo.InvariantCulture),
            IFormattable formattable => Visible(formattable.ToString(format, CultureInfo.InvariantCulture)),
            IEnumerable list => string.Join(", ", list.Cast<object?>().Select(item => Of(item, format))),
            _ => Visible(value.ToString() ?? ""),
        };

    /// <summary>Returns whether a text has to be changed before it is shown.</summary>
    /// <param name="text">The text.</param>
    public static bool IsUnsafe(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        for (var at = 0; at < text.Length; at++)
        {
            if (IsUnsafe(text, at))
            {
                return true;
            }
        }

        return false;
    }

    private static string Visible(string text)
    {
        if (!IsUnsafe(text))
        {
            return text;
        }

        var visible = new StringBuilder(text.Length + 16);
        for (var at = 0; at < text.Length; at++)
        {
            if (IsUnsafe(text, at))
            {
                visible.Append(Mark(text[at]));
            }
            else
            {
                visible.Append(text[at]);
            }
        }

        return visible.ToString();
    }

    // Uses Unicode's pictures of the control characters, and PowerShell's notation for characters without one.
    private static string Mark(char character) =>
        character switch
        {
            < ' ' => ((char)(FirstControlPicture + character)).ToString(),
            Delete => DeletePicture.ToString(),
            _ => string.Create(CultureInfo.InvariantCulture, $"\\u{{{(int)character:X}}}"),
        };

    // Line breaks and tabs stay. A carriage return alone would let a text write over the line that it is in.
    private static bool IsUnsafe(string text, int at) =>
        text[at] switch
        {
            '\n' or '\t' => false,
            '\r' => at + 1 == text.Length || text[at + 1] != '\n',
            // Marks, embeddings, overrides and isolates of bidirectional text, and Unicode's own line breaks.
            '\u061c'
            or (>= '\u200e' and <= '\u200f')
            or (>= '\u2028' and <= '\u202e')
            or (>= '\u2066' and <= '\u2069') => true,
            var character => char.IsControl(character),
        };
}
