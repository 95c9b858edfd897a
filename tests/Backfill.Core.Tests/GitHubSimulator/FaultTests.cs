using System.Net;
using Backfill.Simulation;
using Backfill.Simulation.Faults;

namespace Backfill.Core.Tests.Simulation;

public sealed class FaultTests
{
    private const string Page =
        """query Page($first: Int) { repository(owner: "octo", name: "hello") { issues(first: $first) { edges { node { number } } } } }""";

    [Theory]
    [InlineData("http-502", null, RequestKind.GraphQL, null, 1, null)]
    [InlineData("graphql/http-502:7@3x2", "graphql", RequestKind.GraphQL, 7, 3, 2)]
    [InlineData("rest/timeout@2", "rest", RequestKind.Rest, null, 2, 1)]
    [InlineData("truncated-bodyx5", null, RequestKind.Rest, null, 1, 5)]
    public void A_rule_is_read_from_text(
        string text,
        string? kind,
        RequestKind kindOf,
        int? parameter,
        int from,
        int? count
    )
    {
        var rule = FaultRule.Parse(text);
        Assert.Equal(
            (kind is null ? null : (RequestKind?)kindOf, parameter, from, count),
            (rule.Kind, rule.Parameter, rule.From, rule.Count)
        );
    }

    [Fact]
    public void A_rule_may_be_for_one_operation() =>
        Assert.Equal(
            new FaultRule("http-502")
            {
                Kind = RequestKind.GraphQL,
                Operation = "Issues",
                From = 2,
                Count = 1,
            },
            FaultRule.Parse("graphql.Issues/http-502@2")
        );

    [Theory]
    [InlineData("http-502")]
    [InlineData("graphql.Issues/http-502:7@3x2")]
    [InlineData("rest/timeout@2")]
    [InlineData("graphql/timeout@1")]
    public void A_rule_is_written_as_it_is_read(string text) => Assert.Equal(text, FaultRule.Parse(text).ToString());

    [Theory]
    [InlineData("no-such-fault")]
    [InlineData("rest.Issues/http-502")]
    [InlineData("http-502:x")]
    [InlineData("")]
    public void A_text_that_is_no_rule_is_refused(string text) =>
        Assert.Throws<FormatException>(() => FaultRule.Parse(text));

    [Fact]
    public void Every_fault_can_be_switched_on_by_its_name() =>
        Assert.All(
            FaultTable.Descriptions,
            fault =>
            {
                Assert.Equal(
                    (fault.Name, 1, 1),
                    FaultRule.Parse(fault.Name + "@1") is var rule ? (rule.Name, rule.From, rule.Count) : default
                );
                Assert.NotEmpty(fault.Description);
            }
        );

    [Fact]
    public async Task Only_the_requests_that_a_rule_is_for_meet_it()
    {
        await using var simulator = await SimulatorCalls.StartAsync(new SimulatorOptions { PullRequests = 12 });
        simulator.Faults.Add(
            new FaultRule("http-500")
            {
                Kind = RequestKind.GraphQL,
                Operation = "Page",
                From = 2,
                Count = 2,
            }
        );
        List<int> statuses = [];
        for (var request = 0; request < 5; request++)
        {
            Assert.Equal(HttpStatusCode.OK, (await simulator.GetAsync("repos/octo/hello")).Status);
            Assert.Equal(HttpStatusCode.OK, (await simulator.QueryAsync("query Other { viewer { login } }")).Status);
            statuses.Add((int)(await simulator.QueryAsync(Page, new { first = 1 })).Status);
        }

        Assert.Equal([200, 500, 500, 200, 200], statuses);
        Assert.Equal(2, simulator.Counters.Faults);
        simulator.Reset();
        Assert.Empty(simulator.Requests);
    }

    // Of every fault some test says what it does.
    [Fact]
    public void Every_fault_is_used_in_a_test()
    {
        var folder = Path.Combine(Checkout.Root, "tests", "Backfill.Core.Tests", "GitHubSimulator");
        var tests = string.Concat(Directory.EnumerateFiles(folder, "*FaultTests.cs").Select(File.ReadAllText));
        Assert.DoesNotContain(
            FaultTable.Names,
            name => !System.Text.RegularExpressions.Regex.IsMatch(tests, $"[\"/]{name}[\":@]")
        );
    }

    [Fact]
    public async Task Several_faults_are_met_at_once_and_logged_together()
    {
        await using var simulator = await SimulatorCalls.StartAsync(
            new SimulatorOptions
            {
                PullRequests = 12,
                Faults = [FaultRule.Parse("http-500@2"), FaultRule.Parse("clock-ahead"), FaultRule.Parse("http-503@2")],
            }
        );
        Assert.Equal(HttpStatusCode.OK, (await simulator.QueryAsync(Page, new { first = 1 })).Status);
        Assert.Equal(HttpStatusCode.InternalServerError, (await simulator.QueryAsync(Page, new { first = 1 })).Status);
        Assert.Equal(["clock-ahead", "clock-ahead+http-500"], simulator.Requests.Select(request => request.Fault));
    }

    [Fact]
    public async Task A_fault_that_changes_nothing_is_not_logged()
    {
        await using var simulator = await SimulatorCalls.StartAsync(
            new SimulatorOptions { PullRequests = 12, Faults = [FaultRule.Parse("null-node:50")] }
        );
        await simulator.QueryAsync(Page, new { first = 1 });
        Assert.Equal("", Assert.Single(simulator.Requests).Fault);
    }
}
