namespace Backfill.Core.Inngest;

/// <summary>What the rows of a job say.</summary>
/// <param name="Done">Nothing is left of it.</param>
/// <param name="Mark">Changes when rows do.</param>
internal sealed record JobRows(bool Done, long Mark);

/// <summary>How a job ended.</summary>
/// <param name="EventId">Inngest's id of its event.</param>
/// <param name="Functions">What became of the functions; null while that was not seen.</param>
/// <param name="TimedOut">The time was over first.</param>
internal sealed record JobEnd(string EventId, EventEnd? Functions, bool TimedOut);

/// <summary>
/// A piece of work that an event asks for and that has no row of its own: waits until its rows are done, its functions have
/// ended, or the time is over. Where functions cannot be looked at, a job whose rows moved and then rested has ended.
/// </summary>
internal sealed class InngestJob(InngestConnection connection, TimeProvider time)
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Rest = TimeSpan.FromMinutes(1);

    /// <summary>Sends the event and waits.</summary>
    /// <param name="event">What is asked for.</param>
    /// <param name="subject">For which repository or workspace.</param>
    /// <param name="look">Looks at the rows.</param>
    /// <param name="deadline">When to give up.</param>
    /// <exception cref="BackfillException">The event was not accepted, or Inngest cannot be asked.</exception>
    public async Task<JobEnd> RunAsync(
        InngestEvent @event,
        string subject,
        Func<CancellationToken, Task<JobRows>> look,
        DateTimeOffset deadline,
        CancellationToken cancellationToken
    )
    {
        var first = await look(cancellationToken);
        var eventId = await connection.Sender.SendAsync(@event, cancellationToken);
        using var following = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var functions =
            connection.Reader is { } reader && RunReader.IsEventId(eventId)
                ? new EventWatch(reader, time).FollowAsync(
                    eventId,
                    @event.Name,
                    PollInterval,
                    (_, _) => Task.CompletedTask,
                    following.Token
                )
                : null;
        try
        {
            return await WaitAsync(eventId, functions, first, look, deadline, cancellationToken);
        }
        catch (BackfillException error) when (InngestErrors.IsOfInngest(error))
        {
            throw InngestErrors.AfterAcceptance(error, subject, @event.Name, eventId);
        }
        finally
        {
            await following.CancelAsync();
            if (functions is not null)
            {
                await ((Task)functions).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>The error of a job whose rows did not become what was asked for; null when nothing is wrong with how it ended.</summary>
    public static BackfillException? Fault(JobEnd end, string subject, string eventName) =>
        end.Functions?.Outcome switch
        {
            EventOutcome.Unknown => InngestErrors.EnvironmentWrong(subject, end.EventId),
            EventOutcome.NothingRan => InngestErrors.NothingRan(subject, eventName, end.EventId, end.Functions.Words),
            EventOutcome.Failed => Ended(subject, eventName, $"failed at Inngest: {end.Functions.Words}"),
            EventOutcome.Cancelled => Ended(
                subject,
                eventName,
                "was cancelled at Inngest, by somebody or by a time limit of its own"
            ),
            _ => end.TimedOut ? TimedOut(subject, eventName, end.EventId) : null,
        };

    /// <summary>The error of a function that ended and changed nothing.</summary>
    public static BackfillException NothingStored(string subject, string eventName, string what, string action) =>
        new(
            ErrorIds.InngestNothingStored,
            ErrorKind.Data,
            $"Inngest accepted the event {eventName} for {subject}, but {what}.",
            action,
            subject
        );

    private async Task<JobEnd> WaitAsync(
        string eventId,
        Task<EventEnd>? functions,
        JobRows first,
        Func<CancellationToken, Task<JobRows>> look,
        DateTimeOffset deadline,
        CancellationToken cancellationToken
    )
    {
        var (mark, movedAt) = (first.Mark, (DateTimeOffset?)null);
        while (true)
        {
            // Before the rows: what a function wrote before its end is seen then.
            var end = functions is { IsCompleted: true } ? await functions : null;
            if (end is { Outcome: EventOutcome.Folded })
            {
                // From here on only the rows can tell.
                (functions, end) = (null, null);
            }

            var rows = await look(cancellationToken);
            var now = time.GetUtcNow();
            if (rows.Mark != mark)
            {
                (mark, movedAt) = (rows.Mark, now);
            }

            if (rows.Done || end is not null || (functions is null && now - movedAt >= Rest))
            {
                return new JobEnd(eventId, rows.Done ? null : end, TimedOut: false);
            }

            if (now >= deadline)
            {
                return new JobEnd(eventId, null, TimedOut: true);
            }

            var pause = deadline - now < EventWatch.RunsCache ? deadline - now : EventWatch.RunsCache;
            var waking = Task.Delay(pause, time, cancellationToken);
            await (functions is null ? waking : Task.WhenAny(functions, waking));
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    private static BackfillException Ended(string subject, string eventName, string how) =>
        new(
            ErrorIds.SyncFailed,
            ErrorKind.Data,
            $"The function for {eventName} of {subject} {how}.",
            "Mend the cause there and run the same command again, or run it without -Engine.",
            subject
        );

    private static BackfillException TimedOut(string subject, string eventName, string eventId) =>
        new(
            ErrorIds.WaitTimedOut,
            ErrorKind.Timeout,
            $"What {eventName} asked for of {subject} was not done in time; it may still run at Inngest ({eventId}).",
            "Give it longer with -Timeout, or look at it in Inngest's dashboard; run the same command again to see what is left, or without -Engine to do it here.",
            subject
        );
}
