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

    /// <summary>Gets the conversations on the code of a pull request, which are read where review comments are nested. They are not counted.</summary>
    public static EntityKind ReviewThreads { get; } =
        new(nameof(ReviewThreads), "review_threads", SyncContent.Comments);

    /// <summary>Gets the review comments of one conversation that did not fit into its page. They are not counted.</summary>
    public static EntityKind ThreadComments { get; } =
        new(nameof(ThreadComments), "thread_comments", SyncContent.Comments);

    /// <summary>Gets the row of the repository itself. It is not counted.</summary>
    public static EntityKind Repository { get; } = new(nameof(Repository), "repository", SyncContent.None);

    /// <summary>Gets the kinds that GitHub lists with a total, in the order in which a run reads them.</summary>
    public static IReadOnlyList<EntityKind> Items { get; } = [PullRequests, Issues, Discussions];

    /// <summary>Gets the kinds whose rows are counted, in the order of the pipeline.</summary>
    public static IReadOnlyList<EntityKind> Counted { get; } =
    [.. Items, Reviews, ReviewComments, IssueComments, DiscussionComments, Contributors];

    /// <summary>Gets the name in results and in <c>backfill.sync_gap</c>, for example <c>PullRequests</c>.</summary>
    public string Name { get; }

    /// <summary>Gets the name in the tables of the windows, for example <c>pull_requests</c>.</summary>
    public string StoredName { get; }

    /// <summary>Gets the value of <c>-Include</c> that copies these rows.</summary>
    public SyncContent Content { get; }

    /// <summary>Gets the name of one item in <c>backfill.child_count</c>, for example <c>pull_request</c>; null for rows that are no items.</summary>
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
