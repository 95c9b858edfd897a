namespace Backfill.Core.Tests.Contracts;

/// <summary>Which value of a setting is in force, and where it came from.</summary>
public sealed class SettingsResolutionTests
{
    [Theory]
    [InlineData("BACKFILL_DATABASE_URL")]
    [InlineData("SUPABASE_DB_URL")]
    [InlineData("DATABASE_URL")]
    public void The_database_comes_from_each_of_its_variables(string variable)
    {
        var settings = Resolve((variable, " postgresql://host/d "));

        Assert.Equal("postgresql://host/d", settings.Database?.Reveal());
        Assert.Equal(variable, settings.Sources["Database"]);
        Assert.False(settings.Local);
    }

    [Fact]
    public void The_first_variable_wins_and_a_blank_one_counts_as_unset()
    {
        var settings = Resolve(
            ("DATABASE_URL", "postgresql://third/d"),
            ("SUPABASE_DB_URL", "postgresql://second/d"),
            ("BACKFILL_DATABASE_URL", "  "),
            ("GH_TOKEN", "second"),
            ("GITHUB_TOKEN", "first")
        );

        Assert.Equal("SUPABASE_DB_URL", settings.Sources["Database"]);
        Assert.Equal("first", Assert.Single(settings.GitHubTokens).Reveal());
    }

    [Theory]
    [InlineData("SUPABASE_URL")]
    [InlineData("VITE_SUPABASE_URL")]
    public void A_Supabase_project_with_its_password_is_a_database(string variable)
    {
        var settings = Resolve((variable, "https://abcdefgh.supabase.co/"), ("SUPABASE_DB_PASSWORD", "p@ss/w#rd"));

        Assert.Equal(
            "postgresql://postgres:p%40ss%2Fw%23rd@db.abcdefgh.supabase.co:5432/postgres?sslmode=require",
            settings.Database?.Reveal()
        );
        Assert.Equal($"{variable} and SUPABASE_DB_PASSWORD", settings.Sources["Database"]);
        Assert.Null(Resolve((variable, "https://abcdefgh.supabase.co")).Database);
        Assert.Equal(
            ErrorIds.SettingMalformed,
            Assert
                .Throws<BackfillException>(() =>
                    Resolve((variable, "https://example.com"), ("SUPABASE_DB_PASSWORD", "x"))
                )
                .ErrorId
        );
    }

    [Theory]
    [InlineData("GITHUB_TOKEN")]
    [InlineData("GH_TOKEN")]
    public void Several_tokens_share_one_variable(string variable)
    {
        var settings = Resolve((variable, "one, two,,one "));

        Assert.Equal(["one", "two"], settings.GitHubTokens.Select(token => token.Reveal()));
        Assert.Equal(variable, settings.Sources["GitHubTokens"]);
        Assert.Throws<BackfillException>(() => Resolve((variable, "one two")));
        Assert.Throws<BackfillException>(() => Resolve((variable, ",")));
    }

    [Theory]
    [InlineData("https://github.example.com/api/v3", "https://github.example.com/api/graphql")]
    [InlineData("http://127.0.0.1:8080", "http://127.0.0.1:8080/graphql")]
    [InlineData("https://api.example.ghe.com/", "https://api.example.ghe.com/graphql")]
    public void The_GraphQL_address_is_derived_from_the_REST_address(string api, string graphQL)
    {
        var settings = Resolve(("GITHUB_API_URL", api));

        Assert.Equal(new Uri(graphQL), settings.GitHubGraphQLUrl);
        Assert.EndsWith("/", settings.GitHubApiUrl.AbsoluteUri);
        var both = Resolve(("GITHUB_API_URL", api), ("GITHUB_GRAPHQL_URL", "http://127.0.0.1:9/elsewhere"));
        Assert.Equal(new Uri("http://127.0.0.1:9/elsewhere"), both.GitHubGraphQLUrl);
    }

    [Theory]
    [InlineData("GITHUB_API_URL", "github.example.com")]
    [InlineData("GITHUB_API_URL", "ftp://github.example.com")]
    [InlineData("GITHUB_GRAPHQL_URL", "https://user:secret@github.example.com")]
    [InlineData("OPENAI_BASE_URL", "https://example.com/v1?key=secret")]
    [InlineData("BACKFILL_EMBEDDING_PROVIDER", "Nothing")]
    public void A_variable_that_cannot_be_read_is_named(string variable, string value)
    {
        var error = Assert.Throws<BackfillException>(() => Resolve((variable, value)));

        Assert.Equal((ErrorIds.SettingMalformed, ErrorKind.Setting), (error.ErrorId, error.Kind));
        Assert.Contains(variable, error.Message);
        Assert.DoesNotContain("secret", error.ToString());
    }

    [Fact]
    public void The_embedding_provider_comes_from_its_variables()
    {
        var settings = Resolve(
            ("OPENAI_API_KEY", "sk-1"),
            ("OPENAI_BASE_URL", "http://127.0.0.1:11434/v1"),
            ("BACKFILL_EMBEDDING_PROVIDER", "openai"),
            ("BACKFILL_EMBEDDING_MODEL", "all-minilm")
        );

        Assert.Equal("sk-1", settings.OpenAIKey?.Reveal());
        Assert.Equal(new Uri("http://127.0.0.1:11434/v1/"), settings.OpenAIBaseUrl);
        Assert.Equal(("OpenAI", "all-minilm"), (settings.EmbeddingProvider, settings.EmbeddingModel));
    }

    [Fact]
    public void A_parameter_beats_Connect_Backfill_which_beats_the_environment()
    {
        (string, string)[] environment =
        [
            ("BACKFILL_DATABASE_URL", "environment"),
            ("GITHUB_TOKEN", "environment"),
            ("BACKFILL_EMBEDDING_MODEL", "environment"),
            ("BACKFILL_LOCAL_FOLDER", "/environment"),
        ];
        var connected = new BackfillSettings
        {
            Database = new Secret("connect"),
            GitHubTokens = [new Secret("connect")],
        };
        var parameters = new BackfillSettings { Database = new Secret("parameter") };

        var settings = Resolve(parameters, connected, environment);

        Assert.Equal("parameter", settings.Database?.Reveal());
        Assert.Equal("connect", Assert.Single(settings.GitHubTokens).Reveal());
        Assert.Equal("environment", settings.EmbeddingModel);
        Assert.Equal("/environment", settings.LocalFolder);
        Assert.Equal(
            ["parameter", "Connect-Backfill", "BACKFILL_EMBEDDING_MODEL", "BACKFILL_LOCAL_FOLDER"],
            new[] { "Database", "GitHubTokens", "EmbeddingModel", "LocalFolder" }.Select(name => settings.Sources[name])
        );
    }

    [Fact]
    public void The_private_server_and_a_connection_exclude_each_other_and_the_higher_layer_wins()
    {
        var local = new BackfillSettings { Local = true };
        var connection = new BackfillSettings { Database = new Secret("connection") };

        Assert.True(Resolve(local, connection).Local);
        Assert.Null(Resolve(local, connection).Database);
        Assert.False(Resolve(connection, local).Local);
        Assert.True(Resolve(null, local, ("BACKFILL_DATABASE_URL", "environment")).Local);
        // Never a silent default.
        Assert.False(Resolve().Local);
    }

    [Fact]
    public void The_role_comes_from_Connect_Backfill_or_the_environment_and_the_private_server_has_none()
    {
        (string, string) variable = ("BACKFILL_DATABASE_ROLE", "service_role");
        var connected = new BackfillSettings { DatabaseRole = "operator" };

        Assert.Null(Resolve().DatabaseRole);
        Assert.Equal("BACKFILL_DATABASE_ROLE", Resolve(variable).Sources["DatabaseRole"]);
        Assert.Equal("service_role", Resolve(variable).DatabaseRole);
        Assert.Equal("operator", Resolve(null, connected, variable).DatabaseRole);
        Assert.Null(Resolve(new BackfillSettings { Local = true }, connected, variable).DatabaseRole);

        // It is no role of another database.
        var database = new BackfillSettings { Database = new Secret("other") };
        Assert.Null(Resolve(database, connected, variable).DatabaseRole);
        Assert.Null(Resolve(null, database, variable).DatabaseRole);
        Assert.Equal("operator", Resolve(null, database with { DatabaseRole = "operator" }).DatabaseRole);
    }

    [Fact]
    public void Without_settings_the_address_is_that_of_GitHub_and_everything_else_is_empty()
    {
        var settings = Resolve();

        Assert.Null(settings.Database);
        Assert.Empty(settings.GitHubTokens);
        Assert.Equal(new Uri("https://api.github.com/"), settings.GitHubApiUrl);
        Assert.Equal(new Uri("https://api.github.com/graphql"), settings.GitHubGraphQLUrl);
        Assert.Empty(settings.Sources);
    }

    [Fact]
    public void Without_its_variables_Inngest_has_the_address_of_its_cloud_and_no_keys()
    {
        var inngest = Resolve().Inngest;

        Assert.Equal(new Uri("https://inn.gs/"), inngest.EventUrl);
        Assert.Equal(new Uri("https://api.inngest.com/"), inngest.ApiUrl);
        Assert.False(inngest.IsConfigured);
        Assert.False(inngest.CanReadRuns);
        Assert.Equal("contributor-info", inngest.App);
    }

    [Theory]
    [InlineData("INNGEST_EVENT_KEY")]
    [InlineData("INNGEST_PRODUCTION_EVENT_KEY")]
    public void Inngests_keys_come_from_its_own_variables(string variable)
    {
        var settings = Resolve(
            (variable, "event"),
            ("INNGEST_SIGNING_KEY", "signing"),
            ("INNGEST_SIGNING_KEY_FALLBACK", "fallback"),
            ("INNGEST_ENV", "feature-x"),
            ("BACKFILL_INNGEST_APP", "mine")
        );

        Assert.Equal("event", settings.Inngest.EventKey?.Reveal());
        Assert.Equal("signing", settings.Inngest.SigningKey?.Reveal());
        Assert.Equal("fallback", settings.Inngest.SigningKeyFallback?.Reveal());
        Assert.Equal(("feature-x", "mine"), (settings.Inngest.Environment, settings.Inngest.App));
        Assert.True(settings.Inngest is { IsConfigured: true, CanReadRuns: true });
        Assert.Equal(variable, settings.Sources["InngestEventKey"]);
    }

    [Theory]
    [InlineData("1", true, "http://localhost:8288/")]
    [InlineData("true", true, "http://localhost:8288/")]
    [InlineData("http://inngest:9000", true, "http://inngest:9000/")]
    [InlineData("0", false, "https://inn.gs/")]
    [InlineData("false", false, "https://inn.gs/")]
    public void A_dev_server_is_chosen_by_its_variable(string value, bool dev, string eventUrl)
    {
        var inngest = Resolve(("INNGEST_DEV", value)).Inngest;

        Assert.Equal((dev, new Uri(eventUrl)), (inngest.Dev, inngest.EventUrl));
        Assert.Equal(dev, inngest.CanReadRuns);
    }

    [Fact]
    public void Each_address_of_Inngest_beats_the_common_one_which_beats_the_dev_server()
    {
        var common = Resolve(("INNGEST_DEV", "1"), ("INNGEST_BASE_URL", "https://own.example.com")).Inngest;
        Assert.Equal(
            (new Uri("https://own.example.com/"), new Uri("https://own.example.com/")),
            (common.EventUrl, common.ApiUrl)
        );

        var each = Resolve(
            ("INNGEST_BASE_URL", "https://own.example.com"),
            ("INNGEST_EVENT_API_BASE_URL", "https://events.example.com"),
            ("INNGEST_API_BASE_URL", "https://api.example.com")
        ).Inngest;
        Assert.Equal(
            (new Uri("https://events.example.com/"), new Uri("https://api.example.com/")),
            (each.EventUrl, each.ApiUrl)
        );

        Assert.Equal(
            ErrorIds.SettingMalformed,
            Assert.Throws<BackfillException>(() => Resolve(("INNGEST_DEV", "yes please"))).ErrorId
        );
    }

    private static BackfillSettings Resolve(params (string Name, string Value)[] environment) =>
        Resolve(null, null, environment);

    private static BackfillSettings Resolve(
        BackfillSettings? parameters,
        BackfillSettings? connected,
        params (string Name, string Value)[] environment
    ) =>
        SettingsResolution.Resolve(
            parameters,
            connected,
            name => environment.FirstOrDefault(variable => variable.Name == name).Value
        );
}
