using Backfill.Core.Embedding.Run;
using Backfill.Core.Postgres;

namespace Backfill.Core;

/// <summary>Measures what it would cost to make repositories complete: the plan of a sync and the plan of its embeddings, together.</summary>
internal sealed class Measurement(IBackfillEngine engine, BackfillSettings settings, MeasureRequest request)
{
    // GitHub is asked for a few repositories at once, because each plan waits for two answers.
    private const int AtOnce = 4;

    /// <summary>Writes a measurement per repository, in the order of the request.</summary>
    public async Task RunAsync(MeasurementBasis basis, IOperationOutput output, CancellationToken cancellationToken)
    {
        using var free = new SemaphoreSlim(AtOnce);
        var pending = request
            .Repositories.Select(name => MeasureAsync(name, basis, free, output, cancellationToken))
            .ToArray();
        foreach (var measured in pending)
        {
            var (measurement, error) = await measured;
            if (error is not null)
            {
                await output.ErrorAsync(error, cancellationToken);
            }

            await output.WriteAsync(measurement, cancellationToken);
        }
    }

    /// <summary>Returns settings with which a plan of OpenAI's prices can be made without a key. A plan sends nothing to the provider.</summary>
    public static BackfillSettings WithoutKey(BackfillSettings settings) =>
        settings is { EmbeddingProvider: "OpenAI", OpenAIKey: null }
            ? settings with
            {
                OpenAIKey = new Secret("no-key-is-needed-for-a-plan"),
            }
            : settings;

    /// <summary>Returns the prices and the budgets that the measurements assume.</summary>
    public static async Task<MeasurementBasis> BasisAsync(
        IBackfillEngine engine,
        EmbeddingStage embedding,
        Database database,
        BackfillSettings settings,
        bool isBatch,
        CancellationToken cancellationToken
    )
    {
        var limits = await engine.GetRateLimitsAsync(settings, cancellationToken);
        var basis = await embedding.BasisAsync(database, isBatch, cancellationToken);
        return basis with
        {
            PointsPerHour = Sum("GraphQL", limit => limit.Limit),
            PointsRemaining = Sum("GraphQL", limit => limit.Remaining),
            RestRequestsPerHour = Sum("REST", limit => limit.Limit),
            RestRequestsRemaining = Sum("REST", limit => limit.Remaining),
        };

        long? Sum(string resource, Func<RateLimit, int?> part)
        {
            var known = limits.Where(limit => limit.Resource == resource && part(limit) is not null).ToArray();
            return known.Length == 0 ? null : known.Sum(limit => (long)part(limit)!.Value);
        }
    }

    private async Task<(BackfillMeasurement Measurement, BackfillException? Error)> MeasureAsync(
        RepositoryName name,
        MeasurementBasis basis,
        SemaphoreSlim free,
        IOperationOutput output,
        CancellationToken cancellationToken
    )
    {
        await free.WaitAsync(cancellationToken);
        try
        {
            var run = await engine.StartSyncAsync(
                settings,
                new SyncRequest(name, request.Since, Track: true, ThrottleLimit: 1, Plan: true)
                {
                    Include = request.Include,
                },
                output,
                cancellationToken
            );
            var embedding = new PlannedEmbedding();
            await engine.EmbedAsync(
                settings,
                new EmbeddingRequest
                {
                    Repositories = [RepositoryName.Parse(run.Repository)],
                    Upstream = run.Estimate,
                    Batch = request.Batch,
                    Force = request.Force,
                    Plan = true,
                },
                embedding,
                cancellationToken
            );
            return (Join(run, embedding.Result, basis), null);
        }
        // One repository that does not exist must not end the measurement of ten thousand.
        catch (BackfillException error)
            when (error.Kind == ErrorKind.NotFound || error.ErrorId == ErrorIds.GitHubAccessDenied)
        {
            var failed = new BackfillMeasurement
            {
                Repository = name.FullName,
                State = RunState.Failed,
                Error = error.Message,
                Basis = basis,
            };
            var named = new BackfillException(
                error.ErrorId,
                error.Kind,
                error.Message,
                error.Action,
                name.FullName,
                error
            );
            return (failed, named);
        }
        finally
        {
            free.Release();
        }
    }

    private static BackfillMeasurement Join(RepoSync run, EmbeddingResult? embedding, MeasurementBasis basis)
    {
        var items = run.Counts.Where(count => count.Entity is "PullRequests" or "Issues" or "Discussions").ToArray();
        return new BackfillMeasurement
        {
            Repository = run.Repository,
            RepositoryId = run.RepositoryId,
            State = RunState.Planned,
            Items = run.Estimate?.Items ?? 0,
            GitHubItems = items.Sum(count => count.GitHubTotal ?? 0),
            StoredItems = items.Sum(count => count.Stored),
            Requests = run.Estimate?.Requests ?? 0,
            RestRequests = run.Estimate?.RestRequests ?? 0,
            Points = run.Estimate?.Points ?? 0,
            SyncMinutes = run.Estimate?.Minutes ?? 0,
            ItemsToEmbed = embedding?.Estimate?.Items ?? 0,
            Tokens = embedding?.Estimate?.Tokens ?? 0,
            Cost = embedding?.Estimate?.Cost,
            EmbeddingMinutes = embedding?.Estimate?.Minutes,
            Basis = basis,
            Note = $"{run.Estimate?.Note} {embedding?.Estimate?.Note}".Trim(),
        };
    }

    // Keeps the planned result. The plan of an embedding has no other output than what the measurement says.
    private sealed class PlannedEmbedding : IOperationOutput
    {
        public EmbeddingResult? Result { get; private set; }

        public ValueTask WriteAsync(object result, CancellationToken cancellationToken)
        {
            Result = result as EmbeddingResult ?? Result;
            return ValueTask.CompletedTask;
        }

        public ValueTask ErrorAsync(BackfillException error, CancellationToken cancellationToken) => throw error;

        public ValueTask WarningAsync(string message, CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public ValueTask InformationAsync(string message, CancellationToken cancellationToken) =>
            ValueTask.CompletedTask;

        public ValueTask VerboseAsync(string message, CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public void Progress(OperationProgress progress) { }
    }
}
