using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Backfill.Simulation;

namespace Backfill.Core.Tests.Simulation;

/// <summary>An answer as it came.</summary>
internal sealed record Reply(HttpStatusCode Status, JsonElement Json, string Text, Dictionary<string, string> Headers)
{
    /// <summary>What stands at a path of the JSON.</summary>
    public JsonElement At(params ReadOnlySpan<string> path)
    {
        var at = Json;
        foreach (var part in path)
        {
            at = int.TryParse(part, out var place) ? at[place] : at.GetProperty(part);
        }

        return at;
    }

    public string ErrorType => At("errors", "0", "type").GetString()!;
}

/// <summary>Asks the simulator without the product's client, so that every refusal is seen as it is.</summary>
internal static class SimulatorCalls
{
    private static readonly HttpClient Http = new(new SocketsHttpHandler { AllowAutoRedirect = false })
    {
        DefaultRequestHeaders = { { "User-Agent", "tests" } },
    };

    public static Task<GitHubSimulator> StartAsync(SimulatorOptions? options = null) =>
        GitHubSimulator.StartAsync(options ?? new SimulatorOptions(), TestContext.Current.CancellationToken);

    public static Task<Reply> QueryAsync(
        this GitHubSimulator simulator,
        string query,
        object? variables = null,
        string? token = null
    )
    {
        var request = new HttpRequestMessage(HttpMethod.Post, simulator.GraphQLUrl)
        {
            Content = JsonContent.Create(new { query, variables }),
        };
        if (token is not null)
        {
            request.Headers.Add("Authorization", $"Bearer {token}");
        }

        return SendAsync(request);
    }

    public static Task<Reply> GetAsync(
        this GitHubSimulator simulator,
        string path,
        params ReadOnlySpan<(string Name, string Value)> headers
    )
    {
        var request = new HttpRequestMessage(HttpMethod.Get, new Uri(simulator.Url, path));
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return SendAsync(request);
    }

    public static async Task<Reply> SendAsync(HttpRequestMessage request)
    {
        using var response = await Http.SendAsync(request, TestContext.Current.CancellationToken);
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        var isJson = response.Content.Headers.ContentType?.MediaType == "application/json" && text.Length > 0;
        return new Reply(
            response.StatusCode,
            isJson ? JsonDocument.Parse(text).RootElement : default,
            text,
            response
                .Headers.Concat(response.Content.Headers)
                .ToDictionary(
                    header => header.Key,
                    header => string.Join(", ", header.Value),
                    StringComparer.OrdinalIgnoreCase
                )
        );
    }
}
