using Backfill.Core.Sync.Writing;

namespace Backfill.Core.Sync.Reading;

/// <summary>
/// A part of a run. It ends at a page border when its time is over, and at once when a limit would hold a request back for
/// long. Another process can do the next part, because the stored windows and gaps say what is left.
/// </summary>
/// <param name="length">The time after which the slice ends at the next page border. The slice first brings the run one page further, however short it is.</param>
/// <param name="patience">The longest time for which a limit may hold the slice back.</param>
/// <param name="ending">Ends the slice at the next page border.</param>
internal sealed class RunSlice(TimeSpan length, TimeSpan patience, TimeProvider time, CancellationToken ending)
{
    private readonly long began = time.GetTimestamp();
    private IReadOnlyCollection<object> begins = [];

    /// <summary>Notes how far the run had come before the slice.</summary>
    public void Begin(StoredWindows windows) =>
        begins = [.. windows.Lanes.Select(Place), .. windows.Lists.Select(Place), .. windows.Audits.Select(Place)];

    /// <summary>Notes that a page and the window behind it are stored.</summary>
    /// <exception cref="SliceEndedException">The time of the slice is over, or the process ends.</exception>
    public void PageStored(StoredWindow window)
    {
        // Every slice reads the end of a list again, which brings the run no further. Behind a whole audit the run compares the
        // numbers again, which the next slice would have to repeat.
        if (!begins.Contains(Place(window)) && window is not AuditWindow { IsComplete: true })
        {
            GapsClosed();
        }
    }

    /// <summary>Notes that a page which closes gaps is stored.</summary>
    /// <exception cref="SliceEndedException">The time of the slice is over, or the process ends.</exception>
    public void GapsClosed()
    {
        if (ending.IsCancellationRequested || time.GetElapsedTime(began) >= length)
        {
            throw new SliceEndedException(null);
        }
    }

    // The part of a window that says how far a list was read.
    private static object Place(StoredWindow window) =>
        window switch
        {
            LaneWindow lane => lane with { PageSize = null },
            ListWindow list => list with { EntityTag = null },
            _ => window,
        };

    /// <summary>Notes that a limit holds a request back.</summary>
    /// <param name="until">The end of the limit, by the local clock.</param>
    /// <exception cref="SliceEndedException">The limit ends later than the slice waits.</exception>
    public void Waits(DateTimeOffset until)
    {
        if (until - time.GetUtcNow() > patience)
        {
            throw new SliceEndedException(until);
        }
    }
}

/// <summary>A slice of a run is over. Stored pages stay, and the next slice goes on behind them.</summary>
/// <param name="resumesAt">The time at which a limit ends; null where the next slice can begin at once.</param>
internal sealed class SliceEndedException(DateTimeOffset? resumesAt) : Exception("The slice of the run is over.")
{
    /// <summary>Gets the time at which the next slice can begin; null for now.</summary>
    public DateTimeOffset? ResumesAt { get; } = resumesAt;
}
