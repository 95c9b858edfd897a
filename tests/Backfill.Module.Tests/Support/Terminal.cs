using System.Diagnostics;

namespace Backfill.Module.Tests.Support;

/// <summary>A program at a terminal of its own, which tmux makes: 120 columns and 40 lines.</summary>
internal sealed class Terminal : IAsyncDisposable
{
    private const string Program = "/usr/bin/tmux";
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);

    // A server of this test alone, so that its end touches no other terminal.
    private readonly string server = $"backfill-{Guid.NewGuid():N}";

    private Terminal() { }

    /// <summary>Starts a command. The test is skipped where tmux is not installed, and fails there when <c>CI</c> is true.</summary>
    public static async Task<Terminal> StartAsync(string command, IEnumerable<(string Name, string Value)> variables)
    {
        if (!File.Exists(Program))
        {
            const string missing = "tmux is not installed.";
            Assert.False(Environment.GetEnvironmentVariable("CI") == "true", missing);
            Assert.Skip(missing);
        }

        var terminal = new Terminal();
        var settings = variables.SelectMany(one => (string[])["-e", $"{one.Name}={one.Value}"]);
        await terminal.RunAsync(["new-session", "-d", "-x", "120", "-y", "40", .. settings, command]);
        return terminal;
    }

    /// <summary>Types a line and Enter.</summary>
    public async Task TypeAsync(string line)
    {
        await RunAsync(["send-keys", "-l", line]);
        await PressAsync("Enter");
    }

    /// <summary>Presses a key, by tmux's name for it.</summary>
    public Task PressAsync(string key) => RunAsync(["send-keys", key]);

    /// <summary>Waits until a text stands on the screen; after two minutes it is missing.</summary>
    public async Task ShowsAsync(string text)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (
            await RunAsync(["capture-pane", "-p", "-J"]) is var screen
            && !screen.Contains(text, StringComparison.Ordinal)
        )
        {
            Assert.True(
                TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromMinutes(2),
                $"The screen does not show '{text}':\n{screen}"
            );
            await Task.Delay(Look, TestContext.Current.CancellationToken);
        }
    }

    public async ValueTask DisposeAsync() => await RunAsync(["kill-server"]);

    private async Task<string> RunAsync(string[] arguments)
    {
        var start = new ProcessStartInfo(Program, ["-L", server, .. arguments])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var tmux = Process.Start(start)!;
        var output = tmux.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var errors = await tmux.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await tmux.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(tmux.ExitCode == 0, $"tmux {string.Join(' ', arguments)}: {errors}");
        return await output;
    }
}
