using System.Management.Automation;
using Backfill.Cmdlets.Pipeline;

namespace Backfill.Cmdlets.Settings;

/// <summary>Shows the settings in force with masked secrets, and where each setting came from.</summary>
/// <remarks>
/// <para>A parameter wins over Connect-Backfill, which wins over the environment. Sources says where each setting came from. For the private PostgreSQL it also shows the folder and whether the server runs.</para>
/// </remarks>
/// <example>
/// <code>Get-BackfillContext</code>
/// <para>Shows the database's host, the GitHub addresses, the masked tokens and the embedding model that a cmdlet would use now.</para>
/// </example>
/// <example>
/// <code>(Get-BackfillContext).Sources</code>
/// <para>Shows where each setting came from, for example that the database is the one in BACKFILL_DATABASE_URL.</para>
/// </example>
[Cmdlet(VerbsCommon.Get, "BackfillContext")]
[OutputType(typeof(BackfillContext))]
public sealed class GetBackfillContextCommand : BackfillCommand
{
    /// <summary>Describes the session.</summary>
    protected override void EndProcessing() =>
        Run(
            null,
            async (engine, settings, output, token) =>
                await output.WriteAsync(await engine.DescribeAsync(settings, token), token)
        );
}
