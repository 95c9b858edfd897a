using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Backfill.Core.Inngest;

namespace Backfill.Integration.Tests.Worker.Executor;

/// <summary>Drives runs: makes the calls, keeps what the answers say, and calls again.</summary>
internal sealed partial class RunDriver(ExecutorOptions options, Func<string, JsonObject?> find) : IAsyncDisposable
{
    private static readonly TimeSpan FirstRetry = TimeSpan.FromSeconds(15);
    private static readonly HashSet<string> KnownOps = new(StringComparer.Ordinal)
    {
        "StepRun",
        "StepPlanned",
        "Sleep",
        "StepError",
        "StepFailed",
        "WaitForEvent",
        "InvokeFunction",
        "RunComplete",
    };

    private readonly CancellationTokenSource stopping = new();
    private readonly WorkerCalls calls = new(options);
    private readonly ConcurrentDictionary<string, SemaphoreSlim> limits = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<Task, bool> work = new();
    private readonly ConcurrentDictionary<string, string> eventsByRun = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<(ExecutorRun Run, string Step), JsonObject> waits = new();

    public ConcurrentDictionary<string, ExecutorRun> Runs { get; } = new(StringComparer.Ordinal);

    public ConcurrentQueue<MadeCall> Calls { get; } = new();

    /// <summary>Returns whether a run waits for an event now. An event that comes before does not meet the wait.</summary>
    public bool IsWaiting(ExecutorRun run) => waits.Keys.Any(wait => wait.Run == run);

    public ConcurrentQueue<string> Violations { get; } = new();

    /// <summary>The internal id of the event that started a run.</summary>
    public string EventOf(ExecutorRun run) => eventsByRun[run.Id];

    public ExecutorRun Start(string id, JsonObject function, JsonObject @event, string internalId)
    {
        var run = new ExecutorRun(id, function, @event);
        eventsByRun[id] = internalId;
        Runs[id] = run;
        Queue(run, "step", 0);
        return run;
    }

    /// <summary>Cancels the runs that wait for this event to be cancelled, and meets the waits for it.</summary>
    public void Arrived(JsonObject @event)
    {
        var name = @event["name"]!.GetValue<string>();
        foreach (var run in Runs.Values.Where(run => !run.HasEnded))
        {
            if (
                (run.Function["cancel"] as JsonArray ?? []).Any(cancel =>
                    cancel!["event"]!.GetValue<string>() == name
                    && Matches(cancel["if"]?.GetValue<string>(), run.Event, @event)
                )
            )
            {
                run.End("Cancelled", null);
            }
        }

        foreach (var ((run, step), wait) in waits)
        {
            if (
                wait["name"]!.GetValue<string>() == name
                && Matches(wait["opts"]?["if"]?.GetValue<string>(), run.Event, @event)
                && waits.TryRemove((run, step), out _)
            )
            {
                Finish(run, step, @event.DeepClone());
            }
        }
    }

    /// <summary>Does something after a while.</summary>
    public void Later(TimeSpan wait, Action action) =>
        Track(async token =>
        {
            await Task.Delay(options.Shorten(wait), options.Time, token);
            action();
        });

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        await Task.WhenAll(work.Keys);
        calls.Dispose();
        stopping.Dispose();
    }

    /// <summary>The value of an expression such as <c>event.data.repository</c>, or of a text in quotes.</summary>
    public static string Evaluate(string? expression, JsonObject @event) =>
        expression is null ? ""
        : expression.StartsWith('"') ? expression
        : expression.Split('.').Skip(1).Aggregate((JsonNode?)@event, (node, name) => node?[name])?.ToJsonString()
            ?? "null";

    /// <summary>A duration such as 10s.</summary>
    public static TimeSpan Duration(string text) => EventHandling.Duration(text);

    private void Queue(ExecutorRun run, string stepId, int attempt, TimeSpan wait = default, bool onlyPlans = false) =>
        Track(async token =>
        {
            if (wait > TimeSpan.Zero)
            {
                await Task.Delay(options.Shorten(wait), options.Time, token);
            }

            var held = new List<SemaphoreSlim>();
            try
            {
                foreach (var limit in Limits(run))
                {
                    await limit.WaitAsync(token);
                    held.Add(limit);
                }

                if (!run.HasEnded)
                {
                    await CallAsync(run, stepId, attempt, onlyPlans, token);
                }
            }
            finally
            {
                held.ForEach(limit => limit.Release());
            }
        });

    // Always in the same order, so that two runs do not wait for each other.
    private IEnumerable<SemaphoreSlim> Limits(ExecutorRun run)
    {
        foreach (var rule in (run.Function["concurrency"] as JsonArray ?? []).Select(rule => rule!.AsObject()))
        {
            var scope = rule["scope"]?.GetValue<string>() is "env" or "account" ? "" : run.FunctionId;
            var key = $"{scope} {Evaluate(rule["key"]?.GetValue<string>(), run.Event)}";
            yield return limits.GetOrAdd(key, _ => new SemaphoreSlim(rule["limit"]!.GetValue<int>()));
        }
    }

    private async Task CallAsync(
        ExecutorRun run,
        string stepId,
        int attempt,
        bool onlyPlans,
        CancellationToken cancellationToken
    )
    {
        var step = run.Function["steps"]!["step"]!;
        var most = (step["retries"]?["attempts"]?.GetValue<int>() ?? 4) + 1;
        byte[] body;
        int number;
        lock (run.Sync)
        {
            number = ++run.Calls;
            body = Encoding.UTF8.GetBytes(Body(run, attempt, most, onlyPlans).ToJsonString());
        }

        var fault = options.Fault(run.FunctionId, number);
        var address = calls.Address(step["runtime"]!["url"]!.GetValue<string>(), stepId);
        var first = calls.SendAsync(address, body, cancellationToken);
        var answer =
            fault == CallFault.IsMadeTwice
                ? await (await Task.WhenAny(first, calls.SendAsync(address, body, cancellationToken)))
                : await first;
        if (fault == CallFault.LosesAnswer)
        {
            answer = new CallAnswer(0, null, "the answer was lost", false, null);
        }

        Calls.Enqueue(new MadeCall(run.FunctionId, run.Id, number, stepId, attempt, answer.Status, OpsOf(answer)));
        lock (run.Sync)
        {
            if (!run.HasEnded)
            {
                Take(run, stepId, attempt, most, onlyPlans, answer);
            }
        }
    }

    private JsonObject Body(ExecutorRun run, int attempt, int most, bool onlyPlans)
    {
        var context = new JsonObject
        {
            ["attempt"] = attempt,
            ["max_attempts"] = most,
            ["disable_immediate_execution"] = onlyPlans,
            ["use_api"] = options.KeepsSteps,
            ["env"] = "",
            ["run_id"] = run.Id,
            ["step_id"] = "step",
            ["stack"] = new JsonObject { ["stack"] = run.Stack.DeepClone(), ["current"] = run.Stack.Count },
        };
        if (options.NamesFunction)
        {
            context["fn_id"] = "00000000-0000-0000-0000-000000000001";
        }

        return new JsonObject
        {
            ["ctx"] = context,
            ["event"] = run.Event.DeepClone(),
            ["events"] = new JsonArray(run.Event.DeepClone()),
            ["steps"] = options.KeepsSteps ? new JsonObject() : run.Steps.DeepClone(),
            ["defers"] = new JsonObject(),
            ["version"] = run.Calls == 1 ? -1 : 2,
            ["use_api"] = options.KeepsSteps,
        };
    }

    private void Take(ExecutorRun run, string stepId, int attempt, int most, bool onlyPlans, CallAnswer answer)
    {
        switch (answer.Status)
        {
            case 200 or 204:
                run.End("Completed", answer.Body);
                return;
            case 206 when answer.Body is JsonArray { Count: > 0 } operations:
                run.OnlyPlans |= operations.Count > 1;
                foreach (var operation in operations.Select(one => one!.AsObject()))
                {
                    Check(run, stepId, onlyPlans, operation);
                    Take(run, stepId, attempt, most, operation, answer);
                }

                Discover(run);
                return;
            case 206:
                Violations.Enqueue($"{run.FunctionId}: 206 without an op would be called again without end.");
                run.End("Failed", null);
                return;
            default:
                if (answer.IsFinal || attempt + 1 >= most)
                {
                    run.End("Failed", answer.Body ?? answer.Text);
                }
                else
                {
                    Queue(run, stepId, attempt + 1, answer.RetryAfter ?? FirstRetry, onlyPlans);
                }

                return;
        }
    }

    private void Take(ExecutorRun run, string stepId, int attempt, int most, JsonObject operation, CallAnswer answer)
    {
        var id = operation["id"]!.GetValue<string>();
        switch (operation["op"]!.GetValue<string>())
        {
            case "StepRun":
                run.Memo(id, new JsonObject { ["data"] = operation["data"]?.DeepClone() });
                break;
            case "StepPlanned":
                run.Pending.Add(id);
                Queue(run, id, 0, onlyPlans: run.OnlyPlans);
                break;
            case "Sleep":
                run.Pending.Add(id);
                Later(WaitOf(operation), () => Finish(run, id, null, afterSleep: true));
                break;
            case "WaitForEvent":
                run.Pending.Add(id);
                waits[(run, id)] = operation.DeepClone().AsObject();
                Later(
                    Duration(operation["opts"]!["timeout"]!.GetValue<string>()),
                    () =>
                    {
                        if (waits.TryRemove((run, id), out _))
                        {
                            Finish(run, id, null);
                        }
                    }
                );
                break;
            case "InvokeFunction":
                run.Pending.Add(id);
                Invoke(run, id, operation["opts"]!.AsObject());
                break;
            case "StepError" when !answer.IsFinal && attempt + 1 < most:
                run.Pending.Add("retry");
                Queue(run, stepId, attempt + 1, answer.RetryAfter ?? FirstRetry, run.OnlyPlans);
                break;
            case "StepError" or "StepFailed":
                run.Memo(id, new JsonObject { ["error"] = operation["error"]!.DeepClone() });
                break;
            case "RunComplete":
                run.End("Completed", operation["data"]?.DeepClone());
                break;
        }
    }

    private void Invoke(ExecutorRun run, string id, JsonObject call)
    {
        if (find(call["function_id"]!.GetValue<string>()) is not { } function)
        {
            Violations.Enqueue($"{run.FunctionId} invokes a function that is not registered: {call["function_id"]}");
            run.End("Failed", null);
            return;
        }

        var data = call["payload"]?["data"]?.DeepClone().AsObject() ?? [];
        data["_inngest"] = new JsonObject { ["source"] = "test" };
        var child = Start(
            InngestExecutor.NewId(),
            function,
            new JsonObject
            {
                ["id"] = InngestExecutor.NewId(),
                ["name"] = "inngest/function.invoked",
                ["data"] = data,
                ["user"] = new JsonObject(),
                ["ts"] = options.Time.GetUtcNow().ToUnixTimeMilliseconds(),
            },
            ""
        );
        Track(async token =>
        {
            await child.Ended.WaitAsync(token);
            Finish(
                run,
                id,
                child.Status == "Completed"
                    ? new JsonObject { ["data"] = child.Output?.DeepClone() }
                    : new JsonObject { ["error"] = Error(child) }
            );
        });
    }

    private static JsonObject Error(ExecutorRun child) =>
        child.Output as JsonObject is { } said && said["message"] is not null
            ? said.DeepClone().AsObject()
            : new JsonObject { ["name"] = "Error", ["message"] = $"The function was {child.Status}." };

    private void Finish(ExecutorRun run, string id, JsonNode? memo, bool afterSleep = false)
    {
        lock (run.Sync)
        {
            if (!run.HasEnded && run.Memo(id, memo))
            {
                Discover(run, afterSleep && run.OnlyPlans);
            }
        }
    }

    // Once nothing is under way, one call finds out what is next. After a sleep beside other steps it may only plan.
    private void Discover(ExecutorRun run, bool onlyPlans = false)
    {
        var retries = run.Pending.Remove("retry");
        if (run.Pending.Count == 0 && !retries && !run.HasEnded)
        {
            run.OnlyPlans = false;
            Queue(run, "step", 0, onlyPlans: onlyPlans);
        }
    }

    private void Check(ExecutorRun run, string stepId, bool onlyPlans, JsonObject operation)
    {
        var (id, op) = (operation["id"]?.GetValue<string>() ?? "", operation["op"]?.GetValue<string>() ?? "");
        string? wrong =
            !KnownOps.Contains(op) ? $"knows no op {op}"
            : op != "RunComplete" && !Hash.IsMatch(id) ? $"has an id that is no hash: {id}"
            : run.Steps.ContainsKey(id) ? $"reported the finished step {id} again, which hangs the run"
            : stepId != "step" && id != stepId ? $"was asked for {stepId} and answered {id}"
            : onlyPlans && stepId == "step" && op == "StepRun" ? "ran a step although it may only plan"
            : null;
        if (wrong is not null)
        {
            Violations.Enqueue($"{run.FunctionId}: the answer {wrong}.");
        }
    }

    private TimeSpan WaitOf(JsonObject operation)
    {
        var text = operation["opts"]?["duration"]?.GetValue<string>() ?? operation["name"]!.GetValue<string>();
        return DateTimeOffset.TryParse(
            text,
            CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal,
            out var until
        )
            ? until - options.Time.GetUtcNow() is { Ticks: > 0 } wait
                ? wait
                : TimeSpan.Zero
            : Duration(text);
    }

    private static string OpsOf(CallAnswer answer) =>
        answer.Body is JsonArray operations && answer.Status == 206
            ? string.Join(' ', operations.Select(one => $"{one!["op"]} {one["displayName"]}"))
        : answer.Status == 0 ? answer.Text
        : "";

    private static bool Matches(string? condition, JsonObject own, JsonObject arrived)
    {
        if (condition is null)
        {
            return true;
        }

        var sides = condition.Split("==", StringSplitOptions.TrimEntries);
        return Side(sides[0]) == Side(sides[1]);

        string Side(string text) =>
            text.StartsWith("async.", StringComparison.Ordinal) ? Evaluate(text, arrived) : Evaluate(text, own);
    }

    private void Track(Func<CancellationToken, Task> action)
    {
        var task = Task.Run(async () =>
        {
            try
            {
                await action(stopping.Token);
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                // The test is over.
            }
        });
        work[task] = true;
        _ = task.ContinueWith(done => work.TryRemove(done, out _), TaskScheduler.Default);
    }

    [GeneratedRegex("^[0-9a-f]{40}$")]
    private static partial Regex Hash { get; }
}
