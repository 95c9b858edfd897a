using System.Collections;
using System.Management.Automation;
using System.Net;
using System.Security;

namespace Backfill.Cmdlets.Settings;

/// <summary>
/// Reads one or several secrets from a SecureString, the password of a PSCredential, a text, or the name of a secret in
/// SecretManagement (secret:NAME). Its exceptions never contain
/// the value, because PowerShell prints them.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class SecretAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        var value = inputData is PSObject wrapped ? wrapped.BaseObject : inputData;
        return value is IEnumerable several and not string
            ? several.Cast<object?>().Select(one => One(engineIntrinsics, one)).ToArray()
            : One(engineIntrinsics, value);
    }

    /// <summary>Returns the bound secret without the spaces and line ends around it, or null.</summary>
    internal static Secret? Read(SecureString? value) =>
        value is { Length: > 0 } && new NetworkCredential("", value).Password.Trim() is { Length: > 0 } text
            ? new Secret(text)
            : null;

    /// <summary>Returns the secrets that were bound.</summary>
    internal static IReadOnlyList<Secret> Read(SecureString?[] values) => [.. values.Select(Read).OfType<Secret>()];

    // A text with the prefix secret: names a secret of SecretManagement. Without a session, as in a completer, it stays as it is.
    private static SecureString? One(EngineIntrinsics? session, object? value)
    {
        var text = (value is PSObject wrapped ? wrapped.BaseObject : value) as string;
        if (session is null || !NamedSecret.IsName(text))
        {
            return Convert(value);
        }

        try
        {
            return NamedSecret.Read(session.InvokeCommand, text!);
        }
        catch (BackfillException error)
        {
            throw new ArgumentTransformationMetadataException($"{error.Message} {error.Action}", error);
        }
    }

    /// <summary>Returns a secret as a SecureString, or null for null.</summary>
    internal static SecureString? Convert(object? value) =>
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
