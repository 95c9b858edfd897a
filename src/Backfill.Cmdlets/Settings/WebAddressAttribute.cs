using System.Management.Automation;

namespace Backfill.Cmdlets.Settings;

/// <summary>Accepts web addresses without user information and query, because each of these would be a secret or a mistake.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class WebAddressAttribute : ValidateArgumentsAttribute
{
    /// <inheritdoc/>
    protected override void Validate(object arguments, EngineIntrinsics engineIntrinsics)
    {
        var accepted =
            arguments is Uri { IsAbsoluteUri: true } address
            && address.Scheme is "https" or "http"
            && address.UserInfo.Length == 0
            && address.Query.Length == 0;
        if (!accepted)
        {
            throw new ValidationMetadataException(
                "Write a web address in full, for example https://github.example.com/api/v3, without a query."
            );
        }
    }
}
