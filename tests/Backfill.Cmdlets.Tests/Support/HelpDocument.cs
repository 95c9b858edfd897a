using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Backfill.Cmdlets.Tests.Support;

/// <summary>
/// Writes the help file out of the cmdlets' documentation comments and what reflection tells about their parameters, so
/// that neither is written twice. Summary is the synopsis, remarks the description.
/// </summary>
internal static partial class HelpDocument
{
    private static readonly XNamespace Msh = "http://msh";
    private static readonly XNamespace Command = "http://schemas.microsoft.com/maml/dev/command/2004/10";
    private static readonly XNamespace Maml = "http://schemas.microsoft.com/maml/2004/10";
    private static readonly XNamespace Dev = "http://schemas.microsoft.com/maml/dev/2004/10";

    private static readonly Dictionary<string, XElement> Comments = XDocument
        .Load(Path.Combine(Shell.Folder, "Backfill.Cmdlets.xml"))
        .Descendants("member")
        .ToDictionary(member => (string)member.Attribute("name")!);

    /// <summary>The whole file.</summary>
    public static string Text()
    {
        var items = new XElement(
            Msh + "helpItems",
            new XAttribute("schema", "maml"),
            CmdletTypes.All.OrderBy(CmdletTypes.Name, StringComparer.Ordinal).Select(Help)
        );
        return $"<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<!-- Written from the documentation comments of the cmdlets: see tests/Backfill.Cmdlets.Tests/HelpTests.cs -->\n{items.ToString().ReplaceLineEndings("\n")}\n";
    }

    private static XElement Help(Type cmdlet)
    {
        var comment = Comments[$"T:{cmdlet.FullName}"];
        var parameters = CmdletParameter.Of(cmdlet);
        var (verb, noun) = CmdletTypes.VerbAndNoun(cmdlet);
        return new XElement(
            Command + "command",
            new XAttribute(XNamespace.Xmlns + "maml", Maml),
            new XAttribute(XNamespace.Xmlns + "command", Command),
            new XAttribute(XNamespace.Xmlns + "dev", Dev),
            new XElement(
                Command + "details",
                new XElement(Command + "name", $"{verb}-{noun}"),
                new XElement(Maml + "description", Paragraphs(comment.Element("summary"))),
                new XElement(Command + "verb", verb),
                new XElement(Command + "noun", noun)
            ),
            new XElement(Maml + "description", Paragraphs(comment.Element("remarks"))),
            new XElement(
                Command + "syntax",
                CmdletTypes
                    .Sets(cmdlet)
                    .Select(set => new XElement(
                        Command + "syntaxItem",
                        new XElement(Maml + "name", $"{verb}-{noun}"),
                        parameters
                            .Where(parameter => parameter.IsIn(set))
                            .OrderBy(parameter => parameter.Position(set) ?? int.MaxValue)
                            .Select(parameter => Parameter(parameter, set))
                    ))
            ),
            new XElement(Command + "parameters", parameters.Select(parameter => Parameter(parameter, null))),
            new XElement(
                Command + "returnValues",
                CmdletTypes
                    .Outputs(cmdlet)
                    .Select(type => new XElement(
                        Command + "returnValue",
                        new XElement(Dev + "type", new XElement(Maml + "name", type))
                    ))
            ),
            new XElement(Command + "examples", comment.Elements("example").Select(Example))
        );
    }

    private static XElement Parameter(CmdletParameter parameter, string? set) =>
        new(
            Command + "parameter",
            new XAttribute("required", parameter.IsMandatory(set) ? "true" : "false"),
            new XAttribute("globbing", "false"),
            new XAttribute("pipelineInput", parameter.PipelineInput),
            new XAttribute("position", parameter.Position(set)?.ToString() ?? "named"),
            new XAttribute("aliases", parameter.Aliases.Count == 0 ? "none" : string.Join(", ", parameter.Aliases)),
            new XElement(Maml + "name", parameter.Name),
            // Get-Help shows the texts of the list of parameters only.
            set is null
                ? new XElement(Maml + "description", Paragraphs(Comment(parameter)))
                : null,
            parameter.Values.Count == 0
                ? null
                : new XElement(
                    Command + "parameterValueGroup",
                    parameter.Values.Select(value => new XElement(
                        Command + "parameterValue",
                        new XAttribute("required", "false"),
                        new XAttribute("variableLength", "false"),
                        value
                    ))
                ),
            parameter.IsSwitch
                ? null
                : new XElement(
                    Command + "parameterValue",
                    new XAttribute("required", "true"),
                    new XAttribute("variableLength", "false"),
                    parameter.TypeName
                ),
            set is null
                ? new[]
                {
                    new XElement(Dev + "type", new XElement(Maml + "name", parameter.TypeName)),
                    new XElement(Dev + "defaultValue", parameter.Default),
                }
                : null
        );

    private static XElement Comment(CmdletParameter parameter) =>
        parameter.Property is { } property
            ? Comments[$"P:{property.DeclaringType!.FullName}.{property.Name}"].Element("summary")!
            : new XElement(
                "summary",
                parameter.Name == "WhatIf"
                    ? "Change nothing, and tell what would be done, with what it would cost where that can be told."
                    : "Ask before each item is done."
            );

    private static XElement Example(XElement example, int index) =>
        new(
            Command + "example",
            new XElement(Maml + "title", $"Example {index + 1}"),
            new XElement(Dev + "code", Clean(example.Element("code")!.Value)),
            new XElement(Dev + "remarks", Paragraphs(example.Element("para")))
        );

    private static IEnumerable<XElement> Paragraphs(XElement? comment) =>
        comment is null ? []
        : comment.Elements("para").Any()
            ? comment.Elements("para").Select(para => new XElement(Maml + "para", Clean(para.Value)))
        : [new XElement(Maml + "para", Clean(comment.Value))];

    private static string Clean(string text) => Blanks().Replace(text, " ").Trim();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Blanks();
}
