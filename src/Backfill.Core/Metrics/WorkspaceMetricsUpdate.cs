using Backfill.Core.Postgres;

namespace Backfill.Core.Metrics;

/// <summary>
/// Computes the metrics of the workspaces of some repositories, stores the results and writes them to the output. Each
/// workspace is computed once, however many of its repositories the request names. A repository without a workspace is no
/// error: one more object says that it was skipped.
/// </summary>
internal sealed class WorkspaceMetricsUpdate
{
    private const int ProgressId = 300;

    // Each measurement keeps one core of the database server busy.
    private const int MostAtOnce = 4;
    private const string NoWorkspace =
        "In no workspace, so that there is nothing to measure. Register-BackfillRepository -Workspace puts it into one.";

    private readonly Database database;
    private readonly MetricsRequest request;
    private readonly IOperationOutput output;
    private readonly TimeProvider time;
    private readonly InngestMetrics? inngest;

    private WorkspaceMetricsUpdate(
        Database database,
        MetricsRequest request,
        IOperationOutput output,
        TimeProvider time,
        InngestMetrics? inngest
    )
    {
        this.inngest = inngest;
        this.database = database;
        this.request = request;
        this.output = output;
        this.time = time;
    }

    /// <summary>Measures the workspaces and writes one object per workspace to the output. With <see cref="MetricsRequest.Plan"/> it measures nothing and lists the workspaces.</summary>
    /// <param name="inngest">Measures the workspaces where the request has the engine Inngest.</param>
    /// <exception cref="BackfillException">The tables are missing, or no workspace has a given name.</exception>
    public static Task RunAsync(
        Database database,
        MetricsRequest request,
        IOperationOutput output,
        TimeProvider time,
        CancellationToken cancellationToken,
        InngestMetrics? inngest = null
    ) => new WorkspaceMetricsUpdate(database, request, output, time, inngest).RunAsync(cancellationToken);

    private async Task RunAsync(CancellationToken cancellationToken)
    {
        if (!request.Plan && inngest is null)
        {
            await DatabaseRights.RequireAsync(database, PipelineStage.Metrics, cancellationToken);
        }

        var (known, unknown) = await RepositoriesAsync(cancellationToken);
        var workspaces = await WorkspacesAsync(known, cancellationToken);
        try
        {
            await Parallel.ForEachAsync(
                workspaces,
                new ParallelOptions { MaxDegreeOfParallelism = MostAtOnce, CancellationToken = cancellationToken },
                async (workspace, token) => await OneAsync(workspace, workspaces.Count, token)
            );
        }
        finally
        {
            output.Progress(new OperationProgress(ProgressId, "Measure workspaces", "done", 100, Completed: true));
        }

        string[] outside =
        [
            .. known
                .Select(repository => repository.FullName)
                .Except(workspaces.SelectMany(workspace => workspace.Held), StringComparer.OrdinalIgnoreCase)
                .Concat(unknown),
        ];
        if (outside.Length > 0)
        {
            await output.WriteAsync(
                new WorkspaceMetrics
                {
                    State = request.Plan ? RunState.Planned : RunState.Skipped,
                    Repositories = outside,
                    Reason = NoWorkspace,
                },
                cancellationToken
            );
        }
    }

    private async Task<(List<StoredRepository> Known, List<string> Unknown)> RepositoriesAsync(
        CancellationToken cancellationToken
    )
    {
        var (known, unknown) = (new List<StoredRepository>(), new List<string>());
        foreach (var name in request.Repositories.DistinctBy(name => name.FullName, StringComparer.OrdinalIgnoreCase))
        {
            var found = request.Plan
                ? await RepositoryDirectory.FindForPlanAsync(database, name, cancellationToken)
                : await RepositoryDirectory.FindAsync(database, name, cancellationToken);
            if (found is not null)
            {
                known.Add(found);
            }
            else if (request.Plan)
            {
                unknown.Add(name.FullName);
            }
            else
            {
                var error = RepositoryDirectory.NotTracked(database, name);
                await output.ErrorAsync(error, cancellationToken);
                await output.WriteAsync(
                    new WorkspaceMetrics
                    {
                        State = RunState.Failed,
                        Repositories = [name.FullName],
                        Reason = error.Message,
                    },
                    cancellationToken
                );
            }
        }

        return (known, unknown);
    }

    private async Task<IReadOnlyList<Workspace>> WorkspacesAsync(
        IReadOnlyList<StoredRepository> repositories,
        CancellationToken cancellationToken
    )
    {
        var catalogue = await database.CatalogueAsync(cancellationToken);
        if (!catalogue.HasTable("workspaces") || !catalogue.HasTable("workspace_repositories"))
        {
            return request.Workspaces.Count == 0 ? [] : throw WorkspaceDirectory.NotFound(request.Workspaces, []);
        }

        await WorkspaceDirectory.RequireAsync(database, request.Workspaces, cancellationToken);
        return await database
            .Statement("Metrics/find-workspaces", catalogue)
            .Set("workspaces", [.. request.Workspaces])
            .Set("repositories", [.. repositories.Select(one => one.Id)])
            .RowsAsync(
                row => new Workspace(
                    row.Get<Guid>("id"),
                    row.Get<string>("name"),
                    row.Get<string[]>("held"),
                    row.Get<long>("repositories")
                ),
                cancellationToken
            );
    }

    // When one workspace fails, the others are measured all the same.
    private async Task OneAsync(Workspace workspace, int all, CancellationToken cancellationToken)
    {
        output.Progress(new OperationProgress(ProgressId, "Measure workspaces", $"{workspace.Name}, one of {all}"));
        var measured = new WorkspaceMetrics
        {
            Workspace = workspace.Name,
            WorkspaceId = workspace.Id,
            State = request.Plan ? RunState.Planned : RunState.Completed,
            Repositories = workspace.Held,
        };
        if (inngest is not null)
        {
            await output.WriteAsync(await inngest.MeasureAsync(measured, cancellationToken), cancellationToken);
            return;
        }

        if (request.Plan)
        {
            await output.WriteAsync(measured with { Reason = Planned(workspace) }, cancellationToken);
            return;
        }

        try
        {
            var now = time.GetUtcNow();
            var (ranges, fresh) = await new WorkspaceMeasurement(database, workspace.Id, now).RunAsync(
                request.Ranges,
                request.Force,
                cancellationToken
            );
            await output.WriteAsync(
                measured with
                {
                    Ranges = ranges,
                    CalculatedAt = ranges.Min(range => range.CalculatedAt),
                    Reason = fresh == 0 ? null : Fresh(fresh, ranges.Count),
                },
                cancellationToken
            );
        }
        catch (BackfillException error) when (error.Kind == ErrorKind.Data)
        {
            await output.ErrorAsync(error, cancellationToken);
            await output.WriteAsync(
                measured with
                {
                    State = RunState.Failed,
                    Reason = error.Message,
                },
                cancellationToken
            );
        }
    }

    private string Planned(Workspace workspace) =>
        $"Would compute {string.Join(", ", request.Ranges)} over {(workspace.Repositories == 1 ? "1 repository" : $"{workspace.Repositories} repositories")}.";

    private static string Fresh(int fresh, int all) =>
        FormattableString.Invariant(
            $"{fresh} of {all} ranges are young and nothing was synced since: as they are stored. -Force computes them again."
        );

    private sealed record Workspace(Guid Id, string Name, IReadOnlyList<string> Held, long Repositories);
}
