using System.Collections;
using System.Management.Automation;
using System.Net;
using System.Security;

namespace Backfill.Cmdlets.Settings;

/// <summary>
/// Reads one or several secrets from a SecureString, the password of a PSCredential, or a text. Its exceptions never contain
/// the value, because PowerShell prints them.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class SecretAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        var value = inputData is PSObject wrapped ? wrapped.BaseObject : inputData;
        return value is IEnumerable several and not string ? several.Cast<object?>().Select(One).ToArray() : One(value);
    }

    /// <summary>Returns the bound secret without the spaces and line ends around it, or null.</summary>
    internal static Secret? Read(SecureString? value) =>
        value is { Length: > 0 } && new NetworkCredential("", value).Password.Trim() is { Length: > 0 } text
            ? new Secret(text)
            : null;

    /// <summary>Returns the secrets that were bound.</summary>
    internal static IReadOnlyList<Secret> Read(SecureString?[] values) => [.. values.Select(Read).OfType<Secret>()];

    private static SecureString? One(object? value) =>
        (value is PSObject wrapped ? wrapped.BaseObject : value) switch
        {
            null => null,
            SecureString secure => secure,
            PSCredential credential => credential.Password,
            string text => new NetworkCredential("", text).SecurePassword,
            _ => throw new ArgumentTransformationMetadataException(
                "A secret is a SecureString, a PSCredential or a string."
            ),
        };
}
