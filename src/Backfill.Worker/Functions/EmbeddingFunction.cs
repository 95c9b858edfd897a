using System.Text.Json.Nodes;
using Backfill.Worker.Steps;

namespace Backfill.Worker.Functions;

/// <summary>Embeds the items of a repository or a workspace, a few batches per step.</summary>
internal sealed class EmbeddingFunction(FunctionContext context) : WorkerFunction(context)
{
    /// <summary>The id of the function.</summary>
    public const string FunctionId = "embeddings";

    // A thousand items, which a provider embeds within a minute.
    private const int BatchesPerStep = 5;
    private const int MostSteps = 60;

    /// <inheritdoc/>
    public override string Id => FunctionId;

    /// <inheritdoc/>
    public override string Name => "Embed the items of a repository";

    /// <inheritdoc/>
    public override JsonObject Options(long tracked) =>
        new()
        {
            ["triggers"] = On(InngestEvents.Embedding),
            ["concurrency"] = new JsonArray(AtOnce(1, "event.data.repositoryId")),
        };

    /// <inheritdoc/>
    public override async Task<JsonNode?> RunAsync(Call call, StepRunner steps)
    {
        var payload = new Payload(call.Data);
        var embedded = 0L;
        for (var number = 0; number < MostSteps; number++)
        {
            var first = number == 0;
            var step = await steps.RunAsync("embed", token => EmbedAsync(payload, first, token));
            embedded += step.Embedded;
            if (step.Remaining == 0 || step.Embedded == 0)
            {
                return new JsonObject
                {
                    ["embedded"] = embedded,
                    ["remaining"] = step.Remaining,
                    ["model"] = step.Model,
                };
            }
        }

        var rest = call.Data.DeepClone().AsObject();
        rest.Remove("_inngest");
        rest.Remove("forceRegenerate");
        return steps.Invoke<JsonNode?>("rest", Context.IdOf(Id), rest);
    }

    private async Task<EmbeddingStep> EmbedAsync(Payload payload, bool first, CancellationToken cancellationToken)
    {
        var workspace = payload.Text("workspaceId");
        var request = new EmbeddingRequest
        {
            Workspaces = workspace is null ? [] : [workspace],
            ItemTypes = payload.Texts("itemTypes"),
            // Only the first step embeds fresh items again. The others would embed the same items.
            Force = first && payload.Flag("forceRegenerate"),
            MaxIterations = first && payload.Flag("forceRegenerate") ? null : BatchesPerStep,
        };
        if (workspace is null)
        {
            var found = await Context.Engine.FindRepositoryAsync(
                Context.Settings,
                payload.RequiredRepository,
                cancellationToken
            );
            request = request with { Repositories = [RepositoryName.Parse(found.FullName) with { Id = found.Id }] };
        }

        var output = Context.Output();
        await Context.Engine.EmbedAsync(Context.Settings, request, output, cancellationToken);
        var results = output.Results.OfType<EmbeddingResult>().ToArray();
        return output.Errors.FirstOrDefault() is { } error && results.Sum(one => one.Embedded) == 0
            ? throw error
            : new EmbeddingStep(
                results.Sum(one => (long)one.Embedded),
                results.Sum(one => (long)one.Remaining),
                results.FirstOrDefault()?.Model
            );
    }

    private sealed record EmbeddingStep(long Embedded, long Remaining, string? Model);
}
