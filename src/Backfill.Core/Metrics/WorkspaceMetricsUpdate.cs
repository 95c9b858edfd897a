using Backfill.Core.Postgres;

namespace Backfill.Core.Metrics;

internal static class WorkspaceMetricsUpdate
{
    public static Task RunAsync(
        Database database,
        MetricsRequest request,
        IOperationOutput output,
        TimeProvider time,
        CancellationToken cancellationToken
    ) => throw new NotSupportedException();
}
