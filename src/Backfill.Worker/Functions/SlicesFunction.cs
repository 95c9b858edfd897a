using System.Text.Json.Nodes;
using Backfill.Core.Sync.Runs;
using Backfill.Worker.Operations;
using Backfill.Worker.Steps;

namespace Backfill.Worker.Functions;

/// <summary>
/// Works on a run of a repository slice by slice. Each slice is a step. A wait for a limit is a sleep at Inngest, for which no
/// worker waits. Windows, leases and gaps in the database are the only state, so a slice that is done twice, or whose answer
/// is lost, writes the same rows.
/// </summary>
internal sealed class SlicesFunction(FunctionContext context) : WorkerFunction(context)
{
    /// <summary>The id of the function.</summary>
    public const string FunctionId = "sync-slices";

    // A slice and a sleep take 250 bytes of state at Inngest, and 50 of each less than 16 KB.
    private const int MostSlices = 50;
    private const string More = "more";
    private const string Wait = "wait";
    private const string Busy = "busy";
    private const string Done = "done";

    /// <inheritdoc/>
    public override string Id => FunctionId;

    /// <inheritdoc/>
    public override string Name => "Work on the sync of a repository in slices";

    /// <inheritdoc/>
    public override JsonObject Options(long tracked) =>
        new()
        {
            // It is only invoked. An event of this name would start it too.
            ["triggers"] = On("backfill/sync.slices"),
            ["concurrency"] = new JsonArray(
                AtOnce(1, "event.data.repositoryId"),
                // GitHub allows each token one request at a time, whichever worker sends it.
                AtOnce(Context.Options.Tokens, "\"backfill-github\"", "env")
            ),
            ["priority"] = new JsonObject
            {
                ["run"] = "event.data.priority == \"high\" ? 300 : (event.data.priority == \"low\" ? -300 : 0)",
            },
            ["cancel"] = new JsonArray(
                new JsonObject
                {
                    ["event"] = EventNames.CancelSync,
                    ["if"] = "async.data.repositoryId == event.data.repositoryId",
                }
            ),
        };

    /// <inheritdoc/>
    public override async Task<JsonNode?> RunAsync(Call call, StepRunner steps)
    {
        var payload = new Payload(call.Data);
        var busy = 0;
        for (var number = 0; number < MostSlices; number++)
        {
            var waited = busy;
            var slice = await steps.RunAsync("slice", token => WorkAsync(call, payload, waited, token));
            if (slice.Next == Done)
            {
                return System.Text.Json.JsonSerializer.SerializeToNode(
                    slice.End,
                    System.Text.Json.JsonSerializerOptions.Web
                );
            }

            busy = slice.Next == Busy ? busy + 1 : 0;
            if (slice.Until is { } until)
            {
                steps.SleepUntil("wait", until);
            }
        }

        return new JsonObject { ["continues"] = true };
    }

    private async Task<SliceReport> WorkAsync(Call call, Payload payload, int busy, CancellationToken cancellationToken)
    {
        var name = payload.RequiredRepository;
        if (!Guid.TryParse(payload.Text("runId"), out var runId))
        {
            throw new BackfillException(
                ErrorIds.NoInput,
                ErrorKind.Input,
                "The event names no run.",
                $"Send {InngestEvents.Sync}, which gives each sync a run.",
                "runId"
            );
        }

        var pause = PauseAfter(call.Attempt);
        using var activity = Context.Telemetry.Source.StartActivity("slice");
        activity?.SetTag("backfill.repository", name.FullName);
        var began = Context.Time.GetTimestamp();
        var slice = await Context.Engine.RunSliceAsync(
            Context.Settings,
            new SliceRequest(
                runId,
                new SyncRequest(name, payload.Time("since"), Track: false, ThrottleLimit: 1, Plan: false),
                Context.Options.SliceLength
            )
            {
                RetryAfter = call.IsLastTry ? null : pause,
                Ending = Context.Stop.Soon,
            },
            cancellationToken
        );
        var next = slice.Next.ToString();
        activity?.SetTag("backfill.next", next);
        Context.Telemetry.Sliced(next, Context.Time.GetElapsedTime(began));
        Log.Slice(Context.Logger, slice.Run.Repository, runId, next, slice.Run.Requests, slice.Run.Points);
        if (slice.Error is { } error)
        {
            Log.EngineReports(Context.Logger, error.ErrorId, error.Message);
        }

        return slice.Next switch
        {
            SliceNext.More => new SliceReport(More),
            SliceNext.Wait => new SliceReport(Wait, slice.ResumesAt),
            SliceNext.Busy => new SliceReport(Busy, Context.Time.GetUtcNow() + PauseAfter(busy)),
            SliceNext.Retry => throw new RetryLaterException(slice.Error!, pause),
            _ when slice.Run.State == RunState.Failed => throw slice.Error!,
            _ => new SliceReport(Done)
            {
                End = new SlicesEnd
                {
                    State = slice.Run.State.ToString(),
                    Gaps = slice.Run.Gaps.Count,
                    Requests = slice.Run.Requests,
                    Points = slice.Run.Points,
                },
            },
        };
    }
}

/// <summary>What Inngest keeps of a slice.</summary>
/// <param name="Next">What comes next.</param>
/// <param name="Until">The time at which it comes; null for now.</param>
internal sealed record SliceReport(string Next, DateTimeOffset? Until = null)
{
    /// <summary>Gets the end of the run; null while it goes on.</summary>
    public SlicesEnd? End { get; init; }
}

/// <summary>The end of a part of a run.</summary>
internal sealed record SlicesEnd
{
    /// <summary>Gets whether the run goes on in the next part.</summary>
    public bool Continues { get; init; }

    /// <summary>Gets the state of the run.</summary>
    public string? State { get; init; }

    /// <summary>Gets the number of gaps, of which a hundred are listed at most.</summary>
    public int Gaps { get; init; }

    /// <summary>Gets the number of requests.</summary>
    public int Requests { get; init; }

    /// <summary>Gets the number of points.</summary>
    public int Points { get; init; }
}
