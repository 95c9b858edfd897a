using Backfill.Core.GitHub;
using Backfill.Core.Postgres;
using Backfill.Core.Sync.Writing;

namespace Backfill.Core.Sync.Reading;

/// <summary>The gaps that a crawl left.</summary>
/// <param name="Gaps">The first hundred gaps.</param>
/// <param name="Total">The number of all gaps.</param>
internal sealed record CrawlOutcome(IReadOnlyList<SyncGap> Gaps, long Total);

/// <summary>
/// Reads a repository in one run: the probe, the three lanes, at the same time REST's lists, then the overflow, people, and
/// the proof that nothing is missing.
/// </summary>
/// <param name="lastCompletedAt">The start of the newest run that ended as complete; null when no run did.</param>
internal sealed class Crawl(
    SyncContext run,
    SyncTables tables,
    AuditTables audits,
    DateTimeOffset? lastCompletedAt,
    SyncRequest request
)
{
    private readonly CommentCrawl comments = new(run, tables);

    /// <summary>Reads what the stored windows lack, and compares the stored rows with GitHub's counts.</summary>
    /// <param name="known">The probe with which the repository was registered just now; null sends a probe.</param>
    public async Task<CrawlOutcome> RunAsync(Probe? known, CancellationToken cancellationToken)
    {
        var windows = await tables.WindowsAsync(cancellationToken);
        run.Progress.Slice?.Begin(windows);
        var checkedFrom = request.Repairs ? null : lastCompletedAt;
        if (request.Repairs || request.Verify)
        {
            await tables.RecordAlteredAsync(run.RunId, cancellationToken);
        }

        run.Progress.SetStoredCounts(await tables.CountAsync(cancellationToken));

        var probe = known ?? await RefreshRepositoryAsync(windows, cancellationToken);
        run.Progress.SetTotals(probe);
        run.Plan.Begin(windows, probe);
        await ReadLanesAsync(windows, probe, cancellationToken);

        if (request.Verify)
        {
            await VerifyAsync(probe.Metadata.HasIssues, cancellationToken);
            checkedFrom = null;
        }

        await CompleteChildrenAsync(checkedFrom, cancellationToken);
        await tables.LinkMissedParentsAsync(cancellationToken);
        if (run.Includes(SyncContent.Comments))
        {
            await tables.CompleteCommentCountsAsync(cancellationToken);
        }

        return await ProveAsync(checkedFrom, cancellationToken);
    }

    // Compares every item and every review comment with GitHub, whether it was updated or not. Issues that are switched off are
    // not compared, because GitHub hides them although they still exist.
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
            await audits.RecordDeletedReviewCommentsAsync(listed, cancellationToken);
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

    // Fetches the children that parents lack. Children that parents have too many of were deleted at GitHub.
    private async Task CompleteChildrenAsync(DateTimeOffset? since, CancellationToken cancellationToken)
    {
        var drain = new OverflowDrain(run, tables);
        await drain.RunAsync(cancellationToken);
        // Stores comments that were held because their parent had not been read yet.
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
                await audits.RecordDeletedChildrenAsync(parent, listed, cancellationToken);
            }
        }
    }

    // Probes the repository and stores its present state.
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

    /// <summary>Returns what a run reads. Without a table for discussions it does not read them, and needs no permission for them.</summary>
    public static async Task<SyncContent> ListedAsync(
        Database database,
        SyncContent include,
        CancellationToken cancellationToken
    ) =>
        (await database.CatalogueAsync(cancellationToken)).HasTable("discussions")
            ? include
            : include & ~SyncContent.Discussions;

    private async Task ReadLanesAsync(StoredWindows windows, Probe probe, CancellationToken cancellationToken)
    {
        // REST has a budget of its own, so it is read at the same time. A comment that REST lists before its parent is stored is held.
        var lanesEnded = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await SideBySide.RunAsync(
            [
                token => ReadRestAsync(windows, probe, lanesEnded.Task, token),
                token => ReadGraphQLAsync(windows, probe, lanesEnded, token),
            ],
            cancellationToken
        );
        await HeldComments.ReleaseAsync(run, tables, cancellationToken);
        if (run.Includes(SyncContent.Contributors))
        {
            await Contributors(windows).ReadProfilesAsync(cancellationToken);
        }
    }

    private async Task ReadGraphQLAsync(
        StoredWindows windows,
        Probe probe,
        TaskCompletionSource lanesEnded,
        CancellationToken cancellationToken
    )
    {
        await ReadPartsAsync(
            [
                token => ReadLaneAsync(Lanes.PullRequests, windows, probe.PullRequests, probe.PullRequestsMoved, token),
                async token =>
                {
                    if (probe.Metadata.HasIssues)
                    {
                        await ReadLaneAsync(Lanes.Issues, windows, probe.Issues, probe.IssuesMoved, token);
                    }
                },
                async token =>
                {
                    if ((await run.Database.CatalogueAsync(token)).HasTable("discussions"))
                    {
                        await ReadLaneAsync(
                            Lanes.Discussions,
                            windows,
                            probe.Discussions,
                            probe.DiscussionsMoved,
                            token
                        );
                        if (run.HasSeveralAccounts)
                        {
                            // The other lanes may still be read.
                            await new OverflowDrain(run, tables).RunDiscussionsAsync(token);
                        }
                    }
                },
            ],
            cancellationToken
        );
        lanesEnded.SetResult();
        await ReadPartsAsync(
            [
                token => new OverflowDrain(run, tables).RunAsync(token),
                async token =>
                {
                    if (run.Includes(SyncContent.Contributors))
                    {
                        await Contributors(windows).ReadProfilesAsync(token);
                    }
                },
            ],
            cancellationToken
        );
    }

    // With one account GitHub computes one query at a time, so the parts are read one after the other.
    private async Task ReadPartsAsync(
        IReadOnlyList<Func<CancellationToken, Task>> parts,
        CancellationToken cancellationToken
    )
    {
        if (run.HasSeveralAccounts)
        {
            await SideBySide.RunAsync(parts, cancellationToken);
            return;
        }

        foreach (var part in parts)
        {
            await part(cancellationToken);
        }
    }

    private async Task ReadRestAsync(
        StoredWindows windows,
        Probe probe,
        Task lanesEnded,
        CancellationToken cancellationToken
    )
    {
        if (ReadsReviewComments)
        {
            await comments.ReadReviewCommentsAsync(windows, probe.PullRequests ?? 0, cancellationToken);
        }

        if (run.Includes(SyncContent.Contributors))
        {
            await ReadContributorsAsync(windows, probe.Metadata.PushedAt, cancellationToken);
        }

        // Only the lanes can choose the list of issue comments. When they have ended, there is nothing more to wait for.
        await Task.WhenAny(run.Plan.ListingIssueComments, lanesEnded).WaitAsync(cancellationToken);
        if (run.Plan.ListsIssueComments)
        {
            await comments.ReadIssueCommentsAsync(windows, cancellationToken);
        }
    }

    // In plan A the run does not wait long for REST's budget, because nothing else needs REST. People who have only commits are
    // then left to the next run, and this run is not complete.
    private async Task ReadContributorsAsync(
        StoredWindows windows,
        DateTimeOffset? pushedAt,
        CancellationToken cancellationToken
    )
    {
        try
        {
            var rest = run.Plan.NestsReviewComments ? run.QuickRest : run.Rest;
            await Contributors(windows).RunAsync(rest, pushedAt, cancellationToken);
        }
        catch (LongWaitException wait)
        {
            await Contributors(windows).RecordGapAsync(wait.Message, cancellationToken);
        }
    }

    private ContributorLane Contributors(StoredWindows windows) => new(run, windows.Contributors);

    private async Task ReadLaneAsync<T>(
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

        await new LaneCrawl<T>(lane, run, window, total).RunAsync(moved, cancellationToken);
    }

    // Compares the stored rows with GitHub's counts. Only a run without gaps and differences is complete.
    private async Task<CrawlOutcome> ProveAsync(DateTimeOffset? checkedFrom, CancellationToken cancellationToken)
    {
        var windows = await RecountAsync(cancellationToken);
        if (HasNews(windows))
        {
            // An item may have been added or deleted since the probe.
            var probe = await RefreshRepositoryAsync(windows, cancellationToken);
            run.Progress.SetTotals(probe);
            await ReadLanesAsync(windows, probe, cancellationToken);
            windows = await RecountAsync(cancellationToken);
        }

        if (HasNews(windows))
        {
            // An audit finds the items by which the numbers differ.
            await AuditDifferingAsync(Lanes.PullRequests, windows, cancellationToken);
            await AuditDifferingAsync(Lanes.Issues, windows, cancellationToken);
            await AuditDifferingAsync(Lanes.Discussions, windows, cancellationToken);
            await CompleteChildrenAsync(checkedFrom, cancellationToken);
            windows = await RecountAsync(cancellationToken);
            await StoreUnexplainedAsync(windows, cancellationToken);
        }

        var (gaps, total) = await tables.OpenGapsAsync(cancellationToken);
        SyncGap[] differing =
        [
            .. Differing(windows).Select(one => SyncGaps.Difference(one.Lane, one.Stored, one.Total)),
        ];
        return new CrawlOutcome([.. differing, .. gaps], differing.Length + total);
    }

    // GitHub counts some items that it never lists. Every run reports a difference that an audit could not explain, but audits it
    // again only when it changes.
    private bool HasNews(StoredWindows windows) =>
        Differing(windows).Any(one => !windows.HasUnexplained(one.Lane, one.Total, one.Stored));

    private async Task StoreUnexplainedAsync(StoredWindows windows, CancellationToken cancellationToken)
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
        run.Progress.SetStoredCounts(await tables.CountAsync(cancellationToken));
        return await tables.WindowsAsync(cancellationToken);
    }

    // Returns the lanes whose window reaches the beginning and whose number of rows differs from GitHub's total.
    private IEnumerable<(EntityKind Lane, long Total, long Stored)> Differing(StoredWindows windows) =>
        EntityKind
            .Items.Where(lane => windows.Lane(lane)?.ReachedBeginning == true)
            .Select(lane => (Lane: lane, Count: run.Progress.CountOf(lane)))
            .Where(one => one.Count.GitHubTotal is { } total && total != one.Count.Stored)
            .Select(one => (one.Lane, one.Count.GitHubTotal!.Value, one.Count.Stored));
}
