using Markdig;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;

namespace Backfill.Help;

/// <summary>A heading and the blocks below it.</summary>
/// <param name="Title">The text of the heading.</param>
/// <param name="Blocks">The blocks up to the next heading of the same level.</param>
internal sealed record Section(string Title, IReadOnlyList<Block> Blocks)
{
    /// <summary>Divides blocks at the headings of a level. Blocks before the first heading belong to no section.</summary>
    public static IEnumerable<Section> Split(IEnumerable<Block> blocks, int level)
    {
        string? title = null;
        var own = new List<Block>();
        foreach (var block in blocks)
        {
            if (block is HeadingBlock heading && heading.Level <= level)
            {
                if (title is not null)
                {
                    yield return new Section(title, [.. own]);
                }

                title = heading.Level == level ? PageText.Plain(heading.Inline) : null;
                own.Clear();
            }
            else
            {
                own.Add(block);
            }
        }

        if (title is not null)
        {
            yield return new Section(title, [.. own]);
        }
    }
}

/// <summary>Turns the blocks of a page into plain text.</summary>
internal static class PageText
{
    /// <summary>Gets how the pages are read: with the front matter of pages and with tables.</summary>
    public static MarkdownPipeline Pipeline { get; } =
        new MarkdownPipelineBuilder().UseYamlFrontMatter().UsePipeTables().Build();

    /// <summary>Returns the paragraphs and list items, each as one line. Code is left out.</summary>
    public static IReadOnlyList<string> Paragraphs(IEnumerable<Block> blocks) =>
        [
            .. blocks.SelectMany(block =>
                block switch
                {
                    ParagraphBlock paragraph => [Plain(paragraph.Inline)],
                    ListBlock list => list.OfType<ListItemBlock>()
                        .Select(item => $"- {string.Join(" ", Paragraphs(item))}"),
                    _ => Enumerable.Empty<string>(),
                }
            ),
        ];

    /// <summary>Returns the text of the first block of code; empty where there is none.</summary>
    public static string Code(IEnumerable<Block> blocks) =>
        blocks.OfType<FencedCodeBlock>().FirstOrDefault()?.Lines.ToString().ReplaceLineEndings("\n").Trim() ?? "";

    /// <summary>Returns the links of a list.</summary>
    public static IEnumerable<(string Text, string Address)> Links(IEnumerable<Block> blocks) =>
        blocks.SelectMany(block => block.Descendants<LinkInline>()).Select(link => (Plain(link), link.Url ?? ""));

    /// <summary>Returns inline content without its marks.</summary>
    public static string Plain(ContainerInline? inline) =>
        inline is null
            ? ""
            : string.Concat(
                inline.Select(one =>
                    one switch
                    {
                        LiteralInline literal => literal.Content.ToString(),
                        CodeInline code => code.Content,
                        LineBreakInline => " ",
                        ContainerInline container => Plain(container),
                        HtmlEntityInline entity => entity.Transcoded.ToString(),
                        AutolinkInline link => link.Url,
                        HtmlInline html => html.Tag,
                        _ => throw new FormatException($"A page has {one.GetType().Name}, which help cannot show."),
                    }
                )
            );
}
