namespace Backfill.Core.Inngest;

/// <summary>A run of one function, as Inngest's API tells of it.</summary>
/// <param name="Id">The run.</param>
/// <param name="Status">The API's word; one that is not known is not final. Before the end it is the word of a step or a try: <c>Completed</c> between two steps, <c>Failed</c> between two tries.</param>
/// <param name="Error">What a failed run says.</param>
/// <param name="HasEnded">True when the time of its end is set, which alone says that it ended.</param>
internal sealed record FunctionRun(string Id, string Status, string? Error, bool HasEnded)
{
    public bool IsCompleted => HasEnded && Is("Completed");

    public bool IsFailed => HasEnded && Is("Failed");

    /// <summary>By somebody, or by a time limit of the function.</summary>
    public bool IsCancelled => HasEnded && Is("Cancelled");

    /// <summary>Ended without having begun: a singleton, a rate limit or a full queue dropped it.</summary>
    public bool IsDropped => HasEnded && (Is("Skipped") || Is("Overflowed"));

    /// <summary>Scheduled, not begun.</summary>
    public bool IsQueued => !HasEnded && (Is("Scheduled") || Is("Queued"));

    public bool IsFinal => IsCompleted || IsFailed || IsCancelled || IsDropped;

    // The second version of the API writes them in capitals.
    private bool Is(string status) => status.Equals(Status, StringComparison.OrdinalIgnoreCase);
}
