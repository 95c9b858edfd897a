using Backfill.Core.GitHub;
using Backfill.Core.Postgres;
using Backfill.Core.Sync.Writing;

namespace Backfill.Core.Sync.Reading;

/// <summary>What a crawl could not complete.</summary>
/// <param name="Gaps">The first hundred gaps.</param>
/// <param name="Total">How many there are.</param>
internal sealed record CrawlOutcome(IReadOnlyList<SyncGap> Gaps, long Total);

/// <summary>
/// One run's way through a repository: probe, the three lanes, review comments beside them, what overflowed, people, and the
/// proof that nothing is missing.
/// </summary>
/// <param name="lastCompletedAt">The start of the newest run that proved everything complete; null when no run did.</param>
internal sealed class Crawl(
    SyncContext run,
    SyncTables tables,
    AuditTables audits,
    DateTimeOffset? lastCompletedAt,
    SyncRequest request
)
{
    private readonly CommentCrawl comments = new(run, tables);

    /// <summary>Reads what the stored windows lack and compares the result with GitHub's own counts.</summary>
    /// <param name="known">GitHub's answer by which the repository was registered just now; null to ask.</param>
    public async Task<CrawlOutcome> RunAsync(Probe? known, CancellationToken cancellationToken)
    {
        var windows = await tables.WindowsAsync(cancellationToken);
        var checkedFrom = request.Repairs ? null : lastCompletedAt;
        if (request.Repairs)
        {
            await tables.RecordAlteredAsync(run.RunId, cancellationToken);
        }

        run.Progress.Stored(await tables.CountAsync(cancellationToken));

        var probe = known ?? await RefreshRepositoryAsync(windows, cancellationToken);
        SetTotals(probe);
        run.Plan.Begin(windows, probe);
        await LanesAsync(windows, probe, cancellationToken);

        if (request.Verify)
        {
            await VerifyAsync(probe.Metadata.HasIssues, cancellationToken);
            checkedFrom = null;
        }

        await ChildrenAsync(checkedFrom, cancellationToken);
        await tables.LinkMissedParentsAsync(cancellationToken);
        if (run.Includes(SyncContent.Comments))
        {
            await tables.CompleteCommentCountsAsync(cancellationToken);
        }

        return await ProveAsync(checkedFrom, cancellationToken);
    }

    // Every item and every review comment, whether it moved or not. Issues that are switched off are hidden and not gone.
    private async Task VerifyAsync(bool hasIssues, CancellationToken cancellationToken)
    {
        var windows = await tables.WindowsAsync(cancellationToken);
        await AuditAsync(Lanes.PullRequests, windows, cancellationToken);
        if (hasIssues)
        {
            await AuditAsync(Lanes.Issues, windows, cancellationToken);
        }

        await AuditAsync(Lanes.Discussions, windows, cancellationToken);
        if (
            run.Includes(SyncContent.Discussions)
            && run.Includes(SyncContent.Comments)
            && (await run.Database.CatalogueAsync(cancellationToken)).HasTable("discussion_comments")
        )
        {
            await new ReplyAudit(run, audits).RunAsync(cancellationToken);
        }

        if (
            ReadsReviewComments
            && windows.List(EntityKind.ReviewComments) is { ReachedBeginning: true } window
            && await comments.ListReviewCommentsAsync(window, cancellationToken) is { } listed
        )
        {
            await audits.BuryReviewCommentsAsync(listed, cancellationToken);
        }
    }

    private bool ReadsReviewComments => run.Includes(SyncContent.Comments) && run.Includes(SyncContent.PullRequests);

    private async Task AuditAsync<T>(Lane<T> lane, StoredWindows windows, CancellationToken cancellationToken)
        where T : class, IUpdatedNode
    {
        if (
            run.Includes(lane.Kind.Content)
            && (
                lane.Kind.Content != SyncContent.Discussions
                || (await run.Database.CatalogueAsync(cancellationToken)).HasTable("discussions")
            )
        )
        {
            await new Audit(run, audits, windows).RunAsync(lane, cancellationToken);
        }
    }

    // What parents lack is fetched, and what they have too much of was deleted at GitHub.
    private async Task ChildrenAsync(DateTimeOffset? since, CancellationToken cancellationToken)
    {
        var drain = new OverflowDrain(run, tables);
        await drain.RunAsync(cancellationToken);
        // Of items that a list had been ahead of, and that came only now.
        await HeldComments.ReleaseAsync(run, tables, cancellationToken);
        var compared = await tables.CompareChildrenAsync(run.RunId, since, cancellationToken);
        if (compared.Short > 0)
        {
            await drain.RunAsync(cancellationToken);
            compared = await tables.CompareChildrenAsync(run.RunId, since, cancellationToken);
        }

        foreach (var parent in compared.Surplus)
        {
            if (await drain.ListAsync(parent, cancellationToken) is { } listed)
            {
                await audits.BuryChildrenAsync(parent, listed, cancellationToken);
            }
        }
    }

    // Asks GitHub how the repository is now, and stores that.
    private async Task<Probe> RefreshRepositoryAsync(StoredWindows windows, CancellationToken cancellationToken)
    {
        var probe = await RepositoryReader.ProbeAsync(
            run.GraphQL,
            run.Name,
            await ListedAsync(run.Database, run.Include, cancellationToken),
            windows.Lane(EntityKind.PullRequests)?.NewestCursor,
            windows.Lane(EntityKind.Issues)?.NewestCursor,
            windows.Lane(EntityKind.Discussions)?.NewestCursor,
            cancellationToken
        );
        if (probe.Metadata.GitHubId != run.Repository.GitHubId)
        {
            throw RepositoryIdentity.Changed(run.Name.FullName, run.Repository.GitHubId, probe.Metadata.GitHubId);
        }

        await RepositoryRegistration.RegisterAsync(run.Database, probe.Metadata, null, plan: false, cancellationToken);
        return RepositoryDirectory.HasMoved(run.Name, probe.Metadata.FullName)
            ? throw new RepositoryMovedException(probe.Metadata.FullName)
            : probe;
    }

    private void SetTotals(Probe probe)
    {
        run.Progress.Total(EntityKind.PullRequests, probe.PullRequests);
        // Switched off, issues are hidden and not gone.
        run.Progress.Total(EntityKind.Issues, probe.Metadata.HasIssues ? probe.Issues : null);
        run.Progress.Total(EntityKind.Discussions, probe.Discussions);
    }

    /// <summary>Returns what a run lists: a database without the table for discussions needs no permission to read them.</summary>
    public static async Task<SyncContent> ListedAsync(
        Database database,
        SyncContent include,
        CancellationToken cancellationToken
    ) =>
        (await database.CatalogueAsync(cancellationToken)).HasTable("discussions")
            ? include
            : include & ~SyncContent.Discussions;

    private async Task LanesAsync(StoredWindows windows, Probe probe, CancellationToken cancellationToken)
    {
        // REST has a budget of its own. What it lists before its parent is stored is held until then.
        var lanesEnded = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await SideBySide.RunAsync(
            [
                token => RestAsync(windows, probe, lanesEnded.Task, token),
                token => GraphQLAsync(windows, probe, lanesEnded, token),
            ],
            cancellationToken
        );
        await HeldComments.ReleaseAsync(run, tables, cancellationToken);
        if (run.Includes(SyncContent.Contributors))
        {
            await People(windows).ProfilesAsync(cancellationToken);
        }
    }

    private async Task GraphQLAsync(
        StoredWindows windows,
        Probe probe,
        TaskCompletionSource lanesEnded,
        CancellationToken cancellationToken
    )
    {
        await LaneAsync(Lanes.PullRequests, windows, probe.PullRequests, probe.PullRequestsMoved, cancellationToken);
        if (probe.Metadata.HasIssues)
        {
            await LaneAsync(Lanes.Issues, windows, probe.Issues, probe.IssuesMoved, cancellationToken);
        }

        if ((await run.Database.CatalogueAsync(cancellationToken)).HasTable("discussions"))
        {
            await LaneAsync(Lanes.Discussions, windows, probe.Discussions, probe.DiscussionsMoved, cancellationToken);
        }

        lanesEnded.SetResult();
        await new OverflowDrain(run, tables).RunAsync(cancellationToken);
        if (run.Includes(SyncContent.Contributors))
        {
            await People(windows).ProfilesAsync(cancellationToken);
        }
    }

    private async Task RestAsync(
        StoredWindows windows,
        Probe probe,
        Task lanesEnded,
        CancellationToken cancellationToken
    )
    {
        if (ReadsReviewComments)
        {
            await comments.ReviewCommentsAsync(windows, probe.PullRequests ?? 0, cancellationToken);
        }

        if (run.Includes(SyncContent.Contributors))
        {
            await PeopleAsync(windows, probe.Metadata.PushedAt, cancellationToken);
        }

        // Nothing chooses the list any more once the lanes have come to their end.
        await Task.WhenAny(run.Plan.ListingIssueComments, lanesEnded).WaitAsync(cancellationToken);
        if (run.Plan.ListsIssueComments)
        {
            await comments.IssueCommentsAsync(windows, cancellationToken);
        }
    }

    // Nothing else waits for REST's budget here: whoever only pushed is left to the next run, and this one is not complete.
    private async Task PeopleAsync(StoredWindows windows, DateTimeOffset? pushedAt, CancellationToken cancellationToken)
    {
        try
        {
            var rest = run.Plan.NestsReviewComments ? run.QuickRest : run.Rest;
            await People(windows).RunAsync(rest, pushedAt, cancellationToken);
        }
        catch (LongWaitException wait)
        {
            await People(windows).MissAsync(wait.Message, cancellationToken);
        }
    }

    private ContributorLane People(StoredWindows windows) => new(run, windows.Contributors);

    private async Task LaneAsync<T>(
        Lane<T> lane,
        StoredWindows windows,
        int? total,
        bool moved,
        CancellationToken cancellationToken
    )
        where T : class, IUpdatedNode
    {
        if (!run.Includes(lane.Kind.Content))
        {
            return;
        }

        var window = windows.Lane(lane.Kind) ?? new LaneWindow(lane.Kind);
        if (total == 0 && !window.ReachedBeginning && window.NewestCursor is null)
        {
            var empty = window with { ReachedBeginning = true };
            await run.StoreAsync(new PageRows { Window = empty }, cancellationToken);
            return;
        }

        await new LaneCrawl<T>(lane, run, window).RunAsync(moved, cancellationToken);
    }

    // Completed is said only of what was compared with GitHub's own counts.
    private async Task<CrawlOutcome> ProveAsync(DateTimeOffset? checkedFrom, CancellationToken cancellationToken)
    {
        var windows = await RecountAsync(cancellationToken);
        if (HasNews(windows))
        {
            // Something may have been added or deleted since the probe.
            var probe = await RefreshRepositoryAsync(windows, cancellationToken);
            SetTotals(probe);
            await LanesAsync(windows, probe, cancellationToken);
            windows = await RecountAsync(cancellationToken);
        }

        if (HasNews(windows))
        {
            // Which ones: the whole lane is compared, and what vanished is traced.
            await AuditDifferingAsync(Lanes.PullRequests, windows, cancellationToken);
            await AuditDifferingAsync(Lanes.Issues, windows, cancellationToken);
            await AuditDifferingAsync(Lanes.Discussions, windows, cancellationToken);
            await ChildrenAsync(checkedFrom, cancellationToken);
            windows = await RecountAsync(cancellationToken);
            await RememberAsync(windows, cancellationToken);
        }

        var reachedBeginning = windows.Lane(EntityKind.PullRequests)?.ReachedBeginning == true;
        var (gaps, total) = await tables.OpenGapsAsync(reachedBeginning, cancellationToken);
        SyncGap[] differing =
        [
            .. Differing(windows).Select(one => SyncGaps.Difference(one.Lane, one.Stored, one.Total)),
        ];
        return new CrawlOutcome([.. differing, .. gaps], differing.Length + total);
    }

    // GitHub counts some items that it never lists. A difference that an audit could not explain is told by every run, but
    // not audited again until it changes.
    private bool HasNews(StoredWindows windows) =>
        Differing(windows).Any(one => !windows.HasUnexplained(one.Lane, one.Total, one.Stored));

    private async Task RememberAsync(StoredWindows windows, CancellationToken cancellationToken)
    {
        foreach (var (lane, total, stored) in Differing(windows))
        {
            var audit = windows.Audits.First(audit => audit.Lane == lane);
            await run.StoreAsync(
                new PageRows { Window = audit with { UnexplainedTotal = total, UnexplainedStored = stored } },
                cancellationToken
            );
        }
    }

    private async Task AuditDifferingAsync<T>(Lane<T> lane, StoredWindows windows, CancellationToken cancellationToken)
        where T : class, IUpdatedNode
    {
        if (Differing(windows).Any(one => one.Lane == lane.Kind))
        {
            await AuditAsync(lane, windows, cancellationToken);
        }
    }

    private async Task<StoredWindows> RecountAsync(CancellationToken cancellationToken)
    {
        run.Progress.Stored(await tables.CountAsync(cancellationToken));
        return await tables.WindowsAsync(cancellationToken);
    }

    // Lanes whose window reaches the beginning and whose rows are not as many as GitHub counts.
    private IEnumerable<(EntityKind Lane, long Total, long Stored)> Differing(StoredWindows windows) =>
        EntityKind
            .Items.Where(lane => windows.Lane(lane)?.ReachedBeginning == true)
            .Select(lane => (Lane: lane, Count: run.Progress.CountOf(lane)))
            .Where(one => one.Count.GitHubTotal is { } total && total != one.Count.Stored)
            .Select(one => (one.Lane, one.Count.GitHubTotal!.Value, one.Count.Stored));
}
