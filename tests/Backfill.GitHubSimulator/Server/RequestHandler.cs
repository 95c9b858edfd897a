using System.Collections.Concurrent;
using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;
using Backfill.Simulation.Data;
using Backfill.Simulation.Faults;
using Backfill.Simulation.GraphQL;
using Backfill.Simulation.Rest;
using Microsoft.AspNetCore.Http;

namespace Backfill.Simulation.Server;

/// <summary>Answers every request: who asks, which fault it meets, what it costs, the answer, the log.</summary>
internal sealed class RequestHandler(SimulatorOptions options, World world, FaultSwitch faults, RequestLog log)
{
    // Below this, compressing costs more than it saves.
    private const int LeastCompressed = 1_024;

    private readonly GraphQLEndpoint graphQL = new(world);
    private readonly RestRouter rest = new(world);
    private readonly ConcurrentDictionary<(string Token, RequestKind Kind), RateBudget> budgets = new();
    private long requests;

    /// <summary>Forgets what every token has spent.</summary>
    public void Reset() => budgets.Clear();

    public async Task HandleAsync(HttpContext context)
    {
        var http = context.Request;
        var (started, now) = (options.Time.GetTimestamp(), options.Time.GetUtcNow());
        var path = Unprefixed(http.Path.Value ?? "/");
        var address = path + http.QueryString;
        var kind = path == "/graphql" ? RequestKind.GraphQL : RequestKind.Rest;
        using var received = new MemoryStream();
        await http.Body.CopyToAsync(received, context.RequestAborted);
        var sent = received.GetBuffer().AsMemory(0, (int)received.Length);
        var query = kind == RequestKind.GraphQL ? graphQL.Read(sent) : new GraphQLQuery(null, "", 0);
        var budget = Budget(http, kind);
        var cost = 0;

        async Task<Answer> Good()
        {
            if (Refused(http) is { } refusal)
            {
                return refusal;
            }

            if (kind == RequestKind.GraphQL)
            {
                if (!HttpMethods.IsPost(http.Method))
                {
                    return Answer.Message(404, "Not Found", "https://docs.github.com/graphql");
                }

                (var given, cost) = await graphQL.AnswerAsync(sent, budget, context.RequestAborted);
                return given;
            }

            (var answer, cost) = Rest(http, path, budget, Budget(http, RequestKind.GraphQL));
            return answer;
        }

        var request = new FaultRequest(kind, address, query.Operation, query.LargestPage, now);
        var rule = faults.Meet(request);
        var answer = rule is null ? await Good() : await FaultTable.Find(rule.Name).Apply(request, rule, Good);
        log.Add(
            new RequestRecord(
                http.Method,
                address,
                kind,
                query.Operation,
                answer.Sending == Sending.Never ? 0 : answer.Status,
                cost,
                rule?.Name ?? "",
                now
            )
        );
        var body = Encoded(context, answer);
        // What the answer took to make is part of the latency, and not on top of it.
        var left = options.Latency - options.Time.GetElapsedTime(started);
        if (left > TimeSpan.Zero)
        {
            await Task.Delay(left, options.Time, context.RequestAborted);
        }

        await SendAsync(context, answer, body, budget);
    }

    // The paths of GitHub Enterprise Server lead to the same place.
    private static string Unprefixed(string path) =>
        path == "/api/graphql" ? "/graphql"
        : path.StartsWith("/api/v3/", StringComparison.Ordinal) ? path["/api/v3".Length..]
        : path;

    private Answer? Refused(HttpRequest http)
    {
        if (string.IsNullOrEmpty(http.Headers.UserAgent))
        {
            return new Answer(
                403,
                "Request forbidden by administrative rules. Please make sure your request has a User-Agent header (https://docs.github.com/en/rest/overview/resources-in-the-rest-api#user-agent-required). Check https://developer.github.com for other possible causes.\n"u8.ToArray()
            )
            {
                ContentType = "text/plain",
                HasRateHeaders = false,
            };
        }

        return options.Token is { } token && Token(http) != token ? Answer.Message(401, "Bad credentials") : null;
    }

    private static string Token(HttpRequest http)
    {
        var header = http.Headers.Authorization.ToString();
        var blank = header.IndexOf(' ', StringComparison.Ordinal);
        return blank > 0 && header[..blank].ToUpperInvariant() is "BEARER" or "TOKEN"
            ? header[(blank + 1)..].Trim()
            : header;
    }

    private RateBudget Budget(HttpRequest http, RequestKind kind) =>
        budgets.GetOrAdd(
            (Token(http), kind),
            key =>
                key.Kind == RequestKind.GraphQL
                    ? new RateBudget("graphql", options.PointsPerHour, options.Time)
                    : new RateBudget("core", options.RequestsPerHour, options.Time)
        );

    private (Answer Answer, int Cost) Rest(HttpRequest http, string path, RateBudget core, RateBudget points)
    {
        if (path == "/rate_limit")
        {
            return (RestShapes.RateLimit(core, points), 0);
        }

        if (!core.Charge(1))
        {
            return (
                Answer.Message(
                    403,
                    "API rate limit exceeded for user ID 583231.",
                    "https://docs.github.com/rest/overview/rate-limits-for-the-rest-api"
                ),
                0
            );
        }

        Answer answer;
        lock (world.Sync)
        {
            answer = rest.Answer(new RestRequest(http.Method, path, http.Query, $"{http.Scheme}://{http.Host}"));
        }

        if (answer.Status != 200)
        {
            return (answer, 1);
        }

        var tag = $"W/\"{Convert.ToHexStringLower(SHA256.HashData(answer.Body))}\"";
        answer.Headers["ETag"] = tag;
        if (
            http.Headers.IfNoneMatch.ToString() is { Length: > 0 } known
            && known.Contains(tag, StringComparison.Ordinal)
        )
        {
            core.Refund(1);
            return (answer with { Status = 304, Body = [] }, 0);
        }

        return (answer, 1);
    }

    private async Task SendAsync(HttpContext context, Answer answer, byte[] body, RateBudget budget)
    {
        var response = context.Response;
        if (answer.Sending == Sending.Never)
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, context.RequestAborted);
        }

        var number = Interlocked.Increment(ref requests);
        response.StatusCode = answer.Status;
        response.Headers.Date = options.Time.GetUtcNow().ToString("R", CultureInfo.InvariantCulture);
        response.Headers["Server"] = "github.com";
        response.Headers["X-GitHub-Request-Id"] = FormattableString.Invariant($"51AB:{number:X4}:{number * 7919:X}");
        if (answer.HasRateHeaders)
        {
            response.Headers["X-RateLimit-Limit"] = Text(budget.Limit);
            response.Headers["X-RateLimit-Remaining"] = Text(budget.Remaining);
            response.Headers["X-RateLimit-Used"] = Text(budget.Used);
            response.Headers["X-RateLimit-Reset"] = Text(budget.ResetsAt.ToUnixTimeSeconds());
            response.Headers["X-RateLimit-Resource"] = budget.Resource;
        }

        foreach (var (name, value) in answer.Headers)
        {
            response.Headers[name] = value;
        }

        if (answer.Status is 204 or 304)
        {
            return;
        }

        response.ContentType = answer.ContentType;
        response.ContentLength = body.Length;
        if (answer.Sending == Sending.Truncated)
        {
            await response.Body.WriteAsync(body.AsMemory(0, body.Length / 2), context.RequestAborted);
            await response.Body.FlushAsync(context.RequestAborted);
            context.Abort();
            return;
        }

        await response.Body.WriteAsync(body, context.RequestAborted);
    }

    private static byte[] Encoded(HttpContext context, Answer answer)
    {
        if (
            answer.Body.Length < LeastCompressed
            || !context.Request.Headers.AcceptEncoding.ToString().Contains("gzip", StringComparison.Ordinal)
        )
        {
            return answer.Body;
        }

        context.Response.Headers.ContentEncoding = "gzip";
        return Compress(answer.Body);
    }

    private static byte[] Compress(byte[] body)
    {
        using var compressed = new MemoryStream(body.Length / 2);
        using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest))
        {
            gzip.Write(body);
        }

        return compressed.ToArray();
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
