using Backfill.Core.Sync.Writing;

namespace Backfill.Core.Tests.Sync;

/// <summary>One vocabulary for the kinds of rows: what operators, windows, parents and -Include call them.</summary>
public sealed class EntityKindTests
{
    [Fact]
    public void Every_kind_is_found_by_both_of_its_names() =>
        Assert.All(
            EntityKind.Counted,
            kind =>
            {
                Assert.Same(kind, EntityKind.Parse(kind.Name));
                Assert.Same(kind, EntityKind.Parse(kind.StoredName));
            }
        );

    [Fact]
    public void Only_items_have_the_name_of_one_item() =>
        Assert.Equal(
            ["pull_request", "issue", "discussion"],
            EntityKind.Counted.Select(kind => kind.ItemName).OfType<string>()
        );

    [Fact]
    public void Children_of_items_are_included_as_reviews_or_as_comments() =>
        Assert.Equal(
            [SyncContent.Reviews, SyncContent.Comments, SyncContent.Comments, SyncContent.Comments],
            EntityKind.Counted.Except([.. EntityKind.Items, EntityKind.Contributors]).Select(kind => kind.Content)
        );

    [Fact]
    public void A_window_is_read_with_the_stored_name_of_its_lane() =>
        Assert.Equal(
            new LaneWindow(EntityKind.PullRequests, NewestCursor: "c1", ReachedBeginning: true),
            Assert.Single(
                StoredWindows.Read<LaneWindow>(
                    """[{"lane": "pull_requests", "newest_cursor": "c1", "reached_beginning": true}]"""
                )
            )
        );

    [Fact]
    public void An_unknown_name_is_refused() =>
        Assert.Throws<KeyNotFoundException>(() => StoredWindows.Read<LaneWindow>("""[{"lane": "wiki_pages"}]"""));
}
