using Backfill.Cmdlets.Tests.Support;

namespace Backfill.Cmdlets.Tests;

/// <summary>What goes to the streams of PowerShell, and what goes into a log file.</summary>
public sealed class StreamTests : IDisposable
{
    private const string Secret = "ghp_marked0123456789";

    private readonly Shell shell = new();

    [Fact]
    public void Requests_go_to_the_Debug_stream_while_a_cmdlet_works()
    {
        shell.Engine.Wait = async (_, output, token) =>
        {
            Assert.Single(shell.Engine.Observers)(
                new EngineEvent(LogSeverity.Debug, "GitHub GraphQL: status 200", new Dictionary<string, object?>())
            );
            await output.VerboseAsync("done", token);
        };

        shell.Run("Wait-RepoSync octo/hello -Debug");
        Assert.Contains("GitHub GraphQL: status 200", shell.Host.Text);
        Assert.Empty(shell.Engine.Observers);

        shell.Engine.Wait = (_, _, _) => Task.CompletedTask;
        shell.Run("Wait-RepoSync octo/hello");
        Assert.Empty(shell.Engine.Observers);
    }

    [Fact]
    public void Milestones_go_to_the_Information_stream()
    {
        var outcome = shell.Run("$null = Start-RepoSync octo/hello -InformationVariable told; $told.MessageData");

        Assert.Equal("Start-RepoSync: octo/hello Running", outcome.One<string>());
        Assert.DoesNotContain("octo/hello Running", shell.Host.Text);
    }

    [Theory]
    [InlineData("Start-RepoSync octo/hello -LogPath ./run.log")]
    [InlineData(
        "$env:BACKFILL_LOG = './run.log'; try { Start-RepoSync octo/hello } finally { $env:BACKFILL_LOG = $null }"
    )]
    public void A_log_file_gets_everything_that_a_cmdlet_says(string script)
    {
        shell.Engine.Start = async (request, output, token) =>
        {
            await output.VerboseAsync("a step", token);
            await output.WarningAsync("careful", token);
            return Samples.Run(request.Repository.FullName);
        };

        var outcome = shell.Run($"$null = {{ {script} }}.Invoke()");

        Assert.Empty(outcome.Errors);
        Assert.Equal(
            [
                (LogSeverity.Verbose, "a step"),
                (LogSeverity.Warning, "careful"),
                (LogSeverity.Information, "octo/hello Running"),
            ],
            shell.Engine.Logged.Select(line => (line.Severity, line.Message))
        );
        var last = shell.Engine.Logged.Last();
        Assert.True(Path.IsPathFullyQualified(last.Path));
        Assert.NotEqual(Guid.Empty, last.Facts["RunId"]);
        Assert.Equal("Start-RepoSync", last.Facts["Command"]);
    }

    [Fact]
    public void An_error_is_logged_without_the_secret_that_it_names()
    {
        shell.Engine.Start = (_, _, _) =>
            throw new BackfillException(
                ErrorIds.GitHubUnavailable,
                ErrorKind.Unavailable,
                $"It said {Secret}.",
                "Wait."
            );

        shell.Run($"Start-RepoSync octo/hello -GitHubToken {Secret} -LogPath ./run.log");

        var line = Assert.Single(shell.Engine.Logged);
        Assert.Equal((LogSeverity.Error, "It said ********."), (line.Severity, line.Message));
        Assert.Equal("GitHubUnavailable", line.Facts["ErrorId"]);
    }

    public void Dispose() => shell.Dispose();
}
