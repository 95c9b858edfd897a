using System.Globalization;
using System.Management.Automation;
using System.Text;

namespace Backfill.Host;

/// <summary>
/// The one writer to the console. On a terminal, activities are shown below the output and stay there; elsewhere each becomes
/// a plain line whenever it moved by ten percent, so that a log stays short.
/// </summary>
internal sealed class Screen
{
    private const int PlainStep = 10;
    private static readonly TimeSpan Redraw = TimeSpan.FromMilliseconds(150);

    private readonly Lock sync = new();
    private readonly bool live = !Console.IsErrorRedirected && !Console.IsOutputRedirected;
    private readonly SortedDictionary<int, ProgressRecord> activities = [];
    private readonly Dictionary<int, int> reported = [];
    private long drawnAt;
    private int drawnLines;
    private bool atLineStart = true;

    /// <summary>Writes to standard output.</summary>
    public void Write(string text) => Write(Console.Out, text);

    /// <summary>Writes to standard error.</summary>
    public void WriteError(string text) => Write(Console.Error, text);

    /// <summary>Shows how far an activity is.</summary>
    public void Show(ProgressRecord record)
    {
        lock (sync)
        {
            if (!live)
            {
                Report(record);
            }
            else if (record.RecordType == ProgressRecordType.Completed)
            {
                activities.Remove(record.ActivityId);
                Draw();
            }
            else
            {
                activities[record.ActivityId] = record;
                if (TimeProvider.System.GetElapsedTime(drawnAt) >= Redraw)
                {
                    Draw();
                }
            }
        }
    }

    /// <summary>Takes every activity from the screen: whatever showed it has ended.</summary>
    public void Clear()
    {
        lock (sync)
        {
            activities.Clear();
            reported.Clear();
            Erase();
        }
    }

    private void Write(TextWriter writer, string text)
    {
        if (text.Length == 0)
        {
            return;
        }

        lock (sync)
        {
            Erase();
            writer.Write(text);
            writer.Flush();
            atLineStart = text[^1] == '\n';
            Draw();
        }
    }

    private void Draw()
    {
        Erase();
        if (!live || !atLineStart || activities.Count == 0)
        {
            return;
        }

        var width = Math.Max(20, Console.WindowWidth - 1);
        var text = new StringBuilder();
        foreach (var record in activities.Values)
        {
            var indent = record.ParentActivityId >= 0 && activities.ContainsKey(record.ParentActivityId) ? "  " : "";
            var line = indent + Line(record);
            text.Append(line.Length > width ? line[..width] : line).Append('\n');
        }

        Console.Error.Write(text);
        drawnLines = activities.Count;
        drawnAt = TimeProvider.System.GetTimestamp();
    }

    private void Erase()
    {
        if (drawnLines > 0)
        {
            Console.Error.Write(string.Create(CultureInfo.InvariantCulture, $"\u001b[{drawnLines}A\u001b[J"));
            drawnLines = 0;
        }
    }

    private void Report(ProgressRecord record)
    {
        var last = reported.GetValueOrDefault(record.ActivityId, -PlainStep);
        if (record.RecordType == ProgressRecordType.Completed)
        {
            if (reported.Remove(record.ActivityId))
            {
                Console.Error.WriteLine($"{record.Activity}: ended");
            }
        }
        else if (record.PercentComplete >= last + PlainStep || !reported.ContainsKey(record.ActivityId))
        {
            reported[record.ActivityId] = record.PercentComplete;
            Console.Error.WriteLine(Line(record));
        }
    }

    private static string Line(ProgressRecord record)
    {
        var text = new StringBuilder(record.Activity).Append(": ");
        if (record.PercentComplete >= 0)
        {
            text.Append(CultureInfo.InvariantCulture, $"{record.PercentComplete, 3} % ");
        }

        text.Append(record.StatusDescription);
        if (record.SecondsRemaining > 0)
        {
            text.Append(
                CultureInfo.InvariantCulture,
                $", about {TimeSpan.FromSeconds(record.SecondsRemaining):hh\\:mm\\:ss} left"
            );
        }

        return text.ToString();
    }
}
