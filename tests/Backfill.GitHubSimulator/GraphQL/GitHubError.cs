using GraphQL;

namespace Backfill.Simulation.GraphQL;

/// <summary>An error in GitHub's form: with a <c>type</c> of GitHub's own beside the message.</summary>
/// <param name="type">For example <c>NOT_FOUND</c>.</param>
/// <param name="message">GitHub's words.</param>
public sealed class GitHubError(string type, string message) : ExecutionError(message)
{
    public string Type { get; } = type;
}
