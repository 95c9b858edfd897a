namespace Backfill.Core.Inngest;

/// <summary>What became of an event.</summary>
internal enum EventOutcome
{
    /// <summary>Every function that it started has ended well.</summary>
    Completed,

    /// <summary>One of them failed.</summary>
    Failed,

    /// <summary>None failed, one was cancelled.</summary>
    Cancelled,

    /// <summary>The event is stored, and no function began.</summary>
    NothingRan,

    /// <summary>The event is stored and has no run of its own, and its functions are of a kind whose run may stand under another event.</summary>
    Folded,

    /// <summary>The environment that is asked does not know the event.</summary>
    Unknown,
}

/// <summary>The end of an event.</summary>
/// <param name="Outcome">What became of it.</param>
/// <param name="Words">What the function says of its failure, or why nothing ran.</param>
internal sealed record EventEnd(EventOutcome Outcome, string? Words = null);

/// <summary>
/// Follows an event to the end of every function that it started. No single answer says that nothing runs: an event is stored
/// before its functions are matched, and answers are cached; so nothing has begun only where the event is known and its list
/// of runs stays empty for longer than both, and no function of the event keeps events for later or runs once for several.
/// </summary>
internal sealed class EventWatch(RunReader reader, TimeProvider time)
{
    /// <summary>How long an answer about an event's runs stays the same on the server.</summary>
    public static readonly TimeSpan RunsCache = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan RunCache = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(60);

    private readonly Dictionary<string, FunctionRun> runs = new(StringComparer.Ordinal);
    private EventHandling? handling;

    /// <summary>Follows.</summary>
    /// <param name="eventId">Inngest's own id.</param>
    /// <param name="eventName">What it asks for.</param>
    /// <param name="pollInterval">How often a run is looked at; not more often than the server's answers change.</param>
    /// <param name="looked">Hears of the runs after each look.</param>
    /// <exception cref="BackfillException">The API cannot be asked.</exception>
    public async Task<EventEnd> FollowAsync(
        string eventId,
        string eventName,
        TimeSpan pollInterval,
        Func<IReadOnlyCollection<FunctionRun>, CancellationToken, Task> looked,
        CancellationToken cancellationToken
    )
    {
        var began = time.GetUtcNow();
        DateTimeOffset? stored = null;
        DateTimeOffset? seen = null;
        while (true)
        {
            foreach (var run in await reader.RunsOfAsync(eventId, cancellationToken))
            {
                runs[run.Id] = run;
            }

            var listed = time.GetUtcNow();
            await looked(runs.Values, cancellationToken);
            if (runs.Count == 0)
            {
                if (stored is null && await reader.KnowsEventAsync(eventId, cancellationToken))
                {
                    stored = listed;
                }

                var waited = listed - (stored ?? began);
                if (waited >= Grace)
                {
                    if (stored is null)
                    {
                        return new EventEnd(EventOutcome.Unknown);
                    }

                    handling ??= await reader.HandlingAsync(eventName, cancellationToken);
                    if (waited >= Grace + handling.Period)
                    {
                        return handling.Reason is null
                            ? new EventEnd(EventOutcome.NothingRan)
                            : new EventEnd(EventOutcome.Folded, handling.Reason);
                    }
                }
            }
            else
            {
                seen ??= listed;
                // A list that is younger than its cache may lack the second function of the same event.
                if (runs.Values.All(run => run.IsFinal) && listed - seen >= RunsCache)
                {
                    return End();
                }

                await FollowRunsAsync(listed + RunsCache, pollInterval, looked, cancellationToken);
            }

            var left = listed + RunsCache - time.GetUtcNow();
            if (left > TimeSpan.Zero)
            {
                await Task.Delay(left, time, cancellationToken);
            }
        }
    }

    // Until all have ended, or the list is due again.
    private async Task FollowRunsAsync(
        DateTimeOffset until,
        TimeSpan pollInterval,
        Func<IReadOnlyCollection<FunctionRun>, CancellationToken, Task> looked,
        CancellationToken cancellationToken
    )
    {
        var pause = pollInterval > RunCache ? pollInterval : RunCache;
        while (runs.Values.Any(run => !run.IsFinal) && time.GetUtcNow() + pause < until)
        {
            await Task.Delay(pause, time, cancellationToken);
            foreach (var id in runs.Values.Where(run => !run.IsFinal).Select(run => run.Id).ToArray())
            {
                // Asked by itself, a run counts as running until its end, also while it is queued: only its end is news.
                if (await reader.RunAsync(id, cancellationToken) is { IsFinal: true } ended)
                {
                    runs[id] = ended;
                }
            }

            await looked(runs.Values, cancellationToken);
        }
    }

    private EventEnd End()
    {
        var failed = runs.Values.FirstOrDefault(run => run.IsFailed);
        return failed is not null ? new EventEnd(EventOutcome.Failed, failed.Error ?? "it does not say why")
            : runs.Values.Any(run => run.IsCancelled) ? new EventEnd(EventOutcome.Cancelled)
            : runs.Values.Any(run => run.IsCompleted) ? new EventEnd(EventOutcome.Completed)
            : new EventEnd(
                EventOutcome.NothingRan,
                $"its run was dropped before it began ({runs.Values.First().Status})"
            );
    }
}
