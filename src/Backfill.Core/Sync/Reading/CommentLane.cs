using System.Runtime.CompilerServices;
using Backfill.Core.GitHub;
using Backfill.Core.Sync.Writing;

namespace Backfill.Core.Sync.Reading;

/// <summary>One of REST's two lists of a whole repository's comments.</summary>
/// <param name="Kind">The kind of comments that it lists.</param>
/// <param name="Path">Its address below the repository.</param>
/// <param name="Add">Adds a comment to the rows of a page.</param>
internal sealed record CommentList<T>(EntityKind Kind, string Path, Action<PageRows, T> Add)
    where T : RestComment;

/// <summary>The two lists of comments.</summary>
internal static class CommentLists
{
    public static CommentList<RestReviewComment> ReviewComments { get; } =
        new(EntityKind.ReviewComments, "pulls/comments", (page, comment) => page.Add(comment));

    public static CommentList<RestIssueComment> IssueComments { get; } =
        new(EntityKind.IssueComments, "issues/comments", (page, comment) => page.Add(comment));
}

/// <summary>
/// Reads REST's list of one kind of comments of a whole repository. REST has a budget of its own. The list is ordered by
/// update time and can only be read forward from a time, so its window has times and no cursors.
/// </summary>
internal sealed class CommentLane<T>(CommentList<T> list, SyncContext run, SyncTables tables, ListWindow stored)
    where T : RestComment
{
    // GitHub's times have a resolution of one second. Two comments of the same second may be listed in either order.
    private static readonly TimeSpan Overlap = TimeSpan.FromSeconds(1);

    private ListWindow window = stored with { Plan = ListWindow.Listed };
    private RestClient rest = run.Rest;

    /// <summary>Collects the id of every listed comment, where it is set.</summary>
    public ICollection<long>? Listed { get; init; }

    /// <summary>Gets the stored window.</summary>
    public ListWindow Stored { get; private set; } = stored;

    /// <summary>Gets the time up to which every comment was listed; null before the first page.</summary>
    public DateTimeOffset? ListedUntil => window.ListedUntil;

    /// <summary>Reads the comments that the window lacks, and the comments that were updated since. Reads on where GitHub ended a list early.</summary>
    /// <param name="client">Sends the requests.</param>
    public async Task RunAsync(RestClient client, CancellationToken cancellationToken)
    {
        rest = client;
        if (!window.Covers(run.Since))
        {
            await ExtendAsync(cancellationToken);
        }

        // GitHub ends long lists early. So the list is requested again from its last time, until nothing later is listed. The tag
        // of the last response belongs to the address with which the next run begins.
        for (var more = true; more; )
        {
            var from = window.ListedUntil - Overlap;
            var tag = await ReadAsync(from, window.EntityTag, until: null, cancellationToken);
            more = window.ListedUntil - Overlap != from;
            if (tag is not null && !more)
            {
                window = window with { EntityTag = tag };
            }
        }

        if (window != Stored)
        {
            await StoreAsync(new PageRows(), cancellationToken);
        }
    }

    // Extends the window to an earlier time: reads from that time to where the window began. When the extension is interrupted,
    // the next run goes on from its last page, and reads the later part of the window again.
    private async Task ExtendAsync(CancellationToken cancellationToken)
    {
        var known = window;
        window = window with
        {
            ListedFrom = run.Since,
            ReachedBeginning = run.Since is null,
            ListedUntil = run.Since,
            EntityTag = null,
        };
        await ReadAsync(run.Since, tag: null, known.ListedFrom, cancellationToken);
        if (window.ListedUntil >= known.ListedFrom)
        {
            window = window with { ListedUntil = known.ListedUntil };
        }

        await StoreAsync(new PageRows(), cancellationToken);
    }

    private async Task StoreAsync(PageRows rows, CancellationToken cancellationToken)
    {
        rows.Window = window;
        await run.StoreAsync(rows, cancellationToken);
        Stored = window;
    }

    // Returns the tag of the first page; null when nothing changed.
    private async Task<string?> ReadAsync(
        DateTimeOffset? from,
        string? tag,
        DateTimeOffset? until,
        CancellationToken cancellationToken
    )
    {
        string? answered = null;
        await foreach (
            var page in ReadAhead.OneAheadAsync(token => PagesAsync(from, tag, until, token), cancellationToken)
        )
        {
            run.Plan.RecordListedPage(list.Kind);
            if (page.NotModified)
            {
                return null;
            }

            answered ??= page.EntityTag;
            if (page.Items.Count == 0)
            {
                break;
            }

            var rows = new PageRows();
            foreach (var comment in page.Items)
            {
                list.Add(rows, comment);
                Listed?.Add(comment.Id);
            }

            rows.FindParents(await tables.StoredParentsAsync(rows.Comments.Values, cancellationToken));
            var last = page.Items[^1].UpdatedAt;
            window = window with
            {
                ListedUntil = last > window.ListedUntil || window.ListedUntil is null ? last : window.ListedUntil,
                EntityTag = null,
            };
            await StoreAsync(rows, cancellationToken);
        }

        return answered;
    }

    // Ends at the time where the window began, so that no unneeded page is fetched ahead.
    private async IAsyncEnumerable<RestPage<T>> PagesAsync(
        DateTimeOffset? from,
        string? tag,
        DateTimeOffset? until,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        await foreach (var page in rest.CommentsAsync<T>(run.Name, list.Path, from, tag, cancellationToken))
        {
            yield return page;
            if (page.Items.Count > 0 && page.Items[^1].UpdatedAt >= until)
            {
                yield break;
            }
        }
    }
}
