using System.IO.Enumeration;
using Backfill.Core.Coverage.Checks;
using Backfill.Core.Postgres;

namespace Backfill.Core.Coverage;

/// <summary>Answers the checks that a request asks for.</summary>
internal static class Checklist
{
    /// <summary>Gets every check, in the order in which the results are listed.</summary>
    public static IReadOnlyList<Check> All { get; } =
    [
        .. SchemaChecks.All,
        RepositoryChecks.Repository,
        RepositoryChecks.Identity,
        .. CountChecks.All,
        .. EmbeddingChecks.All,
        .. FreshnessChecks.All,
        .. QualityChecks.All,
        .. FieldChecks.All,
        .. JobChecks.All,
        .. MetricsChecks.All,
        .. SettingsChecks.All,
    ];

    /// <summary>Lists the checks that the request asks for, and judges none.</summary>
    /// <exception cref="BackfillException">A name means no check, or a check needs a repository and none is given.</exception>
    public static IReadOnlyList<CoverageCheck> Plan(CoverageRequest request) =>
        [.. Wanted(request).Select(check => check.Planned(request.Repository?.FullName))];

    /// <summary>Judges the checks that the request asks for.</summary>
    /// <exception cref="BackfillException">The database cannot be read, a name means no check, or a check needs a repository and none is given.</exception>
    public static async Task<IReadOnlyList<CoverageCheck>> RunAsync(
        CoverageFacts facts,
        CancellationToken cancellationToken
    )
    {
        var wanted = Wanted(facts.Request);
        var verdicts = new List<(Check Check, Verdict Verdict)>();
        foreach (var check in wanted.Where(check => check.IsOfSchema))
        {
            verdicts.Add((check, await JudgeAsync(check)));
        }

        var rest = wanted.Where(check => !check.IsOfSchema);
        var fullName = facts.Request.Repository?.FullName;
        if (facts.Request.Repository is { } name && wanted.Any(check => check.NeedsRepository))
        {
            try
            {
                await facts.FindRepositoryAsync(name, cancellationToken);
            }
            catch (BackfillException error) when (verdicts.Exists(found => found.Verdict.Status == CheckStatus.Failed))
            {
                // The failed checks of the schema give the reason.
                verdicts.AddRange(rest.Select(check => (check, Verdict.Skip(error.Message))));
                return Results();
            }

            if (facts.HasRepository && RepositoryDirectory.HasMoved(name, facts.FullName))
            {
                fullName = facts.FullName;
            }

            // The other checks prove nothing about a repository that an earlier stage could not work on.
            var known = await RepositoryChecks.Repository.JudgeAsync(facts, cancellationToken);
            if (known.Status == CheckStatus.Failed && !wanted.Contains(RepositoryChecks.Repository))
            {
                verdicts.Insert(0, (RepositoryChecks.Repository, known));
            }
        }

        foreach (var check in rest)
        {
            var canJudge = facts.HasRepository || !check.NeedsRepository || check == RepositoryChecks.Repository;
            verdicts.Add(
                (
                    check,
                    canJudge ? await JudgeAsync(check) : Verdict.Skip($"{facts.Request.Repository} is not tracked.")
                )
            );
        }

        return Results();

        // What is not about a repository is the same for all of them.
        Task<Verdict> JudgeAsync(Check check) =>
            check.NeedsRepository
                ? check.JudgeAsync(facts, cancellationToken)
                : facts.Stored.OnceAsync(check.Id, token => check.JudgeAsync(facts, token), cancellationToken);

        IReadOnlyList<CoverageCheck> Results() =>
            [.. verdicts.Select(found => found.Check.Result(fullName, found.Verdict))];
    }

    private static Check[] Wanted(CoverageRequest request)
    {
        if (
            request.Checks.Concat(request.Exclude).FirstOrDefault(name => !All.Any(check => Means(name, check))) is
            { } unknown
        )
        {
            throw new BackfillException(
                ErrorIds.CheckNotFound,
                ErrorKind.Input,
                $"There is no check '{unknown}'.",
                $"Use the id of a check or a category ({string.Join(", ", All.Select(check => check.Category).Distinct())}). (Test-BackfillCoverage owner/name -WhatIf).Checks lists every check.",
                unknown
            );
        }

        Check[] wanted =
        [
            .. All.Where(check =>
                (request.Checks.Count == 0 || request.Checks.Any(name => Means(name, check)))
                && !request.Exclude.Any(name => Means(name, check))
            ),
        ];
        return request.Repository is null && Array.Find(wanted, check => check.NeedsRepository) is { } needs
            ? throw new BackfillException(
                ErrorIds.NoInput,
                ErrorKind.Input,
                $"No repository was given, and the check {needs.Id} needs one.",
                "Name a repository, or choose checks that need none: -Check Schema, Settings.",
                needs.Id
            )
            : wanted;
    }

    // A name is an id or a category, and * stands for any text.
    private static bool Means(string name, Check check) =>
        FileSystemName.MatchesSimpleExpression(name, check.Id)
        || FileSystemName.MatchesSimpleExpression(name, check.Category);
}
