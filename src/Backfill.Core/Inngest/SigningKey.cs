using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text.RegularExpressions;

namespace Backfill.Core.Inngest;

/// <summary>How a signing key is shown to Inngest's API: its prefix, and the SHA-256 of the bytes that its hexadecimal digits stand for (SDK specification 4.1.4).</summary>
internal static partial class SigningKey
{
    /// <summary>The bearer of a key such as <c>signkey-prod-0123abcd</c>.</summary>
    /// <exception cref="BackfillException">The key is none.</exception>
    public static AuthenticationHeaderValue Bearer(Secret key)
    {
        var match = Form().Match(key.Reveal());
        if (!match.Success)
        {
            throw new BackfillException(
                ErrorIds.SettingMalformed,
                ErrorKind.Setting,
                "INNGEST_SIGNING_KEY, or its fallback, is no signing key: it is not signkey-<environment>- and hexadecimal digits of an even number.",
                "Copy the whole key from Inngest's dashboard, under Manage, Signing Key.",
                "INNGEST_SIGNING_KEY"
            );
        }

        var digest = SHA256.HashData(Convert.FromHexString(match.Groups["digits"].ValueSpan));
        return new AuthenticationHeaderValue("Bearer", match.Groups["prefix"].Value + Convert.ToHexStringLower(digest));
    }

    // A server of one's own takes keys without the prefix as well.
    [GeneratedRegex(
        @"^(?<prefix>signkey-\w+-)?(?<digits>(?:[0-9a-fA-F]{2})+)$",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000
    )]
    private static partial Regex Form();
}
