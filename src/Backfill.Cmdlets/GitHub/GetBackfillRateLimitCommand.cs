using System.Management.Automation;
using System.Security;
using Backfill.Cmdlets.Pipeline;
using Backfill.Cmdlets.Settings;

namespace Backfill.Cmdlets.GitHub;

/// <summary>Shows what each GitHub token has left, and when it is full again.</summary>
/// <remarks>
/// <para>Each token has two budgets an hour: points for GraphQL, which carries most of a sync, and requests for REST. Asking for them costs nothing. Of a token that a limit holds back GitHub is not asked: what the last answers told is shown, with HeldUntil.</para>
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
    /// <summary>GitHub tokens as SecureString, PSCredential or text. Without them those of Connect-Backfill count, then GITHUB_TOKEN and GH_TOKEN.</summary>
    [Parameter(Position = 0)]
    [Secret]
    public SecureString[] GitHubToken { get; set; } = [];

    private protected override BackfillSettings Given =>
        base.Given with
        {
            GitHubTokens = SecretAttribute.Read(GitHubToken),
        };

    /// <summary>Asks for every token.</summary>
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
