using System.Text.Json.Nodes;
using Backfill.Core.Sync.Remote;
using Backfill.Worker.Steps;

namespace Backfill.Worker.Functions;

/// <summary>
/// Syncs a repository, and on request embeds, measures and proves it, as the pipeline does. It finds the repository of the
/// event and leaves the work to <see cref="SlicesFunction"/>, whose limits need a payload of one form.
/// </summary>
internal abstract class SyncFunction(FunctionContext context) : WorkerFunction(context)
{
    // Each part has up to fifty slices. Behind so many parts the function invokes itself, so its state stays small.
    private const int MostParts = 60;

    /// <summary>Gets the priority where the event names none.</summary>
    protected virtual string? Priority => null;

    /// <inheritdoc/>
    public override async Task<JsonNode?> RunAsync(Call call, StepRunner steps)
    {
        var payload = new Payload(call.Data);
        var target = await steps.RunAsync("repository", token => FindAsync(call, payload, token));
        for (var part = 0; part < MostParts; part++)
        {
            var end = steps.Invoke<SlicesEnd>("sync", Context.IdOf(SlicesFunction.FunctionId), target.ToData());
            if (!end.Continues)
            {
                return await ContinueAsync(call, payload, target, end, steps);
            }
        }

        var rest = call.Data.DeepClone().AsObject();
        rest.Remove("_inngest");
        rest["runId"] = target.Run.ToString();
        return steps.Invoke<JsonNode?>("rest", Context.IdOf(Id), rest);
    }

    // The later stages work on the rows that are there, whether the sync is complete or not. A stopped sync ends the pipeline.
    private Task<JsonNode?> ContinueAsync(
        Call call,
        Payload payload,
        SyncTarget target,
        SlicesEnd end,
        StepRunner steps
    )
    {
        var result = new JsonObject
        {
            ["repository"] = target.Repository,
            ["run"] = target.Run.ToString(),
            ["state"] = end.State,
            ["gaps"] = end.Gaps,
            ["requests"] = end.Requests,
            ["points"] = end.Points,
            ["source"] = payload.Source,
        };
        if (end.State == nameof(RunState.Stopped))
        {
            return Task.FromResult<JsonNode?>(result);
        }

        foreach (
            var (flag, function) in new[]
            {
                ("embed", EmbeddingFunction.FunctionId),
                ("measure", MetricsFunction.FunctionId),
                ("prove", CoverageFunction.FunctionId),
            }
        )
        {
            if (payload.Flag(flag))
            {
                result[flag] = steps.Invoke<JsonNode?>(
                    flag,
                    Context.IdOf(function),
                    new JsonObject { ["repository"] = target.Repository, ["repositoryId"] = target.Id.ToString() }
                );
            }
        }

        return Task.FromResult<JsonNode?>(result);
    }

    private async Task<SyncTarget> FindAsync(Call call, Payload payload, CancellationToken cancellationToken)
    {
        var found = await Context.Engine.FindRepositoryAsync(
            Context.Settings,
            payload.RequiredRepository,
            cancellationToken
        );
        return new SyncTarget(
            found.Id,
            found.FullName,
            Guid.TryParse(payload.Text("runId"), out var run) ? run : WorkerRun.IdOf(call.RunId),
            payload.Since(Context.Time.GetUtcNow()),
            Priority ?? payload.Priority
        );
    }
}

/// <summary>The repository of a sync and what is read of it.</summary>
/// <param name="Id">The id of the row in <c>repositories</c>.</param>
/// <param name="Repository">The name as <c>owner/name</c>.</param>
/// <param name="Run">The id of the run in <c>backfill.sync_run</c>.</param>
/// <param name="Since">The time back to which the sync reads; null for the beginning.</param>
/// <param name="Priority">The priority among waiting syncs.</param>
internal sealed record SyncTarget(Guid Id, string Repository, Guid Run, DateTimeOffset? Since, string Priority)
{
    /// <summary>Returns the payload for <see cref="SlicesFunction"/>.</summary>
    public JsonObject ToData() =>
        new()
        {
            ["repository"] = Repository,
            ["repositoryId"] = Id.ToString(),
            ["runId"] = Run.ToString(),
            ["since"] = Since?.ToString("O", System.Globalization.CultureInfo.InvariantCulture),
            ["priority"] = Priority,
        };
}

/// <summary>Syncs the repository of an event.</summary>
internal sealed class RequestedSyncFunction(FunctionContext context) : SyncFunction(context)
{
    /// <inheritdoc/>
    public override string Id => "sync";

    /// <inheritdoc/>
    public override string Name => "Sync a repository";

    /// <inheritdoc/>
    public override JsonObject Options(long tracked) => new() { ["triggers"] = On(Context.Options.SyncEvents) };
}

/// <summary>Syncs a repository in the nightly round. A throttle spreads the round over six hours.</summary>
internal sealed class DueSyncFunction(FunctionContext context) : SyncFunction(context)
{
    /// <inheritdoc/>
    public override string Id => "sync-due";

    /// <inheritdoc/>
    public override string Name => "Sync a repository in the nightly round";

    /// <inheritdoc/>
    protected override string Priority => "low";

    /// <inheritdoc/>
    public override JsonObject Options(long tracked) =>
        new() { ["triggers"] = On(EventNames.Due), ["throttle"] = OverTheNight(tracked) };
}

/// <summary>Syncs a repository that changed at GitHub. Several changes within seconds are one sync.</summary>
internal sealed class ChangedSyncFunction(FunctionContext context) : SyncFunction(context)
{
    /// <inheritdoc/>
    public override string Id => "sync-changed";

    /// <inheritdoc/>
    public override string Name => "Sync a repository that changed at GitHub";

    /// <inheritdoc/>
    protected override string Priority => "high";

    /// <inheritdoc/>
    public override JsonObject Options(long tracked) =>
        new()
        {
            ["triggers"] = On(EventNames.Changed),
            ["debounce"] = new JsonObject
            {
                ["period"] = "10s",
                ["key"] = "event.data.repositoryId",
                ["timeout"] = "1m",
            },
        };
}
