namespace Backfill.Core.Sync.Inngest;

/// <summary>A run of one function, as Inngest's API tells of it.</summary>
/// <param name="Id">The run.</param>
/// <param name="Status">The API's word; one that is not known is not final.</param>
/// <param name="Error">What a failed run says.</param>
internal sealed record FunctionRun(string Id, string Status, string? Error)
{
    public bool IsCompleted => Is("Completed");

    public bool IsFailed => Is("Failed");

    /// <summary>By somebody, or by a time limit of the function.</summary>
    public bool IsCancelled => Is("Cancelled");

    /// <summary>Ended without having begun: a singleton, a rate limit or a full queue dropped it.</summary>
    public bool IsDropped => Is("Skipped") || Is("Overflowed");

    /// <summary>Scheduled, not begun.</summary>
    public bool IsQueued => Is("Scheduled") || Is("Queued");

    public bool IsFinal => IsCompleted || IsFailed || IsCancelled || IsDropped;

    // The second version of the API writes them in capitals.
    private bool Is(string status) => status.Equals(Status, StringComparison.OrdinalIgnoreCase);
}
