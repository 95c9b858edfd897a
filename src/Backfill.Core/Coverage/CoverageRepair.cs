using Backfill.Core.Postgres;
using Npgsql;

namespace Backfill.Core.Coverage;

/// <summary>Mends what checks found by the stage that would have prevented it.</summary>
internal sealed class CoverageRepair(IBackfillEngine engine, Database database)
{
    private static readonly string[] Ranges = ["7d", "30d", "90d", "1y", "all"];

    /// <summary>Runs the stage; its errors are told, its results are not.</summary>
    /// <exception cref="BackfillException">The stage cannot be run.</exception>
    public async Task RunAsync(
        BackfillSettings settings,
        RepairRequest request,
        IOperationOutput output,
        CancellationToken cancellationToken
    )
    {
        var quiet = new WithoutResults(output);
        switch (request.Stage)
        {
            case PipelineStage.Initialize:
                await engine.InitializeDatabaseAsync(
                    settings,
                    new DatabaseRequest(Plan: false),
                    quiet,
                    cancellationToken
                );
                break;
            case PipelineStage.Sync:
                await SyncAsync(settings, request.Repository, quiet, cancellationToken);
                break;
            case PipelineStage.Embed:
                await EmbedAsync(settings, request, quiet, cancellationToken);
                break;
            default:
                var ranges = Ranges.Select(TimeRange.Parse).ToArray();
                await engine.UpdateMetricsAsync(
                    settings,
                    new MetricsRequest([request.Repository], [], ranges, Plan: false, Force: true),
                    quiet,
                    cancellationToken
                );
                break;
        }
    }

    private async Task SyncAsync(
        BackfillSettings settings,
        RepositoryName name,
        IOperationOutput output,
        CancellationToken cancellationToken
    )
    {
        var repository = await RepositoryDirectory.RequireAsync(database, name, cancellationToken);
        await DatabaseRights.RequireAsync(database, PipelineStage.Sync, cancellationToken);
        var since = await database.TransactionAsync(
            async (connection, token) =>
            {
                await using var command = new NpgsqlCommand(SqlText.Read("Coverage/forget-windows.sql"), connection);
                command.Parameters.AddWithValue("repository_id", repository.Id);
                return await command.ExecuteScalarAsync(token) is DateTime oldest
                    ? new DateTimeOffset(oldest)
                    : (DateTimeOffset?)null;
            },
            cancellationToken
        );
        var run = await engine.StartSyncAsync(
            settings,
            new SyncRequest(name, since, Track: false, ThrottleLimit: 1, Plan: false),
            output,
            cancellationToken
        );
        await engine.WaitSyncAsync(
            settings,
            new WaitRequest([run.Id], [], Timeout: null, TimeSpan.FromSeconds(1)),
            output,
            cancellationToken
        );
    }

    private async Task EmbedAsync(
        BackfillSettings settings,
        RepairRequest request,
        IOperationOutput output,
        CancellationToken cancellationToken
    ) =>
        await engine.EmbedAsync(
            settings,
            new EmbeddingRequest
            {
                Repositories = [request.Repository],
                // A vector of the wrong length has the right text and the right model.
                Force = request.Checks.Contains(CheckDefinition.EmbeddingLength.Id, StringComparer.Ordinal),
                AllowModelChange = request.Checks.Contains(CheckDefinition.EmbeddingModel.Id, StringComparer.Ordinal),
            },
            output,
            cancellationToken
        );

    private sealed class WithoutResults(IOperationOutput inner) : IOperationOutput
    {
        public ValueTask WriteAsync(object result, CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public ValueTask ErrorAsync(BackfillException error, CancellationToken cancellationToken) =>
            inner.ErrorAsync(error, cancellationToken);

        public ValueTask WarningAsync(string message, CancellationToken cancellationToken) =>
            inner.WarningAsync(message, cancellationToken);

        public ValueTask InformationAsync(string message, CancellationToken cancellationToken) =>
            inner.InformationAsync(message, cancellationToken);

        public ValueTask VerboseAsync(string message, CancellationToken cancellationToken) =>
            inner.VerboseAsync(message, cancellationToken);

        public void Progress(OperationProgress progress) => inner.Progress(progress);
    }
}
