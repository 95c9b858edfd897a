using Backfill.Simulation.Data;
using Backfill.Simulation.Server;

namespace Backfill.Simulation.Rest;

/// <summary>How REST writes things: the documented members that readers use.</summary>
internal static class RestShapes
{
    private const string Api = "https://api.github.com";

    public static Answer RateLimit(RateBudget core, RateBudget points)
    {
        static Dictionary<string, object?> Of(RateBudget budget) =>
            new()
            {
                ["limit"] = budget.Limit,
                ["used"] = budget.Used,
                ["remaining"] = budget.Remaining,
                ["reset"] = budget.ResetsAt.ToUnixTimeSeconds(),
            };

        return Answer.Json(
            200,
            JsonBody.Of(
                new Dictionary<string, object?>
                {
                    ["resources"] = new Dictionary<string, object?>
                    {
                        ["core"] = Of(core),
                        ["search"] = new Dictionary<string, object?>
                        {
                            ["limit"] = 30,
                            ["used"] = 0,
                            ["remaining"] = 30,
                            ["reset"] = core.ResetsAt.ToUnixTimeSeconds(),
                        },
                        ["graphql"] = Of(points),
                    },
                    ["rate"] = Of(core),
                }
            )
        );
    }

    /// <summary>Somebody in short; a deleted account is null.</summary>
    public static Dictionary<string, object?>? Person(Account? account) =>
        // REST knows no enterprise accounts, only the person: a guess, from the types that its description lists.
        account?.Person
            is { } person
            ? Person(person)
        : account is null ? null
        : new()
        {
            ["login"] = account.RestLogin,
            ["id"] = account.DatabaseId,
            ["node_id"] = account.NodeId,
            ["avatar_url"] = account.AvatarUrl,
            ["gravatar_id"] = "",
            ["url"] = $"{Api}/users/{account.RestLogin}",
            ["html_url"] = account.Url,
            ["type"] = account.Kind.ToString(),
            ["site_admin"] = false,
        };

    public static Dictionary<string, object?> Profile(Account account)
    {
        var profile = Person(account)!;
        profile["name"] = account.Name;
        profile["company"] = account.Company;
        profile["blog"] = account.WebsiteUrl ?? "";
        profile["location"] = account.Location;
        profile["email"] = account.Email;
        profile["bio"] = account.Bio;
        profile["public_repos"] = account.PublicRepositories;
        profile["public_gists"] = account.PublicGists;
        profile["followers"] = account.Followers;
        profile["following"] = account.Following;
        profile["created_at"] = account.CreatedAt;
        profile["updated_at"] = account.CreatedAt;
        return profile;
    }

    public static Dictionary<string, object?> Contributor(Account account, int contributions)
    {
        var person = Person(account)!;
        person["contributions"] = contributions;
        return person;
    }

    public static Dictionary<string, object?> Anonymous(string name, string email, int contributions) =>
        new()
        {
            ["email"] = email,
            ["name"] = name,
            ["type"] = "Anonymous",
            ["contributions"] = contributions,
        };

    public static Dictionary<string, object?> Repository(SimulatedRepository repository) =>
        new()
        {
            ["id"] = repository.DatabaseId,
            ["node_id"] = repository.NodeId,
            ["name"] = repository.Name,
            ["full_name"] = repository.FullName,
            ["private"] = false,
            ["owner"] = Person(repository.Owner),
            ["html_url"] = $"https://github.com/{repository.FullName}",
            ["description"] = repository.Description,
            ["fork"] = false,
            ["url"] = $"{Api}/repos/{repository.FullName}",
            ["created_at"] = repository.CreatedAt,
            ["updated_at"] = repository.UpdatedAt,
            ["pushed_at"] = repository.PushedAt,
            ["homepage"] = repository.Homepage,
            ["size"] = repository.SizeKilobytes,
            ["stargazers_count"] = repository.Stars,
            // The old name of the stars; watchers in today's sense are the subscribers.
            ["watchers_count"] = repository.Stars,
            ["subscribers_count"] = repository.Watchers,
            ["language"] = repository.Language,
            ["has_issues"] = repository.HasIssues,
            ["has_projects"] = true,
            ["has_wiki"] = true,
            ["has_discussions"] = repository.HasDiscussions,
            ["forks_count"] = repository.Forks,
            ["archived"] = false,
            ["disabled"] = false,
            ["is_template"] = false,
            ["open_issues_count"] =
                repository.Issues.All.Count(item => item.State == "OPEN")
                + repository.PullRequests.All.Count(item => item.State == "OPEN"),
            ["license"] = repository.License is { } license
                ? new Dictionary<string, object?>
                {
                    ["key"] = license.ToLowerInvariant(),
                    ["name"] = license,
                    ["spdx_id"] = license,
                }
                : null,
            ["topics"] = repository.Topics,
            ["visibility"] = "public",
            ["default_branch"] = repository.DefaultBranch,
        };

    public static Dictionary<string, object?> Of(Label label) =>
        new()
        {
            ["id"] = label.DatabaseId,
            ["node_id"] = label.NodeId,
            ["name"] = label.Name,
            ["color"] = label.Color,
            ["description"] = label.Description,
            ["default"] = false,
        };

    /// <summary>An issue, or a pull request as REST's list of issues has it.</summary>
    public static Dictionary<string, object?> Issue(IssueLike item)
    {
        var shape = Shared(item, "issues");
        shape["repository_url"] = $"{Api}/repos/{item.Repository.FullName}";
        shape["comments"] = item.Comments.Count;
        shape["state_reason"] = (item as Issue)?.StateReason?.ToLowerInvariant();
        if (item is PullRequest pullRequest)
        {
            shape["draft"] = pullRequest.IsDraft;
            shape["pull_request"] = new Dictionary<string, object?>
            {
                ["url"] = $"{Api}/repos/{item.Repository.FullName}/pulls/{item.Number}",
                ["html_url"] = item.Url,
                ["merged_at"] = pullRequest.MergedAt,
            };
        }

        return shape;
    }

    /// <summary>A pull request.</summary>
    /// <param name="detailed">With the numbers that only the single one has.</param>
    public static Dictionary<string, object?> Of(PullRequest item, bool detailed)
    {
        var shape = Shared(item, "pulls");
        shape["draft"] = item.IsDraft;
        shape["merged_at"] = item.MergedAt;
        shape["merge_commit_sha"] = item.MergeCommit;
        shape["requested_reviewers"] = Array.Empty<object>();
        shape["head"] = Branch(
            item.HeadRefName,
            item.HeadRefOid,
            item.Author,
            item.HeadRepository is null ? null : item.Repository
        );
        shape["base"] = Branch(item.BaseRefName, item.BaseRefOid, item.Repository.Owner, item.Repository);
        if (detailed)
        {
            shape["merged"] = item.State == "MERGED";
            shape["mergeable"] = item.Mergeable switch
            {
                "MERGEABLE" => true,
                "CONFLICTING" => false,
                _ => null,
            };
            shape["merged_by"] = Person(item.MergedBy);
            shape["comments"] = item.Comments.Count;
            shape["review_comments"] = item.ReviewComments.Count;
            shape["commits"] = item.Commits;
            shape["additions"] = item.Additions;
            shape["deletions"] = item.Deletions;
            shape["changed_files"] = item.ChangedFiles;
        }

        return shape;
    }

    public static Dictionary<string, object?> Of(Review review) =>
        new()
        {
            ["id"] = review.DatabaseId,
            ["node_id"] = review.NodeId,
            ["user"] = Person(review.Author),
            ["body"] = review.Body,
            ["state"] = review.State,
            ["html_url"] = review.Url,
            ["pull_request_url"] = $"{Api}/repos/{review.Repository.FullName}/pulls/{review.PullRequest.Number}",
            ["author_association"] = review.Association,
            ["submitted_at"] = review.CreatedAt,
            ["commit_id"] = review.Commit,
        };

    public static Dictionary<string, object?> Of(ReviewComment comment)
    {
        var shape = new Dictionary<string, object?>
        {
            ["url"] = $"{Api}/repos/{comment.Repository.FullName}/pulls/comments/{comment.DatabaseId}",
            ["pull_request_review_id"] = comment.Review?.DatabaseId,
            ["id"] = comment.DatabaseId,
            ["node_id"] = comment.NodeId,
            ["diff_hunk"] = comment.DiffHunk,
            ["path"] = comment.FilePath,
            ["commit_id"] = comment.Commit,
            ["original_commit_id"] = comment.Commit,
            ["user"] = Person(comment.Author),
            ["body"] = comment.Body,
            ["created_at"] = comment.CreatedAt,
            ["updated_at"] = comment.UpdatedAt,
            ["html_url"] = comment.Url,
            ["pull_request_url"] = $"{Api}/repos/{comment.Repository.FullName}/pulls/{comment.PullRequest.Number}",
            ["author_association"] = comment.Association,
            ["line"] = comment.Line,
            ["original_line"] = comment.OriginalLine,
            ["side"] = "RIGHT",
            ["position"] = comment.Line is null ? null : comment.OriginalPosition,
            ["original_position"] = comment.OriginalPosition,
            ["subject_type"] = "line",
        };
        if (comment.ReplyTo is { } replied)
        {
            shape["in_reply_to_id"] = replied.DatabaseId;
        }

        return shape;
    }

    public static Dictionary<string, object?> Of(IssueComment comment) =>
        new()
        {
            ["url"] = $"{Api}/repos/{comment.Repository.FullName}/issues/comments/{comment.DatabaseId}",
            ["html_url"] = comment.Url,
            ["issue_url"] = $"{Api}/repos/{comment.Repository.FullName}/issues/{comment.Parent.Number}",
            ["id"] = comment.DatabaseId,
            ["node_id"] = comment.NodeId,
            ["user"] = Person(comment.Author),
            ["created_at"] = comment.CreatedAt,
            ["updated_at"] = comment.UpdatedAt,
            ["author_association"] = comment.Association,
            ["body"] = comment.Body,
        };

    private static Dictionary<string, object?> Shared(IssueLike item, string path)
    {
        var body = item.Body;
        return new()
        {
            ["url"] = $"{Api}/repos/{item.Repository.FullName}/{path}/{item.Number}",
            ["html_url"] = item.Url,
            ["id"] = item.DatabaseId,
            ["node_id"] = item.NodeId,
            ["number"] = item.Number,
            ["title"] = item.Title,
            ["user"] = Person(item.Author),
            ["labels"] = item.Labels.Select(Of),
            ["state"] = item.State == "OPEN" ? "open" : "closed",
            ["locked"] = item.Locked,
            ["assignee"] = Person(item.Assignees.Count > 0 ? item.Assignees[0] : null),
            ["assignees"] = item.Assignees.Select(Person),
            ["milestone"] = item.Milestone is { } milestone
                ? new Dictionary<string, object?>
                {
                    ["id"] = milestone.DatabaseId,
                    ["node_id"] = milestone.NodeId,
                    ["number"] = milestone.Number,
                    ["title"] = milestone.Title,
                    ["state"] = "open",
                }
                : null,
            ["created_at"] = item.CreatedAt,
            ["updated_at"] = item.UpdatedAt,
            ["closed_at"] = item.ClosedAt,
            ["author_association"] = item.Association,
            ["body"] = body.Length == 0 ? null : body,
        };
    }

    private static Dictionary<string, object?> Branch(
        string name,
        string oid,
        Account? owner,
        SimulatedRepository? repository
    ) =>
        new()
        {
            ["label"] = $"{owner?.Login ?? "unknown"}:{name}",
            ["ref"] = name,
            ["sha"] = oid,
            ["user"] = Person(owner),
            ["repo"] = repository is null
                ? null
                : new Dictionary<string, object?>
                {
                    ["id"] = repository.DatabaseId,
                    ["node_id"] = repository.NodeId,
                    ["name"] = repository.Name,
                    ["full_name"] = repository.FullName,
                    ["private"] = false,
                },
        };
}
