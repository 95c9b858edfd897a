using System.Collections;
using System.Reflection;

namespace Backfill.Core.Tests.Contracts;

/// <summary>Which tokens and keys are refused before they are used, and which secrets are kept out of messages.</summary>
public sealed class SettingJudgementTests
{
    [Theory]
    [InlineData("\uFEFFghp_hidden", "a byte order mark (U+FEFF)")]
    [InlineData("ghp_hid\u2013den", "a typographic dash (U+2013)")]
    [InlineData("ghp_hid\u2212den", "a typographic dash (U+2212)")]
    [InlineData("\u201Cghp_hidden\u201D", "a typographic quotation mark (U+201C)")]
    [InlineData("\"ghp_hidden\"", "quotation marks around it")]
    [InlineData("ghp_hid\u200Bden", "an invisible character (U+200B)")]
    [InlineData("ghp_hid\u0007den", "an invisible character (U+0007)")]
    [InlineData("ghp_hid\nden", "a space or a line end")]
    [InlineData("ghp_hid\u00E9den", "a character that is not ASCII (U+00E9)")]
    public void A_token_with_an_impossible_character_is_refused_without_showing_it(string token, string character)
    {
        var settings = Resolve(("GH_TOKEN", "ghp_plain")) with { GitHubTokens = [new Secret(token)] };

        var error = Assert.Throws<BackfillException>(() => SettingJudgement.Require(settings));

        Assert.Equal(
            (ErrorIds.SettingMalformed, ErrorKind.Setting, "GH_TOKEN"),
            (error.ErrorId, error.Kind, error.Subject)
        );
        Assert.StartsWith($"The value of GH_TOKEN has {character}", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hid", error.ToString());
    }

    [Theory]
    [InlineData("OPENAI_API_KEY")]
    [InlineData("AZURE_OPENAI_API_KEY")]
    [InlineData("SUPABASE_SERVICE_ROLE_KEY")]
    [InlineData("INNGEST_EVENT_KEY")]
    [InlineData("INNGEST_PRODUCTION_EVENT_KEY")]
    [InlineData("INNGEST_SIGNING_KEY")]
    [InlineData("INNGEST_SIGNING_KEY_FALLBACK")]
    [InlineData("GITHUB_TOKEN")]
    public void Every_key_is_judged_and_named_by_its_variable(string variable)
    {
        Assert.Equal(variable, Assert.Single(SettingJudgement.Find(Resolve((variable, "key\u2019s")))).Subject);
        Assert.Empty(SettingJudgement.Find(Resolve((variable, "plain-key_1.2/3+4=~"))));
    }

    [Theory]
    [InlineData("12", "-----BEGIN RSA PRIVATE KEY-----\r\nabc+/=\r\n-----END RSA PRIVATE KEY-----", null)]
    [InlineData("12", "/home/m\u00E9/key.pem", null)]
    [InlineData(
        "12",
        "-----BEGIN RSA PRIVATE KEY-----\na\u2013b\n-----END RSA PRIVATE KEY-----",
        "GITHUB_APP_PRIVATE_KEY"
    )]
    [InlineData("12", "\uFEFF/home/key.pem", "GITHUB_APP_PRIVATE_KEY")]
    [InlineData("\uFEFF12", "/home/key.pem", "GITHUB_APP_ID")]
    public void The_key_of_an_app_is_its_text_or_a_path(string id, string key, string? refused)
    {
        var settings = Resolve(
            ("GITHUB_APP_ID", id),
            ("GITHUB_APP_PRIVATE_KEY", key),
            ("GITHUB_APP_INSTALLATION_ID", "34")
        );

        Assert.Equal(refused, SettingJudgement.Find(settings).SingleOrDefault()?.Subject);
    }

    [Fact]
    public void Secrets_has_every_secret_of_the_settings()
    {
        var given = new List<string>();
        var settings = (BackfillSettings)Filled(typeof(BackfillSettings), given)!;

        Assert.Equal(
            given.Order(StringComparer.Ordinal),
            settings.Secrets.Select(secret => secret.Reveal()).Order(StringComparer.Ordinal)
        );
        Assert.True(given.Count > 7);
    }

    // An object of the type in which each property that holds a secret, however deep, has one of its own.
    private static object? Filled(Type type, List<string> given)
    {
        if (type == typeof(Secret))
        {
            given.Add($"secret-{given.Count}");
            return new Secret(given[^1]);
        }

        if (type == typeof(IReadOnlyList<Secret>))
        {
            return new[] { Filled(typeof(Secret), given) }.Cast<Secret>().ToArray();
        }

        if (
            type == typeof(string)
            || type.Namespace != nameof(Backfill)
            || type.IsEnum
            || type.IsAssignableTo(typeof(IEnumerable))
        )
        {
            return type.IsValueType ? Activator.CreateInstance(type) : null;
        }

        var constructor = type.GetConstructors().MaxBy(one => one.GetParameters().Length)!;
        var instance = constructor.Invoke([
            .. constructor.GetParameters().Select(one => Filled(one.ParameterType, given)),
        ]);
        var set = constructor.GetParameters().Select(one => one.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            if (property.CanWrite && !set.Contains(property.Name) && HoldsSecrets(property.PropertyType))
            {
                property.SetValue(instance, Filled(property.PropertyType, given));
            }
        }

        return instance;
    }

    private static bool HoldsSecrets(Type type) =>
        type == typeof(Secret)
        || type == typeof(IReadOnlyList<Secret>)
        || (type.Namespace == nameof(Backfill) && type.IsClass);

    private static BackfillSettings Resolve(params (string Name, string Value)[] variables) =>
        SettingsResolution.Resolve(null, null, name => Array.Find(variables, variable => variable.Name == name).Value);
}
