using System.Text.Json;
using Octokit.Internal;

namespace Backfill.Core.GitHub;

// REST's answers as they are needed here; names in snake case.

internal sealed record RestAccount(
    long Id,
    string Login,
    string? NodeId,
    string? AvatarUrl,
    string? HtmlUrl,
    string? Type
);

/// <summary>A pull request or issue as its number leads to it, perhaps in another repository by now.</summary>
internal sealed record RestItem
{
    public required string RepositoryUrl { get; init; }
    public required string HtmlUrl { get; init; }
}

/// <summary>A pull request or issue of which only the number of its comments is read.</summary>
/// <param name="Comments">Its comments, without those of reviews.</param>
/// <param name="PullRequest">Null where it is an issue.</param>
internal sealed record RestCommentedItem(int Comments, RestPullRequestLink? PullRequest);

/// <summary>Marks a listed item as a pull request.</summary>
internal sealed record RestPullRequestLink(string? Url);

/// <summary>What comments of both kinds have.</summary>
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

    /// <summary>Leads to the pull request or to the issue: the other address names both an issue.</summary>
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

/// <summary>Reads REST's answers for Octokit, whose own reader fails at half an emoji and loses the page that it stands on.</summary>
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
