using Backfill.Core.Inngest;
using Backfill.Core.Postgres;

namespace Backfill.Core.Metrics;

/// <summary>Lets the function that is deployed at Inngest measure a workspace. It sends one event per range and then reads the stored rows, because only the rows show that a range was computed.</summary>
internal sealed class InngestMetrics(
    Database database,
    InngestConnection connection,
    MetricsRequest request,
    IOperationOutput output,
    TimeProvider time
)
{
    /// <summary>Measures a workspace.</summary>
    /// <param name="workspace">The id, the name and the repositories of the workspace.</param>
    /// <exception cref="BackfillException">The event cannot be sent, or Inngest cannot be asked.</exception>
    public async Task<WorkspaceMetrics> MeasureAsync(WorkspaceMetrics workspace, CancellationToken cancellationToken)
    {
        var id = workspace.WorkspaceId!.Value;
        if (request.Plan)
        {
            var sender = connection.Sender;
            var shown = request.Ranges.Select(range => sender.Describe(Event(id, range))).ToArray();
            foreach (var one in shown)
            {
                await output.InformationAsync($"What if: {one}", cancellationToken);
            }

            return workspace with
            {
                Reason = $"Would send {string.Join("; ", shown)} (each event has a new id).",
            };
        }

        var before = await CalculatedAsync(id, cancellationToken);
        var deadline = time.GetUtcNow() + (request.Timeout ?? InngestConnection.DefaultTimeout);
        var ends = await Task.WhenAll(
            request.Ranges.Select(range => OneAsync(id, Subject(workspace), range, before, deadline, cancellationToken))
        );
        var after = await CalculatedAsync(id, cancellationToken);
        string[] missing = [.. request.Ranges.Select(range => range.Text).Where(range => !IsNew(range, before, after))];
        if (missing.Length == 0)
        {
            return workspace with
            {
                CalculatedAt = request.Ranges.Min(range => after[range.Text]),
                Reason = "Stored by the function at Inngest; what it counts by is decided there.",
            };
        }

        var fault =
            ends.Select(end => InngestJob.Fault(end, Subject(workspace), request.EventName))
                .OfType<BackfillException>()
                .FirstOrDefault()
            ?? NothingStored(workspace, missing);
        await output.ErrorAsync(fault, cancellationToken);
        return workspace with
        {
            State = fault.ErrorId == ErrorIds.SyncFailed ? RunState.Failed : RunState.Incomplete,
            Reason = fault.Message,
        };
    }

    private Task<JobEnd> OneAsync(
        Guid workspaceId,
        string subject,
        TimeRange range,
        IReadOnlyDictionary<string, DateTimeOffset> before,
        DateTimeOffset deadline,
        CancellationToken cancellationToken
    ) =>
        new InngestJob(connection, time).RunAsync(
            Event(workspaceId, range),
            subject,
            async token =>
            {
                var now = await CalculatedAsync(workspaceId, token);
                return new JobRows(IsNew(range.Text, before, now), now.GetValueOrDefault(range.Text).UtcTicks);
            },
            deadline,
            cancellationToken
        );

    private InngestEvent Event(Guid workspaceId, TimeRange range)
    {
        var now = time.GetUtcNow();
        return InngestEvent.Metrics(
            Guid.CreateVersion7(now),
            request.EventName,
            workspaceId,
            range,
            request.Force,
            now
        );
    }

    private BackfillException NothingStored(WorkspaceMetrics workspace, string[] ranges) =>
        InngestJob.NothingStored(
            Subject(workspace),
            request.EventName,
            $"no metrics were stored for {string.Join(", ", ranges)}",
            "contributor.info's function only logs since its cache was dropped. Update-WorkspaceMetrics without -Engine computes and stores them here."
        );

    private static string Subject(WorkspaceMetrics workspace) => $"workspace {workspace.Workspace}";

    private static bool IsNew(
        string range,
        IReadOnlyDictionary<string, DateTimeOffset> before,
        IReadOnlyDictionary<string, DateTimeOffset> now
    ) => now.TryGetValue(range, out var at) && (!before.TryGetValue(range, out var old) || at > old);

    private async Task<IReadOnlyDictionary<string, DateTimeOffset>> CalculatedAsync(
        Guid workspaceId,
        CancellationToken cancellationToken
    )
    {
        var calculated = await database
            .Statement("Metrics/read-calculated", await database.CatalogueAsync(cancellationToken))
            .Set("workspace_id", workspaceId)
            .Set("ranges", [.. request.Ranges.Select(range => range.Text)])
            .RowsAsync(
                row => (Range: row.Get<string>("time_range"), At: row.Get<DateTimeOffset>("calculated_at")),
                cancellationToken
            );
        return calculated.ToDictionary(one => one.Range, one => one.At, StringComparer.Ordinal);
    }
}
