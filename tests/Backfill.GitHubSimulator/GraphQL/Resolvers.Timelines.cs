using Backfill.Simulation.Data;
using GraphQL;

namespace Backfill.Simulation.GraphQL;

/// <summary>What happened to issues and pull requests, as far as a reader of changes needs it.</summary>
internal sealed partial class Resolvers
{
    private static readonly Dictionary<NodeKind, string> ItemTypes = new()
    {
        [NodeKind.CommentDeletedEvent] = "COMMENT_DELETED_EVENT",
        [NodeKind.ConvertedToDiscussionEvent] = "CONVERTED_TO_DISCUSSION_EVENT",
        [NodeKind.TransferredEvent] = "TRANSFERRED_EVENT",
    };

    private void Timelines()
    {
        On<IssueLike>("Issue", "timelineItems", Timeline);
        On<IssueLike>("PullRequest", "timelineItems", Timeline);
        foreach (var kind in ItemTypes.Keys)
        {
            On<TimelineEvent>(
                kind.ToString(),
                ("id", happened => happened.NodeId),
                ("actor", happened => happened.Actor),
                ("createdAt", happened => happened.CreatedAt)
            );
        }

        On<TimelineEvent>(
            "CommentDeletedEvent",
            ("databaseId", happened => happened.DatabaseId),
            ("deletedCommentAuthor", happened => happened.Of)
        );
        On<TimelineEvent>("ConvertedToDiscussionEvent", ("discussion", happened => happened.Of));
        On<TimelineEvent>(
            "TransferredEvent",
            ("fromRepository", happened => happened.Of),
            ("issue", happened => happened.Repository.Issues.All.First(item => item.Timeline.Contains(happened)))
        );
    }

    private static ConnectionPage Timeline(IssueLike item, IResolveFieldContext context)
    {
        var (types, since) = (
            Strings(context.GetArgument<object?>("itemTypes")),
            context.GetArgument<object?>("since") as DateTimeOffset?
        );
        List<TimelineEvent> events =
        [
            .. item
                .Timeline.Where(happened =>
                    types?.Contains(ItemTypes[happened.Kind]) != false && (since is null || happened.CreatedAt >= since)
                )
                .Skip(context.GetArgument<int?>("skip") ?? 0),
        ];
        return ConnectionPage.Of(
            context,
            events,
            SortField.CreatedAt,
            happened => new SortKey(happened.CreatedAt.ToUnixTimeSeconds(), happened.DatabaseId)
        );
    }
}
