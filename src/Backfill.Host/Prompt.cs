using System.Management.Automation.Language;

namespace Backfill.Host;

/// <summary>The interactive prompt: a line, or several until they are complete, then their output.</summary>
internal sealed class Prompt(Session session)
{
    private readonly LineEditor editor = new(session);

    /// <summary>Reads and runs until <c>exit</c> or the end of the input.</summary>
    public async Task<int> RunAsync()
    {
        var exitCode = 0;
        while (!session.ShouldExit && Read() is { } text)
        {
            if (!string.IsNullOrWhiteSpace(text))
            {
                exitCode = await session.RunCommandAsync(text);
            }
        }

        return exitCode;
    }

    private string? Read()
    {
        var text = "";
        while (true)
        {
            var line = Console.IsInputRedirected
                ? Console.ReadLine()
                : editor.Read(text.Length == 0 ? "backfill> " : ">> ");
            if (line is null)
            {
                return text.Length == 0 ? null : text;
            }

            text = text.Length == 0 ? line : $"{text}\n{line}";
            Parser.ParseInput(text, out _, out var mistakes);
            // An empty line ends what the parser still waits for.
            if (line.Length == 0 || !mistakes.Any(mistake => mistake.IncompleteInput))
            {
                return text;
            }
        }
    }
}
