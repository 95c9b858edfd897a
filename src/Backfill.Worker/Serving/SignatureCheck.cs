using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Backfill.Worker.Serving;

/// <summary>
/// Checks that a request comes from the Inngest server that has the signing key. The signature is an HMAC over the raw body
/// and the time behind it. A dev server signs nothing, so nothing is checked where one is named.
/// </summary>
internal sealed partial class SignatureCheck(InngestSettings settings, TimeProvider time)
{
    /// <summary>The header with the signature.</summary>
    public const string Header = "X-Inngest-Signature";

    private static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(5);

    private readonly byte[][] keys =
    [
        .. new[] { settings.SigningKey, settings.SigningKeyFallback }
            .OfType<Secret>()
            .Select(key => Encoding.ASCII.GetBytes(Prefix().Replace(key.Reveal(), ""))),
    ];

    /// <summary>Gets whether requests have to be signed.</summary>
    public bool IsRequired => !settings.Dev;

    /// <summary>Returns whether the header is well formed and not older or newer than five minutes. The body is only read then.</summary>
    public bool IsTimely(string? header) =>
        !IsRequired
        || (
            Parse(header) is { } signature
            && (time.GetUtcNow() - DateTimeOffset.FromUnixTimeSeconds(signature.At)).Duration() <= Tolerance
        );

    /// <summary>Returns whether one of the two keys made the signature. Takes the same time for every wrong signature.</summary>
    public bool IsGood(string? header, ReadOnlySpan<byte> body)
    {
        if (!IsRequired)
        {
            return true;
        }

        if (Parse(header) is not { } signature)
        {
            return false;
        }

        var signed = new byte[body.Length + signature.Digits.Length];
        body.CopyTo(signed);
        Encoding.ASCII.GetBytes(signature.Digits, signed.AsSpan(body.Length));
        var good = false;
        foreach (var key in keys)
        {
            good |= CryptographicOperations.FixedTimeEquals(HMACSHA256.HashData(key, signed), signature.Mac);
        }

        return good;
    }

    private static Signature? Parse(string? header) =>
        header is { Length: < 200 } && Form().Match(header) is { Success: true } match
            ? new Signature(
                match.Groups["time"].Value,
                long.Parse(match.Groups["time"].ValueSpan, CultureInfo.InvariantCulture),
                Convert.FromHexString(match.Groups["mac"].ValueSpan)
            )
            : null;

    [GeneratedRegex(
        @"\At=(?<time>[0-9]{1,11})&s=(?<mac>[0-9a-fA-F]{64})\z",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000
    )]
    private static partial Regex Form();

    [GeneratedRegex(@"\Asignkey-\w+-", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Prefix();

    private sealed record Signature(string Digits, long At, byte[] Mac);
}
