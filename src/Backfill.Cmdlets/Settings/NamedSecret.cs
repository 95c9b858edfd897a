using System.Management.Automation;
using System.Security;

namespace Backfill.Cmdlets.Settings;

/// <summary>Reads a secret of Microsoft.PowerShell.SecretManagement by its name: <c>secret:NAME</c> or <c>secret:VAULT/NAME</c>.</summary>
internal static class NamedSecret
{
    private const string Prefix = "secret:";

    private const string Script = """
        param($name, $vault)
        if (-not (Get-Command Get-Secret -Module Microsoft.PowerShell.SecretManagement -ErrorAction Ignore)) {
            Import-Module Microsoft.PowerShell.SecretManagement -ErrorAction Ignore
        }
        if (-not (Get-Command Get-Secret -ErrorAction Ignore)) {
            throw 'The module Microsoft.PowerShell.SecretManagement is not installed. Run Install-PSResource Microsoft.PowerShell.SecretManagement.'
        }
        if ($vault) { Get-Secret -Name $name -Vault $vault -ErrorAction Stop } else { Get-Secret -Name $name -ErrorAction Stop }
        """;

    /// <summary>Returns whether a text names a secret.</summary>
    internal static bool IsName(string? text) => text?.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase) == true;

    /// <summary>Reads the secret that a text names.</summary>
    /// <param name="invoke">Runs Get-Secret in the session of the user.</param>
    /// <param name="text">The name with its prefix.</param>
    /// <exception cref="BackfillException">The module or the secret is missing, or the vault is locked.</exception>
    internal static SecureString Read(CommandInvocationIntrinsics invoke, string text)
    {
        var parts = text[Prefix.Length..].Split('/', 2);
        var (vault, name) = parts is [var first, var second] ? (first, second) : (null, parts[0]);
        try
        {
            var found = invoke.InvokeScript(Script, name, vault);
            return SecretAttribute.Convert(found.Count == 1 ? found[0] : null)
                ?? throw Missing(text, "It has no value.", null);
        }
        catch (RuntimeException error)
        {
            throw Missing(text, error.Message, error);
        }
    }

    private static BackfillException Missing(string text, string reason, Exception? cause) =>
        new(
            ErrorIds.MissingSetting,
            ErrorKind.Setting,
            $"The secret '{text}' cannot be read: {reason}",
            "Check its name with Get-SecretInfo, and unlock the vault with Unlock-SecretStore where it asks for a password.",
            text,
            cause
        );
}
