using System.Globalization;
using System.Text.Json.Nodes;
using Backfill.Core.Inngest;
using Backfill.Worker.Steps;

namespace Backfill.Worker.Functions;

/// <summary>
/// Sends one event for each tracked repository, on a schedule. Each event has an id of the repository and the day, so a step
/// that is done twice starts nothing twice.
/// </summary>
internal abstract class FanOutFunction(FunctionContext context) : WorkerFunction(context)
{
    // Inngest takes 5,000 events per request.
    private const int PerRequest = 1_000;

    /// <summary>Gets the schedule.</summary>
    protected abstract string Cron { get; }

    /// <summary>Gets the name of the events.</summary>
    protected abstract string EventName { get; }

    /// <inheritdoc/>
    public override JsonObject Options(long tracked) => new() { ["triggers"] = Every(Cron) };

    /// <inheritdoc/>
    public override async Task<JsonNode?> RunAsync(Call call, StepRunner steps) =>
        await steps.RunAsync("send", token => SendAsync(call, token));

    private async Task<JsonNode> SendAsync(Call call, CancellationToken cancellationToken)
    {
        var sender = Context.Engine.OpenInngest(Context.Settings).Sender;
        var at = DateTimeOffset.FromUnixTimeMilliseconds(call.EventMilliseconds);
        var day = at.ToString("yyyyMMdd", CultureInfo.InvariantCulture);
        var (after, sent) = (Guid.Empty, 0);
        while (true)
        {
            var repositories = await Context.Engine.TrackedAsync(
                Context.Settings,
                after,
                PerRequest,
                cancellationToken
            );
            if (repositories.Count == 0)
            {
                return new JsonObject { ["sent"] = sent };
            }

            await sender.SendAllAsync(
                [
                    .. repositories.Select(one => new InngestEvent(
                        $"backfill-{Id}-{day}-{one.Id:N}",
                        EventName,
                        new JsonObject { ["repository"] = one.FullName, ["repositoryId"] = one.Id.ToString() },
                        Context.Time.GetUtcNow()
                    )),
                ],
                cancellationToken
            );
            after = repositories[^1].Id;
            sent += repositories.Count;
        }
    }
}

/// <summary>Begins the nightly round.</summary>
internal sealed class NightlyFunction(FunctionContext context) : FanOutFunction(context)
{
    /// <inheritdoc/>
    public override string Id => "nightly";

    /// <inheritdoc/>
    public override string Name => "Begin the nightly round of syncs";

    /// <inheritdoc/>
    protected override string Cron => "TZ=UTC 0 1 * * *";

    /// <inheritdoc/>
    protected override string EventName => EventNames.Due;
}

/// <summary>Begins the weekly round of checks.</summary>
internal sealed class WeeklyFunction(FunctionContext context) : FanOutFunction(context)
{
    /// <inheritdoc/>
    public override string Id => "weekly";

    /// <inheritdoc/>
    public override string Name => "Begin the weekly round of checks";

    /// <inheritdoc/>
    protected override string Cron => "TZ=UTC 0 9 * * 0";

    /// <inheritdoc/>
    protected override string EventName => EventNames.CheckCoverage;
}
