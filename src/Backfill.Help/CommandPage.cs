using Markdig;
using Markdig.Syntax;

namespace Backfill.Help;

/// <summary>The page of one cmdlet, as it stands in <c>docs/en-US</c>.</summary>
/// <param name="Name">The name of the cmdlet.</param>
/// <param name="Synopsis">The paragraphs of the section SYNOPSIS.</param>
/// <param name="Description">The paragraphs of the section DESCRIPTION.</param>
/// <param name="Examples">The examples, each with its title, its code and its remarks.</param>
/// <param name="Parameters">The parameters.</param>
/// <param name="Inputs">The types that are taken from the pipeline.</param>
/// <param name="Outputs">The types that are written.</param>
/// <param name="Notes">The paragraphs of the section NOTES.</param>
/// <param name="Links">The related links, each with its text and its address.</param>
internal sealed record CommandPage(
    string Name,
    IReadOnlyList<string> Synopsis,
    IReadOnlyList<string> Description,
    IReadOnlyList<(string Title, string Code, IReadOnlyList<string> Remarks)> Examples,
    IReadOnlyList<ParameterPart> Parameters,
    IReadOnlyList<(string Type, IReadOnlyList<string> Text)> Inputs,
    IReadOnlyList<(string Type, IReadOnlyList<string> Text)> Outputs,
    IReadOnlyList<string> Notes,
    IReadOnlyList<(string Text, string Address)> Links
)
{
    /// <summary>Reads a page.</summary>
    /// <exception cref="FormatException">A section is missing.</exception>
    public static CommandPage Parse(string name, string text)
    {
        var sections = Section.Split(Markdown.Parse(text, PageText.Pipeline), level: 2).ToList();
        return new CommandPage(
            name,
            PageText.Paragraphs(Of("SYNOPSIS")),
            PageText.Paragraphs(Of("DESCRIPTION")),
            [
                .. Section
                    .Split(Of("EXAMPLES"), level: 3)
                    .Select(example =>
                        (example.Title, PageText.Code(example.Blocks), PageText.Paragraphs(example.Blocks))
                    ),
            ],
            [.. Section.Split(Of("PARAMETERS"), level: 3).Select(part => ParameterPart.Parse(name, part))],
            Types("INPUTS"),
            Types("OUTPUTS"),
            PageText.Paragraphs(Of("NOTES")),
            [.. PageText.Links(Of("RELATED LINKS"))]
        );

        IReadOnlyList<Block> Of(string title) =>
            sections.Find(section => section.Title == title)?.Blocks
            ?? throw new FormatException($"The page {name}.md has no section {title}.");

        IReadOnlyList<(string Type, IReadOnlyList<string> Text)> Types(string title) =>
            [.. Section.Split(Of(title), level: 3).Select(part => (part.Title, PageText.Paragraphs(part.Blocks)))];
    }
}

/// <summary>What a page says about one parameter.</summary>
/// <param name="Name">The name, without the hyphen.</param>
/// <param name="Text">The paragraphs about it.</param>
/// <param name="Facts">The lines of its block, by the text before the colon. The tests compare them with the cmdlet.</param>
internal sealed record ParameterPart(string Name, IReadOnlyList<string> Text, IReadOnlyDictionary<string, string> Facts)
{
    /// <summary>The word for every parameter set.</summary>
    public const string AllSets = "(All)";

    /// <summary>Reads the part of a parameter.</summary>
    /// <exception cref="FormatException">The part has no block with the facts.</exception>
    public static ParameterPart Parse(string page, Section part)
    {
        var facts = PageText
            .Code(part.Blocks)
            .Split('\n')
            .Select(line => line.Split(':', 2, StringSplitOptions.TrimEntries))
            .Where(line => line.Length == 2)
            .ToDictionary(line => line[0], line => line[1], StringComparer.Ordinal);
        return facts.ContainsKey("Type")
            ? new ParameterPart(part.Title.TrimStart('-'), PageText.Paragraphs(part.Blocks), facts)
            : throw new FormatException($"The page {page}.md has no facts about {part.Title}.");
    }

    /// <summary>Returns the items of a fact, which has commas between them.</summary>
    public IReadOnlyList<string> List(string fact) =>
        Facts.GetValueOrDefault(fact, "") is { Length: > 0 } text and not "None"
            ? text.Split(", ", StringSplitOptions.TrimEntries)
            : [];
}
