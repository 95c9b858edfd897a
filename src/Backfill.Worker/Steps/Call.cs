using System.Text.Json;
using System.Text.Json.Nodes;

namespace Backfill.Worker.Steps;

/// <summary>One call of Inngest: run a function from its beginning, with the results of the steps that have ended.</summary>
/// <param name="FunctionId">The id of the function, with the app's id before it.</param>
/// <param name="StepId"><c>step</c>, or the hash of the one step that is to be run.</param>
internal sealed record Call(string FunctionId, string StepId)
{
    /// <summary>The step id of a call that runs the next step, whichever it is.</summary>
    public const string AnyStep = "step";

    private const int MostTries = 21;

    /// <summary>Gets the id of the run.</summary>
    public required string RunId { get; init; }

    /// <summary>Gets the number of tries before this one, for the present step.</summary>
    public int Attempt { get; init; }

    /// <summary>Gets the number of tries that Inngest makes.</summary>
    public int MostAttempts { get; init; }

    /// <summary>Gets whether a step may only be planned, because several steps are under way.</summary>
    public bool OnlyPlans { get; init; }

    /// <summary>Gets whether the results of the steps have to be fetched, because they are too large for a call.</summary>
    public bool FetchesSteps { get; init; }

    /// <summary>Gets the name of the event.</summary>
    public string EventName { get; init; } = "";

    /// <summary>Gets the payload of the event.</summary>
    public JsonObject Data { get; init; } = [];

    /// <summary>Gets the time of the event in milliseconds since 1970.</summary>
    public long EventMilliseconds { get; init; }

    /// <summary>Gets the results of the steps that have ended, by their hashes.</summary>
    public JsonObject Memos { get; init; } = [];

    /// <summary>Gets whether Inngest will not try again after this call.</summary>
    public bool IsLastTry => Attempt + 1 >= MostAttempts;

    /// <summary>Reads the body of a call. Unknown fields are ignored.</summary>
    /// <exception cref="JsonException">The body is not a call.</exception>
    public static Call Read(string functionId, string stepId, ReadOnlyMemory<byte> body)
    {
        try
        {
            // A JsonNode reports a duplicate name only when it is read, and then with another exception.
            var root = JsonNode.Parse(body.Span)!.AsObject();
            var context = root["ctx"]!.AsObject();
            var trigger = root["event"]!.AsObject();
            return new Call(functionId, stepId)
            {
                RunId = context["run_id"]!.GetValue<string>() is { Length: > 0 and <= 100 } id
                    ? id
                    : throw new JsonException("The id of the run is empty or too long."),
                Attempt = Math.Clamp(Number(context["attempt"]), 0, MostTries),
                MostAttempts = Number(context["max_attempts"]) is > 0 and var most ? Math.Min(most, MostTries) : 1,
                OnlyPlans = Flag(context["disable_immediate_execution"]),
                FetchesSteps = Flag(context["use_api"]) || Flag(root["use_api"]),
                EventName = trigger["name"]?.GetValue<string>() ?? "",
                Data = trigger["data"] as JsonObject ?? [],
                EventMilliseconds = trigger["ts"]?.GetValue<long>() ?? 0,
                Memos = root["steps"] as JsonObject ?? [],
            };
        }
        catch (Exception error)
            when (error
                    is InvalidOperationException
                        or FormatException
                        or NullReferenceException
                        or ArgumentException
                        or OverflowException
            )
        {
            throw new JsonException("The body is not a call of a function.", error);
        }
    }

    private static int Number(JsonNode? node) => node?.GetValue<int>() ?? 0;

    private static bool Flag(JsonNode? node) => node?.GetValue<bool>() ?? false;
}
