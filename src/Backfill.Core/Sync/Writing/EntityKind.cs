using System.Text.Json;
using System.Text.Json.Serialization;

namespace Backfill.Core.Sync.Writing;

/// <summary>A kind of rows that a sync stores, counts, or can miss.</summary>
[JsonConverter(typeof(StoredNames))]
internal sealed class EntityKind
{
    private static readonly Dictionary<string, EntityKind> ByName = new(StringComparer.Ordinal);

    private EntityKind(string name, string storedName, SyncContent content, string? itemName = null)
    {
        Name = name;
        StoredName = storedName;
        Content = content;
        ItemName = itemName;
        ByName.Add(name, this);
        ByName.Add(storedName, this);
    }

    public static EntityKind PullRequests { get; } =
        new(nameof(PullRequests), "pull_requests", SyncContent.PullRequests, "pull_request");

    public static EntityKind Issues { get; } = new(nameof(Issues), "issues", SyncContent.Issues, "issue");

    public static EntityKind Discussions { get; } =
        new(nameof(Discussions), "discussions", SyncContent.Discussions, "discussion");

    public static EntityKind Reviews { get; } = new(nameof(Reviews), "reviews", SyncContent.Reviews);

    public static EntityKind ReviewComments { get; } =
        new(nameof(ReviewComments), "review_comments", SyncContent.Comments);

    public static EntityKind IssueComments { get; } =
        new(nameof(IssueComments), "issue_comments", SyncContent.Comments);

    public static EntityKind DiscussionComments { get; } =
        new(nameof(DiscussionComments), "discussion_comments", SyncContent.Comments);

    public static EntityKind DiscussionReplies { get; } =
        new(nameof(DiscussionReplies), "discussion_replies", SyncContent.Comments);

    public static EntityKind Contributors { get; } =
        new(nameof(Contributors), "contributors", SyncContent.Contributors);

    /// <summary>Not counted: where review comments come with their pull requests, a pull request's conversations on code.</summary>
    public static EntityKind ReviewThreads { get; } =
        new(nameof(ReviewThreads), "review_threads", SyncContent.Comments);

    /// <summary>Not counted: the further review comments of one such conversation.</summary>
    public static EntityKind ThreadComments { get; } =
        new(nameof(ThreadComments), "thread_comments", SyncContent.Comments);

    /// <summary>The kinds that GitHub lists with a total, in the order in which they are read.</summary>
    public static IReadOnlyList<EntityKind> Items { get; } = [PullRequests, Issues, Discussions];

    /// <summary>The kinds that are counted, in the order of the pipeline.</summary>
    public static IReadOnlyList<EntityKind> Counted { get; } =
    [.. Items, Reviews, ReviewComments, IssueComments, DiscussionComments, Contributors];

    /// <summary>As operators read it, and as <c>backfill.sync_gap</c> has it: <c>PullRequests</c>.</summary>
    public string Name { get; }

    /// <summary>As the windows have it: <c>pull_requests</c>.</summary>
    public string StoredName { get; }

    /// <summary>What <c>-Include</c> calls it.</summary>
    public SyncContent Content { get; }

    /// <summary>One item, as <c>backfill.child_count</c> has it: <c>pull_request</c>. Null for what is no item.</summary>
    public string? ItemName { get; }

    /// <summary>Returns the kind of a <see cref="Name"/> or a <see cref="StoredName"/>.</summary>
    public static EntityKind Parse(string name) => ByName[name];

    /// <inheritdoc/>
    public override string ToString() => Name;

    private sealed class StoredNames : JsonConverter<EntityKind>
    {
        public override EntityKind Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            Parse(reader.GetString()!);

        public override void Write(Utf8JsonWriter writer, EntityKind value, JsonSerializerOptions options) =>
            writer.WriteStringValue(value.StoredName);
    }
}
