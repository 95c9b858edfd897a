namespace Backfill;

/// <summary>What a sync copies. Reviews bring their pull requests; comments alone bring everything that is commented on.</summary>
[Flags]
public enum SyncContent
{
    /// <summary>Nothing; no sync has this.</summary>
    None = 0,

    /// <summary>Pull requests.</summary>
    PullRequests = 1,

    /// <summary>Issues.</summary>
    Issues = 2,

    /// <summary>Discussions.</summary>
    Discussions = 4,

    /// <summary>Reviews of pull requests.</summary>
    Reviews = 8,

    /// <summary>Comments of pull requests, issues and discussions, review comments and replies.</summary>
    Comments = 16,

    /// <summary>People with commits, and the profiles of everybody who is met.</summary>
    Contributors = 32,

    /// <summary>Everything: the default.</summary>
    All = PullRequests | Issues | Discussions | Reviews | Comments | Contributors,
}
