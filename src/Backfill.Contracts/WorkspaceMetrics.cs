using System.Text.Json.Serialization;

namespace Backfill;

/// <summary>The metrics of one workspace, for each requested range.</summary>
public sealed record WorkspaceMetrics
{
    /// <summary>Gets the name of the workspace; null in the object for repositories in no workspace.</summary>
    public string? Workspace { get; init; }

    /// <summary>Gets the id of the row in <c>workspaces</c>.</summary>
    public Guid? WorkspaceId { get; init; }

    /// <summary>Gets the state. It is <see cref="RunState.Skipped"/> for repositories in no workspace.</summary>
    public RunState State { get; init; }

    /// <summary>Gets why the workspace was skipped or failed, what a dry run would compute, or that the stored metrics are fresh.</summary>
    public string? Reason { get; init; }

    /// <summary>Gets the repositories of the input that are in the workspace, as owner/name.</summary>
    public IReadOnlyList<string> Repositories
    {
        get;
        init => field = Held.Of(value);
    } = [];

    /// <summary>Gets one entry per range.</summary>
    public IReadOnlyList<WorkspaceMetricsRange> Ranges
    {
        get;
        init => field = Held.Of(value);
    } = [];

    /// <summary>Gets when the metrics were computed.</summary>
    public DateTimeOffset? CalculatedAt { get; init; }

    /// <summary>Gets the cost of the planned stages before this one, by repository, in a dry run.</summary>
    public IReadOnlyDictionary<string, PipelineEstimate> Totals { get; init; } =
        new Dictionary<string, PipelineEstimate>();

    /// <summary>Returns the workspace, or its repositories, and the state.</summary>
    public override string ToString() => $"{Workspace ?? string.Join(", ", Repositories)} {State}";
}

/// <summary>The metrics of a workspace for one range. Rows count by their <c>created_at</c>. The JSON has the app's own names.</summary>
public sealed record WorkspaceMetricsRange
{
    /// <summary>Gets the range: <c>7d</c>, <c>30d</c>, <c>90d</c>, <c>1y</c> or <c>all</c>.</summary>
    [JsonPropertyName("time_range")]
    public required string Range { get; init; }

    /// <summary>Gets the beginning of the period, inclusive. For <c>all</c> it is 2008, when GitHub began.</summary>
    [JsonPropertyName("period_start")]
    public DateTimeOffset PeriodStart { get; init; }

    /// <summary>Gets the end of the period, exclusive.</summary>
    [JsonPropertyName("period_end")]
    public DateTimeOffset PeriodEnd { get; init; }

    /// <summary>Gets when the metrics were computed.</summary>
    [JsonPropertyName("calculated_at")]
    public DateTimeOffset CalculatedAt { get; init; }

    /// <summary>Gets the number of pull requests created in the range.</summary>
    [JsonPropertyName("total_prs")]
    public long TotalPullRequests { get; init; }

    /// <summary>Gets the number of these pull requests that are merged and have a merge date.</summary>
    [JsonPropertyName("merged_prs")]
    public long MergedPullRequests { get; init; }

    /// <summary>Gets the number of these items that are open.</summary>
    [JsonPropertyName("open_prs")]
    public long OpenPullRequests { get; init; }

    /// <summary>Gets the number of open pull requests that are drafts.</summary>
    [JsonPropertyName("draft_prs")]
    public long DraftPullRequests { get; init; }

    /// <summary>Gets the number of issues created in the range.</summary>
    [JsonPropertyName("total_issues")]
    public long TotalIssues { get; init; }

    /// <summary>Gets the number of these issues that are closed and have a date.</summary>
    [JsonPropertyName("closed_issues")]
    public long ClosedIssues { get; init; }

    /// <summary>Gets the number of these items that are open.</summary>
    [JsonPropertyName("open_issues")]
    public long OpenIssues { get; init; }

    /// <summary>Gets the mean hours from creation to merge; null when nothing was merged.</summary>
    [JsonPropertyName("avg_pr_merge_time_hours")]
    public double? AverageMergeHours { get; init; }

    /// <summary>Gets the mean hours from an issue's creation to its close; null when none was closed.</summary>
    [JsonPropertyName("avg_issue_close_time_hours")]
    public double? AverageIssueCloseHours { get; init; }

    /// <summary>Gets the mean hours from a pull request's creation to the first review by another account; null when none was reviewed.</summary>
    [JsonPropertyName("avg_first_review_time_hours")]
    public double? AverageFirstReviewHours { get; init; }

    /// <summary>Gets the number of merged pull requests per day of the range.</summary>
    [JsonPropertyName("pr_velocity")]
    public double PullRequestVelocity { get; init; }

    /// <summary>Gets the percentage of closed issues; null without issues.</summary>
    [JsonPropertyName("issue_closure_rate")]
    public double? IssueClosureRate { get; init; }

    /// <summary>Gets the number of distinct authors of pull requests and issues.</summary>
    [JsonPropertyName("total_contributors")]
    public long TotalContributors { get; init; }

    /// <summary>Gets <see cref="TotalContributors"/> by the app's other name for it.</summary>
    [JsonPropertyName("active_contributors")]
    public long ActiveContributors => TotalContributors;

    /// <summary>Gets the number of these authors without an earlier pull request or issue in the workspace.</summary>
    [JsonPropertyName("new_contributors")]
    public long NewContributors { get; init; }

    /// <summary>Gets the present number of stars of the workspace's repositories.</summary>
    [JsonPropertyName("total_stars")]
    public long TotalStars { get; init; }

    /// <summary>Gets the present number of forks of the workspace's repositories.</summary>
    [JsonPropertyName("total_forks")]
    public long TotalForks { get; init; }

    /// <summary>Gets the change in percent since the day on which the range begins; null for <c>all</c>, and when no stars were measured by then.</summary>
    [JsonPropertyName("stars_trend")]
    public double? StarsTrend { get; init; }

    /// <summary>Gets the change in percent from the preceding period of the same length; null for <c>all</c>.</summary>
    [JsonPropertyName("prs_trend")]
    public double? PullRequestsTrend { get; init; }

    /// <summary>Gets the change in percent from the preceding period of the same length; null for <c>all</c>.</summary>
    [JsonPropertyName("issues_trend")]
    public double? IssuesTrend { get; init; }

    /// <summary>Gets the change in percent from the preceding period of the same length; null for <c>all</c>.</summary>
    [JsonPropertyName("contributors_trend")]
    public double? ContributorsTrend { get; init; }

    /// <summary>Gets the number of repositories by primary language.</summary>
    [JsonPropertyName("languages")]
    public IReadOnlyDictionary<string, long> Languages { get; init; } = new Dictionary<string, long>();

    /// <summary>Gets the ten accounts with the most pull requests and issues in the range.</summary>
    [JsonPropertyName("top_contributors")]
    public IReadOnlyList<TopContributor> TopContributors
    {
        get;
        init => field = Held.Of(value);
    } = [];

    /// <summary>Gets one entry per day in UTC, also for days without activity. For <c>all</c> it begins with the first day with activity.</summary>
    [JsonPropertyName("activity_timeline")]
    public IReadOnlyList<ActivityDay> ActivityTimeline
    {
        get;
        init => field = Held.Of(value);
    } = [];

    /// <summary>Gets the repositories of the workspace, by name.</summary>
    [JsonPropertyName("repository_stats")]
    public IReadOnlyList<RepositoryStatistics> RepositoryStatistics
    {
        get;
        init => field = Held.Of(value);
    } = [];
}

/// <summary>The activity of one account in a range.</summary>
/// <param name="Username">Gets the login.</param>
/// <param name="AvatarUrl">Gets the address of the picture; null when it is not known.</param>
/// <param name="PullRequests">Gets the number of created pull requests.</param>
/// <param name="Issues">Gets the number of created issues.</param>
/// <param name="Commits">Always 0: commits are not copied.</param>
/// <param name="Reviews">Gets the number of submitted reviews.</param>
public sealed record TopContributor(
    [property: JsonPropertyName("username")] string Username,
    [property: JsonPropertyName("avatar_url")] string? AvatarUrl,
    [property: JsonPropertyName("prs")] long PullRequests,
    [property: JsonPropertyName("issues")] long Issues,
    [property: JsonPropertyName("commits")] long Commits,
    [property: JsonPropertyName("reviews")] long Reviews
);

/// <summary>The items of the range that were created on one day in UTC.</summary>
/// <param name="Date">Gets the day.</param>
/// <param name="PullRequests">Gets the number of created pull requests.</param>
/// <param name="Issues">Gets the number of created issues.</param>
/// <param name="Commits">Always 0: commits are not copied.</param>
public sealed record ActivityDay(
    [property: JsonPropertyName("date")] DateOnly Date,
    [property: JsonPropertyName("prs")] long PullRequests,
    [property: JsonPropertyName("issues")] long Issues,
    [property: JsonPropertyName("commits")] long Commits
);

/// <summary>The part of one repository in a range.</summary>
/// <param name="RepositoryId">Gets the id of the row in <c>repositories</c>.</param>
/// <param name="FullName">Gets the repository as <c>owner/name</c>.</param>
/// <param name="PullRequests">Gets the number of created pull requests.</param>
/// <param name="Issues">Gets the number of created issues.</param>
/// <param name="Stars">Gets the present number of stars.</param>
/// <param name="Contributors">Gets the number of distinct authors of both.</param>
public sealed record RepositoryStatistics(
    [property: JsonPropertyName("repository_id")] Guid RepositoryId,
    [property: JsonPropertyName("full_name")] string FullName,
    [property: JsonPropertyName("prs")] long PullRequests,
    [property: JsonPropertyName("issues")] long Issues,
    [property: JsonPropertyName("stars")] long Stars,
    [property: JsonPropertyName("contributors")] long Contributors
);
