namespace Backfill;

/// <summary>
/// Finds the settings in force. A parameter wins over <c>Connect-Backfill</c>, which wins over the environment.
/// <see cref="BackfillSettings.Sources"/> of the result says where each setting came from.
/// </summary>
public static partial class SettingsResolution
{
    /// <summary>The source of a setting that a parameter of the cmdlet gave.</summary>
    public const string FromParameter = "parameter";

    /// <summary>The source of a setting that <c>Connect-Backfill</c> gave.</summary>
    public const string FromConnect = "Connect-Backfill";

    /// <summary>Returns the settings in force.</summary>
    /// <param name="parameters">The settings of the cmdlet's parameters, or null.</param>
    /// <param name="connected">The settings of <c>Connect-Backfill</c>, or null.</param>
    /// <param name="environment">Reads an environment variable. A blank value counts as unset.</param>
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

    private static Uri? Address(Func<string, string?> environment, string variable)
    {
        if (FirstVariable(environment, [variable]) is not { } found)
        {
            return null;
        }

        // A query or user information would be a secret or a mistake.
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
}
