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

    /// <summary>Why it was skipped.</summary>
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
}

/// <summary>Metrics of a workspace for one range; rows count by their <c>created_at</c>.</summary>
public sealed record WorkspaceMetricsRange
{
    /// <summary><c>7d</c>, <c>30d</c>, <c>90d</c>, <c>1y</c> or <c>all</c>.</summary>
    public required string Range { get; init; }

    /// <summary>Pull requests created in the range.</summary>
    public long TotalPullRequests { get; init; }

    /// <summary>Of those, merged with a merge date.</summary>
    public long MergedPullRequests { get; init; }

    /// <summary>Of those, open.</summary>
    public long OpenPullRequests { get; init; }

    /// <summary>Of the open ones, drafts.</summary>
    public long DraftPullRequests { get; init; }

    /// <summary>Issues created in the range.</summary>
    public long TotalIssues { get; init; }

    /// <summary>Of those, closed with a date.</summary>
    public long ClosedIssues { get; init; }

    /// <summary>Of those, open.</summary>
    public long OpenIssues { get; init; }

    /// <summary>Mean hours from creation to merge; null when nothing was merged.</summary>
    public double? AverageMergeHours { get; init; }

    /// <summary>Mean hours from creation to close of issues; null when none was closed.</summary>
    public double? AverageIssueCloseHours { get; init; }

    /// <summary>Merged pull requests a day of the range.</summary>
    public double PullRequestVelocity { get; init; }

    /// <summary>Closed issues in a hundred; null without issues.</summary>
    public double? IssueClosureRate { get; init; }

    /// <summary>Distinct authors of pull requests and issues.</summary>
    public long TotalContributors { get; init; }

    /// <summary>Of those, without an earlier pull request or issue in the workspace.</summary>
    public long NewContributors { get; init; }

    /// <summary>Stars of the workspace's repositories now.</summary>
    public long TotalStars { get; init; }

    /// <summary>Percent against the preceding equal period; null for all.</summary>
    public double? PullRequestsTrend { get; init; }

    /// <summary>Percent against the preceding equal period; null for all.</summary>
    public double? IssuesTrend { get; init; }

    /// <summary>Percent against the preceding equal period; null for all.</summary>
    public double? ContributorsTrend { get; init; }
}
