using Backfill.Core.GitHub;
using Backfill.Core.Postgres;
using Backfill.Core.Sync.Runs;

namespace Backfill.Core.Coverage;

/// <summary>Estimates the stages that <see cref="CoverageRepair"/> would run. Writes nothing.</summary>
/// <param name="engine">Plans the embeddings.</param>
/// <param name="database">The database of the repository.</param>
/// <param name="open">Opens the way to GitHub. It is only called when a sync is planned.</param>
internal sealed class CoverageRepairPlan(IBackfillEngine engine, Database database, Func<GitHubAccess> open)
{
    /// <summary>Estimates one stage.</summary>
    /// <returns>The cost of the stage; null when it needs neither requests nor tokens.</returns>
    /// <exception cref="BackfillException">The stage cannot be planned.</exception>
    public async Task<PipelineEstimate?> EstimateAsync(
        BackfillSettings settings,
        RepairRequest request,
        IOperationOutput output,
        CancellationToken cancellationToken
    )
    {
        if (request.Stage is not (PipelineStage.Sync or PipelineStage.Embed))
        {
            return null;
        }

        var name = request.Repository ?? throw new ArgumentException("The stage needs a repository.", nameof(request));
        if (request.Stage == PipelineStage.Sync)
        {
            return PipelineEstimate.Of((await SyncAsync(request, name, cancellationToken)).Estimate!);
        }

        // A repair may read every item again, but only new items need a vector.
        SyncEstimate? added = null;
        if (request.AfterSync && await SyncAsync(request, name, cancellationToken) is { From: null } sync)
        {
            added = sync.Estimate! with
            {
                Items = sync.Counts.Sum(count => Math.Max(0, (count.GitHubTotal ?? 0) - count.Stored)),
            };
        }

        if (CoverageRepair.RemovesVectors(request.Checks))
        {
            added = (added ?? new SyncEstimate(0, 0, 0, 0, null, "")) with
            {
                Items = (added?.Items ?? 0) + await FaultyVectorsAsync(name, cancellationToken),
            };
        }

        var planned = new PlannedEmbeddings(output);
        await engine.EmbedAsync(
            settings,
            CoverageRepair.Embedding(name, request.Checks) with
            {
                Plan = true,
                Upstream = added,
            },
            planned,
            cancellationToken
        );
        return planned.Estimate;
    }

    private async Task<long> FaultyVectorsAsync(RepositoryName name, CancellationToken cancellationToken)
    {
        var stored = new StoredFacts(database, [name]);
        var repository =
            await stored.FindAsync(name, cancellationToken) ?? throw RepositoryDirectory.NotTracked(database, name);
        var inspected = await VectorInspection.ReadAsync(stored, repository, cancellationToken);
        return inspected.Where(vectors => vectors.Fault is not null).Sum(vectors => vectors.Vectors);
    }

    private Task<RepoSync> SyncAsync(RepairRequest request, RepositoryName name, CancellationToken cancellationToken) =>
        SyncPlans.PlanAsync(
            database,
            open(),
            new SyncRequest(name, Since: null, Track: false, ThrottleLimit: 1, Plan: true),
            cancellationToken,
            CoverageRepair.Rereads(request.Checks)
        );

    private sealed class PlannedEmbeddings(IOperationOutput inner) : StageOutput(inner)
    {
        public PipelineEstimate? Estimate { get; private set; }

        public override ValueTask WriteAsync(object result, CancellationToken cancellationToken)
        {
            if (result is EmbeddingResult { Estimate: { } estimate })
            {
                Estimate = PipelineEstimate.Of(estimate);
            }

            return ValueTask.CompletedTask;
        }
    }
}
