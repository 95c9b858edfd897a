namespace Backfill.Core.GitHub;

/// <summary>One GitHub with its tokens: every run that uses it shares the transport, and with that the gates.</summary>
/// <param name="Transport">The way out.</param>
/// <param name="ApiUrl">REST base address.</param>
/// <param name="GraphQLUrl">GraphQL address.</param>
internal sealed record GitHubAccess(GitHubTransport Transport, Uri ApiUrl, Uri GraphQLUrl);
