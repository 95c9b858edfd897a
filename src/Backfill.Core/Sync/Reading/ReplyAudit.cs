using System.Text.Json;
using Backfill.Core.GitHub;
using Backfill.Core.Sync.Writing;

namespace Backfill.Core.Sync.Reading;

/// <summary>
/// Reads GitHub's count of the replies under every stored comment of a discussion, a hundred comments per request and point.
/// The counts under discussions do not include replies, so no other number shows a deleted reply.
/// </summary>
internal sealed class ReplyAudit(SyncContext run, AuditTables tables)
{
    private const int MostComments = 100;

    /// <summary>Stores the counts. The run compares the stored replies with them afterwards.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        run.Progress.Say("Comparing the replies under every comment of the discussions with GitHub.");
        var (after, size) = ("", new PageSize(MostComments));
        while (true)
        {
            var comments = await tables.DiscussionCommentsAsync(after, size.Items, cancellationToken);
            if (comments.Count == 0)
            {
                return;
            }

            try
            {
                var counts = await CountAsync(comments, size, cancellationToken);
                await tables.StoreReplyCountsAsync(counts, cancellationToken);
            }
            catch (PageTooHeavyException) when (size.TryShrink(comments.Count))
            {
                continue;
            }
            catch (PageTooHeavyException heavy)
            {
                run.Progress.Say($"GitHub cannot count the replies under the comment {comments[0]}: {heavy.Message}");
            }

            after = comments[^1];
        }
    }

    // GitHub sends null for a deleted comment. The audit of its discussion finds that comment.
    private async Task<IReadOnlyCollection<ReplyCountNode>> CountAsync(
        IReadOnlyList<string> comments,
        PageSize size,
        CancellationToken cancellationToken
    )
    {
        var response = await run.GraphQL.QueryAsync(
            GraphQLText.Read("audit-replies"),
            new Dictionary<string, object?>(StringComparer.Ordinal) { ["ids"] = comments },
            canShrink: true,
            cancellationToken
        );
        size.RecordResponse(response.Elapsed);
        return
        [
            .. response
                .Data.GetProperty("nodes")
                .Deserialize<List<ReplyCountNode?>>(JsonText.Options)!
                .OfType<ReplyCountNode>()
                .Where(node => node is { Id: not null, Replies: not null }),
        ];
    }
}
