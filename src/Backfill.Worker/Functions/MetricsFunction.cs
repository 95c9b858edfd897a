using System.Text.Json.Nodes;
using Backfill.Worker.Steps;

namespace Backfill.Worker.Functions;

/// <summary>Computes the metrics of a workspace, or of the workspaces that hold a repository.</summary>
internal sealed class MetricsFunction(FunctionContext context) : WorkerFunction(context)
{
    /// <summary>The id of the function.</summary>
    public const string FunctionId = "metrics";

    private static readonly string[] AllRanges = ["7d", "30d", "90d", "1y", "all"];

    /// <inheritdoc/>
    public override string Id => FunctionId;

    /// <inheritdoc/>
    public override string Name => "Compute the metrics of a workspace";

    /// <inheritdoc/>
    public override JsonObject Options(long tracked) =>
        new()
        {
            ["triggers"] = On(InngestEvents.Metrics),
            // A statement reads the rows of a whole workspace.
            ["concurrency"] = new JsonArray(AtOnce(2)),
        };

    /// <inheritdoc/>
    public override async Task<JsonNode?> RunAsync(Call call, StepRunner steps)
    {
        var payload = new Payload(call.Data);
        return await steps.RunAsync("measure", token => MeasureAsync(payload, token));
    }

    private async Task<JsonNode> MeasureAsync(Payload payload, CancellationToken cancellationToken)
    {
        var workspace = payload.Text("workspaceId") ?? payload.Text("workspaceSlug");
        IReadOnlyList<RepositoryName> repositories = [];
        if (workspace is null)
        {
            var found = await Context.Engine.FindRepositoryAsync(
                Context.Settings,
                payload.RequiredRepository,
                cancellationToken
            );
            repositories = [RepositoryName.Parse(found.FullName) with { Id = found.Id }];
        }

        var ranges = payload.Text("timeRange") is { } range ? [range] : AllRanges;
        var output = Context.Output();
        await Context.Engine.UpdateMetricsAsync(
            Context.Settings,
            new MetricsRequest(
                repositories,
                workspace is null ? [] : [workspace],
                [.. ranges.Select(TimeRange.Parse)],
                Plan: false,
                payload.Flag("forceRefresh")
            ),
            output,
            cancellationToken
        );
        return output.Errors.FirstOrDefault() is { } error
            ? throw error
            : new JsonArray([
                .. output
                    .Results.OfType<WorkspaceMetrics>()
                    .Select(one => new JsonObject { ["workspace"] = one.Workspace, ["state"] = one.State.ToString() }),
            ]);
    }
}
