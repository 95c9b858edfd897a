using System.Globalization;

namespace Backfill;

/// <summary>Finds tokens and keys that no server can accept, such as one with a byte order mark or a typographic dash from a document.</summary>
public static class SettingJudgement
{
    /// <summary>Throws the first error of <see cref="Find"/>.</summary>
    /// <exception cref="BackfillException"><see cref="ErrorIds.SettingMalformed"/>: a token or key has a character that no token or key has.</exception>
    public static void Require(BackfillSettings settings)
    {
        if (Find(settings) is [{ } first, ..])
        {
            throw first;
        }
    }

    /// <summary>Returns an error for each token or key that has a character that no token or key has. It names the setting and the character, never the value.</summary>
    public static IReadOnlyList<BackfillException> Find(BackfillSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        return
        [
            .. Tokens(settings)
                .Select(one =>
                    one.Value is { } value && Fault(value.Reveal()) is { } fault
                        ? Malformed(Name(settings, one.Property, one.Parameter), fault)
                        : null
                )
                .OfType<BackfillException>(),
        ];
    }

    /// <summary>Returns how the user gave a setting: the variable's name, or the parameter's.</summary>
    /// <param name="settings">The settings in force.</param>
    /// <param name="property">The setting's name in <see cref="BackfillSettings.Sources"/>.</param>
    /// <param name="parameter">The parameter's name, or the variable's where there is no parameter.</param>
    public static string Name(BackfillSettings settings, string property, string parameter)
    {
        ArgumentNullException.ThrowIfNull(settings);
        return settings.Sources.GetValueOrDefault(property) switch
        {
            null => parameter,
            SettingsResolution.FromParameter => $"-{parameter}",
            SettingsResolution.FromConnect => $"{SettingsResolution.FromConnect} -{parameter}",
            var variable => variable,
        };
    }

    /// <summary>Returns the name of a character that no token or key can hold; null for every other one.</summary>
    public static string? CharacterName(char character) =>
        character switch
        {
            '\uFEFF' => "a byte order mark (U+FEFF)",
            (>= '\u2010' and <= '\u2015') or '\u2212' => FormattableString.Invariant(
                $"a typographic dash (U+{(int)character:X4})"
            ),
            (>= '\u2018' and <= '\u201F') or '\u00AB' or '\u00BB' or '\u2039' or '\u203A' =>
                FormattableString.Invariant($"a typographic quotation mark (U+{(int)character:X4})"),
            _ when char.IsWhiteSpace(character) => "a space or a line end",
            _ when char.IsControl(character) || char.GetUnicodeCategory(character) == UnicodeCategory.Format =>
                FormattableString.Invariant($"an invisible character (U+{(int)character:X4})"),
            > '~' => FormattableString.Invariant($"a character that is not ASCII (U+{(int)character:X4})"),
            _ => null,
        };

    private static string? Fault(string value) =>
        value.Length > 1 && value[0] is '"' or '\'' && value[^1] == value[0]
            ? "quotation marks around it"
            : value.Select(CharacterName).FirstOrDefault(name => name is not null);

    private static IEnumerable<(string Property, string Parameter, Secret? Value)> Tokens(BackfillSettings settings) =>
        [
            .. settings.GitHubTokens.Select(token =>
                (nameof(BackfillSettings.GitHubTokens), "GitHubToken", (Secret?)token)
            ),
            (nameof(BackfillSettings.OpenAIKey), nameof(BackfillSettings.OpenAIKey), settings.OpenAIKey),
            (nameof(BackfillSettings.AzureOpenAIKey), nameof(BackfillSettings.AzureOpenAIKey), settings.AzureOpenAIKey),
            (
                nameof(BackfillSettings.SupabaseServiceKey),
                nameof(BackfillSettings.SupabaseServiceKey),
                settings.SupabaseServiceKey
            ),
            ("InngestEventKey", "INNGEST_EVENT_KEY", settings.Inngest.EventKey),
            ("InngestSigningKey", "INNGEST_SIGNING_KEY", settings.Inngest.SigningKey),
            ("InngestSigningKeyFallback", "INNGEST_SIGNING_KEY_FALLBACK", settings.Inngest.SigningKeyFallback),
            ("GitHubAppId", "GITHUB_APP_ID", settings.GitHubApp is { } app ? new Secret(app.AppId) : null),
            ("GitHubAppPrivateKey", "GITHUB_APP_PRIVATE_KEY", WithoutLineEnds(settings.GitHubApp?.PrivateKey)),
        ];

    // The text of a private key has line ends, and spaces in its first and last line. The path of its file may have any character
    // except an invisible mark.
    private static Secret? WithoutLineEnds(Secret? key)
    {
        if (key?.Reveal() is not { } text)
        {
            return null;
        }

        return text.Contains("-----BEGIN", StringComparison.Ordinal)
                ? new Secret(string.Concat(text.Where(c => c is not ('\r' or '\n' or ' '))))
            : text.Contains('\uFEFF', StringComparison.Ordinal) ? key
            : null;
    }

    private static BackfillException Malformed(string setting, string fault) =>
        new(
            ErrorIds.SettingMalformed,
            ErrorKind.Setting,
            $"The value of {setting} has {fault}, which no token or key has.",
            "Copy the value again from where it was made, as plain text without quotation marks. Documents, chat programs and some editors add or change such characters.",
            setting
        );
}
