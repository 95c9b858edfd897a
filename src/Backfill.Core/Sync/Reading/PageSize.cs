namespace Backfill.Core.Sync.Reading;

/// <summary>
/// Chooses how many items a page asks for. The number doubles while GitHub is quick, and halves when GitHub cannot compute a
/// page in its ten seconds. A number that was too heavy once is approached in small steps, because each failure costs points
/// of the next hour.
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

    /// <summary>Gets how many pages were slow or too heavy.</summary>
    public int Setbacks { get; private set; }

    /// <summary>Gets how many pages in a row were not quick.</summary>
    public int SlowPages { get; private set; }

    /// <summary>Starts again with another size, because the pages are lighter from now on.</summary>
    /// <param name="first">The number of items on the next page.</param>
    public void Restart(int first) => (Items, doubleUpTo, quickPages, Setbacks, SlowPages) = (first, Most, 0, 0, 0);

    /// <summary>Adapts the size to the time that GitHub took for a page.</summary>
    public void RecordResponse(TimeSpan elapsed)
    {
        SlowPages = elapsed < Quick ? 0 : SlowPages + 1;
        if (elapsed > Slow)
        {
            Shrink(Items);
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

    /// <summary>Continues with half of the items of a page that was too heavy. Returns false when the page had one item.</summary>
    /// <param name="items">The number of items that the page asked for.</param>
    public bool TryShrink(int items)
    {
        Shrink(items);
        return items > 1;
    }

    private void Shrink(int items)
    {
        Items = Math.Max(1, items / 2);
        doubleUpTo = Items;
        quickPages = 0;
        Setbacks++;
    }
}
