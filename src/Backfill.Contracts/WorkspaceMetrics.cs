using System.Text.Json.Serialization;

namespace Backfill;

/// <summary>The metrics of one workspace over every range that was asked for.</summary>
public sealed record WorkspaceMetrics
{
    /// <summary>The workspace's name; null in the object that collects repositories of no workspace.</summary>
    public string? Workspace { get; init; }

    /// <summary>The row in <c>workspaces</c>.</summary>
    public Guid? WorkspaceId { get; init; }

    /// <summary>Where it stands; <see cref="RunState.Skipped"/> for repositories in no workspace.</summary>
    public RunState State { get; init; }

    /// <summary>Why it was skipped or failed, what a dry run would compute, or that what is stored is fresh.</summary>
    public string? Reason { get; init; }

    /// <summary>The input repositories that belong to it, as owner/name.</summary>
    public IReadOnlyList<string> Repositories
    {
        get;
        init => field = Held.Of(value);
    } = [];

    /// <summary>One entry a range.</summary>
    public IReadOnlyList<WorkspaceMetricsRange> Ranges
    {
        get;
        init => field = Held.Of(value);
    } = [];

    /// <summary>When they were computed.</summary>
    public DateTimeOffset? CalculatedAt { get; init; }

    /// <summary>In a dry run: what the planned stages before this one cost together, by repository.</summary>
    public IReadOnlyDictionary<string, PipelineEstimate> Totals { get; init; } =
        new Dictionary<string, PipelineEstimate>();
}

/// <summary>Metrics of a workspace for one range; rows count by their <c>created_at</c>. As JSON they have the app's own names.</summary>
public sealed record WorkspaceMetricsRange
{
    /// <summary><c>7d</c>, <c>30d</c>, <c>90d</c>, <c>1y</c> or <c>all</c>.</summary>
    [JsonPropertyName("time_range")]
    public required string Range { get; init; }

    /// <summary>The first moment that counts; 2008 for all, before which GitHub was not.</summary>
    [JsonPropertyName("period_start")]
    public DateTimeOffset PeriodStart { get; init; }

    /// <summary>The first moment that does not count any more.</summary>
    [JsonPropertyName("period_end")]
    public DateTimeOffset PeriodEnd { get; init; }

    /// <summary>When it was computed.</summary>
    [JsonPropertyName("calculated_at")]
    public DateTimeOffset CalculatedAt { get; init; }

    /// <summary>Pull requests created in the range.</summary>
    [JsonPropertyName("total_prs")]
    public long TotalPullRequests { get; init; }

    /// <summary>Of those, merged with a merge date.</summary>
    [JsonPropertyName("merged_prs")]
    public long MergedPullRequests { get; init; }

    /// <summary>Of those, open.</summary>
    [JsonPropertyName("open_prs")]
    public long OpenPullRequests { get; init; }

    /// <summary>Of the open ones, drafts.</summary>
    [JsonPropertyName("draft_prs")]
    public long DraftPullRequests { get; init; }

    /// <summary>Issues created in the range.</summary>
    [JsonPropertyName("total_issues")]
    public long TotalIssues { get; init; }

    /// <summary>Of those, closed with a date.</summary>
    [JsonPropertyName("closed_issues")]
    public long ClosedIssues { get; init; }

    /// <summary>Of those, open.</summary>
    [JsonPropertyName("open_issues")]
    public long OpenIssues { get; init; }

    /// <summary>Mean hours from creation to merge; null when nothing was merged.</summary>
    [JsonPropertyName("avg_pr_merge_time_hours")]
    public double? AverageMergeHours { get; init; }

    /// <summary>Mean hours from creation to close of issues; null when none was closed.</summary>
    [JsonPropertyName("avg_issue_close_time_hours")]
    public double? AverageIssueCloseHours { get; init; }

    /// <summary>Mean hours from a pull request's creation to the first review by somebody else; null when none was reviewed.</summary>
    [JsonPropertyName("avg_first_review_time_hours")]
    public double? AverageFirstReviewHours { get; init; }

    /// <summary>Merged pull requests a day of the range.</summary>
    [JsonPropertyName("pr_velocity")]
    public double PullRequestVelocity { get; init; }

    /// <summary>Closed issues in a hundred; null without issues.</summary>
    [JsonPropertyName("issue_closure_rate")]
    public double? IssueClosureRate { get; init; }

    /// <summary>Distinct authors of pull requests and issues.</summary>
    [JsonPropertyName("total_contributors")]
    public long TotalContributors { get; init; }

    /// <summary>The same number, by the app's other name for it.</summary>
    [JsonPropertyName("active_contributors")]
    public long ActiveContributors => TotalContributors;

    /// <summary>Of those, without an earlier pull request or issue in the workspace.</summary>
    [JsonPropertyName("new_contributors")]
    public long NewContributors { get; init; }

    /// <summary>Stars of the workspace's repositories now.</summary>
    [JsonPropertyName("total_stars")]
    public long TotalStars { get; init; }

    /// <summary>Forks of the workspace's repositories now.</summary>
    [JsonPropertyName("total_forks")]
    public long TotalForks { get; init; }

    /// <summary>Percent against the stars on the day on which the range begins; null for all, and where nobody measured them then or before.</summary>
    [JsonPropertyName("stars_trend")]
    public double? StarsTrend { get; init; }

    /// <summary>Percent against the preceding equal period; null for all.</summary>
    [JsonPropertyName("prs_trend")]
    public double? PullRequestsTrend { get; init; }

    /// <summary>Percent against the preceding equal period; null for all.</summary>
    [JsonPropertyName("issues_trend")]
    public double? IssuesTrend { get; init; }

    /// <summary>Percent against the preceding equal period; null for all.</summary>
    [JsonPropertyName("contributors_trend")]
    public double? ContributorsTrend { get; init; }

    /// <summary>How many of the repositories have each primary language.</summary>
    [JsonPropertyName("languages")]
    public IReadOnlyDictionary<string, long> Languages { get; init; } = new Dictionary<string, long>();

    /// <summary>The ten people with the most pull requests and issues of the range.</summary>
    [JsonPropertyName("top_contributors")]
    public IReadOnlyList<TopContributor> TopContributors
    {
        get;
        init => field = Held.Of(value);
    } = [];

    /// <summary>One entry a day in UTC, also for days of nothing; for all from the first day with something on.</summary>
    [JsonPropertyName("activity_timeline")]
    public IReadOnlyList<ActivityDay> ActivityTimeline
    {
        get;
        init => field = Held.Of(value);
    } = [];

    /// <summary>The workspace's repositories by name.</summary>
    [JsonPropertyName("repository_stats")]
    public IReadOnlyList<RepositoryStatistics> RepositoryStatistics
    {
        get;
        init => field = Held.Of(value);
    } = [];
}

/// <summary>What one person did in a range.</summary>
/// <param name="Username">The login.</param>
/// <param name="AvatarUrl">The picture, where it is known.</param>
/// <param name="PullRequests">Created.</param>
/// <param name="Issues">Created.</param>
/// <param name="Commits">Always 0: commits are not copied.</param>
/// <param name="Reviews">Submitted.</param>
public sealed record TopContributor(
    [property: JsonPropertyName("username")] string Username,
    [property: JsonPropertyName("avatar_url")] string? AvatarUrl,
    [property: JsonPropertyName("prs")] long PullRequests,
    [property: JsonPropertyName("issues")] long Issues,
    [property: JsonPropertyName("commits")] long Commits,
    [property: JsonPropertyName("reviews")] long Reviews
);

/// <summary>What was created on one day in UTC, as far as it belongs to the range.</summary>
/// <param name="Date">The day.</param>
/// <param name="PullRequests">Created.</param>
/// <param name="Issues">Created.</param>
/// <param name="Commits">Always 0: commits are not copied.</param>
public sealed record ActivityDay(
    [property: JsonPropertyName("date")] DateOnly Date,
    [property: JsonPropertyName("prs")] long PullRequests,
    [property: JsonPropertyName("issues")] long Issues,
    [property: JsonPropertyName("commits")] long Commits
);

/// <summary>One repository's part in a range.</summary>
/// <param name="RepositoryId">The row in <c>repositories</c>.</param>
/// <param name="FullName"><c>owner/name</c>.</param>
/// <param name="PullRequests">Created.</param>
/// <param name="Issues">Created.</param>
/// <param name="Stars">Now.</param>
/// <param name="Contributors">Distinct authors of both.</param>
public sealed record RepositoryStatistics(
    [property: JsonPropertyName("repository_id")] Guid RepositoryId,
    [property: JsonPropertyName("full_name")] string FullName,
    [property: JsonPropertyName("prs")] long PullRequests,
    [property: JsonPropertyName("issues")] long Issues,
    [property: JsonPropertyName("stars")] long Stars,
    [property: JsonPropertyName("contributors")] long Contributors
);
