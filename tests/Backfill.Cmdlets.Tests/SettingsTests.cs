using System.Management.Automation;
using System.Net;
using Backfill.Cmdlets.Settings;
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
        // The first two are of Connect-Backfill: the try and the description.
        var (session, parameters) = (shell.Engine.Settings.ElementAt(2), shell.Engine.Settings.ElementAt(3));
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
            "$null = Connect-Backfill 'Host=session' -DatabaseRole service_role -SkipTest; Get-RepoSync; Get-RepoSync -Database 'Host=other'"
        );

        Assert.Equal(
            ["service_role", "service_role", null],
            shell.Engine.Settings.Select(settings => settings.DatabaseRole)
        );
    }

    [Theory]
    [InlineData("'Host=x'", "Database")]
    [InlineData("-GitHubToken one", "GitHubTokens")]
    [InlineData("-OpenAIKey key", "OpenAIKey")]
    [InlineData("'Host=x' -GitHubToken one -EmbeddingProvider Lexical", "Database,GitHubTokens,OpenAIKey")]
    [InlineData("-Local", "")]
    [InlineData("'Host=x' -GitHubToken one -SkipTest", "")]
    public void Connect_tries_what_it_is_given_and_nothing_else(string parameters, string tried)
    {
        var outcome = shell.Run($"Connect-Backfill {parameters}");

        Assert.Empty(outcome.Errors);
        Assert.Equal(tried, string.Join(",", shell.Engine.Asked<Tried>().SelectMany(one => one.Names)));
    }

    [Fact]
    public void Settings_that_do_not_work_are_not_kept()
    {
        shell.Engine.Try = _ => new BackfillException(
            ErrorIds.DatabaseUnavailable,
            ErrorKind.Unavailable,
            "No server.",
            "Check it."
        );

        var outcome = shell.Run("Connect-Backfill 'Host=nowhere'");

        Assert.Equal(
            "DatabaseUnavailable",
            outcome.Thrown?.FullyQualifiedErrorId.Split(',')[0] ?? outcome.ErrorIds.Single()
        );
        Assert.Null(Session.Connected);
    }

    private const string Vault = """
        function Get-Secret($Name, $Vault, $ErrorAction) {
            if ($Name -ne 'GitHub') { throw "The secret $Name was not found." }
            [System.Net.NetworkCredential]::new('', "token-of-$Vault").SecurePassword
        }

        """;

    [Theory]
    [InlineData("secret:GitHub", "token-of-")]
    [InlineData("secret:Team/GitHub", "token-of-Team")]
    public void A_secret_is_read_by_its_name_in_a_vault(string name, string value)
    {
        var outcome = shell.Run(Vault + $"$null = Start-RepoSync octo/a -GitHubToken {name}");
        Assert.True(outcome.Errors.Count == 0, string.Join("\n", outcome.Errors) + outcome.Thrown);
        shell.Run(
            Vault
                + $"$env:GITHUB_TOKEN = '{name}'; try {{ $null = Start-RepoSync octo/a }} finally {{ $env:GITHUB_TOKEN = $null }}"
        );

        Assert.Equal([value, value], shell.Engine.Settings.Select(settings => settings.GitHubTokens.Single().Reveal()));
    }

    [Fact]
    public void A_named_secret_that_cannot_be_read_is_an_error_that_says_why()
    {
        var missing = shell.Run(Vault + "Start-RepoSync octo/a -GitHubToken secret:Nothing");
        Assert.Contains("The secret Nothing was not found.", missing.Errors.Single().ToString());
        Assert.Empty(shell.Engine.Asked<SyncRequest>());
    }

    [Fact]
    public void Disconnect_forgets_everything_that_Connect_was_given()
    {
        var outcome = shell.Run(
            "$null = Connect-Backfill 'Host=session' -GitHubToken one -SkipTest; Disconnect-Backfill; Disconnect-Backfill -Verbose"
        );

        Assert.Empty(outcome.Objects);
        Assert.Null(Session.Connected);
        Assert.Contains("nothing to forget", Assert.Single(outcome.Verbose));
    }

    [Fact]
    public void Connect_called_again_keeps_what_it_does_not_name()
    {
        shell.Run(
            "$null = Connect-Backfill 'Host=first' -DatabaseRole service_role -GitHubToken one -GitHubApiUrl https://ghe.example.com/api/v3 -EmbeddingProvider Lexical;"
                + "$null = Connect-Backfill -OpenAIKey key; $null = Connect-Backfill -GitHubToken two; Get-RepoSync -ThisProcess"
        );

        var settings = shell.Engine.Settings.Last();
        Assert.Equal(("Host=first", "service_role"), (settings.Database?.Reveal(), settings.DatabaseRole));
        Assert.Equal(["two"], settings.GitHubTokens.Select(token => token.Reveal()));
        Assert.Equal(new Uri("https://ghe.example.com/api/graphql"), settings.GitHubGraphQLUrl);
        Assert.Equal(("Lexical", "key"), (settings.EmbeddingProvider, settings.OpenAIKey?.Reveal()));
    }

    [Fact]
    public void A_new_database_drops_the_settings_of_the_previous_one()
    {
        shell.Run(
            "$null = Connect-Backfill 'Host=first' -DatabaseRole service_role -GitHubGraphQLUrl https://one.example.com/graphql;"
                + "$null = Connect-Backfill -Local; Get-RepoSync -ThisProcess;"
                + "$null = Connect-Backfill 'Host=second' -GitHubApiUrl https://two.example.com/api/v3; Get-RepoSync -ThisProcess"
        );

        var (local, second) = (shell.Engine.Settings.ElementAt(2), shell.Engine.Settings.Last());
        Assert.Equal((true, null, null), (local.Local, local.Database, local.DatabaseRole));
        Assert.Equal((false, "Host=second", null), (second.Local, second.Database?.Reveal(), second.DatabaseRole));
        Assert.Equal(new Uri("https://two.example.com/api/graphql"), second.GitHubGraphQLUrl);
    }

    [Fact]
    public void Connect_without_parameters_forgets_what_was_set()
    {
        shell.Run(
            "$null = Connect-Backfill -Local -EmbeddingProvider Lexical; $null = Connect-Backfill -Verbose; Get-RepoSync -ThisProcess"
        );

        var settings = shell.Engine.Settings.Last();
        Assert.Equal((false, null), (settings.Local, settings.EmbeddingProvider));
    }

    [Theory]
    [InlineData("Start-RepoSync octo/a -GitHubToken $value", "-GitHubToken")]
    [InlineData("Connect-Backfill -OpenAIKey $value", "Connect-Backfill -OpenAIKey")]
    [InlineData("Get-BackfillContext", "OPENAI_API_KEY")]
    public void A_key_that_no_server_can_accept_is_refused_at_once_by_the_name_of_its_setting(
        string script,
        string setting
    )
    {
        var value = "\uFEFFsk-hidden";
        if (setting == "OPENAI_API_KEY")
        {
            Environment.SetEnvironmentVariable(setting, value);
        }

        try
        {
            var error = Assert.Single(shell.Run(script, ("value", value)).Errors);

            Assert.StartsWith("SettingMalformed,", error.FullyQualifiedErrorId, StringComparison.Ordinal);
            Assert.Equal(setting, error.TargetObject);
            Assert.Contains("a byte order mark (U+FEFF)", error.Exception.Message);
            Assert.DoesNotContain("hidden", error.ToString());
        }
        finally
        {
            Environment.SetEnvironmentVariable("OPENAI_API_KEY", null);
        }

        Assert.Empty(shell.Engine.Settings);
    }

    [Fact]
    public void A_key_that_no_server_can_accept_is_handed_to_the_checks_which_report_it()
    {
        shell.Run("Test-BackfillCoverage octo/a -GitHubToken $value", ("value", "ghp\u2013hidden"));

        Assert.Equal("ghp\u2013hidden", Assert.Single(Assert.Single(shell.Engine.Settings).GitHubTokens).Reveal());
    }

    [Fact]
    public void A_short_secret_is_not_masked_inside_words()
    {
        shell.Engine.Start = (_, _, _) =>
            throw new InvalidOperationException("A database has to say a, and not what is apart.");

        var error = Assert.Single(shell.Run("Start-RepoSync octo/a -GitHubToken a").Errors);

        Assert.Equal("A database has to say ********, and not what is apart.", error.Exception.Message);
    }

    [Fact]
    public void The_private_key_of_the_app_is_in_no_message()
    {
        const string Line = "MIIEowIBAAKCAQEAhidden";
        string[] variables = ["GITHUB_APP_ID", "GITHUB_APP_PRIVATE_KEY", "GITHUB_APP_INSTALLATION_ID"];
        string[] values = ["12", $"-----BEGIN KEY-----\n{Line}\n-----END KEY-----", "34"];
        foreach (var (variable, value) in variables.Zip(values))
        {
            Environment.SetEnvironmentVariable(variable, value);
        }

        try
        {
            shell.Engine.Start = (_, _, _) => throw new InvalidOperationException($"Cannot sign with {values[1]}");
            var whole = Assert.Single(shell.Run("Start-RepoSync octo/a").Errors);
            shell.Engine.Start = (_, _, _) => throw new InvalidOperationException($"Cannot read the line {Line}");
            var line = Assert.Single(shell.Run("Start-RepoSync octo/a").Errors);

            Assert.Equal("Cannot sign with ********", whole.Exception.Message);
            Assert.Equal("Cannot read the line ********", line.Exception.Message);
        }
        finally
        {
            Array.ForEach(variables, variable => Environment.SetEnvironmentVariable(variable, null));
        }
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
    public void An_invalid_address_is_refused(string address) =>
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
