using System.Reflection;
using System.Reflection.Emit;
using Backfill.Module.Tests.Support;

namespace Backfill.Module.Tests;

/// <summary>The installed module in the real PowerShell, used as its users use it.</summary>
public sealed class ModuleTests(InstalledModule module)
{
    // Nobody listens on port 1: the engine and its own Npgsql are loaded, and say so.
    private const string Unreachable =
        "Get-RepoSync -Database 'postgresql://user:secret@127.0.0.1:1/none' -ErrorAction SilentlyContinue; $Error[0].FullyQualifiedErrorId";

    [Fact]
    public async Task The_module_is_imported_twice_and_its_commands_have_help()
    {
        var lines = await LinesAsync(
            $"Import-Module Backfill; {Unreachable}; Import-Module Backfill -Force; {Unreachable};"
                + "(Get-Command -Module Backfill).Count; (Get-Help Start-RepoSync).Synopsis; (Get-Help Start-RepoSync -Parameter TimeRange).Description.Text"
        );

        Assert.Equal(5, lines.Length);
        Assert.All(lines[..2], line => Assert.StartsWith("DatabaseUnavailable", line, StringComparison.Ordinal));
        Assert.Equal("19", lines[2]);
        Assert.StartsWith("Starts", lines[3], StringComparison.Ordinal);
        Assert.StartsWith("How far back", lines[4], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("about_Backfill")]
    [InlineData("about_Backfill_Settings")]
    [InlineData("about_Backfill_Recovery")]
    [InlineData("about_Backfill_RateLimits")]
    public async Task A_topic_of_the_help_is_found_in_pwsh_and_in_the_host(string topic)
    {
        var command =
            $"Import-Module Backfill -ErrorAction Ignore; (Get-Help {topic} | Out-String).Contains('SHORT DESCRIPTION')";

        Assert.Equal("True\n", (await module.SucceedAsync(command)).Output);
        Assert.Equal("True\n", (await HostProcess.RunAsync(command)).Output);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_module_works_beside_older_packages_of_other_modules(bool othersFirst)
    {
        using var folder = new TemporaryFolder();
        string[] names =
        [
            "Npgsql",
            "Octokit",
            "Polly.Core",
            "Microsoft.Extensions.Http",
            "Microsoft.Extensions.Logging.Abstractions",
        ];
        var load = string.Join(
            "; ",
            names.Select(name => $"[void] [Reflection.Assembly]::LoadFrom('{Foreign(folder, name)}')")
        );
        var ours = $"Import-Module Backfill; {Unreachable}";

        var lines = await LinesAsync(
            (othersFirst ? $"{load}; {ours}; " : $"{ours}; {load}; {Unreachable}; ")
                + "[Runtime.Loader.AssemblyLoadContext]::Default.Assemblies.ForEach{ $_.GetName() }"
                + ".Where{ $_.Name -match '^(Npgsql|Octokit|Polly|Microsoft\\.Extensions|dbup)' -and $_.Version.Major -eq 1 }.Count; "
                + "[AppDomain]::CurrentDomain.GetAssemblies().Where{ $_.GetName().Name -eq 'Npgsql' }.Count"
        );

        Assert.All(lines[..^2], line => Assert.StartsWith("DatabaseUnavailable", line, StringComparison.Ordinal));
        Assert.Equal([$"{names.Length}", "2"], lines[^2..]);
    }

    [Fact]
    public async Task Parameters_are_completed()
    {
        var lines = await LinesAsync(
            """
            $complete = { param($line) (TabExpansion2 $line $line.Length).CompletionMatches.CompletionText -join ',' }
            & $complete 'Start-Repo'
            & $complete 'Start-RepoSync octo/hello -TimeR'
            & $complete 'Start-RepoSync octo/hello -Engine '
            """
        );

        Assert.Equal(["Start-RepoSync", "-TimeRange", "Inngest,Local"], lines);
    }

    [Theory]
    [InlineData(80)]
    [InlineData(120)]
    public async Task Every_view_fits_its_width(int width)
    {
        var lines = await LinesAsync(
            $"{module.Connect} Get-RepoSync | Out-String -Width {width}; Get-RepoSync | Format-List | Out-String -Width {width}; Test-BackfillCoverage {InstalledModule.Repository} -SkipGitHub | Out-String -Width {width}; Test-BackfillCoverage {InstalledModule.Repository} -SkipGitHub | Format-Table | Out-String -Width {width}; Get-BackfillRepository | Out-String -Width {width}; Measure-Backfill {InstalledModule.Repository} | Out-String -Width {width}; Get-BackfillContext | Out-String -Width {width}"
        );

        Assert.Contains(lines, line => line.Contains(InstalledModule.Repository, StringComparison.Ordinal));
        Assert.All(lines, line => Assert.InRange(line.TrimEnd().Length, 0, width));
    }

    [Theory]
    [InlineData("'fine'", 0)]
    [InlineData("exit 7", 7)]
    [InlineData("throw 'no'", 1)]
    [InlineData("Start-RepoSync not-a-name", 1)]
    public async Task A_command_ends_with_the_exit_code_of_PowerShell(string command, int exitCode) =>
        Assert.Equal(exitCode, (await module.RunAsync(command)).ExitCode);

    [Fact]
    public async Task A_script_ends_with_its_own_exit_code_and_a_failed_check_is_an_error()
    {
        using var folder = new TemporaryFolder();
        var script = folder.Write("check.ps1", $"{module.Connect}Test-BackfillCoverage octo/unknown; exit 5");

        var file = await module.RunAsync(["-NoProfile", "-File", script]);
        var command = await module.RunAsync($"{module.Connect}Test-BackfillCoverage octo/unknown");

        Assert.Equal(5, file.ExitCode);
        Assert.Equal(1, command.ExitCode);
        Assert.Contains("octo/unknown", command.Errors);
    }

    [Fact]
    public async Task WhatIf_changes_nothing_and_Confirm_asks()
    {
        var planned = await module.SucceedAsync(
            $"{module.Connect}(Start-RepoSync {InstalledModule.Repository} -WhatIf).State"
        );
        var asked = await module.RunAsync(
            ["-NoProfile", "-Command", $"{module.Connect}Start-RepoSync {InstalledModule.Repository} -Confirm"],
            input: "n\n"
        );

        Assert.Contains("Planned\n", planned.Output);
        Assert.Contains("What if: ", planned.Output);
        Assert.Contains("Are you sure", asked.Output + asked.Errors);
        Assert.DoesNotContain("Queued", asked.Output);
    }

    [Fact]
    public async Task An_error_can_be_caught_and_says_what_to_do()
    {
        var lines = await LinesAsync(
            "try { Start-RepoSync not-a-name -ErrorAction Stop } catch { $_.FullyQualifiedErrorId; $_.ErrorDetails.RecommendedAction }"
        );

        Assert.StartsWith("RepositoryNameMalformed", lines[0], StringComparison.Ordinal);
        Assert.Contains("owner/name", lines[1]);
    }

    [Fact]
    public async Task Parallel_loops_and_jobs_use_the_module()
    {
        var lines = await LinesAsync(
            """
            1..3 | ForEach-Object -Parallel { (Get-BackfillContext).GitHubApiUrl.Host }
            Start-ThreadJob { (Get-BackfillContext).GitHubApiUrl.Host } | Receive-Job -Wait
            Start-Job { (Get-BackfillContext).GitHubApiUrl.Host } | Receive-Job -Wait
            """
        );

        Assert.Equal(Enumerable.Repeat("api.github.com", 5), lines);
    }

    [Fact]
    public async Task A_run_from_a_file_goes_through_the_later_stages()
    {
        using var folder = new TemporaryFolder();
        var file = Path.Combine(folder.Path, "run.xml");

        var lines = await LinesAsync(
            $"{module.Connect}Get-RepoSync {InstalledModule.Repository} | Select-Object -First 1 | Export-Clixml '{file}';"
                + $"Import-Clixml '{file}' | Wait-RepoSync | ForEach-Object {{ \"$($_.State)\" }};"
                + $"Import-Clixml '{file}' | Invoke-EmbeddingBackfill | ForEach-Object {{ \"$($_.State)\" }};"
                + $"Import-Clixml '{file}' | Test-BackfillCoverage -SkipGitHub -Quiet"
        );

        Assert.Equal(["Completed", "Completed", "True"], lines);
    }

    [Fact]
    public async Task Ctrl_C_ends_the_wait_and_a_second_one_stops_the_run()
    {
        await using var gitHub = await SlowGitHub.StartAsync();
        await using var terminal = await Terminal.StartAsync(
            $"dotnet {HostProcess.PowerShell} -NoProfile -NoLogo",
            [.. module.Variables, ("NO_COLOR", "1")]
        );
        await terminal.ShowsAsync("PS ");
        await terminal.TypeAsync("function prompt { 'READY' + (++$global:prompts) + '> ' }");
        await terminal.ShowsAsync("READY1>");
        await terminal.TypeAsync(gitHub.Connect);
        await terminal.ShowsAsync("READY2>");
        await terminal.TypeAsync($"Start-RepoSync {SlowGitHub.Stopped} -Track -Full | Wait-RepoSync");
        await gitHub.IsReadAsync();

        await terminal.PressAsync("C-c");
        await terminal.ShowsAsync("goes on as long as this process does");
        await terminal.ShowsAsync("READY3>");
        await terminal.TypeAsync($"'state=' + (Get-RepoSync {SlowGitHub.Stopped})[0].State");
        await terminal.ShowsAsync("state=Running");
        await terminal.ShowsAsync("READY4>");
        await terminal.TypeAsync($"Wait-RepoSync {SlowGitHub.Stopped}; 'waited'");
        await Task.Delay(TimeSpan.FromSeconds(2), TestContext.Current.CancellationToken);
        await terminal.PressAsync("C-c");
        await terminal.ShowsAsync("READY5>");
        await terminal.TypeAsync(
            $"Stop-RepoSync {SlowGitHub.Stopped} -ErrorAction Ignore | Out-Null; Wait-RepoSync {SlowGitHub.Stopped} -ErrorAction Ignore | ForEach-Object {{ 'end=' + $_.State }}"
        );

        await terminal.ShowsAsync("end=Stopped");
    }

    [Fact]
    public async Task Types_that_a_user_holds_can_be_named_once_the_module_is_imported()
    {
        var lines = await LinesAsync(
            "Import-Module Backfill; [Backfill.RunState]::Completed; [Backfill.RepoSync].Name"
        );

        Assert.Equal(["Completed", "RepoSync"], lines);
    }

    private async Task<string[]> LinesAsync(string command) =>
        (await module.SucceedAsync(command)).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    // An assembly of a package's name that has nothing in it: code that is bound to it does not find a single type.
    private static string Foreign(TemporaryFolder folder, string name)
    {
        var assembly = new PersistedAssemblyBuilder(
            new AssemblyName(name) { Version = new Version(1, 0, 0, 0) },
            typeof(object).Assembly
        );
        assembly.DefineDynamicModule(name).DefineType($"Foreign.{name}", TypeAttributes.Public).CreateType();
        var file = Path.Combine(folder.Path, $"{name}.dll");
        assembly.Save(file);
        return file;
    }
}
