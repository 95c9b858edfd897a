using System.Text;
using Markdig;
using Markdig.Extensions.Tables;
using Markdig.Syntax;

namespace Backfill.Help;

/// <summary>Writes a topic as the text that Get-Help shows, 80 columns wide.</summary>
internal static class Topic
{
    private const int Width = 78;
    private const string Indent = "    ";

    /// <summary>Returns the text of a topic.</summary>
    public static string Write(string name, string page)
    {
        var text = new StringBuilder();
        var blocks = Markdown.Parse(page, PageText.Pipeline);
        text.Append("TOPIC\n").Append(Indent).Append(name).Append('\n');
        var isSummary = true;
        foreach (var block in blocks)
        {
            switch (block)
            {
                case HeadingBlock { Level: 1 }:
                    break;
                case HeadingBlock heading:
                    text.Append('\n').Append(PageText.Plain(heading.Inline).ToUpperInvariant()).Append('\n');
                    break;
                case FencedCodeBlock code:
                    text.Append('\n');
                    foreach (var line in PageText.Code([code]).Split('\n'))
                    {
                        text.Append($"{Indent}{Indent}{line}".TrimEnd()).Append('\n');
                    }

                    text.Append('\n');
                    break;
                case Table table:
                    Rows(text, table);
                    break;
                default:
                    foreach (var line in PageText.Paragraphs([block]))
                    {
                        // The first paragraph of a topic is what Get-Help lists about it.
                        text.Append(isSummary ? "\nSHORT DESCRIPTION\n" : "");
                        isSummary = false;
                        Wrap(text, line, line.StartsWith("- ", StringComparison.Ordinal) ? "  " : "");
                    }

                    break;
            }
        }

        return text.ToString();
    }

    // A table of two or more columns becomes a list: the first cell, and the others below it.
    private static void Rows(StringBuilder text, Table table)
    {
        foreach (var row in table.OfType<TableRow>().Where(row => !row.IsHeader))
        {
            var cells = row.OfType<TableCell>().Select(cell => string.Join(" ", PageText.Paragraphs(cell))).ToArray();
            Wrap(text, cells[0], "");
            foreach (var cell in cells[1..].Where(cell => cell.Length > 0))
            {
                Wrap(text, cell, Indent, first: Indent);
            }
        }
    }

    private static void Wrap(StringBuilder text, string paragraph, string hanging, string first = "")
    {
        var line = new StringBuilder(Indent + first);
        foreach (var word in paragraph.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.ToString().Trim().Length > 0 && line.Length + word.Length + 1 > Width)
            {
                text.Append(line.ToString().TrimEnd()).Append('\n');
                line.Clear().Append(Indent).Append(hanging);
            }

            line.Append(word).Append(' ');
        }

        text.Append(line.ToString().TrimEnd()).Append('\n');
    }
}
