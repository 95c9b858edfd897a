using Backfill.Module.Tests.Support;

namespace Backfill.Module.Tests;

/// <summary>The console host of the checkout: PowerShell's own console with the module imported.</summary>
public sealed class HostTests(InstalledModule module)
{
    [Theory]
    [InlineData("'fine'", 0)]
    [InlineData("exit 7", 7)]
    [InlineData("throw 'no'", 1)]
    [InlineData("Start-RepoSync not-a-name", 1)]
    [InlineData("Get-Command No-SuchCommand -ErrorAction SilentlyContinue; 'goes on'", 0)]
    public async Task A_command_ends_with_the_exit_code_of_PowerShell(string command, int exitCode)
    {
        var result = await HostProcess.RunAsync(command);

        Assert.True(exitCode == result.ExitCode, $"{result}");
    }

    [Fact]
    public async Task Parameters_of_pwsh_are_taken()
    {
        using var folder = new TemporaryFolder();
        var script = folder.Write(
            "show arguments.ps1",
            """
            param([string] $Name, [int] $Count, [switch] $Loud, [Parameter(ValueFromRemainingArguments)] $Rest)
            "$Name|$($Count + 1)|$Loud|$($Rest -join ',')"
            exit 6
            """
        );

        var file = await HostProcess.RunAsync([
            "-NoProfile",
            "-NoLogo",
            "-NonInteractive",
            "-File",
            script,
            "-Name",
            "it's $HOME",
            "-Loud",
            "-Count:41",
            "one",
            "-NoWait",
        ]);
        var version = await HostProcess.RunAsync(["-Version"]);

        Assert.Equal(("it's $HOME|42|True|one,-NoWait\n", 6), (file.Output, file.ExitCode));
        Assert.StartsWith("PowerShell 7.6", version.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_command_of_PowerShell_is_there()
    {
        var result = await HostProcess.RunAsync(
            "[Backfill.TrackedRepository] @{ Repository = 'octo/hello' } | Select-Object Repository | ConvertTo-Json -Compress; 1..2 | Format-Table | Out-String -Stream | Where-Object { $_ }"
        );

        Assert.StartsWith("{\"Repository\":\"octo/hello\"}\n", result.Output, StringComparison.Ordinal);
        Assert.Equal(0, result.ExitCode);
    }

    [Fact]
    public async Task A_run_that_the_command_left_at_work_is_waited_for()
    {
        var result = await RunAsync($"{module.Connect}Start-RepoSync {InstalledModule.Repository} | Out-Null; 'done'");

        Assert.True(result.ExitCode == 0, $"{result}");
        Assert.StartsWith("done\n", result.Output, StringComparison.Ordinal);
        Assert.Contains("Waiting for 1 sync", result.Errors);
        Assert.Contains("Completed", result.Output);
    }

    [Fact]
    public async Task With_NoWait_a_run_is_interrupted_and_the_host_says_so()
    {
        await using var gitHub = await SlowGitHub.StartAsync();
        var result = await RunAsync(
            $"{gitHub.Connect}Start-RepoSync {SlowGitHub.Interrupted} -Track -Full | Out-Null",
            "-NoWait"
        );

        Assert.Equal(1, result.ExitCode);
        Assert.Contains($"The sync of {SlowGitHub.Interrupted} was interrupted", result.Errors);
    }

    [Fact]
    public async Task Without_the_module_the_host_says_where_it_looked()
    {
        using var folder = new TemporaryFolder();
        foreach (var file in Directory.GetFiles(Path.GetDirectoryName(HostProcess.Program)!))
        {
            File.Copy(file, Path.Combine(folder.Path, Path.GetFileName(file)));
        }

        var result = await HostProcess.RunAsync(
            ["-Command", "1"],
            program: Path.Combine(folder.Path, Path.GetFileName(HostProcess.Program))
        );

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("Backfill.psd1 was found neither", result.Errors);
    }

    private Task<HostResult> RunAsync(string command, params string[] options) =>
        HostProcess.RunAsync([.. options, "-NoProfile", "-Command", command], module.Variables);
}
