using Backfill.Simulation;

namespace Backfill.Module.Tests.Support;

/// <summary>A GitHub of one test, which answers so slowly that the test can stop a sync while it works.</summary>
internal sealed class SlowGitHub : IAsyncDisposable
{
    /// <summary>The repository of the test that presses Ctrl+C.</summary>
    public const string Stopped = "octo/stopped";

    /// <summary>The repository of the test that ends the process.</summary>
    public const string Interrupted = "octo/interrupted";

    private readonly GitHubSimulator simulator;

    private SlowGitHub(GitHubSimulator simulator) => this.simulator = simulator;

    /// <summary>Gets the start of a command that connects to the private database and to this GitHub.</summary>
    public string Connect => InstalledModule.Connection(simulator);

    // Tests share a database and a simulator numbers its repositories: each name has the same number in every simulator.
    public static async Task<SlowGitHub> StartAsync() =>
        new(
            await GitHubSimulator.StartAsync(
                new SimulatorOptions
                {
                    Repositories = [InstalledModule.Repository, Stopped, Interrupted],
                    Latency = TimeSpan.FromSeconds(1),
                },
                TestContext.Current.CancellationToken
            )
        );

    /// <summary>Waits until the sync has read a few pages: by then its command waits for it.</summary>
    public async Task IsReadAsync()
    {
        while (simulator.Requests.Count < 6)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), TestContext.Current.CancellationToken);
        }
    }

    public ValueTask DisposeAsync() => simulator.DisposeAsync();
}
