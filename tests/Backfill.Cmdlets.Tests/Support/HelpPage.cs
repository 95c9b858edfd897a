using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Backfill.Cmdlets.Tests.Support;

/// <summary>
/// The page of a cmdlet in docs/en-US. People write its texts. What reflection tells (the syntax, the list of parameters and
/// the facts about each) is written into it, so it needs no upkeep by hand.
/// </summary>
internal static partial class HelpPage
{
    public static readonly string Folder = Path.Combine(Checkout.Root, "docs/en-US");

    private static readonly Dictionary<string, XElement> Comments = XDocument
        .Load(Path.Combine(Shell.Folder, "Backfill.Cmdlets.xml"))
        .Descendants("member")
        .ToDictionary(member => (string)member.Attribute("name")!);

    public static string PathOf(Type cmdlet) => Path.Combine(Folder, $"{CmdletTypes.Name(cmdlet)}.md");

    /// <summary>The page with its texts and the facts of today. A new cmdlet or parameter gets the text of its documentation comment.</summary>
    public static string Text(Type cmdlet)
    {
        var path = PathOf(cmdlet);
        var page = File.Exists(path) ? File.ReadAllText(path).ReplaceLineEndings("\n") : Skeleton(cmdlet);
        var parameters = CmdletParameter.Of(cmdlet);
        var texts = ParameterTexts(Part(page, "PARAMETERS"));
        page = Replace(page, "SYNTAX", $"```powershell\n{Syntax(cmdlet, parameters)}```\n\n");
        return Replace(
            page,
            "PARAMETERS",
            string.Concat(
                parameters.Select(parameter =>
                    $"### -{parameter.Name}\n\n{texts.GetValueOrDefault(parameter.Name) ?? Comment(parameter)}\n\n```yaml\n{Facts(cmdlet, parameter)}```\n\n"
                )
            )
        );
    }

    /// <summary>The code of the examples of a page.</summary>
    public static IEnumerable<string> Examples(Type cmdlet) =>
        ExampleCode()
            .Matches(Part(File.ReadAllText(PathOf(cmdlet)).ReplaceLineEndings("\n"), "EXAMPLES"))
            .Select(match => match.Groups["code"].Value);

    private static string Skeleton(Type cmdlet)
    {
        var summary = Clean(Comments[$"T:{cmdlet.FullName}"].Element("summary")!.Value);
        var outputs = string.Concat(CmdletTypes.Outputs(cmdlet).Select(type => $"### {type}\n\n"));
        return $"# {CmdletTypes.Name(cmdlet)}\n\n## SYNOPSIS\n\n{summary}\n\n## SYNTAX\n\n## DESCRIPTION\n\n## EXAMPLES\n\n## PARAMETERS\n\n## INPUTS\n\n### None\n\n## OUTPUTS\n\n{outputs}## NOTES\n\n## RELATED LINKS\n";
    }

    private static string Syntax(Type cmdlet, IReadOnlyList<CmdletParameter> parameters)
    {
        var text = new StringBuilder();
        foreach (var set in CmdletTypes.Sets(cmdlet))
        {
            text.Append(CmdletTypes.Name(cmdlet));
            foreach (
                var parameter in parameters
                    .Where(parameter => parameter.IsIn(set))
                    .OrderBy(parameter => parameter.Position(set) ?? int.MaxValue)
                    .ThenByDescending(parameter => parameter.IsMandatory(set))
            )
            {
                var name = parameter.Position(set) is null ? $"-{parameter.Name}" : $"[-{parameter.Name}]";
                var one = parameter.IsSwitch ? name : $"{name} <{parameter.TypeName}>";
                text.Append(parameter.IsMandatory(set) ? $" {one}" : $" [{one}]");
            }

            text.Append(" [<CommonParameters>]\n");
        }

        return text.ToString();
    }

    private static string Facts(Type cmdlet, CmdletParameter parameter)
    {
        var sets = parameter.NamedSets.Distinct().ToArray();
        var all = CmdletTypes.Sets(cmdlet).ToArray();
        string[] required = [.. all.Where(set => parameter.IsIn(set) && parameter.IsMandatory(set))];
        var facts = new List<(string Name, string Value)>
        {
            ("Type", parameter.TypeName),
            ("Parameter Sets", sets.Length == 0 ? "(All)" : string.Join(", ", sets)),
            ("Aliases", parameter.Aliases.Count == 0 ? "None" : string.Join(", ", parameter.Aliases)),
            ("Accepted values", parameter.Values.Count == 0 ? "None" : string.Join(", ", parameter.Values)),
            (
                "Required",
                required.Length == 0 ? "False"
                : required.Length == all.Count(parameter.IsIn) ? "True"
                : string.Join(", ", required)
            ),
            ("Position", parameter.Position(null)?.ToString() ?? "Named"),
            ("Default value", parameter.Default),
            ("Accept pipeline input", parameter.PipelineInput),
            ("Accept wildcard characters", parameter.TakesWildcards ? "True" : "False"),
        };
        return string.Concat(facts.Select(fact => $"{fact.Name}: {fact.Value}\n"));
    }

    // The text of each parameter, without its facts.
    private static Dictionary<string, string> ParameterTexts(string part) =>
        ParameterHeading()
            .Split(part)
            .Skip(1)
            .Chunk(2)
            .ToDictionary(pair => pair[0], pair => pair[1].Split("```yaml")[0].Trim(), StringComparer.Ordinal);

    private static string Part(string page, string section)
    {
        var (from, to) = Bounds(page, section);
        return page[from..to];
    }

    private static string Replace(string page, string section, string content)
    {
        var (from, to) = Bounds(page, section);
        return $"{page[..from]}\n{content}{page[to..]}";
    }

    private static (int From, int To) Bounds(string page, string section)
    {
        var heading = $"\n## {section}\n";
        var from = page.IndexOf(heading, StringComparison.Ordinal) + heading.Length;
        Assert.True(from >= heading.Length, $"The page has no section {section}.");
        var to = page.IndexOf("\n## ", from - 1, StringComparison.Ordinal);
        return (from, to < 0 ? page.Length : to + 1);
    }

    private static string Comment(CmdletParameter parameter) =>
        parameter.Property is { } property
            ? Escape(Clean(Comments[$"P:{property.DeclaringType!.FullName}.{property.Name}"].Element("summary")!.Value))
        : parameter.Name == "WhatIf"
            ? "Change nothing, and tell what would be done, with what it would cost where that can be told."
        : "Ask before each item is done.";

    private static string Escape(string text) =>
        text.Replace("*", "\\*", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal);

    private static string Clean(string text) => Blanks().Replace(text, " ").Trim();

    [GeneratedRegex(@"```powershell\n(?<code>.*?)\n```", RegexOptions.Singleline)]
    private static partial Regex ExampleCode();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Blanks();

    [GeneratedRegex(@"^### -(\w+)\n", RegexOptions.Multiline)]
    private static partial Regex ParameterHeading();
}
