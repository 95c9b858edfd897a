using Backfill.Core.GitHub;
using Backfill.Core.Sync.Runs;
using Backfill.Core.Sync.Writing;

namespace Backfill.Core.Tests.Sync;

/// <summary>What a sync would read and cost, by GitHub's totals and by what is stored.</summary>
public sealed class SyncPlannerTests
{
    private static readonly DateTimeOffset March = new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);

    private Probe probe = Probes.Of(pullRequests: 100);
    private SyncRequest request = Request(SyncContent.PullRequests);
    private readonly Dictionary<EntityKind, long> stored = [];
    private StoredWindows windows = StoredWindows.None;

    [Fact]
    public void A_first_sync_reads_every_item_in_pages_of_doubling_size()
    {
        var estimate = Estimate();

        // The probe, then pages of 25, 50 and 25 pull requests with three connections each.
        Assert.Equal(100, estimate.Items);
        Assert.Equal((4, 0), (estimate.GraphQLRequests, estimate.RestRequests));
        Assert.Equal(1 + 1 + 2 + 1, estimate.Points);
    }

    [Fact]
    public void A_lane_goes_on_with_the_page_size_that_worked_last()
    {
        Read(new LaneWindow(EntityKind.PullRequests, PageSize: 10));

        // The probe, then pages of 10, 20, 40 and 80.
        Assert.Equal(1 + 4, Estimate().GraphQLRequests);
    }

    [Fact]
    public void A_repository_in_which_nothing_moved_costs_the_probe_alone()
    {
        StoreAll();

        var estimate = Estimate();

        Assert.Equal((0, 1, 1), (estimate.Items, estimate.Requests, estimate.Points));
    }

    [Fact]
    public void A_lane_that_moved_without_a_new_item_reads_one_item()
    {
        StoreAll();
        probe = probe with { PullRequestsMoved = true };

        var estimate = Estimate();

        Assert.Equal((1, 2, 2), (estimate.Items, estimate.Requests, estimate.Points));
    }

    [Fact]
    public void Items_that_are_stored_are_not_read_again()
    {
        Read(new LaneWindow(EntityKind.PullRequests, OldestCursor: "c", OldestAt: March));
        stored[EntityKind.PullRequests] = 70;

        Assert.Equal(30, Estimate().Items);
    }

    [Fact]
    public void A_window_that_reaches_back_to_the_range_is_not_extended()
    {
        Read(new LaneWindow(EntityKind.PullRequests, OldestCursor: "c", OldestAt: March));
        stored[EntityKind.PullRequests] = 70;

        request = request with { Since = March };
        Assert.Equal(0, Estimate().Items);
        request = request with { Since = March.AddDays(-1) };
        Assert.Equal(30, Estimate().Items);
    }

    [Fact]
    public void A_lane_that_differs_from_the_count_of_GitHub_is_audited()
    {
        StoreAll();
        stored[EntityKind.PullRequests] = 101;

        // The probe twice, and an audit of a hundred pull requests with two connections each.
        Assert.Equal((3, 1 + 1 + 2), (Estimate().Requests, (int)Estimate().Points));
    }

    [Fact]
    public void A_difference_that_an_audit_could_not_explain_is_not_audited_again()
    {
        StoreAll();
        stored[EntityKind.PullRequests] = 101;
        var audit = new AuditWindow(EntityKind.PullRequests, March) { UnexplainedTotal = 100 };

        windows = windows with { Audits = [audit with { UnexplainedStored = 101 }] };
        Assert.Equal(1, Estimate().Requests);
        windows = windows with { Audits = [audit with { UnexplainedStored = 102 }] };
        Assert.Equal(3, Estimate().Requests);
    }

    [Fact]
    public void A_verification_audits_every_included_lane()
    {
        probe = Probes.Of(pullRequests: 150, issues: 250);
        Read(new LaneWindow(EntityKind.Issues, ReachedBeginning: true));
        stored[EntityKind.Issues] = 250;
        StoreAll();
        request = request with { Verify = true };
        Assert.Equal(1 + 2, Estimate().Requests);

        request = request with { Include = SyncContent.PullRequests | SyncContent.Issues };
        Assert.Equal(1 + 2 + 3, Estimate().Requests);
    }

    [Fact]
    public void A_repair_reads_all_items_again_and_counts_no_tokens_for_stored_ones()
    {
        StoreAll();
        probe = probe with { Sample = Sample(texts: 1) };

        var estimate = new SyncPlanner(probe, stored, windows, request, rereads: true).Estimate();

        Assert.Equal((100, 0L), (estimate.Items, estimate.Tokens));
    }

    [Fact]
    public void Tokens_are_those_of_the_sampled_texts_for_every_item_that_is_read()
    {
        Assert.Null(Estimate().Tokens);
        probe = probe with { Sample = Sample(texts: 2) };
        var first = Estimate().Tokens;

        Read(new LaneWindow(EntityKind.PullRequests, OldestCursor: "c", OldestAt: March));
        stored[EntityKind.PullRequests] = 50;

        Assert.NotEqual(0, first);
        Assert.Equal(first / 2, Estimate().Tokens);
    }

    [Fact]
    public void A_list_of_comments_is_read_in_pages_of_a_hundred_and_once_more_at_its_end()
    {
        request = request with { Include = SyncContent.PullRequests | SyncContent.Comments };
        probe = probe with { Sample = Sample(texts: 0) with { ReviewComments = 201 } };
        Assert.Equal(3 + 1, Estimate().RestRequests);

        windows = windows with { Lists = [new ListWindow(EntityKind.ReviewComments, ReachedBeginning: true)] };

        Assert.Equal(1, Estimate().RestRequests);
    }

    [Fact]
    public void The_list_of_contributors_is_read_again_only_after_a_push()
    {
        request = request with { Include = SyncContent.Contributors };
        probe = probe with
        {
            Metadata = probe.Metadata with { PushedAt = March },
            Sample = Sample(texts: 0) with { Contributors = 101 },
        };
        Assert.Equal(2, Estimate().RestRequests);

        windows = windows with { Contributors = new ContributorsWindow(March, EntityTag: null) };
        Assert.Equal(0, Estimate().RestRequests);
        windows = windows with { Contributors = new ContributorsWindow(March.AddDays(-1), EntityTag: null) };
        Assert.Equal(2, Estimate().RestRequests);
    }

    [Fact]
    public void The_counts_show_the_stored_rows_beside_the_totals_of_GitHub()
    {
        stored[EntityKind.PullRequests] = 70;

        var counts = new SyncPlanner(probe, stored, windows, request).Counts();

        Assert.Equal(
            [("PullRequests", 70L, 100L), ("Issues", 0L, 0L), ("Discussions", 0L, 0L)],
            counts.Select(count => (count.Entity, count.Stored, count.GitHubTotal ?? -1))
        );
    }

    private SyncEstimate Estimate() => new SyncPlanner(probe, stored, windows, request).Estimate();

    private void Read(LaneWindow window) => windows = windows with { Lanes = [.. windows.Lanes, window] };

    private void StoreAll()
    {
        Read(new LaneWindow(EntityKind.PullRequests, NewestCursor: "c", ReachedBeginning: true, PageSize: 100));
        stored[EntityKind.PullRequests] = probe.PullRequests!.Value;
    }

    private static SyncRequest Request(SyncContent include) =>
        new(new RepositoryName("octo", "hello"), Since: null, Track: true, ThrottleLimit: 4, Plan: true)
        {
            Include = include,
        };

    private static RepositorySample Sample(int texts) =>
        new()
        {
            PullRequestComments = [],
            Reviews = [],
            IssueComments = [],
            DiscussionComments = [],
            PullRequestTexts = [.. Enumerable.Repeat(("Change the handshake", "It took two round trips."), texts)],
            IssueTexts = [],
            DiscussionTexts = [],
            Authors = [],
        };
}
