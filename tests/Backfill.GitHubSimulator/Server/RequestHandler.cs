using System.Security.Cryptography;
using Backfill.Simulation.Data;
using Backfill.Simulation.Faults;
using Backfill.Simulation.GraphQL;
using Backfill.Simulation.Rest;
using Microsoft.AspNetCore.Http;

namespace Backfill.Simulation.Server;

/// <summary>Answers every request: who asks, which faults it meets, what it costs, the answer, the log.</summary>
internal sealed class RequestHandler
{
    private readonly SimulatorOptions options;
    private readonly World world;
    private readonly RepositoryChanges changes;
    private readonly FaultSwitch faults;
    private readonly RequestLog log;
    private readonly GraphQLEndpoint graphQL;
    private readonly RestRouter rest;
    private readonly Tokens tokens;
    private readonly AppTokens app;
    private readonly AnswerSender sender;

    public RequestHandler(
        SimulatorOptions options,
        World world,
        RepositoryChanges changes,
        FaultSwitch faults,
        RequestLog log
    )
    {
        (this.options, this.world, this.changes, this.faults, this.log) = (options, world, changes, faults, log);
        (graphQL, rest) = (new GraphQLEndpoint(world), new RestRouter(world, options.MostListedComments));
        tokens = new Tokens(options, world.Viewer);
        app = new AppTokens(options, tokens);
        sender = new AnswerSender(options.Time);
        Witness = new WaitWitness(options.Time, TimeProvider.System, options.Underway);
    }

    public WaitWitness Witness { get; }

    /// <summary>Forgets what every token has spent and was told.</summary>
    public void Reset()
    {
        tokens.Reset();
        Witness.Clear();
    }

    public async Task HandleAsync(HttpContext context)
    {
        var token = Token(context.Request);
        var isGraphQL = Unprefixed(context.Request.Path.Value ?? "/") == "/graphql";
        // A client may send the next query as soon as it has the answer, so a query has ended before its answer leaves.
        var (ended, atOnce) = (0, isGraphQL ? tokens.Began(token) : default);
        try
        {
            await HandleAsync(context, token, atOnce, End);
        }
        finally
        {
            End();
        }

        void End()
        {
            if (isGraphQL && Interlocked.Exchange(ref ended, 1) == 0)
            {
                tokens.Ended(token);
            }
        }
    }

    private async Task HandleAsync(HttpContext context, string token, (int OfAccount, int OfAll) atOnce, Action end)
    {
        var http = context.Request;
        var (started, now) = (options.Time.GetTimestamp(), options.Time.GetUtcNow());
        var path = Unprefixed(http.Path.Value ?? "/");
        var kind = path == "/graphql" ? RequestKind.GraphQL : RequestKind.Rest;
        using var received = new MemoryStream();
        await http.Body.CopyToAsync(received, context.RequestAborted);
        var sent = received.GetBuffer().AsMemory(0, (int)received.Length);
        var query = kind == RequestKind.GraphQL ? graphQL.Read(sent) : GraphQLQuery.None;
        Witness.Arrived(token, context.Connection.Id, http.Method, path, kind);
        var exchange = new Exchange(
            new FaultRequest(kind, path + http.QueryString, query.Name, query.LargestPage, now)
            {
                Token = token,
                Host = http.Host.Host,
                Home = $"{http.Scheme}://{http.Host}",
                Cursors = query.Cursors,
                Repository = query.Repository ?? Named(path),
            },
            new Execution { Viewer = tokens.Viewer(token) },
            tokens.Budget(token, kind),
            changes,
            options.Time,
            context.RequestAborted
        );
        var cost = 0;
        var (answer, met) = await faults.AnswerAsync(exchange, GoodAsync);
        var body = AnswerSender.Encode(context, answer);
        // What the answer took to make is part of the latency, and not on top of it.
        var made = options.Time.GetElapsedTime(started);
        var latency =
            exchange.Execution.IsNested && options.NestedLatency > options.Latency
                ? options.NestedLatency
                : options.Latency;
        log.Add(
            new RequestRecord(
                http.Method,
                exchange.Request.Path,
                kind,
                query.Name,
                answer.Sending == Sending.Never ? 0 : answer.Status,
                cost,
                met,
                now
            )
            {
                Host = http.Host.Host,
                IsAuthorized = token.Length > 0,
                AtOnceOfAccount = atOnce.OfAccount,
                AtOnce = atOnce.OfAll,
                Took = made > latency ? made : latency,
            }
        );
        var left = latency - made;
        if (left > TimeSpan.Zero)
        {
            await Task.Delay(left, options.Time, context.RequestAborted);
        }

        if (answer.Sending == Sending.Never)
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, context.RequestAborted);
        }

        end();
        sender.WriteHeaders(context.Response, answer, exchange.Budget);
        // Before the answer leaves: whoever has it must find the wait in force.
        Witness.Told(
            token,
            context.Connection.Id,
            kind,
            answer,
            name => context.Response.Headers.TryGetValue(name, out var value) ? value.ToString() : null,
            answer.ClockOffset
        );
        await AnswerSender.WriteBodyAsync(context, answer, body);

        async Task<Answer> GoodAsync()
        {
            if ((Anonymous(http) ?? app.Answer(http, path, token) ?? Refused(token)) is { } other)
            {
                return other;
            }

            if (kind == RequestKind.Rest)
            {
                (var answered, cost) = Rest(http, path, exchange, tokens.Budget(token, RequestKind.GraphQL));
                return answered;
            }

            if (!HttpMethods.IsPost(http.Method))
            {
                return Answer.Message(404, "Not Found", "https://docs.github.com/graphql");
            }

            (var given, cost) = await graphQL.AnswerAsync(
                query,
                exchange.Budget,
                exchange.Execution,
                context.RequestAborted
            );
            return given;
        }
    }

    // The paths of GitHub Enterprise Server lead to the same place.
    private static string Unprefixed(string path) =>
        path == "/api/graphql" ? "/graphql"
        : path.StartsWith("/api/v3/", StringComparison.Ordinal) ? path["/api/v3".Length..]
        : path;

    private static string? Named(string path) =>
        path.Split('/', StringSplitOptions.RemoveEmptyEntries) is ["repos", var owner, var name, ..]
            ? $"{owner}/{name}"
            : null;

    private static Answer? Anonymous(HttpRequest http) =>
        string.IsNullOrEmpty(http.Headers.UserAgent)
            ? new Answer(
                403,
                "Request forbidden by administrative rules. Please make sure your request has a User-Agent header (https://docs.github.com/en/rest/overview/resources-in-the-rest-api#user-agent-required). Check https://developer.github.com for other possible causes.\n"u8.ToArray()
            )
            {
                ContentType = "text/plain",
                HasRateHeaders = false,
            }
            : null;

    private Answer? Refused(string token) => tokens.Accepts(token) ? null : Answer.Message(401, "Bad credentials");

    private static string Token(HttpRequest http)
    {
        var header = http.Headers.Authorization.ToString();
        var blank = header.IndexOf(' ', StringComparison.Ordinal);
        return blank > 0 && header[..blank].ToUpperInvariant() is "BEARER" or "TOKEN"
            ? header[(blank + 1)..].Trim()
            : header;
    }

    private (Answer Answer, int Cost) Rest(HttpRequest http, string path, Exchange exchange, RateBudget points)
    {
        var core = exchange.Budget;
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
            answer = rest.Answer(new RestRequest(http.Method, path, http.Query, exchange.Request.Home));
        }

        if (answer.Status != 200)
        {
            return (answer, 1);
        }

        var tag = $"W/\"{Convert.ToHexStringLower(SHA256.HashData(answer.Body))}\"";
        answer.Headers["ETag"] = tag;
        if (
            !exchange.Execution.IgnoresEntityTags
            && http.Headers.IfNoneMatch.ToString() is { Length: > 0 } known
            && known.Contains(tag, StringComparison.Ordinal)
        )
        {
            core.Refund(1);
            return (answer with { Status = 304, Body = [] }, 0);
        }

        return (answer, 1);
    }
}
