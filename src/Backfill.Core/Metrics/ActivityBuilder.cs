using System.Runtime.InteropServices;

namespace Backfill.Core.Metrics;

/// <summary>Collects the activity of one repository, row by row.</summary>
internal sealed class ActivityBuilder
{
    private readonly Dictionary<Guid, int> places = [];
    private readonly List<Guid> people = [];
    private readonly List<ActivityItem> items = [];
    private readonly List<ActivityReview> reviews = [];

    /// <summary>Adds a pull request or an issue.</summary>
    public void Add(Guid? author, DateTime created, DateTime? ended, ActivityKind kind) =>
        items.Add(
            new ActivityItem(
                RepositoryActivity.Seconds(created),
                ended is null ? RepositoryActivity.None : RepositoryActivity.SecondsBetween(created, ended.Value),
                author is null ? RepositoryActivity.None : Place(author.Value),
                kind
            )
        );

    /// <summary>Adds the first review of a pull request.</summary>
    public void Add(DateTime created, DateTime reviewed) =>
        reviews.Add(
            new ActivityReview(
                RepositoryActivity.Seconds(created),
                RepositoryActivity.SecondsBetween(created, reviewed)
            )
        );

    /// <summary>Returns what was collected.</summary>
    public RepositoryActivity Build() =>
        new(
            [.. people],
            MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(items)).ToArray(),
            MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(reviews)).ToArray()
        );

    private int Place(Guid author)
    {
        ref var place = ref CollectionsMarshal.GetValueRefOrAddDefault(places, author, out var isKnown);
        if (!isKnown)
        {
            place = people.Count;
            people.Add(author);
        }

        return place;
    }
}
