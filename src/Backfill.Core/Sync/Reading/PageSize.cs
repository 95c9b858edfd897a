namespace Backfill.Core.Sync.Reading;

/// <summary>
/// How many items a page asks for. Twice as many while GitHub answers quickly, half when it cannot compute a page in its ten
/// seconds; what was too heavy once is approached in small steps only, since each failure costs points of the next hour.
/// </summary>
internal sealed class PageSize(int items)
{
    private const int Most = 100;
    private const int Step = 5;
    private const int PagesPerStep = 3;
    private static readonly TimeSpan Quick = TimeSpan.FromSeconds(2.5);
    private static readonly TimeSpan Slow = TimeSpan.FromSeconds(6);

    private int doubleUpTo = Most;
    private int quickPages;

    public int Items { get; private set; } = Math.Clamp(items, 1, Most);

    /// <summary>How many pages were slow or too heavy.</summary>
    public int Setbacks { get; private set; }

    /// <summary>How many pages in a row came, and none of them quickly.</summary>
    public int SlowPages { get; private set; }

    /// <summary>Pages weigh less from here on: what was too heavy before says nothing.</summary>
    /// <param name="first">Items on the next page.</param>
    public void Lighten(int first) => (Items, doubleUpTo, quickPages, Setbacks, SlowPages) = (first, Most, 0, 0, 0);

    /// <summary>Learns from a page that came.</summary>
    public void Came(TimeSpan elapsed)
    {
        SlowPages = elapsed < Quick ? 0 : SlowPages + 1;
        if (elapsed > Slow)
        {
            Shrink();
        }
        else if (elapsed < Quick)
        {
            quickPages++;
            if (Items * 2 <= doubleUpTo)
            {
                Items *= 2;
            }
            else if (Items < doubleUpTo)
            {
                Items = doubleUpTo;
            }
            else if (quickPages >= PagesPerStep)
            {
                Items = Math.Min(Most, Items + Step);
                quickPages = 0;
            }
        }
        else
        {
            quickPages = 0;
        }
    }

    /// <summary>Learns from a page that was too heavy; false when it cannot become smaller.</summary>
    public bool TooHeavy()
    {
        var smaller = Items > 1;
        Shrink();
        return smaller;
    }

    private void Shrink()
    {
        Items = Math.Max(1, Items / 2);
        doubleUpTo = Items;
        quickPages = 0;
        Setbacks++;
    }
}
