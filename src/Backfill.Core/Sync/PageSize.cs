namespace Backfill.Core.Sync;

/// <summary>How many items a page asks for: more while GitHub answers quickly, half when it cannot compute a page in its ten seconds.</summary>
internal sealed class PageSize(int items)
{
    private const int Most = 100;
    private const int Step = 10;
    private static readonly TimeSpan Quick = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Slow = TimeSpan.FromSeconds(6);

    public int Items { get; private set; } = Math.Clamp(items, 1, Most);

    /// <summary>Learns from a page that came.</summary>
    public void Came(TimeSpan elapsed)
    {
        if (elapsed < Quick)
        {
            Items = Math.Min(Most, Items * 2);
        }
        else if (elapsed < Slow)
        {
            Items = Math.Min(Most, Items + Step);
        }
        else
        {
            Items = Math.Max(1, Items - (Items / 4));
        }
    }

    /// <summary>Learns from a page that was too heavy; false when it cannot become smaller.</summary>
    public bool TooHeavy()
    {
        if (Items == 1)
        {
            return false;
        }

        Items /= 2;
        return true;
    }
}
