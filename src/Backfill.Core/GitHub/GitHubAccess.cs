namespace Backfill.Core.GitHub;

/// <summary>One GitHub server with its tokens. Its runs share the transport and the gates of the tokens.</summary>
/// <param name="Transport">Sends the requests.</param>
/// <param name="ApiUrl">REST base address.</param>
/// <param name="GraphQLUrl">GraphQL address.</param>
internal sealed record GitHubAccess(GitHubTransport Transport, Uri ApiUrl, Uri GraphQLUrl);
