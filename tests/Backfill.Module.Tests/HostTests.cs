using Backfill.Module.Tests.Support;

namespace Backfill.Module.Tests;

/// <summary>The console as cron, a container and a person meet it.</summary>
public sealed class HostTests
{
    private const string Speak = """
        function Speak {
            [CmdletBinding(SupportsShouldProcess)] param()
            $PSCmdlet.WriteWarning('careful')
            $PSCmdlet.WriteVerbose('in detail')
            $PSCmdlet.WriteDebug('very deep')
            $PSCmdlet.WriteInformation('told aside', [string[]] @('PSHOST'))
            if ($PSCmdlet.ShouldProcess('the thing', 'Change')) { 'changed' }
        }

        """;

    [Theory]
    [InlineData("'fine'", 0)]
    [InlineData("exit 7", 7)]
    [InlineData("'before'; exit", 0)]
    [InlineData("throw 'no'", 1)]
    [InlineData("Get-Command No-SuchCommand", 1)]
    [InlineData("Get-Command No-SuchCommand; 'goes on'", 1)]
    [InlineData("Get-Command No-SuchCommand -ErrorAction SilentlyContinue; 'goes on'", 0)]
    [InlineData("try { throw 'no' } catch { 'caught' }", 0)]
    [InlineData("Start-RepoSync not-a-name", 1)]
    [InlineData("if (", 1)]
    public async Task TheExitCodeTellsHowACommandWent(string command, int exitCode)
    {
        var result = await HostProcess.RunAsync(command);

        Assert.True(exitCode == result.ExitCode, $"{result}");
        Assert.Equal(exitCode == 1, result.Errors.Length > 0);
    }

    [Theory]
    [InlineData("-Nonsense")]
    [InlineData("-Command")]
    [InlineData("-File")]
    public async Task AnOptionThatIsNoneIsAnsweredWithTheUsage(string argument)
    {
        var result = await HostProcess.RunAsync([argument]);

        Assert.Equal(64, result.ExitCode);
        Assert.Contains(argument, result.Errors);
        Assert.Contains("-Command TEXT", result.Errors);
    }

    [Fact]
    public async Task EveryStreamIsShownWithoutColoursWhereNobodySeesThem()
    {
        var result = await HostProcess.RunAsync(
            Speak + "$DebugPreference = 'Continue'; 'first'; Speak -Verbose; Get-Command No-SuchCommand; 'last'"
        );

        Assert.Equal(
            ["first", "told aside", "changed", "last"],
            result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
        );
        Assert.Contains("WARNING: careful", result.Errors);
        Assert.Contains("VERBOSE: in detail", result.Errors);
        Assert.Contains("DEBUG: very deep", result.Errors);
        Assert.Contains("No-SuchCommand", result.Errors);
        Assert.DoesNotContain('\u001b', result.Output + result.Errors);
    }

    [Fact]
    public async Task EachTypeIsShownInItsOwnViewWhateverCameBeforeIt()
    {
        var result = await HostProcess.RunAsync(
            """
            [Backfill.DatabaseInitialization] @{ Database = 'one'; ServerVersion = '18' }
            [Backfill.TrackedRepository] @{ Repository = 'octo/hello' }
            Get-Command No-SuchCommand
            [Backfill.TrackedRepository] @{ Repository = 'octo/world' }
            """
        );

        Assert.Equal(
            [
                "Database      : one",
                "Repository State   Added GitHubId Workspaces",
                "octo/hello Planned False 0",
                "octo/world Planned False 0",
            ],
            result
                .Output.Split('\n')
                .Select(line => line.TrimEnd())
                .Where(line =>
                    line.StartsWith("Database ", StringComparison.Ordinal)
                    || line.Contains("Planned ", StringComparison.Ordinal)
                    || line.StartsWith("Repository", StringComparison.Ordinal)
                )
        );
    }

    [Fact]
    public async Task ProgressIsAFewPlainLinesInALog()
    {
        var result = await HostProcess.RunAsync(
            """
            function Show-Copying {
                [CmdletBinding()] param()
                foreach ($row in 0..1000) {
                    $record = [Management.Automation.ProgressRecord]::new(1, 'Copying', "$row of 1000 rows")
                    $record.PercentComplete = $row / 10
                    $PSCmdlet.WriteProgress($record)
                }
                $record.RecordType = 'Completed'
                $PSCmdlet.WriteProgress($record)
            }
            Show-Copying
            """
        );

        var lines = result.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        // The engine hands a console no more than a few records a second, the console shows one for every ten percent.
        Assert.InRange(lines.Length, 2, 12);
        Assert.Equal("Copying:   0 % 0 of 1000 rows", lines[0]);
        Assert.Equal("Copying: ended", lines[^1]);
        Assert.Equal("", result.Output);
    }

    [Fact]
    public async Task AScriptGetsItsArgumentsAsTheyWereWritten()
    {
        using var folder = new TemporaryFolder();
        var script = folder.Write(
            "show arguments.ps1",
            """
            param([string] $Name, [int] $Count, [switch] $Loud, [switch] $Quiet, [Parameter(ValueFromRemainingArguments)] $Rest)
            "$Name|$($Count + 1)|$Loud|$Quiet|$($Rest -join ',')|$([IO.Path]::GetFileName($PSCommandPath))"
            """
        );

        var result = await HostProcess.RunAsync([
            "-File",
            script,
            "-Name",
            "it's $HOME",
            "-Loud",
            "-Count:41",
            "one",
            "-5",
            "-Quiet:$false",
            "two words",
        ]);

        Assert.Equal("it's $HOME|42|True|False|one,-5,two words|show arguments.ps1\n", result.Output);
        Assert.Equal(0, result.ExitCode);
    }

    [Theory]
    [InlineData("'fine'", 0)]
    [InlineData("exit 7", 7)]
    [InlineData("try { throw 'no' } catch { exit 2 }", 2)]
    [InlineData("Get-Command No-SuchCommand; exit 0", 0)]
    [InlineData("Get-Command No-SuchCommand", 1)]
    [InlineData("throw 'no'", 1)]
    [InlineData("& ([IO.Path]::Combine($PSScriptRoot, 'inner.ps1')); exit ($LASTEXITCODE + 1)", 6)]
    public async Task TheExitCodeOfAScriptIsItsOwn(string script, int exitCode)
    {
        using var folder = new TemporaryFolder();
        folder.Write("inner.ps1", "exit 5");

        var result = await HostProcess.RunAsync(["-File", folder.Write("script.ps1", script)]);

        Assert.True(exitCode == result.ExitCode, $"{result}");
    }

    [Fact]
    public async Task AScriptThatIsNotThereOrCannotBeReadIsNotSilence()
    {
        using var folder = new TemporaryFolder();
        var missing = await HostProcess.RunAsync(["-File", "no-such-script.ps1"]);
        var broken = await HostProcess.RunAsync(["-File", folder.Write("broken.ps1", "'ran'\nif ($true) {")]);

        Assert.Equal((64, ""), (missing.ExitCode, missing.Output));
        Assert.Contains("no-such-script.ps1", missing.Errors);
        Assert.Equal((1, ""), (broken.ExitCode, broken.Output));
        Assert.Contains("line 2", broken.Errors);
    }

    [Theory]
    [InlineData("Speak -WhatIf", "", "What if: Performing the operation \"Change\" on target \"the thing\".", false)]
    [InlineData("Speak -Confirm", "y\n", "Are you sure", true)]
    [InlineData("Speak -Confirm", "n\n", "Are you sure", false)]
    public async Task WhatIfTellsAndConfirmAsks(string command, string input, string said, bool changed)
    {
        var result = await HostProcess.RunAsync(Speak + command, input: input);

        Assert.Equal(0, result.ExitCode);
        Assert.Contains(said, result.Output, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(changed, result.Output.Contains("changed", StringComparison.Ordinal));
    }

    [Fact]
    public async Task AQuestionThatNobodyCanAnswerIsAnError()
    {
        var result = await HostProcess.RunAsync(Speak + "Speak -Confirm");

        Assert.Equal(1, result.ExitCode);
        Assert.DoesNotContain("changed", result.Output);
        Assert.Contains("no input", result.Errors);
    }

    [Fact]
    public async Task WithoutArgumentsItReadsCommandsFromItsInput()
    {
        var result = await HostProcess.RunAsync(
            [],
            input: "1 + 1\nif ($true) {\n  'two' + 'lines'\n}\n\nexit 3\n'never'\n"
        );

        Assert.Equal("2\ntwolines\n", result.Output);
        Assert.Equal(3, result.ExitCode);
    }

    [Theory]
    [InlineData("INT", 130)]
    [InlineData("TERM", 143)]
    public async Task ASignalStopsWhatRunsAndItsFinallyBlockStillRuns(string signal, int exitCode)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no signals.");
        using var host = HostProcess.Start(["-Command", "try { 'ready'; while ($true) { } } finally { 'put away' }"]);
        await host.SaysAsync("ready");

        await host.SignalAsync(signal);

        Assert.Equal(exitCode, await host.WaitAsync());
        Assert.DoesNotContain("Exception", host.Errors);
    }

    [Fact]
    public async Task AtATerminalItEditsLinesRemembersThemAndCompletes()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/script"), "There is no program 'script' to make a terminal with.");
        const string up = "\u001b[A";
        var keys = $"'a' + 'bc'\r{up}\u007f\u007fX'\r(Get-BackfillCon\t).GitHubApiUrl.Host\rexit 5\r";

        var shown = await Terminal.RunAsync($"dotnet {HostProcess.Program}", "backfill> ", keys);

        Assert.Contains("\nabc", shown.Text);
        Assert.Contains("\nabX", shown.Text);
        Assert.Contains("Get-BackfillContext", shown.Text);
        Assert.Contains("\napi.github.com", shown.Text);
        Assert.Equal(5, shown.ExitCode);
    }
}
