using System.Diagnostics;
using System.Text;

namespace Backfill.Module.Tests.Support;

/// <summary>A program at a terminal of its own, which the program <c>script</c> makes.</summary>
internal static class Terminal
{
    /// <summary>Types the keys, a line each time the prompt stands there again, and waits for the end.</summary>
    public static async Task<(string Text, int ExitCode)> RunAsync(string command, string prompt, string keys)
    {
        var start = new ProcessStartInfo("/usr/bin/script", ["-qec", command, "/dev/null"])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        start.Environment["TERM"] = "xterm";
        using var process = Process.Start(start)!;
        var text = new StringBuilder();
        var read = 0;
        foreach (var line in keys.Split('\r', StringSplitOptions.RemoveEmptyEntries))
        {
            await UntilAsync(process, text, shown => shown.IndexOf(prompt, read, StringComparison.Ordinal) >= 0);
            await process.StandardInput.WriteAsync(line);
            await process.StandardInput.FlushAsync();
            // What is typed is drawn again at once; Enter comes after that.
            await UntilAsync(process, text, shown => shown.Length > read + prompt.Length);
            read = text.Length;
            await process.StandardInput.WriteAsync('\r');
            await process.StandardInput.FlushAsync();
        }

        await UntilAsync(process, text, _ => false);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (text.ToString().Replace("\r\n", "\n", StringComparison.Ordinal), process.ExitCode);
    }

    private static async Task UntilAsync(Process process, StringBuilder text, Func<string, bool> enough)
    {
        var buffer = new char[4096];
        while (!enough(text.ToString()))
        {
            var count = await process.StandardOutput.ReadAsync(buffer, TestContext.Current.CancellationToken);
            if (count == 0)
            {
                return;
            }

            text.Append(buffer, 0, count);
        }
    }
}
