using System.Text.Json.Nodes;

namespace Backfill.Integration.Tests.Worker.Executor;

/// <summary>A run of a function, as the server keeps it.</summary>
internal sealed class ExecutorRun(string id, JsonObject function, JsonObject @event)
{
    private readonly TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public string Id { get; } = id;

    public JsonObject Function { get; } = function;

    public string FunctionId => Function["id"]!.GetValue<string>();

    public JsonObject Event { get; } = @event;

    public string EventName => Event["name"]!.GetValue<string>();

    public Lock Sync { get; } = new();

    /// <summary>The results of steps.</summary>
    public JsonObject Steps { get; } = [];

    /// <summary>Finished steps in order.</summary>
    public JsonArray Stack { get; } = [];

    /// <summary>Steps that are planned, slept through or waited for.</summary>
    public HashSet<string> Pending { get; } = new(StringComparer.Ordinal);

    public bool OnlyPlans { get; set; }

    public int Calls { get; set; }

    public int MostState { get; private set; }

    public string Status { get; private set; } = "Running";

    public JsonNode? Output { get; private set; }

    public bool HasEnded => ended.Task.IsCompleted;

    public Task Ended => ended.Task;

    /// <summary>Ends it once.</summary>
    public void End(string status, JsonNode? output)
    {
        lock (Sync)
        {
            if (!HasEnded)
            {
                (Status, Output) = (status, output);
                ended.SetResult();
            }
        }
    }

    /// <summary>Keeps the result of a step; false when it is known already.</summary>
    public bool Memo(string id, JsonNode? memo)
    {
        if (Steps.ContainsKey(id))
        {
            return false;
        }

        Steps[id] = memo;
        Stack.Add(id);
        Pending.Remove(id);
        MostState = Math.Max(MostState, Steps.ToJsonString().Length + Stack.ToJsonString().Length);
        return true;
    }
}
