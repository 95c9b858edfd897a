using System.Globalization;
using System.Text;
using Backfill.Cmdlets.Pipeline;

namespace Backfill.Cmdlets.Formats;

/// <summary>Makes the texts of the views: short ids, times from now, durations, and lines that break between words.</summary>
public static class ViewText
{
    private const int ShortIdLength = 8;

    /// <summary>Returns the last eight characters of an id, which -Id accepts. Empty for the empty id.</summary>
    /// <param name="id">The id of a run.</param>
    public static string ShortId(Guid id) => id == Guid.Empty ? "" : id.ToString()[^ShortIdLength..];

    /// <summary>Returns a time as people say it: <c>3 minutes ago</c>, <c>in 20 minutes</c>. A time more than two days away is a date.</summary>
    /// <param name="time">The time; null gives null.</param>
    public static string? When(DateTimeOffset? time) =>
        time is { } at ? When(at, EngineAccess.Clock.GetUtcNow()) : null;

    /// <summary>Returns a time as people say it at a given moment.</summary>
    internal static string When(DateTimeOffset time, DateTimeOffset now)
    {
        var distance = (now - time).Duration();
        if (distance >= TimeSpan.FromDays(2))
        {
            return time.UtcDateTime.ToString("yyyy-MM-dd HH:mm'Z'", CultureInfo.InvariantCulture);
        }

        var text =
            distance < TimeSpan.FromMinutes(1) ? PipelineEstimate.Count((long)distance.TotalSeconds, "second")
            : distance < TimeSpan.FromHours(1) ? PipelineEstimate.Count((long)distance.TotalMinutes, "minute")
            : PipelineEstimate.Count((long)distance.TotalHours, "hour");
        return time <= now ? $"{text} ago" : $"in {text}";
    }

    /// <summary>Returns a duration as people say it: <c>0.8 s</c>, <c>12 s</c>, <c>3 min 5 s</c>, <c>2 h 10 min</c>.</summary>
    /// <param name="duration">The duration; null gives null.</param>
    public static string? Span(TimeSpan? duration) =>
        duration is not { } time ? null
        : time < TimeSpan.FromSeconds(10) ? string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.#} s")
        : time < TimeSpan.FromMinutes(1) ? string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0} s")
        : time < TimeSpan.FromHours(1)
            ? string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalMinutes} min {time.Seconds} s")
        : string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalHours} h {time.Minutes} min");

    /// <summary>Returns a number with commas between its thousands.</summary>
    /// <param name="number">The number.</param>
    public static string Number(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>Returns a state in the colour of its meaning. PowerShell removes the colours where they are switched off.</summary>
    /// <param name="state">The state of a run or of a check.</param>
    /// <param name="good">The colour of what is complete.</param>
    /// <param name="careful">The colour of what needs a look.</param>
    /// <param name="bad">The colour of what failed.</param>
    /// <param name="reset">Ends the colour.</param>
    public static string State(object? state, string good, string careful, string bad, string reset)
    {
        var text = ScreenText.Of(state?.ToString()) ?? "";
        var colour = text switch
        {
            nameof(RunState.Completed) or nameof(CheckStatus.Passed) => good,
            nameof(RunState.Incomplete)
            or nameof(RunState.Waiting)
            or nameof(RunState.Stopped)
            or nameof(RunState.Interrupted)
            or nameof(CheckStatus.Warning) => careful,
            nameof(RunState.Failed) => bad,
            _ => "",
        };
        return colour.Length == 0 ? text : $"{colour}{text}{reset}";
    }

    /// <summary>Returns a text whose lines break between words, or after a slash, a comma or a hyphen. A longer word stays whole.</summary>
    /// <param name="value">A text, or a list of texts, which get commas between them.</param>
    /// <param name="width">The largest number of characters per line.</param>
    public static string? Wrap(object? value, int width)
    {
        if (ScreenText.Of(value) is not { } text)
        {
            return null;
        }

        var lines = text.Split(Environment.NewLine).SelectMany(line => Lines(line, width));
        return string.Join(Environment.NewLine, lines);
    }

    /// <summary>Returns the lines of a text.</summary>
    internal static IEnumerable<string> Lines(string text, int width)
    {
        var line = new StringBuilder();
        foreach (var word in text.Split(' '))
        {
            if (line.Length > 0 && line.Length + 1 + word.Length > width)
            {
                yield return line.ToString();
                line.Clear();
            }

            line.Append(line.Length > 0 ? " " : "").Append(word);
        }

        yield return line.ToString();
    }
}
