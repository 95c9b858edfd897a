using System.Text.RegularExpressions;

namespace Backfill;

/// <summary>
/// Works out the settings in force: a cmdlet's parameters beat <c>Connect-Backfill</c>, which beats the environment.
/// <see cref="BackfillSettings.Sources"/> of the result names where each came from, by the property's name.
/// </summary>
public static partial class SettingsResolution
{
    /// <summary>The source of what a cmdlet's own parameters say.</summary>
    public const string FromParameter = "parameter";

    /// <summary>The source of what <c>Connect-Backfill</c> set.</summary>
    public const string FromConnect = "Connect-Backfill";

    /// <summary>The database by itself, the first that is set.</summary>
    public static readonly IReadOnlyList<string> DatabaseVariables =
    [
        "BACKFILL_DATABASE_URL",
        "SUPABASE_DB_URL",
        "DATABASE_URL",
    ];

    /// <summary>A Supabase project's address, the first that is set; with <see cref="SupabasePasswordVariable"/> it gives the database.</summary>
    public static readonly IReadOnlyList<string> SupabaseUrlVariables = ["SUPABASE_URL", "VITE_SUPABASE_URL"];

    /// <summary>The password of a Supabase project's <c>postgres</c> login.</summary>
    public const string SupabasePasswordVariable = "SUPABASE_DB_PASSWORD";

    /// <summary>GitHub tokens, separated by commas, the first that is set.</summary>
    public static readonly IReadOnlyList<string> TokenVariables = ["GITHUB_TOKEN", "GH_TOKEN"];

    /// <summary>A GitHub App: its id, its private key as text or as a path, and its installation.</summary>
    public static readonly IReadOnlyList<string> AppVariables =
    [
        "GITHUB_APP_ID",
        "GITHUB_APP_PRIVATE_KEY",
        "GITHUB_APP_INSTALLATION_ID",
    ];

    /// <summary>The settings in force.</summary>
    /// <param name="parameters">What the cmdlet itself was given, or null.</param>
    /// <param name="connected">What <c>Connect-Backfill</c> set, or null.</param>
    /// <param name="environment">Reads an environment variable; a blank one counts as unset.</param>
    /// <exception cref="BackfillException"><see cref="ErrorIds.SettingMalformed"/>: a variable has a value that cannot be read.</exception>
    public static BackfillSettings Resolve(
        BackfillSettings? parameters,
        BackfillSettings? connected,
        Func<string, string?> environment
    )
    {
        ArgumentNullException.ThrowIfNull(environment);
        var sources = new Dictionary<string, string>(StringComparer.Ordinal);
        var layers = new (string Source, BackfillSettings? Given)[]
        {
            (FromParameter, parameters),
            (FromConnect, connected),
        };

        var settings = WithDatabase(new BackfillSettings(), layers, environment, sources);
        settings = WithGitHub(settings, layers, environment, sources);
        settings = WithEmbeddings(settings, layers, environment, sources);
        settings = WithInngest(settings, layers, environment, sources);
        return settings with { Sources = sources };
    }

    // A connection and -Local exclude each other: whichever the higher layer names wins.
    private static BackfillSettings WithDatabase(
        BackfillSettings settings,
        (string Source, BackfillSettings? Given)[] layers,
        Func<string, string?> environment,
        Dictionary<string, string> sources
    )
    {
        var folder = First(
            layers,
            given => given.LocalFolder,
            environment,
            ["BACKFILL_LOCAL_FOLDER"],
            nameof(BackfillSettings.LocalFolder),
            sources
        );
        settings = settings with { LocalFolder = folder };
        foreach (var (source, given) in layers)
        {
            if (given is { Local: true })
            {
                sources[nameof(BackfillSettings.Local)] = source;
                return settings with { Local = true };
            }

            if (given?.Database is not null)
            {
                sources[nameof(BackfillSettings.Database)] = source;
                return settings with { Database = given.Database };
            }
        }

        if (FirstVariable(environment, DatabaseVariables) is { } found)
        {
            sources[nameof(BackfillSettings.Database)] = found.Name;
            return settings with { Database = new Secret(found.Value) };
        }

        if (
            FirstVariable(environment, SupabaseUrlVariables) is { } project
            && FirstVariable(environment, [SupabasePasswordVariable]) is { } password
        )
        {
            sources[nameof(BackfillSettings.Database)] = $"{project.Name} and {SupabasePasswordVariable}";
            return settings with { Database = SupabaseDatabase(project, password.Value) };
        }

        return settings;
    }

    private static BackfillSettings WithGitHub(
        BackfillSettings settings,
        (string Source, BackfillSettings? Given)[] layers,
        Func<string, string?> environment,
        Dictionary<string, string> sources
    )
    {
        var tokens = layers.FirstOrDefault(layer => layer.Given is { GitHubTokens.Count: > 0 });
        if (tokens.Given is not null)
        {
            sources[nameof(BackfillSettings.GitHubTokens)] = tokens.Source;
            settings = settings with { GitHubTokens = tokens.Given.GitHubTokens };
        }
        else if (FirstVariable(environment, TokenVariables) is { } found)
        {
            var several = found
                .Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
                .Distinct(StringComparer.Ordinal)
                .Select(token => new Secret(token))
                .ToArray();
            if (several.Length == 0 || several.Any(token => token.Reveal().Any(char.IsWhiteSpace)))
            {
                throw Malformed(
                    found.Name,
                    "holds no GitHub token: between its commas there is nothing, or a blank.",
                    "Write one token, or several separated by commas."
                );
            }

            sources[nameof(BackfillSettings.GitHubTokens)] = found.Name;
            settings = settings with { GitHubTokens = several };
        }

        return WithGitHubAddresses(WithGitHubApp(settings, environment, sources), layers, environment, sources);
    }

    // Tokens that a parameter or Connect-Backfill gives are meant alone.
    private static BackfillSettings WithGitHubApp(
        BackfillSettings settings,
        Func<string, string?> environment,
        Dictionary<string, string> sources
    )
    {
        var given = AppVariables
            .Select(name => FirstVariable(environment, [name]))
            .OfType<(string Name, string Value)>()
            .ToArray();
        var tokens = sources.GetValueOrDefault(nameof(BackfillSettings.GitHubTokens));
        if (given.Length == 0 || tokens is FromParameter or FromConnect)
        {
            return settings;
        }

        var missing = AppVariables.Except(given.Select(variable => variable.Name), StringComparer.Ordinal).ToArray();
        if (missing.Length > 0)
        {
            throw Malformed(
                given[0].Name,
                $"is set, but not {string.Join(" and not ", missing)}.",
                $"A GitHub App needs all of {string.Join(", ", AppVariables)}: GitHub shows the id and makes the key on the App's page; the installation's id is the number at the end of its address."
            );
        }

        if (
            !long.TryParse(
                given[2].Value,
                System.Globalization.NumberStyles.None,
                System.Globalization.CultureInfo.InvariantCulture,
                out var installation
            )
        )
        {
            throw Malformed(
                given[2].Name,
                "is no number.",
                "It is the number at the end of the installation's address."
            );
        }

        sources[nameof(BackfillSettings.GitHubApp)] = given[0].Name;
        return settings with { GitHubApp = new GitHubApp(given[0].Value, new Secret(given[1].Value), installation) };
    }

    // Both addresses belong to one host: a REST address that is given above the place where the GraphQL address comes
    // from decides for both.
    private static BackfillSettings WithGitHubAddresses(
        BackfillSettings settings,
        (string Source, BackfillSettings? Given)[] layers,
        Func<string, string?> environment,
        Dictionary<string, string> sources
    )
    {
        foreach (var (source, given) in layers)
        {
            var apiUrl = given is null ? null : Given(given, nameof(given.GitHubApiUrl), given.GitHubApiUrl);
            var graphQLUrl = given is null
                ? null
                : Given(given, nameof(given.GitHubGraphQLUrl), given.GitHubGraphQLUrl);
            if (apiUrl is not null)
            {
                return Addresses(apiUrl, source, graphQLUrl, source);
            }

            if (graphQLUrl is not null)
            {
                return Addresses(settings.GitHubApiUrl, null, graphQLUrl, source);
            }
        }

        var api = Address(environment, "GITHUB_API_URL");
        return Addresses(
            api ?? settings.GitHubApiUrl,
            api is null ? null : "GITHUB_API_URL",
            Address(environment, "GITHUB_GRAPHQL_URL"),
            "GITHUB_GRAPHQL_URL"
        );

        BackfillSettings Addresses(Uri apiUrl, string? apiSource, Uri? graphQLUrl, string graphQLSource)
        {
            if (apiSource is not null)
            {
                sources[nameof(BackfillSettings.GitHubApiUrl)] = apiSource;
            }

            if (graphQLUrl is not null)
            {
                sources[nameof(BackfillSettings.GitHubGraphQLUrl)] = graphQLSource;
            }

            var withSlash = WithSlash(apiUrl);
            return settings with { GitHubApiUrl = withSlash, GitHubGraphQLUrl = graphQLUrl ?? GraphQLUrl(withSlash) };
        }
    }

    /// <summary>The GraphQL address that belongs to a REST address: <c>https://host/api/v3/</c> has <c>https://host/api/graphql</c>, every other one <c>graphql</c> below it.</summary>
    public static Uri GraphQLUrl(Uri apiUrl)
    {
        var address = WithSlash(apiUrl ?? throw new ArgumentNullException(nameof(apiUrl)));
        return address.AbsolutePath.EndsWith("/api/v3/", StringComparison.OrdinalIgnoreCase)
            ? new Uri(address, "../graphql")
            : new Uri(address, "graphql");
    }

    private static BackfillSettings WithEmbeddings(
        BackfillSettings settings,
        (string Source, BackfillSettings? Given)[] layers,
        Func<string, string?> environment,
        Dictionary<string, string> sources
    )
    {
        var provider = First(
            layers,
            given => given.EmbeddingProvider,
            environment,
            ["BACKFILL_EMBEDDING_PROVIDER"],
            nameof(BackfillSettings.EmbeddingProvider),
            sources
        );
        var model = First(
            layers,
            given => given.EmbeddingModel,
            environment,
            ["BACKFILL_EMBEDDING_MODEL"],
            nameof(BackfillSettings.EmbeddingModel),
            sources
        );
        var key = First(
            layers,
            given => given.OpenAIKey?.Reveal(),
            environment,
            ["OPENAI_API_KEY"],
            nameof(BackfillSettings.OpenAIKey),
            sources
        );
        var baseUrl = layers.FirstOrDefault(layer => layer.Given?.OpenAIBaseUrl is not null);
        var address = baseUrl.Given?.OpenAIBaseUrl ?? Address(environment, "OPENAI_BASE_URL");
        if (address is not null)
        {
            sources[nameof(BackfillSettings.OpenAIBaseUrl)] = baseUrl.Source ?? "OPENAI_BASE_URL";
        }

        return WithOtherProviders(settings, layers, environment, sources) with
        {
            EmbeddingProvider = provider is null
                ? null
                : Provider(provider, sources[nameof(BackfillSettings.EmbeddingProvider)]),
            EmbeddingModel = model,
            OpenAIKey = key is null ? null : new Secret(key),
            OpenAIBaseUrl = address is null ? null : WithSlash(address),
        };
    }

    private static BackfillSettings WithOtherProviders(
        BackfillSettings settings,
        (string Source, BackfillSettings? Given)[] layers,
        Func<string, string?> environment,
        Dictionary<string, string> sources
    )
    {
        var azureKey = First(
            layers,
            given => given.AzureOpenAIKey?.Reveal(),
            environment,
            ["AZURE_OPENAI_API_KEY"],
            nameof(BackfillSettings.AzureOpenAIKey),
            sources
        );
        var serviceKey = First(
            layers,
            given => given.SupabaseServiceKey?.Reveal(),
            environment,
            ["SUPABASE_SERVICE_ROLE_KEY"],
            nameof(BackfillSettings.SupabaseServiceKey),
            sources
        );
        return settings with
        {
            AzureOpenAIKey = azureKey is null ? null : new Secret(azureKey),
            AzureOpenAIEndpoint = Address(environment, "AZURE_OPENAI_ENDPOINT") is { } azure ? WithSlash(azure) : null,
            OllamaUrl = OllamaAddress(environment),
            SupabaseUrl = SupabaseUrlVariables
                .Select(name => Address(environment, name))
                .FirstOrDefault(url => url is not null)
                is { } project
                ? WithSlash(project)
                : null,
            SupabaseServiceKey = serviceKey is null ? null : new Secret(serviceKey),
            EmbeddingPrices = First(
                layers,
                given => given.EmbeddingPrices,
                environment,
                ["BACKFILL_EMBEDDING_PRICES"],
                nameof(BackfillSettings.EmbeddingPrices),
                sources
            ),
        };
    }

    // Ollama's own variable may lack the scheme and the port, and may be what its server listens on: every address.
    private static Uri? OllamaAddress(Func<string, string?> environment)
    {
        const string Variable = "OLLAMA_HOST";
        const int Port = 11434;
        if (FirstVariable(environment, [Variable]) is not { } found)
        {
            return null;
        }

        var text = found.Value.Contains("://", StringComparison.Ordinal) ? found.Value : $"http://{found.Value}";
        var address = Address(_ => text, Variable)!;
        return new UriBuilder(address)
        {
            Host = address.Host == "0.0.0.0" ? "127.0.0.1" : address.Host,
            Port = text == found.Value || !address.IsDefaultPort ? address.Port : Port,
            Path = "v1/",
        }.Uri;
    }

    private static string Provider(string text, string source) =>
        text.ToUpperInvariant() switch
        {
            "OPENAI" => "OpenAI",
            "AZURE" => "Azure",
            "OLLAMA" => "Ollama",
            "SUPABASE" => "Supabase",
            "ONNX" => "Onnx",
            "LEXICAL" => "Lexical",
            _ => throw Malformed(
                source == FromConnect || source == FromParameter ? "EmbeddingProvider" : source,
                $"names the embedding provider '{text}', which there is not.",
                "Write OpenAI (for everything that speaks its API, with the base address in OPENAI_BASE_URL), Azure, Ollama, Supabase, Onnx or Lexical."
            ),
        };

    // Supabase's direct host has the project's reference in its name and accepts nothing without TLS.
    private static Secret SupabaseDatabase((string Name, string Value) project, string password)
    {
        var match = SupabaseProject().Match(project.Value);
        return match.Success
            ? new Secret(
                $"postgresql://postgres:{Uri.EscapeDataString(password)}@db.{match.Groups["project"].Value}.supabase.co:5432/postgres?sslmode=require"
            )
            : throw Malformed(
                project.Name,
                "is not https://<project>.supabase.co, so the database's host cannot be told from it.",
                "Set BACKFILL_DATABASE_URL to the connection string that the project shows under Connect."
            );
    }

    private static Uri? Address(Func<string, string?> environment, string variable)
    {
        if (FirstVariable(environment, [variable]) is not { } found)
        {
            return null;
        }

        // A query or user information would be a secret, or a mistake.
        return
            Uri.TryCreate(found.Value, UriKind.Absolute, out var address)
            && address.Scheme is "https" or "http"
            && address.UserInfo.Length == 0
            && address.Query.Length == 0
            ? address
            : throw Malformed(
                variable,
                "is not a web address.",
                "Write it in full, for example https://github.example.com/api/v3, without a query."
            );
    }

    private static Uri WithSlash(Uri address) =>
        address.AbsolutePath.EndsWith('/')
            ? address
            : new UriBuilder(address) { Path = address.AbsolutePath + "/" }.Uri;

    // The record has a default address, so that a layer says by its sources, or by another value, that it was given one.
    private static Uri? Given(BackfillSettings given, string name, Uri value) =>
        given.Sources.ContainsKey(name)
        || (value != BackfillSettings.DefaultGitHubApiUrl && value != new BackfillSettings().GitHubGraphQLUrl)
            ? value
            : null;

    private static string? First(
        (string Source, BackfillSettings? Given)[] layers,
        Func<BackfillSettings, string?> value,
        Func<string, string?> environment,
        IReadOnlyList<string> variables,
        string name,
        Dictionary<string, string> sources
    )
    {
        foreach (var (source, given) in layers)
        {
            if (given is not null && value(given) is { Length: > 0 } text)
            {
                sources[name] = source;
                return text;
            }
        }

        if (FirstVariable(environment, variables) is not { } found)
        {
            return null;
        }

        sources[name] = found.Name;
        return found.Value;
    }

    private static (string Name, string Value)? FirstVariable(
        Func<string, string?> environment,
        IReadOnlyList<string> names
    )
    {
        foreach (var name in names)
        {
            if (environment(name)?.Trim() is { Length: > 0 } value)
            {
                return (name, value);
            }
        }

        return null;
    }

    private static BackfillException Malformed(string setting, string what, string action) =>
        new(ErrorIds.SettingMalformed, ErrorKind.Setting, $"{setting} {what}", action, setting);

    [GeneratedRegex(
        @"^https://(?<project>[a-z0-9]+)\.supabase\.co/?$",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase,
        matchTimeoutMilliseconds: 1000
    )]
    private static partial Regex SupabaseProject();
}
