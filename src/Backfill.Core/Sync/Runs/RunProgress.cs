using System.Globalization;

namespace Backfill.Core.Sync.Runs;

/// <summary>Numbers the activities on the screen. Two activities at the same time need different ids.</summary>
internal static class ActivityIds
{
    private static int last = 100;

    public static int Next() => Interlocked.Increment(ref last);
}

/// <summary>Shows a run on the screen.</summary>
internal static class RunProgress
{
    /// <summary>Returns the progress of a run.</summary>
    /// <param name="waitsFor">The limit that holds the run back; null where no limit does.</param>
    public static OperationProgress Of(RepoSync run, int activity, string? waitsFor)
    {
        var known = run.Counts.Where(count => count.GitHubTotal > 0).ToArray();
        var total = known.Sum(count => count.GitHubTotal!.Value);
        var stored = known.Sum(count => Math.Min(count.Stored, count.GitHubTotal!.Value));
        var added = run.Counts.Sum(count => count.Added);
        var part = total == 0 ? (double?)null : (double)stored / total;
        return new OperationProgress(
            activity,
            $"Sync {run.Repository}",
            Status(run, known, waitsFor),
            part is { } done ? (int)Math.Clamp(done * 100, 0, 99) : null,
            part is { } share && added > 0 ? SecondsRemaining(run, known, share) : null
        );
    }

    private static string Status(RepoSync run, IEnumerable<EntityCount> known, string? waitsFor) =>
        run.State switch
        {
            RunState.Waiting => string.Create(
                CultureInfo.InvariantCulture,
                $"waiting until {run.WaitingUntil?.ToLocalTime():HH:mm:ss}: {waitsFor ?? "rate limit"}"
            ),
            RunState.Running => string.Join(
                ", ",
                known
                    .Select(count => count.ToString())
                    .Append(FormattableString.Invariant($"{run.Requests} requests, {run.Points} points"))
            ),
            _ => run.State.ToString(),
        };

    // Estimates from the rows that this run added. Rows that were stored before took no time.
    private static int? SecondsRemaining(RepoSync run, IReadOnlyCollection<EntityCount> known, double share)
    {
        var added = known.Sum(count => count.Added);
        var left = known.Sum(count => Math.Max(0, count.GitHubTotal!.Value - count.Stored));
        return added == 0 || share >= 1 || run.Duration is not { } duration
            ? null
            : (int)Math.Min(int.MaxValue, duration.TotalSeconds * left / added);
    }
}
