using System.Text.Json.Nodes;
using Backfill.Worker.Steps;

namespace Backfill.Worker.Functions;

/// <summary>
/// Stops the syncs of a repository. Inngest cancels the function that waits or works by the same event. A slice that is under
/// way sees the request to stop at its next heartbeat, and a run between two slices ends at once.
/// </summary>
internal sealed class CancelFunction(FunctionContext context) : WorkerFunction(context)
{
    /// <inheritdoc/>
    public override string Id => "sync-cancel";

    /// <inheritdoc/>
    public override string Name => "Stop the syncs of a repository";

    /// <inheritdoc/>
    public override JsonObject Options(long tracked) => new() { ["triggers"] = On(EventNames.CancelSync) };

    /// <inheritdoc/>
    public override async Task<JsonNode?> RunAsync(Call call, StepRunner steps)
    {
        var payload = new Payload(call.Data);
        return await steps.RunAsync("stop", token => StopAsync(payload, token));
    }

    private async Task<JsonNode> StopAsync(Payload payload, CancellationToken cancellationToken)
    {
        var found = await Context.Engine.FindRepositoryAsync(
            Context.Settings,
            payload.RequiredRepository,
            cancellationToken
        );
        // The runs of the engine Inngest are not named here, because their functions may run this very request.
        var name = RepositoryName.Parse(found.FullName) with
        {
            Id = found.Id,
        };
        var runs = await Context.Engine.FindSyncsAsync(
            Context.Settings,
            new SyncFilter([], [name], [RunState.Queued, RunState.Running, RunState.Waiting], ThisProcess: false),
            cancellationToken
        );
        Guid[] ids = [.. runs.Where(run => run.Engine == nameof(EngineKind.Local)).Select(run => run.Id)];
        if (ids.Length > 0)
        {
            await Context.Engine.StopSyncsAsync(
                Context.Settings,
                new SyncFilter(ids, [], [], ThisProcess: false),
                cancellationToken
            );
        }

        return new JsonObject { ["repository"] = found.FullName, ["stopped"] = ids.Length };
    }
}
