using System.Net;
using Backfill.Simulation;
using Backfill.Simulation.Faults;

namespace Backfill.Core.Tests.Simulation;

public sealed class ScheduleTests
{
    private static readonly string[] Endless = ["timeout", "stalled-body"];

    [Fact]
    public void A_seed_makes_one_schedule_that_can_be_written_down()
    {
        Assert.All(
            Enumerable.Range(0, 200),
            seed =>
            {
                var schedule = FaultSchedule.Of(seed);
                Assert.Equal(schedule.Rules, FaultSchedule.Of(seed).Rules);
                Assert.Equal(schedule.Rules, FaultSchedule.Parse(schedule.ToString()).Rules);
                Assert.InRange(schedule.Rules.Count, 4, 11);
            }
        );
        Assert.Equal(
            200,
            Enumerable.Range(0, 200).Select(seed => FaultSchedule.Of(seed).ToString()).Distinct().Count()
        );
    }

    [Fact]
    public void All_kinds_occur_and_all_but_the_clock_are_bounded()
    {
        var rules = Enumerable.Range(0, 300).SelectMany(seed => FaultSchedule.Of(seed).Rules).ToList();
        Assert.Superset(FaultSchedule.Names.ToHashSet(), rules.Select(rule => rule.Name).ToHashSet());
        Assert.Contains(rules, rule => rule.Kind == RequestKind.Rest);
        Assert.Contains(rules, rule => rule.Kind == RequestKind.GraphQL);
        Assert.All(
            rules.Where(rule => !rule.Name.StartsWith("clock-", StringComparison.Ordinal)),
            rule => Assert.True(rule.Count is >= 1 and <= 5 && rule.From <= 25, rule.ToString())
        );
        Assert.DoesNotContain(
            Enumerable.Range(0, 300).SelectMany(seed => FaultSchedule.Of(seed, Endless).Rules),
            rule => Endless.Contains(rule.Name)
        );
    }

    // After enough requests nothing of it is left but the clock.
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public async Task A_schedule_ends(int seed)
    {
        var time = new AcceleratedTime(100_000);
        var schedule = FaultSchedule.Of(seed, Endless);
        await using var simulator = await SimulatorCalls.StartAsync(
            new SimulatorOptions { PullRequests = 30, Time = time }
        );
        schedule.AddTo(simulator.Faults);
        for (var request = 0; request < 35; request++)
        {
            foreach (var call in new[] { simulator.PageAsync(25), simulator.GetAsync("repos/octo/hello/pulls") })
            {
                try
                {
                    await call;
                }
                catch (Exception error) when (error is HttpRequestException or System.Text.Json.JsonException)
                {
                    // A stream that broke or was cut.
                }
            }

            await Task.Delay(TimeSpan.FromMinutes(2), time, TestContext.Current.CancellationToken);
        }

        var page = await simulator.PageAsync(25);
        Assert.True(page.Status == HttpStatusCode.OK && page.Numbers().Count >= 20, schedule.ToString());
        Assert.Equal(HttpStatusCode.OK, (await simulator.GetAsync("repos/octo/hello/pulls")).Status);
        Assert.All(
            simulator.Requests.TakeLast(2),
            request => Assert.True(request.Fault is "" or "clock-ahead" or "clock-behind", schedule.ToString())
        );
        Assert.Contains(simulator.Requests, request => request.Fault.Length > 0);
    }
}
