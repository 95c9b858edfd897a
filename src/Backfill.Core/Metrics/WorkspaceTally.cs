using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Backfill.Core.Metrics;

/// <summary>
/// Counts the activity of a workspace's repositories for some ranges that all end at one moment. Every range, and the period
/// before it, begins at a bound, so each item belongs to one bucket, the time between two bounds. The first bucket is 1, and 0
/// is before the first bound. A range is the sum of the buckets from its first bucket on.
/// </summary>
internal sealed class WorkspaceTally
{
    /// <summary>The most ranges of one tally: each has at most two bounds, and a mask has one bit for each bucket.</summary>
    public const int MostRanges = 31;

    private const int PullRequest = 0;
    private const int Issue = 1;
    private const int Kinds = 2;

    // Seconds since 2000 are 32 bits.
    private const int FirstDay = -24_856;
    private const int Days = 2 * 24_856;

    private readonly DateTimeOffset now;
    private readonly int[] bounds;
    private readonly int to;
    private readonly int buckets;
    private readonly Sums[] sums;
    private readonly int[][] days;
    private readonly Dictionary<Guid, RepositoryTally> repositories = [];
    private readonly Dictionary<Guid, int> places = [];
    private readonly List<Guid> people = [];

    // By person: a bit for each bucket in which the person created something, and the number of items by bucket and kind.
    private ulong[] masks = new ulong[1024];
    private int[] work;

    /// <summary>Begins with nothing counted.</summary>
    /// <param name="periods">At most <see cref="MostRanges"/>.</param>
    /// <param name="now">The end of every range, exclusive.</param>
    public WorkspaceTally(Period[] periods, DateTimeOffset now)
    {
        this.now = now;
        bounds =
        [
            .. periods
                .Select(period => period.Start)
                .Concat(periods.Select(period => period.PreviousStart).OfType<DateTimeOffset>())
                .Select(RepositoryActivity.SecondsFrom)
                .Distinct()
                .Order(),
        ];
        to = RepositoryActivity.SecondsFrom(now);
        buckets = bounds.Length + 1;
        sums = new Sums[buckets * Kinds];
        days = [.. Enumerable.Range(0, buckets * Kinds).Select(_ => new int[Days])];
        work = new int[masks.Length * buckets * Kinds];
    }

    /// <summary>Counts the activity of one repository.</summary>
    // A loop over millions of items in a process that has just begun: compiled in full before its first call.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Add(Guid repository, RepositoryActivity activity)
    {
        var tally = new RepositoryTally(new int[buckets * Kinds], new ulong[activity.People.Length]);
        // By author the first place in the array of work.
        var offsets = Array.ConvertAll(activity.People, person => Place(person) * buckets * Kinds);
        foreach (ref readonly var item in activity.Items)
        {
            if (item.Created >= to)
            {
                continue;
            }

            var bucket = Bucket(item.Created);
            var slot = (bucket * Kinds) + (item.Kind.HasFlag(ActivityKind.PullRequest) ? PullRequest : Issue);
            sums[slot].Add(item);
            days[slot][RepositoryActivity.Day(item.Created) - FirstDay]++;
            tally.Items[slot]++;
            if (item.Author != RepositoryActivity.None)
            {
                tally.Masks[item.Author] |= 1UL << bucket;
                work[offsets[item.Author] + slot]++;
            }
        }

        for (var author = 0; author < offsets.Length; author++)
        {
            masks[offsets[author] / (buckets * Kinds)] |= tally.Masks[author];
        }

        foreach (ref readonly var review in activity.Reviews)
        {
            if (review.Created < to && (long)review.Created + review.Waited < to)
            {
                ref var sum = ref sums[(Bucket(review.Created) * Kinds) + PullRequest];
                sum.Reviewed++;
                sum.Waited += review.Waited;
            }
        }

        repositories[repository] = tally;
    }

    /// <summary>Gets the number of pull requests of all time.</summary>
    public long AllPullRequests => Total(0, buckets, PullRequest).Items;

    /// <summary>Gets the number of issues of all time.</summary>
    public long AllIssues => Total(0, buckets, Issue).Items;

    /// <summary>Gets the number of authors of all time.</summary>
    public long AllContributors => Authors(mask => mask != 0);

    /// <summary>Returns what is counted of a range, without what only the database knows.</summary>
    public WorkspaceMetricsRange Range(Period period, IReadOnlyList<MeasuredRepository> measured)
    {
        var (first, previous) = (First(period), Previous(period));
        var (pulls, issues) = (Total(first, buckets, PullRequest), Total(first, buckets, Issue));
        var (inside, before) = (Bits(first, buckets), Bits(0, first));
        var contributors = Authors(mask => (mask & inside) != 0);
        return new WorkspaceMetricsRange
        {
            Range = period.Range.Text,
            PeriodStart = period.Start,
            TotalPullRequests = pulls.Items,
            MergedPullRequests = pulls.Finished,
            OpenPullRequests = pulls.Open,
            DraftPullRequests = pulls.Drafts,
            TotalIssues = issues.Items,
            ClosedIssues = issues.Finished,
            OpenIssues = issues.Open,
            AverageMergeHours = Hours(pulls.Took, pulls.Finished),
            AverageIssueCloseHours = Hours(issues.Took, issues.Finished),
            AverageFirstReviewHours = Hours(pulls.Waited, pulls.Reviewed),
            PullRequestVelocity = pulls.Finished / period.Days,
            IssueClosureRate = issues.Items == 0 ? null : 100.0 * issues.Finished / issues.Items,
            TotalContributors = contributors,
            NewContributors = Authors(mask => (mask & inside) != 0 && (mask & before) == 0),
            PullRequestsTrend = period.Trend(pulls.Items, Total(previous, first, PullRequest).Items),
            IssuesTrend = period.Trend(issues.Items, Total(previous, first, Issue).Items),
            ContributorsTrend = period.Trend(contributors, Authors(mask => (mask & Bits(previous, first)) != 0)),
            ActivityTimeline = Timeline(period, first),
            RepositoryStatistics =
            [
                .. measured.Select(repository =>
                {
                    var tally = repositories[repository.Id];
                    return new RepositoryStatistics(
                        repository.Id,
                        repository.FullName,
                        Items(tally.Items, 0, first, PullRequest),
                        Items(tally.Items, 0, first, Issue),
                        repository.Stars,
                        tally.Masks.LongCount(mask => (mask & inside) != 0)
                    );
                }),
            ],
        };
    }

    /// <summary>Returns the people with the most items in a range: at least <paramref name="most"/> when there are as many, and all who have as many items as the last of them.</summary>
    public IEnumerable<(Guid Author, int PullRequests, int Issues)> Top(Period period, int most)
    {
        var first = First(period);
        var counts = new int[people.Count];
        var best = new PriorityQueue<int, int>();
        for (var person = 0; person < counts.Length; person++)
        {
            var offset = person * buckets * Kinds;
            var count = counts[person] = Items(work, offset, first, PullRequest) + Items(work, offset, first, Issue);
            if (count > 0 && best.Count < most)
            {
                best.Enqueue(count, count);
            }
            else if (count > 0)
            {
                best.EnqueueDequeue(count, count);
            }
        }

        var least = best.Count == 0 ? int.MaxValue : best.Peek();
        return Enumerable
            .Range(0, counts.Length)
            .Where(person => counts[person] >= least)
            .Select(person =>
                (
                    people[person],
                    Items(work, person * buckets * Kinds, first, PullRequest),
                    Items(work, person * buckets * Kinds, first, Issue)
                )
            );
    }

    private static double? Hours(long seconds, long count) => count == 0 ? null : seconds / (double)count / 3600;

    // The bits of the buckets from one to another, exclusive.
    private static ulong Bits(int from, int to) => ((1UL << to) - 1) & ~((1UL << from) - 1);

    private int First(Period period) => Array.IndexOf(bounds, RepositoryActivity.SecondsFrom(period.Start)) + 1;

    // Where there is no period before the range, it is empty.
    private int Previous(Period period) =>
        period.PreviousStart is { } start
            ? Array.IndexOf(bounds, RepositoryActivity.SecondsFrom(start)) + 1
            : First(period);

    // Most items are older than most bounds.
    private int Bucket(int created)
    {
        var bucket = 0;
        while (bucket < bounds.Length && created >= bounds[bucket])
        {
            bucket++;
        }

        return bucket;
    }

    private int Place(Guid author)
    {
        ref var place = ref CollectionsMarshal.GetValueRefOrAddDefault(places, author, out var isKnown);
        if (!isKnown)
        {
            place = people.Count;
            people.Add(author);
            if (place == masks.Length)
            {
                Array.Resize(ref masks, 2 * masks.Length);
                Array.Resize(ref work, 2 * work.Length);
            }
        }

        return place;
    }

    private long Authors(Func<ulong, bool> isCounted)
    {
        var authors = 0;
        foreach (var mask in masks.AsSpan(0, people.Count))
        {
            authors += isCounted(mask) ? 1 : 0;
        }

        return authors;
    }

    // The items of one repository or person, from a bucket on.
    private int Items(int[] counts, int offset, int first, int kind)
    {
        var items = 0;
        for (var bucket = first; bucket < buckets; bucket++)
        {
            items += counts[offset + (bucket * Kinds) + kind];
        }

        return items;
    }

    private Sums Total(int from, int to, int kind)
    {
        var total = default(Sums);
        for (var bucket = from; bucket < to; bucket++)
        {
            total.Add(sums[(bucket * Kinds) + kind]);
        }

        return total;
    }

    private static int Day(DateTimeOffset time) => RepositoryActivity.Day(RepositoryActivity.Seconds(time.UtcDateTime));

    // Whole days in UTC. The first day of a range counts from the moment at which the range begins. The range "all" begins with
    // the first day that has an item.
    private List<ActivityDay> Timeline(Period period, int first)
    {
        var timeline = new List<ActivityDay>();
        for (var day = Day(period.Start); day <= Day(now); day++)
        {
            var (pulls, issues) = (0, 0);
            for (var bucket = first; bucket < buckets; bucket++)
            {
                pulls += days[(bucket * Kinds) + PullRequest][day - FirstDay];
                issues += days[(bucket * Kinds) + Issue][day - FirstDay];
            }

            if (period.PreviousStart is not null || timeline.Count > 0 || pulls + issues > 0)
            {
                timeline.Add(new ActivityDay(RepositoryActivity.Date(day), pulls, issues, 0));
            }
        }

        return timeline;
    }

    // Items by bucket and kind, and by author the buckets in which the author created something.
    private sealed record RepositoryTally(int[] Items, ulong[] Masks);

    [StructLayout(LayoutKind.Auto)]
    private struct Sums
    {
        public long Items;
        public long Finished;
        public long Took;
        public long Open;
        public long Drafts;
        public long Reviewed;
        public long Waited;

        public void Add(in ActivityItem item)
        {
            Items++;
            if (item.Took != RepositoryActivity.None)
            {
                Finished++;
                Took += item.Took;
            }

            Open += item.Kind.HasFlag(ActivityKind.Open) ? 1 : 0;
            Drafts += item.Kind.HasFlag(ActivityKind.Draft) ? 1 : 0;
        }

        public void Add(in Sums other)
        {
            Items += other.Items;
            Finished += other.Finished;
            Took += other.Took;
            Open += other.Open;
            Drafts += other.Drafts;
            Reviewed += other.Reviewed;
            Waited += other.Waited;
        }
    }
}
