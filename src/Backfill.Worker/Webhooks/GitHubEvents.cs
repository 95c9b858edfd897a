using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Backfill.Core;
using Backfill.Core.Inngest;
using Backfill.Worker.Functions;
using Backfill.Worker.Operations;
using Octokit.Webhooks;

namespace Backfill.Worker.Webhooks;

/// <summary>
/// Turns what GitHub reports of a tracked repository into one event of Inngest. A function with a debounce makes one sync of
/// the events of ten seconds. The signature was checked before.
/// </summary>
internal sealed class GitHubEvents(
    BackfillEngine engine,
    WorkerOptions options,
    TimeProvider time,
    ILogger<GitHubEvents> logger
) : WebhookEventProcessor
{
    // What changes rows that the tool copies.
    private static readonly HashSet<string> Relevant = new(StringComparer.Ordinal)
    {
        WebhookEventType.PullRequest,
        WebhookEventType.PullRequestReview,
        WebhookEventType.PullRequestReviewComment,
        WebhookEventType.PullRequestReviewThread,
        WebhookEventType.Issues,
        WebhookEventType.IssueComment,
        WebhookEventType.Discussion,
        WebhookEventType.DiscussionComment,
    };

    /// <inheritdoc/>
    public override async ValueTask ProcessWebhookAsync(
        WebhookHeaders headers,
        WebhookEvent webhookEvent,
        CancellationToken cancellationToken = default
    )
    {
        if (
            headers.Event is not { } kind
            || !Relevant.Contains(kind)
            || (webhookEvent as RepositoryReport)?.FullName is not { } changed
        )
        {
            return;
        }

        var found = await FindAsync(changed, cancellationToken);
        if (found is null)
        {
            return;
        }

        Log.Reported(logger, kind, found.FullName);
        var now = time.GetUtcNow();
        await engine
            .OpenInngest(options.Settings)
            .Sender.SendAsync(
                new InngestEvent(
                    // GitHub sends a delivery again on request. Each delivery starts something at most once.
                    $"backfill-changed-{headers.Delivery ?? now.Ticks.ToString(CultureInfo.InvariantCulture)}",
                    EventNames.Changed,
                    new JsonObject
                    {
                        ["repository"] = found.FullName,
                        ["repositoryId"] = found.Id.ToString(),
                        ["source"] = $"github {kind}",
                    },
                    now
                ),
                cancellationToken
            );
    }

    /// <inheritdoc/>
    // The package's models refuse a payload that lacks one of their fields. The worker needs one field, and GitHub Enterprise
    // Server may lack others.
    public override WebhookEvent DeserializeWebhookEvent(WebhookHeaders headers, string body)
    {
        using var document = JsonDocument.Parse(body);
        return new RepositoryReport(
            document.RootElement.ValueKind == JsonValueKind.Object
            && document.RootElement.TryGetProperty("repository", out var repository)
            && repository.ValueKind == JsonValueKind.Object
            && repository.TryGetProperty("full_name", out var name)
            && name.ValueKind == JsonValueKind.String
                ? name.GetString()
                : null
        );
    }

    private sealed record RepositoryReport(string? FullName) : WebhookEvent;

    // An organization's webhook reports all of its repositories, of which few may be tracked.
    private async Task<Core.Postgres.StoredRepository?> FindAsync(string fullName, CancellationToken cancellationToken)
    {
        try
        {
            return await engine.FindRepositoryAsync(
                options.Settings,
                RepositoryName.Parse(fullName),
                cancellationToken
            );
        }
        catch (BackfillException unknown)
            when (unknown.ErrorId is ErrorIds.RepositoryNotTracked or ErrorIds.RepositoryNameMalformed)
        {
            return null;
        }
    }
}
