using Backfill.Core.GitHub;
using Backfill.Core.Inngest;
using Backfill.Core.Postgres;
using Backfill.Core.Sync.Reading;
using Backfill.Core.Sync.Remote;
using Backfill.Core.Sync.Runs;

namespace Backfill.Core.Sync;

/// <summary>Plans, starts, finds, stops and waits for syncs, in this process and at Inngest.</summary>
/// <param name="openGitHub">Opens GitHub, for which the settings need a token.</param>
internal sealed class SyncStage(
    BackfillSettings settings,
    LocalEngine local,
    InngestConnection inngest,
    Func<GitHubAccess> openGitHub,
    TimeProvider time
)
{
    private InngestEngine Remote => new(inngest, openGitHub, time);

    /// <summary>Starts a sync, or plans it.</summary>
    /// <exception cref="BackfillException">The repository is not tracked or does not exist, or the engine cannot start the sync.</exception>
    public async Task<RepoSync> StartAsync(
        Database database,
        SyncRequest request,
        IOperationOutput output,
        CancellationToken cancellationToken
    )
    {
        var access = openGitHub();
        if (request.Plan)
        {
            var plan = await SyncPlans.PlanAsync(database, access, request, cancellationToken);
            return request.Engine == EngineKind.Inngest
                ? await Remote.PlanAsync(plan, request, output, cancellationToken)
                : plan;
        }

        var found = await RepositoryDirectory.FindAsync(database, request.Repository, cancellationToken);
        // A server other than github.com may accept requests without a token. This probe finds out before a run is recorded.
        if (found is not null && settings is { GitHubTokens.Count: 0, GitHubApp: null })
        {
            await RepositoryReader.ProbeAsync(access, request.Repository, SyncContent.None, cancellationToken);
        }

        var start = found is null
            ? await TrackAsync(database, access, request, output, cancellationToken)
            : new SyncStart(found);
        var repository = start.Repository;
        await RepositoryDirectory.WarnMovedAsync(request.Repository, repository.FullName, output, cancellationToken);
        if (request.Engine == EngineKind.Inngest)
        {
            return await Remote.StartAsync(database, repository, request, output, cancellationToken);
        }

        await DatabaseRights.RequireAsync(database, PipelineStage.Sync, cancellationToken);
        var run = await local.StartAsync(database, start, access, request, cancellationToken);
        return run.Snapshot();
    }

    /// <summary>Waits until runs have ended, and writes each as it ends.</summary>
    public Task WaitAsync(
        Database database,
        WaitRequest request,
        IOperationOutput output,
        CancellationToken cancellationToken
    ) =>
        new RunWaiter(
            local,
            database,
            time,
            (run, token) => Remote.Follow(database, run, request.PollInterval, output, token),
            (run, token) => FinishLocallyAsync(database, run, token)
        ).WaitAsync(request, output, cancellationToken);

    /// <summary>Finds runs.</summary>
    /// <param name="database">Null finds only the runs of this process.</param>
    public async Task<IReadOnlyList<RepoSync>> FindAsync(
        Database? database,
        SyncFilter filter,
        CancellationToken cancellationToken
    )
    {
        var own = local.Find(filter with { States = [] }).Select(run => run.Snapshot()).ToDictionary(run => run.Id);
        IEnumerable<RepoSync> runs = own.Values;
        if (database is not null)
        {
            var recorded = await new RunRecord(database).FindAsync(filter, cancellationToken, own.Keys);
            // A repository may have been renamed since the run, and the record has its present name.
            runs = recorded.Select(run =>
                own.GetValueOrDefault(run.Id) is { } here ? here with { Repository = run.Repository } : run
            );
        }

        var found = runs.Where(run => filter.States.Count == 0 || filter.States.Contains(run.State));
        return [.. filter.First is { } first ? found.Take(first) : found];
    }

    /// <summary>Stops tracking a repository, and deletes its rows where the request asks for that.</summary>
    public static Task<UntrackedRepository> UnregisterAsync(
        Database database,
        UnregisterRequest request,
        CancellationToken cancellationToken
    ) => RepositoryRemoval.RunAsync(database, request, cancellationToken);

    /// <summary>Asks runs to stop. Without states in the filter, it asks all that have not ended.</summary>
    /// <param name="database">Null stops only runs of this process.</param>
    /// <returns>The runs as they are now.</returns>
    public async Task<IReadOnlyList<RepoSync>> StopAsync(
        Database? database,
        SyncFilter filter,
        CancellationToken cancellationToken
    )
    {
        if (filter.States.Count == 0)
        {
            filter = filter with { States = [RunState.Queued, RunState.Running, RunState.Waiting] };
        }

        var runs = await FindAsync(database, filter, cancellationToken);
        foreach (var run in runs)
        {
            local.Find(run.Id)?.Stop();
        }

        var foreign = runs.Where(run => local.Find(run.Id) is null).Select(run => run.Id).ToArray();
        if (database is null || foreign.Length == 0)
        {
            return runs;
        }

        var record = new RunRecord(database);
        await record.RequestStopAsync(foreign, cancellationToken);
        if ((await record.StopRestingAsync(foreign, cancellationToken)).Count > 0)
        {
            var present = await record.FindAsync(
                new SyncFilter(foreign, [], [], ThisProcess: false),
                cancellationToken
            );
            runs = [.. runs.Select(run => present.FirstOrDefault(now => now.Id == run.Id) ?? run)];
        }

        var remote = runs.Where(run => run.Engine == nameof(EngineKind.Inngest));
        var stopped = await Remote.StopAsync(database, remote, cancellationToken);
        return [.. runs.Select(run => stopped.FirstOrDefault(ended => ended.Id == run.Id) ?? run)];
    }

    // Registers the repository with the response to a probe, with which the run then begins. GitHub may know the repository by
    // the requested name, although the database has it under another name.
    private static async Task<SyncStart> TrackAsync(
        Database database,
        GitHubAccess access,
        SyncRequest request,
        IOperationOutput output,
        CancellationToken cancellationToken
    )
    {
        var progress = new SyncProgress();
        var first = await TryProbeAsync(database, access, request, progress, cancellationToken);
        var probe =
            first ?? await RepositoryReader.ProbeAsync(access, request.Repository, SyncContent.None, cancellationToken);
        if (
            !request.Track
            && await RepositoryDirectory.FindAsync(database, probe.Metadata.GitHubId, cancellationToken) is null
        )
        {
            throw RepositoryDirectory.NotTracked(database, request.Repository);
        }

        var tracked = await RepositoryRegistration.RegisterAsync(
            database,
            probe.Metadata,
            workspace: null,
            plan: false,
            cancellationToken,
            request.Repository
        );
        if (tracked.Added)
        {
            await output.VerboseAsync($"{tracked.Repository} is tracked now.", cancellationToken);
        }

        return new SyncStart(new StoredRepository(tracked.RepositoryId, tracked.GitHubId, tracked.Repository))
        {
            // A repository that was stored under another name has windows, so the run sends a probe with their cursors.
            Probe = tracked.Added ? first : null,
            Progress = progress,
        };
    }

    // Returns null where GitHub refuses a list of the repository. The run then gets the same refusal and records it.
    private static async Task<Probe?> TryProbeAsync(
        Database database,
        GitHubAccess access,
        SyncRequest request,
        SyncProgress progress,
        CancellationToken cancellationToken
    )
    {
        try
        {
            return await RepositoryReader.ProbeAsync(
                new GraphQLClient(access.Transport, access.GraphQLUrl, progress),
                request.Repository,
                await Crawl.ListedAsync(database, LocalEngine.Widened(request.Include), cancellationToken),
                pullRequestsAfter: null,
                issuesAfter: null,
                discussionsAfter: null,
                cancellationToken
            );
        }
        catch (BackfillException refused)
            when (refused.ErrorId is ErrorIds.GitHubAccessDenied or ErrorIds.GitHubUnavailable)
        {
            return null;
        }
    }

    // Starts a run from the stored windows. It rewrites only rows of the run at Inngest that are older than GitHub's.
    private async Task<LocalRun> FinishLocallyAsync(
        Database database,
        RepoSync run,
        CancellationToken cancellationToken
    )
    {
        var name = RepositoryName.Parse(run.Repository) with { Id = run.RepositoryId };
        var (_, include) = await new InngestRecord(database).ReadAsync(run.Id, cancellationToken);
        var repository = await RepositoryDirectory.RequireAsync(database, name, cancellationToken);
        await DatabaseRights.RequireAsync(database, PipelineStage.Sync, cancellationToken);
        return await local.StartAsync(
            database,
            new SyncStart(repository),
            openGitHub(),
            new SyncRequest(name, run.From, Track: false, ThrottleLimit: 4, Plan: false) { Include = include },
            cancellationToken
        );
    }
}
