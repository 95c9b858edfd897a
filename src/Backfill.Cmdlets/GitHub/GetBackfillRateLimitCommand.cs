using System.Management.Automation;
using System.Security;
using Backfill.Cmdlets.Pipeline;
using Backfill.Cmdlets.Settings;

namespace Backfill.Cmdlets.GitHub;

/// <summary>Shows how much of its rate limits each GitHub token has left, and when they reset.</summary>
[Cmdlet(VerbsCommon.Get, "BackfillRateLimit")]
[OutputType(typeof(RateLimit))]
public sealed class GetBackfillRateLimitCommand : BackfillCommand
{
    /// <summary>GitHub tokens as SecureString, PSCredential or text. The default is the tokens of Connect-Backfill, then GITHUB_TOKEN and GH_TOKEN.</summary>
    [Parameter(Position = 0)]
    [Secret]
    [ArgumentCompleter(typeof(NothingCompleter))]
    public SecureString[] GitHubToken { get; set; } = [];

    private protected override BackfillSettings Given =>
        base.Given with
        {
            GitHubTokens = SecretAttribute.Read(GitHubToken),
        };

    /// <summary>Reads the limits of every token.</summary>
    protected override void EndProcessing() =>
        Run(
            null,
            async (engine, settings, output, token) =>
            {
                foreach (var limit in await engine.GetRateLimitsAsync(settings, token))
                {
                    await output.WriteAsync(limit, token);
                }
            }
        );
}
