using System.Management.Automation;
using System.Security;
using Backfill.Cmdlets.Pipeline;
using Backfill.Cmdlets.Settings;

namespace Backfill.Cmdlets.GitHub;

/// <summary>Shows how much of its rate limits each GitHub token has left, and when they reset.</summary>
/// <remarks>
/// <para>Each token has two budgets per hour: points for GraphQL, which does most of a sync, and requests for REST. The call costs nothing. For a token that must wait for a limit GitHub is not asked. The cmdlet then shows what the last responses said, with HeldUntil.</para>
/// </remarks>
/// <example>
/// <code>Get-BackfillRateLimit</code>
/// <para>Shows both budgets of every token in force.</para>
/// </example>
/// <example>
/// <code>Get-BackfillRateLimit -GitHubToken (Get-Secret GitHub) | Where-Object Resource -eq GraphQL</code>
/// <para>Shows the GraphQL points that one token has left.</para>
/// </example>
[Cmdlet(VerbsCommon.Get, "BackfillRateLimit")]
[OutputType(typeof(RateLimit))]
public sealed class GetBackfillRateLimitCommand : BackfillCommand
{
    /// <summary>GitHub tokens as SecureString, PSCredential or text. The default is the tokens of Connect-Backfill, then GITHUB_TOKEN and GH_TOKEN.</summary>
    [Parameter(Position = 0)]
    [Secret]
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
