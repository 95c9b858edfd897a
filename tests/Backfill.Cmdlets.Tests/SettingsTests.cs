using System.Management.Automation;
using System.Net;
using Backfill.Cmdlets.Tests.Support;

namespace Backfill.Cmdlets.Tests;

public sealed class SettingsTests : IDisposable
{
    private const string Hidden = "ghp_hiddenhiddenhidden";

    private readonly Shell shell = new();

    [Fact]
    public void Parameters_beat_the_session()
    {
        var outcome = shell.Run(
            "$null = Connect-Backfill 'Host=session' -GitHubToken one, two -EmbeddingProvider lexical -GitHubApiUrl https://ghe.example.com/api/v3;"
                + "Start-RepoSync octo/a; Start-RepoSync octo/a -Database 'Host=parameter' -GitHubToken three"
        );

        Assert.Empty(outcome.Errors);
        var (session, parameters) = (shell.Engine.Settings.ElementAt(1), shell.Engine.Settings.ElementAt(2));
        Assert.Equal("Host=session", session.Database?.Reveal());
        Assert.Equal(["one", "two"], session.GitHubTokens.Select(token => token.Reveal()));
        Assert.Equal("Lexical", session.EmbeddingProvider);
        Assert.Equal(new Uri("https://ghe.example.com/api/graphql"), session.GitHubGraphQLUrl);
        Assert.Equal("Connect-Backfill", session.Sources["GitHubApiUrl"]);
        Assert.Equal("Host=parameter", parameters.Database?.Reveal());
        Assert.Equal(["three"], parameters.GitHubTokens.Select(token => token.Reveal()));
        Assert.Equal("parameter", parameters.Sources["Database"]);
    }

    [Fact]
    public void A_role_belongs_to_the_database_of_the_session()
    {
        shell.Run(
            "$null = Connect-Backfill 'Host=session' -DatabaseRole service_role; Get-RepoSync; Get-RepoSync -Database 'Host=other'"
        );

        Assert.Equal(
            ["service_role", "service_role", null],
            shell.Engine.Settings.Select(settings => settings.DatabaseRole)
        );
    }

    [Fact]
    public void Each_Connect_replaces_the_one_before()
    {
        shell.Run("$null = Connect-Backfill 'Host=first'; $null = Connect-Backfill -Local; Get-RepoSync -ThisProcess");

        var settings = shell.Engine.Settings.Last();
        Assert.True(settings.Local);
        Assert.Null(settings.Database);
    }

    [Fact]
    public void A_Connect_that_fails_changes_nothing()
    {
        shell.Run("$null = Connect-Backfill 'Host=first'");
        shell.Engine.Describe = () => throw new InvalidOperationException("no Host=second");

        var outcome = shell.Run("Connect-Backfill 'Host=second'");

        Assert.Equal(["Unexpected"], outcome.ErrorIds);
        Assert.DoesNotContain("Host=second", outcome.Errors[0].Exception.ToString());

        shell.Run("Get-RepoSync -ThisProcess");
        Assert.Equal("Host=first", shell.Engine.Settings.Last().Database?.Reveal());
    }

    [Fact]
    public void A_variable_that_cannot_be_read_is_an_error_with_its_name()
    {
        const string Variable = "BACKFILL_EMBEDDING_PROVIDER";
        var before = Environment.GetEnvironmentVariable(Variable);
        Environment.SetEnvironmentVariable(Variable, "none");
        try
        {
            foreach (var script in new[] { "Connect-Backfill -Local", "Start-RepoSync octo/a" })
            {
                var error = Assert.Single(shell.Run(script).Errors);
                Assert.StartsWith("SettingMalformed,", error.FullyQualifiedErrorId, StringComparison.Ordinal);
                Assert.Equal(Variable, error.TargetObject);
            }
        }
        finally
        {
            Environment.SetEnvironmentVariable(Variable, before);
        }

        Assert.Empty(shell.Engine.Requests);
    }

    [Fact]
    public void A_secret_is_a_secure_string_a_credential_or_a_text()
    {
        var secure = new NetworkCredential("", "secure").SecurePassword;
        var credential = new PSCredential("user", new NetworkCredential("", "credential").SecurePassword);

        shell.Run(
            "Get-BackfillRateLimit -GitHubToken $secure, $credential, text",
            ("secure", secure),
            ("credential", credential)
        );

        Assert.Equal(
            ["secure", "credential", "text"],
            Assert.Single(shell.Engine.Settings).GitHubTokens.Select(token => token.Reveal())
        );
    }

    [Theory]
    [InlineData("ghe.example.com")]
    [InlineData("https://user:pass@ghe.example.com")]
    [InlineData("https://ghe.example.com/api/v3?token=x")]
    [InlineData("ftp://ghe.example.com")]
    public void An_address_that_is_none_is_refused(string address) =>
        Assert.Equal(
            ["ParameterArgumentValidationError"],
            shell.Run($"Connect-Backfill -GitHubApiUrl {address}").ErrorIds
        );

    [Fact]
    public void The_private_server_is_asked_for_where_it_is_stopped_or_initialized()
    {
        shell.Run("Stop-BackfillDatabase; Initialize-BackfillDatabase -Local");

        Assert.All(shell.Engine.Settings, settings => Assert.True(settings.Local));
        Assert.Equal(2, shell.Engine.Settings.Count);
    }

    [Fact]
    public void WhatIf_of_the_initialization_shows_the_statements()
    {
        var outcome = shell.Run("Initialize-BackfillDatabase -WhatIf | Out-Default");

        Assert.Empty(outcome.Errors);
        Assert.True(Assert.Single(shell.Engine.Asked<DatabaseRequest>()).Plan);
        Assert.Contains("CREATE TABLE repositories (id uuid);", shell.Host.Text);
    }

    [Fact]
    public void No_secret_reaches_a_stream_the_host_or_the_error_list()
    {
        var database = $"Host=db;Password={Hidden}";
        shell.Engine.Start = (_, _, _) => throw new InvalidOperationException($"Cannot connect with {database}");
        shell.Engine.Embed = (_, _, _) =>
            throw new BackfillException(
                ErrorIds.EmbeddingProviderUnavailable,
                ErrorKind.Unavailable,
                "The provider did not answer.",
                "Try later.",
                inner: new InvalidOperationException($"Authorization: {Hidden}")
            );
        var script =
            "$Error.Clear(); $VerbosePreference = 'Continue'; $DebugPreference = 'Continue'; "
            + "Connect-Backfill $database -GitHubToken $token -OpenAIKey $token; Get-BackfillContext; "
            + "Start-RepoSync octo/a -Database $database -WhatIf; Start-RepoSync octo/a -Database $database; "
            + "Invoke-EmbeddingBackfill octo/a -OpenAIKey $token; "
            + "try { Connect-Backfill -GitHubApiUrl \"https://host/?token=$token\" } catch { }; "
            + "try { Get-BackfillRateLimit -GitHubToken @{ Token = $token } } catch { }; "
            + "$Error.ForEach{ $_; $_.ToString(); $_.Exception.ToString(); $_.ErrorDetails; $_.TargetObject; $_.InvocationInfo.Line } | Out-Default";

        var outcome = shell.Run(script, ("database", database), ("token", Hidden));

        // The engine failed twice in earnest and both times with the secret in what it threw.
        Assert.Contains("Unexpected", outcome.ErrorIds);
        Assert.Contains("EmbeddingProviderUnavailable", outcome.ErrorIds);
        Assert.DoesNotContain(Hidden, shell.Host.Text);
        Assert.DoesNotContain(outcome.Objects, item => item?.ToString()?.Contains(Hidden) == true);
        Assert.DoesNotContain(outcome.Errors, error => error.Exception.ToString().Contains(Hidden));
        Assert.DoesNotContain(outcome.Verbose.Concat(outcome.Warnings), line => line.Contains(Hidden));
    }

    public void Dispose() => shell.Dispose();
}
