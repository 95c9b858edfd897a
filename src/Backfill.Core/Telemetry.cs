using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;

namespace Backfill.Core;

/// <summary>
/// What the engine tells about its work: activities and meters of the name <c>Backfill</c>, which OpenTelemetry collects. The
/// Debug stream and the log files are made of the same activities. Without a listener, no activity is made.
/// </summary>
internal static class Telemetry
{
    /// <summary>The name of the activity source and of the meter.</summary>
    public const string Name = "Backfill";

    private const string RunActivity = "backfill.sync";
    private const string RunIdTag = "backfill.run_id";
    private const string RepositoryTag = "backfill.repository";
    private const string StateTag = "backfill.state";
    private const string ServerTag = "server";
    private const string StatusTag = "http.status";
    private const string SizeTag = "http.response_bytes";
    private const string RequestIdTag = "http.request_id";
    private const string PointsTag = "github.points";
    private const string TokensTag = "embedding.tokens";

    private static readonly ActivitySource Source = new(Name);
    private static readonly Meter Meter = new(Name);
    private static readonly Counter<long> Requests = Meter.CreateCounter<long>(
        "backfill.requests",
        "{request}",
        "HTTP requests, by server and status."
    );
    private static readonly Counter<long> Points = Meter.CreateCounter<long>(
        "backfill.github.points",
        "{point}",
        "GraphQL points that GitHub charged."
    );
    private static readonly Counter<long> Tokens = Meter.CreateCounter<long>(
        "backfill.embedding.tokens",
        "{token}",
        "Tokens that were sent to the provider of the embeddings."
    );
    private static readonly Counter<long> Runs = Meter.CreateCounter<long>(
        "backfill.sync.runs",
        "{run}",
        "Syncs that ended, by state."
    );
    private static readonly Histogram<double> RunSeconds = Meter.CreateHistogram<double>(
        "backfill.sync.duration",
        "s",
        "The time of a sync from its start to its end."
    );

    /// <summary>Begins the activity of a run. The requests of the run belong to it.</summary>
    public static Activity? BeginRun(Guid runId, string repository) =>
        Source.StartActivity(RunActivity)?.SetTag(RunIdTag, runId).SetTag(RepositoryTag, repository);

    /// <summary>Ends the activity of a run, and counts the run.</summary>
    public static void EndRun(Activity? activity, RepoSync run)
    {
        activity?.SetTag(StateTag, run.State.ToString());
        activity?.SetStatus(run.State == RunState.Failed ? ActivityStatusCode.Error : ActivityStatusCode.Ok);
        activity?.Dispose();
        Runs.Add(1, new KeyValuePair<string, object?>(StateTag, run.State.ToString()));
        RunSeconds.Record(run.Duration?.TotalSeconds ?? 0);
    }

    /// <summary>Begins the activity of one request.</summary>
    /// <param name="server">What is asked: <c>GitHub GraphQL</c>, <c>GitHub REST</c> or <c>Embeddings</c>.</param>
    public static Activity? BeginRequest(string server) =>
        Source.StartActivity("backfill.request", ActivityKind.Client)?.SetTag(ServerTag, server);

    /// <summary>Ends the activity of a request, and counts the request.</summary>
    /// <param name="requestId">The id by which the server knows the request; null where it sent none.</param>
    /// <param name="points">GraphQL points that were charged.</param>
    /// <param name="tokens">Tokens that were sent.</param>
    public static void EndRequest(
        Activity? activity,
        string server,
        int? status,
        long? bytes,
        string? requestId,
        long? points = null,
        long? tokens = null
    )
    {
        activity?.SetTag(StatusTag, status);
        activity?.SetTag(SizeTag, bytes);
        activity?.SetTag(RequestIdTag, requestId);
        activity?.SetTag(PointsTag, points);
        activity?.SetTag(TokensTag, tokens);
        activity?.Dispose();
        Requests.Add(
            1,
            new KeyValuePair<string, object?>(ServerTag, server),
            new KeyValuePair<string, object?>(StatusTag, status)
        );
        if (points is > 0)
        {
            Points.Add(points.Value);
        }

        if (tokens is > 0)
        {
            Tokens.Add(tokens.Value);
        }
    }

    /// <summary>Passes the activities of this process to an observer, until the result is disposed.</summary>
    public static IDisposable Observe(Action<EngineEvent> observer)
    {
        var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == Name,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = activity => observer(Event(activity)),
        };
        ActivitySource.AddActivityListener(listener);
        return listener;
    }

    private static EngineEvent Event(Activity activity)
    {
        var run = Ancestor(activity);
        var facts = new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            ["RunId"] = run?.GetTagItem(RunIdTag),
            ["Repository"] = run?.GetTagItem(RepositoryTag),
            ["Milliseconds"] = (long)activity.Duration.TotalMilliseconds,
        };
        if (activity.OperationName == RunActivity)
        {
            facts["State"] = activity.GetTagItem(StateTag);
            return new EngineEvent(
                LogSeverity.Information,
                $"The sync of {facts["Repository"]} ended as {facts["State"]}.",
                facts
            );
        }

        foreach (
            var (fact, tag) in (ReadOnlySpan<(string, string)>)
                [
                    ("Server", ServerTag),
                    ("Status", StatusTag),
                    ("Bytes", SizeTag),
                    ("RequestId", RequestIdTag),
                    ("Points", PointsTag),
                    ("Tokens", TokensTag),
                ]
        )
        {
            facts[fact] = activity.GetTagItem(tag);
        }

        var text = string.Create(
            CultureInfo.InvariantCulture,
            $"{facts["Server"]}: {(facts["Status"] is { } status ? $"status {status}" : "no response")} in {facts["Milliseconds"]} ms"
        );
        text +=
            Part(facts["Bytes"], "byte")
            + Part(facts["Points"], "point")
            + Part(facts["Tokens"], "token")
            + (facts["RequestId"] is { } id ? $", request {id}" : "");
        return new EngineEvent(LogSeverity.Debug, text, facts);
    }

    private static string Part(object? number, string noun) =>
        number is long count ? $", {PipelineEstimate.Count(count, noun)}" : "";

    private static Activity? Ancestor(Activity activity)
    {
        for (var one = activity; one is not null; one = one.Parent!)
        {
            if (one.OperationName == RunActivity)
            {
                return one;
            }
        }

        return null;
    }
}
