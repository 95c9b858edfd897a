namespace Backfill;

/// <summary>What a sync copies. Reviews bring their pull requests. Comments bring all items that can have comments.</summary>
[Flags]
public enum SyncContent
{
    /// <summary>Nothing. No sync has this value.</summary>
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

    /// <summary>Accounts with commits, and the profiles of all authors.</summary>
    Contributors = 32,

    /// <summary>Everything. This is the default.</summary>
    All = PullRequests | Issues | Discussions | Reviews | Comments | Contributors,
}
