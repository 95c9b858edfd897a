namespace Backfill;

public static partial class SettingsResolution
{
    /// <summary>The variables with GitHub tokens, separated by commas. The first one that is set wins.</summary>
    public static readonly IReadOnlyList<string> TokenVariables = ["GITHUB_TOKEN", "GH_TOKEN"];

    /// <summary>The variables of a GitHub App: its id, its private key as text or as a path, and its installation.</summary>
    public static readonly IReadOnlyList<string> AppVariables =
    [
        "GITHUB_APP_ID",
        "GITHUB_APP_PRIVATE_KEY",
        "GITHUB_APP_INSTALLATION_ID",
    ];

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

    /// <summary>Returns the GraphQL address for a REST address: <c>https://host/api/graphql</c> for <c>https://host/api/v3/</c>, otherwise <c>graphql</c> below the address.</summary>
    public static Uri GraphQLUrl(Uri apiUrl)
    {
        var address = WithSlash(apiUrl ?? throw new ArgumentNullException(nameof(apiUrl)));
        return address.AbsolutePath.EndsWith("/api/v3/", StringComparison.OrdinalIgnoreCase)
            ? new Uri(address, "../graphql")
            : new Uri(address, "graphql");
    }

    // The record has a default address, so that a layer says by its sources, or by another value, that it was given one.
    private static Uri? Given(BackfillSettings given, string name, Uri value) =>
        given.Sources.ContainsKey(name)
        || (value != BackfillSettings.DefaultGitHubApiUrl && value != new BackfillSettings().GitHubGraphQLUrl)
            ? value
            : null;
}
