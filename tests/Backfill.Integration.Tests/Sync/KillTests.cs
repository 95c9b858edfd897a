using System.Diagnostics;
using System.Globalization;
using Backfill.Integration.Tests.Support;
using Backfill.Module.Tests.Support;
using Backfill.Simulation;

namespace Backfill.Integration.Tests.Sync;

/// <summary>
/// The process is killed at random instants, by seed, in milliseconds from its first request, and started again: whatever had
/// been under way, the rows are those of an undisturbed run. Four kills here; <c>BACKFILL_KILLS=100</c> makes as many.
/// </summary>
public sealed class KillTests(TestPostgres postgres, KillTests.Undisturbed undisturbed)
    : IClassFixture<KillTests.Undisturbed>
{
    private const int ShortForm = 4;
    private const int KillsPerRound = 2;

    // A page that is being stored and the one that is read ahead of it.
    private const int PagesPerKill = 2;

    private static readonly string[] FullRun = ["-Full"];
    private static readonly string[] Phases = ["-TimeRange 30", "-TimeRange 90", "-Full"];
    private static readonly string[] PageOperations = ["PullRequests", "Issues", "Discussions"];
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(1);

    public static TheoryData<int, bool> Rounds
    {
        get
        {
            var kills = Environment.GetEnvironmentVariable("BACKFILL_KILLS") is { Length: > 0 } given
                ? int.Parse(given, CultureInfo.InvariantCulture)
                : ShortForm;
            return
            [
                .. Enumerable
                    .Range(1, (kills + KillsPerRound - 1) / KillsPerRound)
                    .Select(seed => new TheoryDataRow<int, bool>(seed, seed % 2 == 0)),
            ];
        }
    }

    [Theory]
    [MemberData(nameof(Rounds))]
    public async Task A_killed_and_repeated_run_stores_the_rows_of_an_undisturbed_run(int seed, bool phased)
    {
        var phases = phased ? Phases : FullRun;
        var usual = await undisturbed.OfAsync(postgres, phases);
        var random = new Random(seed);
        var instants = Instants(random, usual.Milliseconds);
        var told =
            $"seed {seed}: {string.Join(", ", instants.Select(kill => $"{phases[kill.Phase]} after {kill.At} ms"))}";

        await using var bench = await SetUpAsync(postgres);
        var kills = 0;
        var pages = 0;
        for (var phase = 0; phase < phases.Length; phase++)
        {
            foreach (var (_, at) in instants.Where(kill => kill.Phase == phase))
            {
                kills += await KillAsync(bench, phases[phase], at) ? 1 : 0;
                pages += Pages(bench);
            }

            await RunAsync(bench, phases[phase], told);
            pages += Pages(bench);
        }

        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{told}; {kills} kills met a run at work, {pages} pages instead of {usual.Pages}"
        );
        Assert.True(kills > 0, $"{told}: every run had ended before.");
        Assert.True(
            usual.Digest == await StoredRows.DigestAsync(bench),
            $"{told}\n{usual.Digest}\n{await StoredRows.DigestAsync(bench)}"
        );
        Assert.True(pages <= usual.Pages + (kills * PagesPerKill), $"{told}: {pages} pages instead of {usual.Pages}");
        Assert.Equal(
            0,
            await bench.CountAsync(
                "SELECT count(*) FROM backfill.sync_run WHERE state NOT IN ('Completed', 'Interrupted')"
            )
        );
    }

    // Several in one phase share its time, so that the last one still meets a run at work.
    private static List<(int Phase, int At)> Instants(Random random, IReadOnlyList<int> milliseconds)
    {
        var phases = Enumerable.Range(0, KillsPerRound).Select(_ => random.Next(milliseconds.Count)).ToList();
        return
        [
            .. phases.Select(phase =>
                (phase, random.Next(milliseconds[phase] / phases.Count(other => other == phase)))
            ),
        ];
    }

    // False when the run had ended before.
    private static async Task<bool> KillAsync(Bench bench, string phase, int milliseconds)
    {
        bench.GitHub.Reset();
        using var host = Start(bench, phase);
        while (bench.GitHub.Requests.Count == 0)
        {
            Assert.False(host.HasExited, host.Errors);
            await Task.Delay(Look, TestContext.Current.CancellationToken);
        }

        var watch = Stopwatch.StartNew();
        while (watch.ElapsedMilliseconds < milliseconds && !host.HasExited)
        {
            await Task.Delay(Look, TestContext.Current.CancellationToken);
        }

        host.Kill();
        return await host.WaitAsync() != 0;
    }

    private static async Task RunAsync(Bench bench, string phase, string told)
    {
        bench.GitHub.Reset();
        using var host = Start(bench, phase);
        Assert.True(await host.WaitAsync() == 0, $"{told}: {host.Errors}{host.Output}");
    }

    private static HostProcess Start(Bench bench, string phase) =>
        bench.Host($"Start-RepoSync octo/hello -Track {phase} | Wait-RepoSync");

    private static int Pages(Bench bench) =>
        bench.GitHub.Requests.Count(request => PageOperations.Contains(request.Operation, StringComparer.Ordinal));

    private static Task<Bench> SetUpAsync(TestPostgres postgres) =>
        Bench.SetUpAsync(
            postgres,
            new SimulatorOptions { PullRequests = 120, Latency = TimeSpan.FromMilliseconds(40) }
        );

    /// <summary>Undisturbed runs, each made once: what they store, how many pages they read and how long each phase takes.</summary>
    public sealed class Undisturbed
    {
        private readonly Dictionary<string[], Usual> made = [];

        internal async Task<Usual> OfAsync(TestPostgres postgres, string[] phases)
        {
            if (!made.TryGetValue(phases, out var usual))
            {
                await using var bench = await SetUpAsync(postgres);
                var (milliseconds, pages) = (new List<int>(), 0);
                foreach (var phase in phases)
                {
                    await RunAsync(bench, phase, "undisturbed");
                    var requests = bench.GitHub.Requests;
                    milliseconds.Add((int)(requests[^1].At - requests[0].At).TotalMilliseconds);
                    pages += Pages(bench);
                }

                made[phases] = usual = new Usual(await StoredRows.DigestAsync(bench), pages, milliseconds);
                Assert.All(made.Values, other => Assert.Equal(usual.Digest, other.Digest));
            }

            return usual;
        }
    }

    internal sealed record Usual(string Digest, int Pages, IReadOnlyList<int> Milliseconds);
}
