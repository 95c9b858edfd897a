using System.Globalization;
using System.Text;
using System.Xml;
using System.Xml.Linq;

namespace Backfill.Cmdlets.Reporting;

/// <summary>Makes the elements of a page. XML's writer encodes every text and attribute, and what it writes here is HTML too.</summary>
internal static class Html
{
    private const char Replacement = '\ufffd';

    /// <summary>Returns an element. Texts become text, attributes and elements are added, null is left out.</summary>
    internal static XElement Of(string name, params object?[] content)
    {
        var element = new XElement(name);
        Add(element, content);
        // An element without content would be written as one tag, which HTML reads as a beginning without an end.
        if (element.IsEmpty)
        {
            element.Add(new XText(""));
        }

        return element;
    }

    /// <summary>Returns an attribute.</summary>
    internal static XAttribute Attribute(string name, string value) => new(name, Text(value));

    /// <summary>Returns the attribute of CSS classes.</summary>
    internal static XAttribute Class(string names) => Attribute("class", names);

    /// <summary>Returns a number with commas between its thousands.</summary>
    internal static string Number(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>Returns a share in percent, rounded down so that only a whole is 100 %.</summary>
    private static string Percent(long part, long whole) =>
        whole == 0
            ? "100 %"
            : string.Create(CultureInfo.InvariantCulture, $"{Math.Floor(1000.0 * part / whole) / 10:0.#} %");

    /// <summary>Returns a moment as text. A page is read later, so it says no distance from now.</summary>
    internal static XElement Time(DateTimeOffset moment) =>
        Of(
            "time",
            Attribute(
                "datetime",
                moment.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture)
            ),
            Minute(moment)
        );

    /// <summary>Returns a moment to the minute.</summary>
    internal static string Minute(DateTimeOffset moment) =>
        moment.UtcDateTime.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);

    /// <summary>Returns an outcome as a mark and a word. Neither needs its colour.</summary>
    internal static XElement Badge(CheckStatus? status)
    {
        var (mark, style, word) = status switch
        {
            CheckStatus.Passed => ("✓", "good", "Passed"),
            CheckStatus.Warning => ("!", "careful", "Warning"),
            CheckStatus.Failed => ("✕", "bad", "Failed"),
            CheckStatus.Skipped => ("–", "still", "Skipped"),
            _ => ("–", "still", "Not checked"),
        };
        return Badge(mark, style, word);
    }

    /// <summary>Returns the state of a run as a mark and a word.</summary>
    internal static XElement Badge(RunState state)
    {
        var (mark, style) = state switch
        {
            RunState.Completed => ("✓", "good"),
            RunState.Failed => ("✕", "bad"),
            RunState.Incomplete or RunState.Stopped or RunState.Interrupted or RunState.Waiting => ("!", "careful"),
            _ => ("–", "still"),
        };
        return Badge(mark, style, state.ToString());
    }

    /// <summary>Returns a share in percent with a bar.</summary>
    internal static XElement Share(long part, long whole)
    {
        var percent = whole == 0 ? 100 : Math.Clamp(100.0 * part / whole, 0, 100);
        return Of(
            "span",
            Class("share"),
            // The bar repeats the number, so a screen reader leaves it out.
            Of(
                "span",
                Class(part < whole ? "bar part" : "bar"),
                Attribute("aria-hidden", "true"),
                Of("span", Attribute("style", string.Create(CultureInfo.InvariantCulture, $"width:{percent:0.##}%")))
            ),
            Percent(part, whole)
        );
    }

    /// <summary>Returns a table in a box that scrolls by itself where the screen is narrow, with the keyboard too.</summary>
    /// <param name="caption">What the table shows. It is unique on the page.</param>
    /// <param name="columns">The heads. One that begins with <c>#</c> is of a column of numbers.</param>
    /// <param name="rows">The cells of each row. The first one is the row's head.</param>
    internal static XElement Table(string caption, IReadOnlyList<string> columns, IEnumerable<object?[]> rows) =>
        Of(
            "div",
            Class("scroll"),
            Attribute("role", "group"),
            Attribute("aria-label", caption),
            Attribute("tabindex", "0"),
            Of(
                "table",
                Of("caption", Class("quiet"), caption),
                Of("thead", Of("tr", columns.Select(column => Head(column, "col")))),
                Of(
                    "tbody",
                    rows.Select(cells =>
                        Of("tr", cells.Select((cell, place) => Cell(cell, columns[place], isHead: place == 0)))
                    )
                )
            )
        );

    /// <summary>Returns facts with their names, as a list of terms.</summary>
    internal static XElement Facts(params (string Name, object? Value)[] facts) =>
        Of(
            "dl",
            Class("facts"),
            facts
                .Where(fact => fact.Value is not null)
                .Select(fact => Of("div", Of("dt", fact.Name), Of("dd", fact.Value)))
        );

    /// <summary>Returns a part of the page with its heading.</summary>
    internal static XElement Section(int level, string title, params object?[] content) =>
        Of("section", Of(string.Create(CultureInfo.InvariantCulture, $"h{level}"), title), content);

    /// <summary>Returns a text in which control characters are visible, and without what XML cannot hold.</summary>
    internal static string Text(string text)
    {
        var visible = ScreenText.Of(text.ReplaceLineEndings("\n"))!;
        var at = 0;
        while (at < visible.Length && XmlConvert.IsXmlChar(visible[at]))
        {
            at++;
        }

        if (at == visible.Length)
        {
            return visible;
        }

        var clean = new StringBuilder(visible.Length);
        for (at = 0; at < visible.Length; at++)
        {
            if (char.IsHighSurrogate(visible[at]) && at + 1 < visible.Length && char.IsLowSurrogate(visible[at + 1]))
            {
                clean.Append(visible, at, 2);
                at++;
            }
            else
            {
                clean.Append(XmlConvert.IsXmlChar(visible[at]) ? visible[at] : Replacement);
            }
        }

        return clean.ToString();
    }

    private static XElement Badge(string mark, string style, string word) =>
        Of("span", Class($"badge {style}"), Of("span", Attribute("aria-hidden", "true"), mark), $" {word}");

    private static XElement Head(string column, string scope) =>
        Of("th", Attribute("scope", scope), column[0] == '#' ? Class("number") : null, column.TrimStart('#'));

    private static XElement Cell(object? cell, string column, bool isHead) =>
        Of(
            isHead ? "th" : "td",
            isHead ? Attribute("scope", "row") : null,
            column[0] == '#' ? Class("number") : null,
            cell is long or int ? Number(Convert.ToInt64(cell, CultureInfo.InvariantCulture)) : cell
        );

    private static void Add(XElement element, IEnumerable<object?> content)
    {
        foreach (var part in content)
        {
            switch (part)
            {
                case null:
                    break;
                case string text:
                    element.Add(new XText(Text(text)));
                    break;
                case XObject made:
                    element.Add(made);
                    break;
                case IEnumerable<object?> parts:
                    Add(element, parts);
                    break;
                default:
                    throw new ArgumentException($"A page has no place for {part.GetType()}.", nameof(content));
            }
        }
    }
}
