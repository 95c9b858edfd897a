using System.Text.Json;
using Octokit.Internal;

namespace Backfill.Core.GitHub;

// The parts of REST's responses that the engine reads. REST writes the names in snake case.

internal sealed record RestAccount(
    long Id,
    string Login,
    string? NodeId,
    string? AvatarUrl,
    string? HtmlUrl,
    string? Type
);

/// <summary>A pull request or issue that was found by its number. It may be in another repository now.</summary>
internal sealed record RestItem
{
    public required string RepositoryUrl { get; init; }
    public required string HtmlUrl { get; init; }
}

/// <summary>A pull request or issue with only the number of its comments.</summary>
/// <param name="Comments">The number of its comments, without review comments.</param>
/// <param name="PullRequest">Null for an issue.</param>
internal sealed record RestCommentedItem(int Comments, RestPullRequestLink? PullRequest);

/// <summary>Marks a listed item as a pull request.</summary>
internal sealed record RestPullRequestLink(string? Url);

/// <summary>The properties that both kinds of comments have.</summary>
internal abstract record RestComment
{
    public required long Id { get; init; }
    public string? Body { get; init; }
    public RestAccount? User { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset UpdatedAt { get; init; }
}

/// <summary>A comment of a pull request or issue.</summary>
internal sealed record RestIssueComment : RestComment
{
    public required string IssueUrl { get; init; }

    /// <summary>The address that shows whether the parent is a pull request or an issue. <see cref="IssueUrl"/> is the address of an issue for both.</summary>
    public required string HtmlUrl { get; init; }
}

internal sealed record RestReviewComment : RestComment
{
    public required string PullRequestUrl { get; init; }
    public string? Path { get; init; }
    public int? Position { get; init; }
    public int? OriginalPosition { get; init; }
    public string? DiffHunk { get; init; }
    public string? CommitId { get; init; }
    public string? OriginalCommitId { get; init; }
    public long? InReplyToId { get; init; }
}

/// <summary>Reads REST's responses for Octokit. Octokit's own reader fails at half an emoji and loses the whole page.</summary>
internal sealed class RestJson : IJsonSerializer
{
    private static readonly JsonSerializerOptions Options = new(JsonText.Options)
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
    };

    private readonly SimpleJsonSerializer octokit = new();

    /// <inheritdoc/>
    public string Serialize(object item) => octokit.Serialize(item);

    /// <inheritdoc/>
    public T Deserialize<T>(string json) =>
        typeof(T).Assembly == typeof(IJsonSerializer).Assembly
            ? octokit.Deserialize<T>(json)
            : JsonSerializer.Deserialize<T>(json, Options)
                ?? throw new JsonException($"GitHub sent null for {typeof(T).Name}.");
}
