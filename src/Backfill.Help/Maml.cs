using System.Globalization;
using System.Xml.Linq;

namespace Backfill.Help;

/// <summary>Writes pages in the form that Get-Help reads.</summary>
internal static class Maml
{
    private static readonly XNamespace Msh = "http://msh";
    private static readonly XNamespace Command = "http://schemas.microsoft.com/maml/dev/command/2004/10";
    private static readonly XNamespace Text = "http://schemas.microsoft.com/maml/2004/10";
    private static readonly XNamespace Dev = "http://schemas.microsoft.com/maml/dev/2004/10";

    /// <summary>Returns the whole file.</summary>
    public static string Write(IEnumerable<CommandPage> pages)
    {
        var items = new XElement(Msh + "helpItems", new XAttribute("schema", "maml"), pages.Select(Help));
        return $"<?xml version=\"1.0\" encoding=\"utf-8\"?>\n{items.ToString().ReplaceLineEndings("\n")}\n";
    }

    private static XElement Help(CommandPage page)
    {
        var parts = page.Name.Split('-', 2);
        return new XElement(
            Command + "command",
            new XAttribute(XNamespace.Xmlns + "maml", Text),
            new XAttribute(XNamespace.Xmlns + "command", Command),
            new XAttribute(XNamespace.Xmlns + "dev", Dev),
            new XElement(
                Command + "details",
                new XElement(Command + "name", page.Name),
                new XElement(Text + "description", Paragraphs(page.Synopsis)),
                new XElement(Command + "verb", parts[0]),
                new XElement(Command + "noun", parts[1])
            ),
            new XElement(Text + "description", Paragraphs(page.Description)),
            new XElement(Command + "syntax", Sets(page).Select(set => Syntax(page, set))),
            new XElement(Command + "parameters", page.Parameters.Select(part => Parameter(part, null))),
            new XElement(Command + "inputTypes", page.Inputs.Select(type => Type("inputType", type))),
            new XElement(Command + "returnValues", page.Outputs.Select(type => Type("returnValue", type))),
            new XElement(Text + "alertSet", new XElement(Text + "alert", Paragraphs(page.Notes))),
            new XElement(Command + "examples", page.Examples.Select(Example)),
            new XElement(
                Command + "relatedLinks",
                page.Links.Select(link => new XElement(
                    Text + "navigationLink",
                    new XElement(Text + "linkText", link.Text),
                    // The address of another page leads nowhere in a console.
                    new XElement(
                        Text + "uri",
                        link.Address.StartsWith("http", StringComparison.Ordinal) ? link.Address : ""
                    )
                ))
            )
        );
    }

    private static IEnumerable<string> Sets(CommandPage page) =>
        page
            .Parameters.SelectMany(part => part.List("Parameter Sets"))
            .Where(set => set != ParameterPart.AllSets)
            .Distinct(StringComparer.Ordinal)
            .DefaultIfEmpty(ParameterPart.AllSets);

    private static XElement Syntax(CommandPage page, string set) =>
        new(
            Command + "syntaxItem",
            new XElement(Text + "name", page.Name),
            page.Parameters.Where(part =>
                    part.List("Parameter Sets").Any(one => one == set || one == ParameterPart.AllSets)
                )
                .OrderBy(part =>
                    int.TryParse(part.Facts["Position"], CultureInfo.InvariantCulture, out var position)
                        ? position
                        : int.MaxValue
                )
                .Select(part => Parameter(part, set))
        );

    private static XElement Parameter(ParameterPart part, string? set)
    {
        var type = part.Facts["Type"];
        var required = part.List("Required");
        var isRequired = set is null
            ? !required.Contains("False")
            : required.Contains("True") || required.Contains(set);
        return new XElement(
            Command + "parameter",
            new XAttribute("required", isRequired ? "true" : "false"),
            new XAttribute("globbing", part.Facts["Accept wildcard characters"] == "True" ? "true" : "false"),
            new XAttribute("pipelineInput", part.Facts["Accept pipeline input"]),
            new XAttribute("position", part.Facts["Position"] is "Named" ? "named" : part.Facts["Position"]),
            new XAttribute(
                "aliases",
                part.List("Aliases") is { Count: > 0 } aliases ? string.Join(", ", aliases) : "none"
            ),
            new XElement(Text + "name", part.Name),
            // Get-Help shows the texts of the list of parameters only.
            set is null
                ? new XElement(Text + "description", Paragraphs(part.Text))
                : null,
            part.List("Accepted values") is { Count: > 0 } values
                ? new XElement(Command + "parameterValueGroup", values.Select(value => Value(value, isRequired: false)))
                : null,
            type == "SwitchParameter" ? null : Value(type, isRequired: true),
            set is null
                ? new[]
                {
                    new XElement(Dev + "type", new XElement(Text + "name", type)),
                    new XElement(Dev + "defaultValue", part.Facts["Default value"]),
                }
                : null
        );
    }

    private static XElement Value(string value, bool isRequired) =>
        new(
            Command + "parameterValue",
            new XAttribute("required", isRequired ? "true" : "false"),
            new XAttribute("variableLength", "false"),
            value
        );

    private static XElement Type(string element, (string Type, IReadOnlyList<string> Text) type) =>
        new(
            Command + element,
            new XElement(Dev + "type", new XElement(Text + "name", type.Type)),
            new XElement(Text + "description", Paragraphs(type.Text))
        );

    private static XElement Example((string Title, string Code, IReadOnlyList<string> Remarks) example) =>
        new(
            Command + "example",
            new XElement(Text + "title", example.Title),
            new XElement(Dev + "code", example.Code),
            new XElement(Dev + "remarks", Paragraphs(example.Remarks))
        );

    private static IEnumerable<XElement> Paragraphs(IEnumerable<string> lines) =>
        lines.Select(line => new XElement(Text + "para", line));
}
