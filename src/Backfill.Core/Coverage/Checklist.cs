using Backfill.Core.Inngest;
using Backfill.Core.Postgres;

namespace Backfill.Core.Coverage;

/// <summary>The operators' checklist: what would be checked, and what was found.</summary>
internal static class Checklist
{
    /// <summary>The checks that would be run, each with its query.</summary>
    /// <exception cref="BackfillException">There is no such check, or one needs a repository and none is given.</exception>
    public static IReadOnlyList<CoverageCheck> Plan(CoverageRequest request) =>
        [
            .. Wanted(request)
                .Select(definition =>
                    definition.For(request.Repository?.FullName) with
                    {
                        Status = CheckStatus.Skipped,
                        Actual = "planned",
                        Query = definition.Query is null ? null : SqlText.Read(definition.Query),
                    }
                ),
        ];

    /// <summary>Every check that is asked for with what it found, in the order of the list.</summary>
    /// <exception cref="BackfillException">The database cannot be read, there is no such check, or one needs a repository and none is given.</exception>
    public static async Task<IReadOnlyList<CoverageCheck>> RunAsync(
        Database database,
        CoverageRequest request,
        IGitHubTotals totals,
        BackfillSettings settings,
        InngestConnection inngest,
        TimeProvider time,
        CancellationToken cancellationToken
    )
    {
        var wanted = Wanted(request);
        var report = new CheckReport(request.Repository?.FullName, wanted);
        await SchemaChecks.RunAsync(database, report, time, cancellationToken);
        var ofSettings = new SettingsChecks(report, request, settings, inngest);
        if (request.Repository is not { } name || !wanted.Any(check => check.NeedsRepository))
        {
            await ofSettings.AllAsync(cancellationToken);
            return report.Checks;
        }

        StoredRepository? repository;
        try
        {
            repository = await RepositoryDirectory.FindAsync(database, name, cancellationToken);
        }
        catch (BackfillException error) when (report.Checks.Any(check => check.Status == CheckStatus.Failed))
        {
            // The checks of the schema have said why.
            report.SkipRest(error.Message);
            return report.Checks;
        }

        JudgeRepository(report, repository, RepositoryDirectory.NotTracked(database, name), request.EarlierError);
        if (repository is null)
        {
            await ofSettings.AllAsync(cancellationToken);
            report.SkipRest($"{name} is not tracked.");
            return report.Checks;
        }

        if (RepositoryDirectory.HasMoved(name, repository.FullName))
        {
            report.Rename(repository.FullName);
        }

        await new CoverageRun(database, repository, request, totals, settings, time, report).AllAsync(
            cancellationToken
        );
        await ofSettings.AllAsync(cancellationToken);
        return report.Checks;
    }

    // Without it no other check proves anything: what an earlier stage could not begin is in no row.
    private static void JudgeRepository(
        CheckReport report,
        StoredRepository? repository,
        BackfillException notTracked,
        string? earlierError
    )
    {
        var cause = earlierError?.TrimEnd('.');
        report.Judge(
            CheckDefinition.Repository,
            repository is not null && cause is null,
            "tracked, without a failure in an earlier stage",
            (repository, cause) switch
            {
                (null, null) => "not tracked",
                (null, _) => $"not tracked: {cause}",
                (_, null) => "tracked",
                _ => $"tracked, and an earlier stage failed: {cause}",
            },
            cause is null ? notTracked.Action : "Fix what the message names, then run the pipeline again."
        );
    }

    private static IReadOnlyList<CheckDefinition> Wanted(CoverageRequest request)
    {
        var wanted = new CheckSelection(request.Checks, request.Exclude).Definitions();
        return request.Repository is null && wanted.FirstOrDefault(check => check.NeedsRepository) is { } needs
            ? throw new BackfillException(
                ErrorIds.NoInput,
                ErrorKind.Input,
                $"No repository came in, and {needs.Id} is about one.",
                "Name a repository, or ask for checks of the database alone: -Check Schema, Settings.",
                needs.Id
            )
            : wanted;
    }
}
