using System.Text.RegularExpressions;
using Backfill.Module.Tests.Support;
using Backfill.Simulation;

namespace Backfill.Module.Tests;

/// <summary>The blocks of code in the README, run as a reader would run them.</summary>
public sealed partial class ReadmeTests(InstalledModule module)
{
    [Fact]
    public async Task Every_block_of_PowerShell_runs_without_an_error()
    {
        await using var gitHub = await GitHubSimulator.StartAsync(
            new SimulatorOptions { PullRequests = 12, Repositories = [InstalledModule.Repository, "octo/world"] },
            TestContext.Current.CancellationToken
        );
        using var folder = new TemporaryFolder();
        if (!OperatingSystem.IsWindows())
        {
            // Root's private PostgreSQL runs as another user, who has to reach it.
            File.SetUnixFileMode(folder.Path, (UnixFileMode)0b111_101_101);
        }

        Directory.CreateSymbolicLink(Path.Combine(folder.Path, "artifacts"), module.Packages);
        var blocks = Blocks("powershell");
        Assert.InRange(blocks.Length, 6, 20);
        // A line that a reader of an installed module has run already fails the second time.
        var script = folder.Write(
            "readme.ps1",
            $"$ErrorActionPreference = 'Stop'\nUnregister-PSResourceRepository Backfill -ErrorAction Ignore\n{string.Join("\n", blocks.Skip(1).Prepend(blocks[0].Replace("Start-RepoSync octo/hello", "Connect-Backfill -Local | Out-Null; Initialize-BackfillDatabase | Out-Null; Start-RepoSync octo/hello -Track")))}\n'THE END'"
        );

        // The blocks sync every tracked repository, so they have a database of their own.
        (string, string)[] variables =
        [
            .. module.Variables.Where(variable => variable.Name != "BACKFILL_LOCAL_FOLDER"),
            ("BACKFILL_LOCAL_FOLDER", Path.Combine(folder.Path, "database")),
            ("GITHUB_API_URL", gitHub.Url.AbsoluteUri),
            ("GITHUB_GRAPHQL_URL", gitHub.GraphQLUrl.AbsoluteUri),
            ("GITHUB_TOKEN", "ghp_simulated0123456789"),
        ];
        HostResult result;
        try
        {
            result = await RunAsync(["-File", script]);
        }
        finally
        {
            await RunAsync(["-Command", "Connect-Backfill -Local | Out-Null; Stop-BackfillDatabase"]);
        }

        Assert.True(result.ExitCode == 0, $"{result}");
        Assert.Contains("THE END", result.Output);
        Assert.Contains("rows proven field by field, 0 differ", result.Output);
        Assert.True(File.Exists(Path.Combine(folder.Path, "report.html")));
        Assert.True(File.Exists(Path.Combine(folder.Path, "backfill.log")));

        Task<HostResult> RunAsync(string[] arguments) =>
            HostProcess.RunAsync(
                ["-NoProfile", "-NonInteractive", .. arguments],
                variables,
                folder: folder.Path,
                program: HostProcess.PowerShell
            );
    }

    [Fact]
    public void Every_other_command_names_files_that_exist()
    {
        foreach (var word in Blocks("sh").SelectMany(block => block.Split(' ', '\n')).Where(word => word.Contains('/')))
        {
            var path = Path.Combine(Checkout.Root, word);
            Assert.True(File.Exists(path) || Directory.Exists(path), word);
        }
    }

    [Fact]
    public async Task Every_cmdlet_is_named_in_the_README()
    {
        var names = await module.SucceedAsync("(Get-Command -Module Backfill).Name");
        var readme = await File.ReadAllTextAsync(
            Path.Combine(Checkout.Root, "README.md"),
            TestContext.Current.CancellationToken
        );

        Assert.All(
            names.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries),
            name => Assert.Contains($"`{name}`", readme)
        );
    }

    private static string[] Blocks(string language) =>
        [
            .. Block()
                .Matches(File.ReadAllText(Path.Combine(Checkout.Root, "README.md")).ReplaceLineEndings("\n"))
                .Where(match => match.Groups["language"].Value == language)
                .Select(match => match.Groups["code"].Value),
        ];

    [GeneratedRegex(@"^```(?<language>\w+)\n(?<code>.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();
}
