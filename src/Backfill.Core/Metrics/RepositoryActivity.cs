using System.Runtime.InteropServices;

namespace Backfill.Core.Metrics;

/// <summary>What a pull request or an issue is for the metrics. The numbers are those of <c>read-items.sql</c>.</summary>
[Flags]
internal enum ActivityKind : byte
{
    /// <summary>A closed issue.</summary>
    None = 0,

    /// <summary>A pull request; without it an issue.</summary>
    PullRequest = 1,

    /// <summary>An open item.</summary>
    Open = 2,

    /// <summary>An open pull request that is a draft.</summary>
    Draft = 4,
}

/// <summary>A pull request or an issue. Times are in seconds, because GitHub's times are whole seconds.</summary>
/// <param name="Created">When it was created, in seconds since 2000.</param>
/// <param name="Took">The seconds until the merge or the close; <see cref="RepositoryActivity.None"/> when it is not merged or closed, or the date is missing.</param>
/// <param name="Author">The author's place in <see cref="RepositoryActivity.People"/>; <see cref="RepositoryActivity.None"/> without an author.</param>
/// <param name="Kind">What the item is.</param>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal readonly record struct ActivityItem(int Created, int Took, int Author, ActivityKind Kind);

/// <summary>The first review of a pull request by another account than its author.</summary>
/// <param name="Created">When the pull request was created, in seconds since 2000.</param>
/// <param name="Waited">The seconds from then to the review.</param>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal readonly record struct ActivityReview(int Created, int Waited);

/// <summary>What the metrics count of one repository, as it is stored in <c>backfill.repository_activity</c>. It holds no range: a measurement decides which items belong to a range.</summary>
/// <param name="People">The authors, as ids of <c>contributors</c>.</param>
/// <param name="ItemBytes">The items, as a sequence of <see cref="ActivityItem"/>.</param>
/// <param name="ReviewBytes">The first reviews, as a sequence of <see cref="ActivityReview"/>.</param>
internal sealed record RepositoryActivity(Guid[] People, byte[] ItemBytes, byte[] ReviewBytes)
{
    /// <summary>The value of what an item does not have.</summary>
    public const int None = int.MinValue;

    private const int SecondsPerDay = 86_400;

    private static readonly DateTime Zero = new(2000, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    public ReadOnlySpan<ActivityItem> Items => MemoryMarshal.Cast<byte, ActivityItem>(ItemBytes);

    public ReadOnlySpan<ActivityReview> Reviews => MemoryMarshal.Cast<byte, ActivityReview>(ReviewBytes);

    /// <summary>Returns the whole seconds since 2000. A time that is further away than 68 years is 68 years away.</summary>
    public static int Seconds(DateTime time) => WholeSeconds((time - Zero).Ticks);

    /// <summary>Returns the first whole second that is not before a time.</summary>
    public static int SecondsFrom(DateTimeOffset time) => -WholeSeconds((Zero - time.UtcDateTime).Ticks);

    /// <summary>Returns the seconds from one time to another.</summary>
    public static int SecondsBetween(DateTime from, DateTime to) => WholeSeconds((to - from).Ticks);

    /// <summary>Returns the number of a day since 2000, from its seconds.</summary>
    public static int Day(int seconds) => (int)((seconds - (seconds < 0 ? SecondsPerDay - 1L : 0)) / SecondsPerDay);

    /// <summary>Returns the date of a number of <see cref="Day"/>.</summary>
    public static DateOnly Date(int day) => DateOnly.FromDateTime(Zero).AddDays(day);

    // Rounded down. The result is never None.
    private static int WholeSeconds(long ticks)
    {
        var (seconds, rest) = Math.DivRem(ticks, TimeSpan.TicksPerSecond);
        return (int)Math.Clamp(rest < 0 ? seconds - 1 : seconds, -int.MaxValue, int.MaxValue);
    }
}
