using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Backfill.Worker.Steps;

/// <summary>
/// The steps of one call. A function runs from its beginning at each call. A step that has ended gives its stored result. The
/// first step that has not ended is done, reported, and ends the call. So code between two steps may not depend on the clock
/// or on chance.
/// </summary>
internal sealed class StepRunner(Call call, CancellationToken cancellationToken)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    private readonly Dictionary<string, int> used = new(StringComparer.Ordinal);

    /// <summary>Does a piece of work once. It is done again when its report is lost, so it has to be repeatable.</summary>
    /// <param name="id">The name of the step. A name that is used again gets a number.</param>
    public async Task<T> RunAsync<T>(string id, Func<CancellationToken, Task<T>> work)
    {
        var hash = Hash(id);
        if (TryRecall<T>(hash, out var known))
        {
            return known;
        }

        if (call.StepId == Call.AnyStep && call.OnlyPlans)
        {
            throw new StepReportedException(Operation(hash, "StepPlanned", id));
        }

        RequireAsked(hash);
        var result = await work(cancellationToken);
        var operation = Operation(hash, "StepRun", id);
        operation["data"] = JsonSerializer.SerializeToNode(result, Json);
        throw new StepReportedException(operation);
    }

    /// <summary>Ends the call until a time. Inngest keeps the time, and no worker waits.</summary>
    public void SleepUntil(string id, DateTimeOffset until)
    {
        var hash = Hash(id);
        if (call.Memos.ContainsKey(hash))
        {
            return;
        }

        RequireAnyStep(hash);
        var operation = Operation(hash, "Sleep", id);
        operation["name"] = until.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
        throw new StepReportedException(operation);
    }

    /// <summary>Starts another function and waits for its end at Inngest.</summary>
    /// <param name="functionId">The id of the function, with the app's id before it.</param>
    /// <exception cref="StepFailedException">The function failed.</exception>
    public T Invoke<T>(string id, string functionId, JsonObject data)
    {
        var hash = Hash(id);
        if (TryRecall<T>(hash, out var known))
        {
            return known;
        }

        RequireAnyStep(hash);
        var operation = Operation(hash, "InvokeFunction", id);
        operation["opts"] = new JsonObject
        {
            ["function_id"] = functionId,
            ["payload"] = new JsonObject { ["data"] = data },
        };
        throw new StepReportedException(operation);
    }

    // A result is exactly {"data":...}, a failure is exactly {"error":...}.
    private bool TryRecall<T>(string hash, out T known)
    {
        known = default!;
        if (!call.Memos.TryGetPropertyValue(hash, out var memo))
        {
            return false;
        }

        if (memo is JsonObject { Count: 1 } failed && failed["error"] is JsonObject error)
        {
            throw new StepFailedException(Text(error["name"]) ?? "Error", Text(error["message"]) ?? "The step failed.");
        }

        var value = memo is JsonObject { Count: 1 } done && done.ContainsKey("data") ? done["data"] : memo;
        known = value.Deserialize<T>(Json)!;
        return true;
    }

    private void RequireAsked(string hash)
    {
        if (call.StepId != Call.AnyStep && call.StepId != hash)
        {
            throw new StepNotFoundException(call.StepId);
        }
    }

    private void RequireAnyStep(string hash)
    {
        if (call.StepId != Call.AnyStep)
        {
            throw new StepNotFoundException(call.StepId == hash ? hash : call.StepId);
        }
    }

    // The hash of Inngest's SDK specification (5.1.2). A repeated id has its number behind it.
    private string Hash(string id)
    {
        var number = used.GetValueOrDefault(id);
        used[id] = number + 1;
        var text = number == 0 ? id : string.Create(CultureInfo.InvariantCulture, $"{id}:{number}");
#pragma warning disable CA5350 // The specification names SHA-1, and nothing is kept secret by it.
        return Convert.ToHexStringLower(SHA1.HashData(Encoding.UTF8.GetBytes(text)));
#pragma warning restore CA5350
    }

    private static JsonObject Operation(string hash, string name, string id) =>
        new()
        {
            ["id"] = hash,
            ["op"] = name,
            ["name"] = id,
            ["displayName"] = id,
        };

    private static string? Text(JsonNode? node) =>
        node?.GetValueKind() == JsonValueKind.String ? node.GetValue<string>() : null;
}
