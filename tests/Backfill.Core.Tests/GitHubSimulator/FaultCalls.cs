using Backfill.Simulation;
using Backfill.Simulation.Faults;

namespace Backfill.Core.Tests.Simulation;

/// <summary>What the tests of the faults share: a small repository and one page of each of its lists.</summary>
internal static class FaultCalls
{
    public const string Page = """
        query Page($first: Int, $after: String) { rateLimit { remaining resetAt } repository(owner: "octo", name: "hello") {
          issues(first: $first, after: $after, orderBy: { field: UPDATED_AT, direction: ASC }) {
            totalCount pageInfo { hasNextPage endCursor }
            edges { cursor node { id number title body updatedAt author { login } comments(first: 5) { totalCount nodes { body } } } } } } }
        """;

    public static Task<GitHubSimulator> StartAsync(params IEnumerable<string> rules) =>
        SimulatorCalls.StartAsync(
            new SimulatorOptions { PullRequests = 30, Faults = [.. rules.Select(FaultRule.Parse)] }
        );

    public static Task<Reply> PageAsync(this GitHubSimulator simulator, int first = 5, string? after = null) =>
        simulator.QueryAsync(Page, new { first, after });

    /// <summary>The issues of a page.</summary>
    public static List<int> Numbers(this Reply reply) =>
        [
            .. reply
                .At("data", "repository", "issues", "edges")
                .EnumerateArray()
                .Select(edge => edge.GetProperty("node"))
                .Where(node => node.ValueKind != System.Text.Json.JsonValueKind.Null)
                .Select(node => node.GetProperty("number").GetInt32()),
        ];
}
