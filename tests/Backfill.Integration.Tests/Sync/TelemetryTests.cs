using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Text.Json;
using Backfill.Integration.Tests.Support;
using Backfill.Simulation;

namespace Backfill.Integration.Tests.Sync;

/// <summary>What OpenTelemetry collects, and what a log file holds.</summary>
public sealed class TelemetryTests(TestPostgres postgres)
{
    [Fact]
    public async Task A_log_file_has_a_line_of_JSON_for_every_request_with_the_id_of_its_run()
    {
        await using var bench = await Bench.SetUpAsync(postgres, new SimulatorOptions { PullRequests = 12 });
        // The first request of a new repository comes before its run.
        await bench.SyncAsync("octo/hello");
        await bench.ForgetWindowsAsync();
        var file = Path.Combine(Path.GetTempPath(), $"backfill-{Guid.NewGuid():N}.log");
        bench.Engine.OpenLog(file).Write(LogSeverity.Warning, "braces {stay}", new Dictionary<string, object?>());

        var run = await bench.SyncAsync("octo/hello");

        var lines = (await ReadAsync(file)).Select(line => JsonDocument.Parse(line).RootElement).ToArray();
        Assert.Equal("braces {stay}", lines[0].GetProperty("@m").GetString());
        Assert.Equal("Warning", lines[0].GetProperty("@l").GetString());
        var own = lines.Where(line => line.TryGetProperty("RunId", out var id) && id.GetGuid() == run.Id).ToArray();
        Assert.Equal(run.Requests, own.Count(line => line.TryGetProperty("Server", out _)));
        Assert.Equal(
            run.Points,
            own.Sum(line => line.TryGetProperty("Points", out var points) ? points.GetInt64() : 0)
        );
        Assert.Equal("Completed", own[^1].GetProperty("State").GetString());
        Assert.All(own[..^1], line => Assert.True(line.GetProperty("Bytes").GetInt64() > 0));
        Assert.DoesNotContain("ghp_", string.Concat(await ReadAsync(file)));
        File.Delete(file);
    }

    [Fact]
    public void A_log_file_that_cannot_be_written_is_an_error_before_anything_is_done()
    {
        var error = Assert.Throws<BackfillException>(() =>
            new Backfill.Core.BackfillEngine().OpenLog("/proc/none/run.log")
        );

        Assert.Equal("SettingMalformed", error.ErrorId);
    }

    [Fact]
    public async Task Activities_and_meters_of_the_name_Backfill_are_collected()
    {
        await using var bench = await Bench.SetUpAsync(postgres, new SimulatorOptions { PullRequests = 12 });
        var names = new System.Collections.Concurrent.ConcurrentBag<string>();
        var points = 0L;
        using var activities = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Backfill",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = activity => names.Add(activity.OperationName),
        };
        ActivitySource.AddActivityListener(activities);
        using var meters = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name == "Backfill")
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        meters.SetMeasurementEventCallback<long>(
            (instrument, value, _, _) =>
            {
                if (instrument.Name == "backfill.github.points")
                {
                    Interlocked.Add(ref points, value);
                }
            }
        );
        meters.Start();

        var run = await bench.SyncAsync("octo/hello");

        Assert.Contains("backfill.sync", names);
        Assert.Contains("backfill.request", names);
        // Other tests of this process may sync at the same time.
        Assert.True(points >= run.Points, $"{points} of {run.Points} points");
    }

    private static async Task<string[]> ReadAsync(string file)
    {
        await using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(stream);
        return (await reader.ReadToEndAsync(TestContext.Current.CancellationToken)).Split(
            '\n',
            StringSplitOptions.RemoveEmptyEntries
        );
    }
}
