using System.Management.Automation;
using Backfill.Cmdlets.Tests.Support;

namespace Backfill.Cmdlets.Tests;

/// <summary>
/// The source of the help is docs/en-US, from which the build makes what Get-Help reads. After a change of a parameter run this
/// class once with BACKFILL_WRITE_HELP=1: it writes the syntax and the facts into the pages.
/// </summary>
public sealed class HelpTests : IDisposable
{
    private readonly Shell shell = new();

    public static TheoryData<string> Names => [.. CmdletTypes.All.Select(CmdletTypes.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void The_facts_of_a_page_are_those_of_its_cmdlet(string name)
    {
        var cmdlet = CmdletTypes.All.Single(type => CmdletTypes.Name(type) == name);
        var text = HelpPage.Text(cmdlet);
        if (Environment.GetEnvironmentVariable("BACKFILL_WRITE_HELP") == "1")
        {
            File.WriteAllText(HelpPage.PathOf(cmdlet), text);
        }

        Assert.Equal(text, File.ReadAllText(HelpPage.PathOf(cmdlet)).ReplaceLineEndings("\n"));
    }

    [Fact]
    public void Every_page_is_of_a_cmdlet_or_of_a_topic() =>
        Assert.Equal(
            CmdletTypes.All.Select(CmdletTypes.Name).Order(StringComparer.Ordinal),
            Directory
                .GetFiles(HelpPage.Folder, "*.md")
                .Select(page => Path.GetFileNameWithoutExtension(page)!)
                .Where(page => !page.StartsWith("about_", StringComparison.Ordinal))
                .Order(StringComparer.Ordinal)
        );

    [Theory]
    [MemberData(nameof(Names))]
    public void Get_Help_shows_everything_about_a_cmdlet(string name)
    {
        var help = shell.RunForObject("Get-Help $name -Full", ("name", name));

        Assert.Equal(name, Text(help, "Name"));
        Assert.NotEmpty(Text(help, "Synopsis"));
        Assert.DoesNotContain(name, Text(help, "Synopsis"), StringComparison.Ordinal);
        Assert.NotEmpty(Items(help, "description"));
        Assert.True(Items(Member(help, "examples"), "example").Count >= 3, "three examples");
        Assert.NotEmpty(Items(Member(help, "inputTypes"), "inputType"));
        Assert.NotEmpty(Items(Member(help, "returnValues"), "returnValue"));
        Assert.NotEmpty(Items(Member(help, "relatedLinks"), "navigationLink"));
        Assert.NotNull(Member(help, "alertSet"));
        Assert.NotEmpty(Items(Member(help, "syntax"), "syntaxItem"));
        var documented = Items(Member(help, "parameters"), "parameter")
            .ToDictionary(one => Text(one, "name"), one => Items(one, "description"));
        var cmdlet = CmdletTypes.All.Single(type => CmdletTypes.Name(type) == name);
        Assert.Equal(
            CmdletParameter.Of(cmdlet).Select(parameter => parameter.Name).Order(StringComparer.Ordinal),
            documented.Keys.Order(StringComparer.Ordinal)
        );
        Assert.All(
            documented,
            one => Assert.True(one.Value.Any(para => Text(para, "Text").Length > 0), $"{name} -{one.Key} has no help")
        );
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_examples_name_only_existing_parameters(string name)
    {
        var help = shell.RunForObject("Get-Help $name -Full", ("name", name));
        foreach (var example in Items(Member(help, "examples"), "example"))
        {
            var code = Text(example, "code");
            var script = ScriptBlock.Create(code);
            Assert.NotNull(script);
            foreach (var command in CmdletCalls.In(script))
            {
                var cmdlet = Assert.Single(CmdletTypes.All, type => CmdletTypes.Name(type) == command.Name);
                var known = CmdletParameter.Of(cmdlet).Select(one => one.Name).Concat(PSCmdlet.CommonParameters);
                Assert.Subset(known.ToHashSet(), command.Parameters.ToHashSet());
            }
        }
    }

    /// <summary>The examples of every page.</summary>
    public static TheoryData<string, string> Examples =>
        [
            .. CmdletTypes.All.SelectMany(cmdlet =>
                HelpPage.Examples(cmdlet).Select(code => (CmdletTypes.Name(cmdlet), code))
            ),
        ];

    [Theory]
    [MemberData(nameof(Examples))]
    public void Every_example_runs_without_an_error(string name, string code)
    {
        const string Stubs = """
            $null = $ExecutionContext.SessionState.Path.SetLocation([IO.Path]::GetTempPath())
            function Get-Secret { [System.Net.NetworkCredential]::new('', 'token').SecurePassword }
            function Read-Host { [System.Net.NetworkCredential]::new('', 'Host=x').SecurePassword }

            """;
        shell.Engine.Names[CompletionKind.Repository] = ["octo/hello"];
        shell.Engine.Names[CompletionKind.Workspace] = ["Team", "Mobile", "team"];
        shell.Engine.Find = _ => [Samples.Finished(Samples.Run("octo/hello"), RunState.Completed)];
        shell.Engine.Stop = shell.Engine.Find;
        shell.Engine.Wait = async (_, output, token) =>
            await output.WriteAsync(Samples.Finished(Samples.Run("octo/hello"), RunState.Completed), token);

        var outcome = shell.Run(Stubs + code);

        Assert.True(outcome.Thrown is null, $"{name}: {outcome.Thrown}");
        // The view of an id that no run has, and of a run that has ended, are no errors of the example.
        Assert.All(outcome.Errors, error => Assert.StartsWith("RunNotFound", error.FullyQualifiedErrorId));
        Assert.NotEmpty(CmdletCalls.In(ScriptBlock.Create(code)));
    }

    [Theory]
    [InlineData("about_Backfill", "Copies GitHub repositories")]
    [InlineData("about_Backfill_Settings", "Where Backfill takes")]
    [InlineData("about_Backfill_Recovery", "What to do after a failure.")]
    [InlineData("about_Backfill_RateLimits", "How Backfill lives")]
    public void A_topic_is_made_of_its_page_and_fits_80_columns(string topic, string summary)
    {
        var lines = File.ReadAllLines(Path.Combine(Shell.Folder, "en-US", $"{topic}.help.txt"));

        Assert.Equal(["TOPIC", $"    {topic}"], lines[..2]);
        Assert.Contains(lines, line => line.Contains(summary, StringComparison.Ordinal));
        Assert.All(
            lines.Where(line => !line.StartsWith("        ", StringComparison.Ordinal)),
            line => Assert.InRange(line.Length, 0, 80)
        );
    }

    public void Dispose() => shell.Dispose();

    private static object? Member(PSObject item, string name) => item.Properties[name]?.Value;

    private static string Text(PSObject item, string name) => Member(item, name)?.ToString()?.Trim() ?? "";

    private static List<PSObject> Items(object? item, string name) =>
        item is null ? [] : Items(PSObject.AsPSObject(item), name);

    private static List<PSObject> Items(PSObject item, string name) =>
        Member(item, name) switch
        {
            null => [],
            PSObject { BaseObject: System.Collections.IEnumerable and not string } many =>
            [
                .. ((System.Collections.IEnumerable)many.BaseObject).Cast<object>().Select(PSObject.AsPSObject),
            ],
            System.Collections.IEnumerable and not string and var several =>
            [
                .. ((System.Collections.IEnumerable)several).Cast<object>().Select(PSObject.AsPSObject),
            ],
            var one => [PSObject.AsPSObject(one)],
        };
}
