using Backfill.Core.Postgres;
using Backfill.Core.Sync.Inngest;

namespace Backfill.Core.Coverage;

/// <summary>The operators' checklist: what would be checked, and what was found.</summary>
internal static class Checklist
{
    /// <summary>The checks that would be run, each with its query.</summary>
    /// <exception cref="BackfillException">There is no such check.</exception>
    public static IReadOnlyList<CoverageCheck> Plan(CoverageRequest request) =>
        [
            .. new CheckSelection(request.Checks, request.Exclude)
                .Definitions()
                .Select(definition =>
                    definition.For(request.Repository.FullName) with
                    {
                        Status = CheckStatus.Skipped,
                        Actual = "planned",
                        Query = definition.Query is null ? null : SqlText.Read(definition.Query),
                    }
                ),
        ];

    /// <summary>Every check that is asked for with what it found, in the order of the list.</summary>
    /// <exception cref="BackfillException">The database cannot be read, or there is no such check.</exception>
    public static async Task<IReadOnlyList<CoverageCheck>> RunAsync(
        Database database,
        CoverageRequest request,
        IGitHubTotals totals,
        BackfillSettings settings,
        InngestEngine inngest,
        TimeProvider time,
        CancellationToken cancellationToken
    )
    {
        var wanted = new CheckSelection(request.Checks, request.Exclude).Definitions();
        var report = new CheckReport(request.Repository.FullName, wanted);
        await SchemaChecks.RunAsync(database, report, cancellationToken);
        if (wanted.All(check => check.IsOfSchema))
        {
            return report.Checks;
        }

        StoredRepository repository;
        try
        {
            repository = await RepositoryDirectory.RequireAsync(database, request.Repository, cancellationToken);
        }
        catch (BackfillException error)
            when (error.ErrorId != ErrorIds.RepositoryNotTracked
                && report.Checks.Any(check => check.Status == CheckStatus.Failed)
            )
        {
            // The checks of the schema have said why.
            report.SkipRest(error.Message);
            return report.Checks;
        }

        await new CoverageRun(database, repository, request, totals, settings, inngest, time, report).AllAsync(
            cancellationToken
        );
        return report.Checks;
    }
}
