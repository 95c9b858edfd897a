using System.Runtime.CompilerServices;
using Backfill.Core.GitHub;
using Backfill.Core.Sync.Writing;

namespace Backfill.Core.Sync.Reading;

/// <summary>One of REST's two lists of a whole repository's comments.</summary>
/// <param name="Kind">The comments that it lists.</param>
/// <param name="Path">Its address below the repository.</param>
/// <param name="Add">Puts a comment into the rows of a page.</param>
internal sealed record CommentList<T>(EntityKind Kind, string Path, Action<PageRows, T> Add)
    where T : RestComment;

/// <summary>Both of them.</summary>
internal static class CommentLists
{
    public static CommentList<RestReviewComment> ReviewComments { get; } =
        new(EntityKind.ReviewComments, "pulls/comments", (page, comment) => page.Add(comment));

    public static CommentList<RestIssueComment> IssueComments { get; } =
        new(EntityKind.IssueComments, "issues/comments", (page, comment) => page.Add(comment));
}

/// <summary>
/// Comments of one kind, which REST lists for a whole repository on a budget of its own. The list is ordered by update and
/// can only be read upwards from a time, so the window is kept in times and not in cursors.
/// </summary>
internal sealed class CommentLane<T>(CommentList<T> list, SyncContext run, SyncTables tables, ListWindow stored)
    where T : RestComment
{
    // Two writes within GitHub's resolution of a second may be listed in either order.
    private static readonly TimeSpan Overlap = TimeSpan.FromSeconds(1);

    private ListWindow window = stored with { Plan = ListWindow.Listed };
    private RestClient rest = run.Rest;

    /// <summary>Where set: gets the id of every comment that is listed.</summary>
    public ICollection<long>? Listed { get; init; }

    /// <summary>The window as it is stored.</summary>
    public ListWindow Stored { get; private set; } = stored;

    /// <summary>Everything that was updated before is listed; null is nothing.</summary>
    public DateTimeOffset? ListedUntil => window.ListedUntil;

    /// <summary>Reads what the window lacks and what changed since; once more where a list ended before its end.</summary>
    /// <param name="client">Asks.</param>
    public async Task RunAsync(RestClient client, CancellationToken cancellationToken)
    {
        rest = client;
        if (!window.Covers(run.Since))
        {
            await ExtendAsync(cancellationToken);
        }

        // GitHub ends long lists early: asked again from where one ended, until nothing later comes. The last answer's
        // tag then belongs to the address that the next run begins with.
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

    // Upwards from the asked time to where the window began. An interrupted extension is resumed from its last page, at the
    // price of reading again what had been known above it.
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

    // The tag of the first page; null when nothing changed.
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
            run.Plan.Answered(list.Kind);
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

    // Ends by itself, so that no page is fetched ahead that nobody wants.
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
