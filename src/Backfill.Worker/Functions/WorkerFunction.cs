using System.Text.Json.Nodes;
using Backfill.Core;
using Backfill.Worker.Operations;
using Backfill.Worker.Steps;

namespace Backfill.Worker.Functions;

/// <summary>What all functions work with.</summary>
/// <param name="Engine">The engine. All functions of the process share its connections and its knowledge of limits.</param>
internal sealed record FunctionContext(
    BackfillEngine Engine,
    WorkerOptions Options,
    StopSignal Stop,
    WorkerTelemetry Telemetry,
    TimeProvider Time,
    ILogger<WorkerFunction> Logger
)
{
    /// <summary>Gets the settings of the engine.</summary>
    public BackfillSettings Settings => Options.Settings;

    /// <summary>Returns the id under which Inngest knows a function.</summary>
    public string IdOf(string function) => $"{Options.App}-{function}";

    /// <summary>Returns an output that logs.</summary>
    public EngineOutput Output() => new(Logger);
}

/// <summary>A function that Inngest calls.</summary>
internal abstract class WorkerFunction(FunctionContext context)
{
    /// <summary>Gets the id, without the app's id before it.</summary>
    public abstract string Id { get; }

    /// <summary>Gets what Inngest shows.</summary>
    public abstract string Name { get; }

    /// <summary>Gets the tries after the first one, for each step.</summary>
    public virtual int Retries => 8;

    /// <summary>Gets what all functions work with.</summary>
    protected FunctionContext Context { get; } = context;

    /// <summary>Returns the triggers and the limits, as a registration has them.</summary>
    /// <param name="tracked">The number of tracked repositories.</param>
    public abstract JsonObject Options(long tracked);

    /// <summary>Runs the function up to its next step.</summary>
    /// <returns>The result of the function, once all steps have ended.</returns>
    public abstract Task<JsonNode?> RunAsync(Call call, StepRunner steps);

    /// <summary>Returns the pause before the next try of a step.</summary>
    public static TimeSpan PauseAfter(int attempt) =>
        TimeSpan.FromSeconds(Math.Min(15 * Math.Pow(2, Math.Min(attempt, 10)), 600));

    /// <summary>Returns a list of triggers for events.</summary>
    protected static JsonArray On(params IEnumerable<string> events) =>
        [.. events.Select(name => new JsonObject { ["event"] = name })];

    /// <summary>Returns a list with the trigger of a schedule.</summary>
    protected static JsonArray Every(string cron) => [new JsonObject { ["cron"] = cron }];

    /// <summary>Returns a limit of the runs that work at once.</summary>
    /// <param name="key">The expression by which runs are told apart; null counts all runs of the function.</param>
    /// <param name="scope">Null counts the runs of the function, <c>env</c> those of all functions with the same key.</param>
    protected static JsonObject AtOnce(int limit, string? key = null, string? scope = null)
    {
        var rule = new JsonObject { ["limit"] = limit };
        if (key is not null)
        {
            rule["key"] = key;
        }

        if (scope is not null)
        {
            rule["scope"] = scope;
        }

        return rule;
    }

    /// <summary>Returns a throttle that spreads one run per tracked repository over six hours.</summary>
    protected static JsonObject OverTheNight(long tracked) =>
        new() { ["limit"] = Math.Max(1, (int)Math.Ceiling(tracked / 360.0)), ["period"] = "1m" };
}
