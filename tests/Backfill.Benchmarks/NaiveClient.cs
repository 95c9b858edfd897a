using System.Net.Http.Headers;
using System.Net.Http.Json;
using Backfill.Simulation;

namespace Backfill.Benchmarks;

/// <summary>
/// Asks for each pull request of <c>octo/hello</c> by itself, one request after another, and stores nothing. It does not
/// read the list first, nor follow the pages of long lists: both would cost it more.
/// </summary>
internal sealed class NaiveClient(GitHubSimulator gitHub, int pullRequests)
{
    private const string Query = """
        query One($number: Int!) {
          repository(owner: "octo", name: "hello") {
            pullRequest(number: $number) {
              id number title body state createdAt updatedAt
              reviews(first: 100) { nodes { id body state submittedAt } }
              comments(first: 100) { nodes { id body createdAt } }
            }
          }
        }
        """;

    /// <summary>Detail, reviews and comments of each, from REST.</summary>
    /// <returns>Requests sent.</returns>
    public async Task<int> RestAsync()
    {
        using var client = Client();
        var sent = 0;
        for (var number = 1; number <= pullRequests; number++)
        {
            foreach (var rest in (string[])["", "/reviews?per_page=100", "/comments?per_page=100"])
            {
                var answer = await client.GetAsync(
                    new Uri(FormattableString.Invariant($"repos/octo/hello/pulls/{number}{rest}"), UriKind.Relative)
                );
                answer.EnsureSuccessStatusCode();
                await answer.Content.ReadAsByteArrayAsync();
                sent++;
            }
        }

        return sent;
    }

    /// <summary>Each with its reviews and comments in one query.</summary>
    /// <returns>Requests sent.</returns>
    public async Task<int> GraphQLAsync()
    {
        using var client = Client();
        for (var number = 1; number <= pullRequests; number++)
        {
            var answer = await client.PostAsJsonAsync(
                gitHub.GraphQLUrl,
                new { query = Query, variables = new { number } }
            );
            var text = await answer.EnsureSuccessStatusCode().Content.ReadAsStringAsync();
            if (text.Contains("\"errors\"", StringComparison.Ordinal))
            {
                throw new InvalidOperationException($"Pull request {number}: {text}");
            }
        }

        return pullRequests;
    }

    private HttpClient Client()
    {
        var client = new HttpClient { BaseAddress = gitHub.Url };
        client.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("naive", "1.0"));
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "simulated");
        return client;
    }
}
