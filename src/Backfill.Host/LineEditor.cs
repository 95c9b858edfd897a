using System.Globalization;
using System.Management.Automation;

namespace Backfill.Host;

/// <summary>Edits one line at a terminal: cursor keys, history, and completion with the tab key.</summary>
internal sealed class LineEditor(Session session)
{
    private readonly List<string> history = [];
    private string line = "";
    private int cursor;
    private int past;
    private CommandCompletion? completion;

    /// <summary>One line; null at the end of the input (Ctrl+D on an empty line).</summary>
    public string? Read(string prompt)
    {
        (line, cursor, past, completion) = ("", 0, history.Count, null);
        Console.TreatControlCAsInput = true;
        try
        {
            while (true)
            {
                Draw(prompt);
                var key = Console.ReadKey(intercept: true);
                if (key.Key == ConsoleKey.Enter)
                {
                    session.Screen.Write("\n");
                    if (line.Length > 0 && (history.Count == 0 || history[^1] != line))
                    {
                        history.Add(line);
                    }

                    return line;
                }

                if (key is { Key: ConsoleKey.D, Modifiers: ConsoleModifiers.Control } && line.Length == 0)
                {
                    session.Screen.Write("\n");
                    return null;
                }

                Apply(key);
            }
        }
        finally
        {
            Console.TreatControlCAsInput = false;
        }
    }

    private void Apply(ConsoleKeyInfo key)
    {
        if (key.Key == ConsoleKey.Tab)
        {
            Complete(forward: !key.Modifiers.HasFlag(ConsoleModifiers.Shift));
            return;
        }

        completion = null;
        switch (key.Key)
        {
            case ConsoleKey.C when key.Modifiers == ConsoleModifiers.Control:
                session.Screen.Write("^C\n");
                Set("");
                break;
            case ConsoleKey.LeftArrow:
                cursor = Math.Max(0, cursor - 1);
                break;
            case ConsoleKey.RightArrow:
                cursor = Math.Min(line.Length, cursor + 1);
                break;
            case ConsoleKey.Home:
                cursor = 0;
                break;
            case ConsoleKey.End:
                cursor = line.Length;
                break;
            case ConsoleKey.UpArrow when past > 0:
                Set(history[--past]);
                break;
            case ConsoleKey.DownArrow when past < history.Count:
                past++;
                Set(past == history.Count ? "" : history[past]);
                break;
            case ConsoleKey.Backspace when cursor > 0:
                line = line.Remove(--cursor, 1);
                break;
            case ConsoleKey.Delete when cursor < line.Length:
                line = line.Remove(cursor, 1);
                break;
            case ConsoleKey.Escape:
                Set("");
                break;
            default:
                if (key.KeyChar >= ' ')
                {
                    line = line.Insert(cursor++, key.KeyChar.ToString(CultureInfo.InvariantCulture));
                }

                break;
        }
    }

    // Further presses go through what was found.
    private void Complete(bool forward)
    {
        completion ??= session.Complete(line, cursor);
        if (completion.CompletionMatches.Count == 0)
        {
            completion = null;
            return;
        }

        var match = completion.GetNextResult(forward);
        line =
            line[..completion.ReplacementIndex]
            + match.CompletionText
            + line[(completion.ReplacementIndex + completion.ReplacementLength)..];
        cursor = completion.ReplacementIndex + match.CompletionText.Length;
        completion.ReplacementLength = match.CompletionText.Length;
    }

    private void Set(string text)
    {
        line = text;
        cursor = text.Length;
    }

    private void Draw(string prompt) =>
        session.Screen.Write(
            string.Create(CultureInfo.InvariantCulture, $"\r\u001b[K{prompt}{line}\r\u001b[{prompt.Length + cursor}C")
        );
}
