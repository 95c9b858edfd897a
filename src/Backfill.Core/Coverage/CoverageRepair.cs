using Backfill.Core.Coverage.Checks;
using Backfill.Core.Postgres;
using Backfill.Core.Sync.Writing;

namespace Backfill.Core.Coverage;

/// <summary>Runs the stage that makes failed checks pass.</summary>
internal sealed class CoverageRepair(IBackfillEngine engine, Database database)
{
    private static readonly string[] Ranges = ["7d", "30d", "90d", "1y", "all"];

    /// <summary>Runs the stage. Its errors are passed on, its results are not.</summary>
    /// <exception cref="BackfillException">The stage cannot be run.</exception>
    public async Task RunAsync(
        BackfillSettings settings,
        RepairRequest request,
        IOperationOutput output,
        CancellationToken cancellationToken
    )
    {
        var quiet = new StageOutput(output);
        if (request.Stage == PipelineStage.Initialize)
        {
            await engine.InitializeDatabaseAsync(settings, new DatabaseRequest(Plan: false), quiet, cancellationToken);
            return;
        }

        var name = request.Repository ?? throw new ArgumentException("The stage needs a repository.", nameof(request));
        switch (request.Stage)
        {
            case PipelineStage.Sync:
                await SyncAsync(settings, name, request.Checks, quiet, cancellationToken);
                break;
            case PipelineStage.Embed:
                await EmbedAsync(settings, name, request.Checks, quiet, cancellationToken);
                break;
            default:
                var ranges = Ranges.Select(TimeRange.Parse).ToArray();
                await engine.UpdateMetricsAsync(
                    settings,
                    new MetricsRequest([name], [], ranges, Plan: false, Force: true),
                    quiet,
                    cancellationToken
                );
                break;
        }
    }

    private async Task SyncAsync(
        BackfillSettings settings,
        RepositoryName name,
        IReadOnlyList<string> checks,
        IOperationOutput output,
        CancellationToken cancellationToken
    )
    {
        var repository = await RepositoryDirectory.RequireAsync(database, name, cancellationToken);
        await DatabaseRights.RequireAsync(database, PipelineStage.Sync, cancellationToken);
        var tables = new SyncTables(database, repository);
        var windows = await tables.WindowsAsync(cancellationToken);
        var since = windows.Lane(EntityKind.PullRequests) is { ReachedBeginning: false } window
            ? window.OldestAt
            : null;
        if (Rereads(checks))
        {
            await tables.ForgetWindowsAsync(cancellationToken);
        }
        else if (checks.Contains(CountChecks.ReviewComments, StringComparer.Ordinal))
        {
            await tables.ForgetListAsync(EntityKind.ReviewComments, cancellationToken);
        }

        var run = await engine.StartSyncAsync(
            settings,
            new SyncRequest(name, since, Track: false, ThrottleLimit: 1, Plan: false) { Repairs = true },
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

    /// <summary>Returns whether the sync that repairs some checks reads the repository again.</summary>
    public static bool Rereads(IReadOnlyList<string> checks) =>
        Checklist.All.Any(check => check.Rereads && checks.Contains(check.Id, StringComparer.Ordinal));

    private async Task EmbedAsync(
        BackfillSettings settings,
        RepositoryName name,
        IReadOnlyList<string> checks,
        IOperationOutput output,
        CancellationToken cancellationToken
    )
    {
        if (RemovesVectors(checks))
        {
            var repository = await RepositoryDirectory.RequireAsync(database, name, cancellationToken);
            await DatabaseRights.RequireAsync(database, PipelineStage.Embed, cancellationToken);
            await VectorInspection.ForgetAsync(database, repository, cancellationToken);
        }

        await engine.EmbedAsync(settings, Embedding(name, checks), output, cancellationToken);
    }

    /// <summary>Returns whether the repair of some checks removes the faulty vectors first.</summary>
    public static bool RemovesVectors(IReadOnlyList<string> checks) =>
        EmbeddingChecks.Removed.Any(check => checks.Contains(check, StringComparer.Ordinal));

    /// <summary>Returns the request that makes failed checks of embeddings pass.</summary>
    public static EmbeddingRequest Embedding(RepositoryName name, IReadOnlyList<string> checks) =>
        new()
        {
            Repositories = [name],
            AllowModelChange = checks.Contains(EmbeddingChecks.Model.Id, StringComparer.Ordinal),
        };
}
