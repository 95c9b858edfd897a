using System.Text.Json.Nodes;
using Backfill.Core.Inngest;
using Backfill.Worker.Steps;

namespace Backfill.Worker.Functions;

/// <summary>Runs the checks of a repository. Where one fails, it sends an event to which others can listen.</summary>
internal sealed class CoverageFunction(FunctionContext context) : WorkerFunction(context)
{
    /// <summary>The id of the function.</summary>
    public const string FunctionId = "coverage";

    private const int MostListed = 20;

    /// <inheritdoc/>
    public override string Id => FunctionId;

    /// <inheritdoc/>
    public override string Name => "Check the coverage of a repository";

    /// <inheritdoc/>
    public override JsonObject Options(long tracked) =>
        new()
        {
            ["triggers"] = On(EventNames.CheckCoverage),
            ["concurrency"] = new JsonArray(AtOnce(2)),
            ["throttle"] = OverTheNight(tracked),
        };

    /// <inheritdoc/>
    public override async Task<JsonNode?> RunAsync(Call call, StepRunner steps)
    {
        var payload = new Payload(call.Data);
        var checks = await steps.RunAsync("check", token => CheckAsync(payload, token));
        if (checks["failed"]!.AsArray().Count > 0)
        {
            await steps.RunAsync("report", token => ReportAsync(call, checks, token));
        }

        return checks;
    }

    private async Task<JsonNode> CheckAsync(Payload payload, CancellationToken cancellationToken)
    {
        var found = await Context.Engine.FindRepositoryAsync(
            Context.Settings,
            payload.RequiredRepository,
            cancellationToken
        );
        var checks = await Context.Engine.CheckCoverageAsync(
            Context.Settings,
            new CoverageRequest(
                RepositoryName.Parse(found.FullName) with
                {
                    Id = found.Id,
                },
                MinimumCoverage: 100,
                SkipGitHub: false,
                KnownTotals: null,
                Plan: false
            ),
            Context.Output(),
            cancellationToken
        );
        return new JsonObject
        {
            ["repository"] = found.FullName,
            ["repositoryId"] = found.Id.ToString(),
            ["passed"] = checks.Count(check => check.Status == CheckStatus.Passed),
            ["warnings"] = checks.Count(check => check.Status == CheckStatus.Warning),
            ["skipped"] = checks.Count(check => check.Status == CheckStatus.Skipped),
            ["failed"] = new JsonArray([
                .. checks
                    .Where(check => check.Status == CheckStatus.Failed)
                    .Take(MostListed)
                    .Select(check => (JsonNode)check.Check),
            ]),
        };
    }

    private async Task<bool> ReportAsync(Call call, JsonNode checks, CancellationToken cancellationToken)
    {
        await Context
            .Engine.OpenInngest(Context.Settings)
            .Sender.SendAsync(
                new InngestEvent(
                    $"backfill-coverage-{call.RunId}",
                    EventNames.CoverageFailed,
                    checks.DeepClone().AsObject(),
                    Context.Time.GetUtcNow()
                ),
                cancellationToken
            );
        return true;
    }
}
