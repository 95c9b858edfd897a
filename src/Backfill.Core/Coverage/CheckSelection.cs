using System.IO.Enumeration;

namespace Backfill.Core.Coverage;

/// <summary>Which checks are asked for: by id or category, <c>*</c> standing for any text.</summary>
/// <param name="Checks">Empty is all.</param>
/// <param name="Exclude">Left out of those.</param>
internal sealed record CheckSelection(IReadOnlyList<string> Checks, IReadOnlyList<string> Exclude)
{
    /// <summary>The checks in their order.</summary>
    /// <exception cref="BackfillException">A name means no check.</exception>
    public IReadOnlyList<CheckDefinition> Definitions()
    {
        var unknown = Checks
            .Concat(Exclude)
            .FirstOrDefault(name => !CheckDefinition.All.Any(check => Means(name, check)));
        return unknown is null
            ? [.. CheckDefinition.All.Where(Includes)]
            : throw new BackfillException(
                ErrorIds.CheckNotFound,
                ErrorKind.Input,
                $"There is no check '{unknown}'.",
                $"Write a category ({string.Join(", ", CheckDefinition.All.Select(check => check.Category).Distinct())}) or a check; (Test-BackfillCoverage owner/name -WhatIf).Checks lists them all.",
                unknown
            );
    }

    private bool Includes(CheckDefinition check) =>
        (Checks.Count == 0 || Checks.Any(name => Means(name, check))) && !Exclude.Any(name => Means(name, check));

    private static bool Means(string name, CheckDefinition check) =>
        FileSystemName.MatchesSimpleExpression(name, check.Id)
        || FileSystemName.MatchesSimpleExpression(name, check.Category);
}
