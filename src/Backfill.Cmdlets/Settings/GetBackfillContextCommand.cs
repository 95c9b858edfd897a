using System.Management.Automation;
using Backfill.Cmdlets.Pipeline;

namespace Backfill.Cmdlets.Settings;

/// <summary>Shows the settings in force with masked secrets, and where each setting came from.</summary>
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
