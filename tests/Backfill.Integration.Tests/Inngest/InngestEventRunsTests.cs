using System.Text.Json.Nodes;
using Backfill.Integration.Tests.Support;

namespace Backfill.Integration.Tests.Inngest;

/// <summary>Which runs of functions belong to an event, and whether they began at all.</summary>
public sealed class InngestEventRunsTests(TestPostgres postgres)
{
    [Theory]
    [InlineData("debounce", """{"period":"2m"}""")]
    [InlineData("batchEvents", """{"maxSize":10,"timeout":"120s"}""")]
    public async Task A_function_that_keeps_its_events_begins_after_its_period(string option, string value)
    {
        await using var bench = await InngestBench.SetUpAsync(postgres);
        bench.Inngest.Options["github/repository.sync"] = new JsonObject { [option] = JsonNode.Parse(value) };
        bench.Inngest.Keeps = _ => TimeSpan.FromMinutes(2);
        bench.Inngest.Worker = (_, runs) =>
        {
            runs[0].Fail("seen under this event");
            return Task.CompletedTask;
        };

        var (run, output) = await bench.WaitAsync(await bench.StartAsync());

        Assert.Equal(RunState.Failed, run.State);
        Assert.Contains("seen under this event", Assert.Single(output.Errors).Message);
    }

    [Theory]
    [InlineData("debounce", """{"period":"30s"}""")]
    [InlineData("batchEvents", """{"maxSize":10,"timeout":"30s"}""")]
    [InlineData("singleton", """{"mode":"skip"}""")]
    public async Task A_run_that_may_stand_under_another_event_is_judged_by_its_rows(string option, string value)
    {
        await using var bench = await InngestBench.SetUpAsync(postgres);
        bench.Inngest.Options["github/repository.sync"] = new JsonObject { [option] = JsonNode.Parse(value) };
        bench.Inngest.Keeps = _ => null;

        var started = await bench.StartAsync();
        var (waiting, output) = await bench.WaitAsync(started, TimeSpan.FromMinutes(4));
        await FakeWorker.StoreAsync(bench.Bench, InngestBench.Repository);
        var (run, again) = await bench.WaitAsync(started);

        Assert.Null(waiting.FinishedAt);
        Assert.Equal(ErrorIds.WaitTimedOut, Assert.Single(output.Errors).ErrorId);
        Assert.Contains("another event", Assert.Single(output.Warnings));
        Assert.Empty(again.Errors);
        Assert.Equal(RunState.Completed, run.State);
    }

    [Fact]
    public async Task An_event_that_started_nothing_is_distinguished_from_one_that_is_late()
    {
        await using var bench = await InngestBench.SetUpAsync(postgres);
        bench.Inngest.Triggers = ["capture/repository.sync.graphql"];

        var started = await bench.StartAsync();
        var (run, output) = await bench.WaitAsync(started);

        Assert.Equal(RunState.Failed, run.State);
        var error = Assert.Single(output.Errors);
        Assert.Equal(ErrorIds.InngestNothingRan, error.ErrorId);
        Assert.Contains("no function ran", error.Message);
        Assert.Contains("capture/repository.sync.graphql", error.Action);
        // The list of functions is not read more often than Inngest changes it: at most five times within the minute of grace.
        var asked = bench.Inngest.Requests.Count(request => request.EndsWith("/runs", StringComparison.Ordinal));
        Assert.InRange(asked, 3, 6);
        var warning = Assert.Single(bench.Output.Warnings);
        Assert.Contains("has no function for the event github/repository.sync", warning);
        Assert.Contains("capture/repository.sync.graphql", warning);
    }

    [Fact]
    public async Task A_function_that_begins_late_is_waited_for()
    {
        await using var bench = await InngestBench.SetUpAsync(postgres);
        await FakeWorker.StoreAsync(bench.Bench, InngestBench.Repository);
        bench.Inngest.Worker = async (_, runs) =>
        {
            // Scheduled for longer than the grace: that it is there is enough.
            await Task.Delay(TimeSpan.FromSeconds(90), bench.Time);
            runs[0].Is("Completed");
        };

        var (run, output) = await bench.WaitAsync(await bench.StartAsync());

        Assert.Empty(output.Errors);
        Assert.Equal(RunState.Completed, run.State);
    }

    [Fact]
    public async Task Every_function_that_the_event_started_is_waited_for()
    {
        await using var bench = await InngestBench.SetUpAsync(postgres);
        await FakeWorker.StoreAsync(bench.Bench, InngestBench.Repository);
        bench.Inngest.FunctionsPerEvent = 2;
        bench.Inngest.Worker = async (_, runs) =>
        {
            runs[0].Is("Completed");
            await Task.Delay(TimeSpan.FromSeconds(40), bench.Time);
            runs[1].Fail("the second one");
        };

        var (run, output) = await bench.WaitAsync(await bench.StartAsync());

        Assert.Equal(RunState.Failed, run.State);
        Assert.Contains("the second one", Assert.Single(output.Errors).Message);
    }

    [Fact]
    public async Task A_skipped_run_does_not_count_as_one_that_ran()
    {
        await using var bench = await InngestBench.SetUpAsync(postgres);
        bench.Inngest.Worker = (_, runs) =>
        {
            runs[0].Is("Skipped");
            return Task.CompletedTask;
        };

        var (run, output) = await bench.WaitAsync(await bench.StartAsync());

        Assert.Equal(RunState.Failed, run.State);
        var error = Assert.Single(output.Errors);
        Assert.Equal(ErrorIds.InngestNothingRan, error.ErrorId);
        Assert.Contains("Skipped", error.Message);
    }

    [Fact]
    public async Task An_event_that_the_other_keys_environment_does_not_know_is_not_called_failed()
    {
        await using var bench = await InngestBench.SetUpAsync(postgres);
        bench.Inngest.HidesEvents = true;

        var (run, output) = await bench.WaitAsync(await bench.StartAsync());

        Assert.Null(run.FinishedAt);
        var error = Assert.Single(output.Errors);
        Assert.Equal(ErrorIds.InngestEnvironmentWrong, error.ErrorId);
        Assert.Contains("INNGEST_ENV", error.Action);
    }
}
