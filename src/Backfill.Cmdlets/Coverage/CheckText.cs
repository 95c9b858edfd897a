using System.Globalization;

namespace Backfill.Cmdlets.Coverage;

/// <summary>The sentences about a check.</summary>
internal static class CheckText
{
    /// <summary>Returns the error of a call without a repository.</summary>
    internal static BackfillException NoInput() =>
        new(
            ErrorIds.NoInput,
            ErrorKind.Input,
            "No repository was given, so nothing was checked.",
            "Name one with -Repository, or read the errors of the earlier stages."
        );

    /// <summary>Returns the failed check of a repository that could not be checked.</summary>
    internal static CoverageCheck NotChecked(string repository, string error) =>
        new()
        {
            Repository = repository,
            Check = CoverageCheck.OfRepository,
            Category = CoverageCheck.OfRepository,
            Status = CheckStatus.Failed,
            Expected = "a repository that can be checked",
            Actual = $"not checked: {error.TrimEnd('.')}",
            Advice = "Fix what the message names, then run the pipeline again for this repository.",
        };

    /// <summary>Returns the error of a failed check.</summary>
    internal static BackfillException Failure(CoverageCheck check) =>
        new(
            ErrorIds.CoverageCheckFailed,
            ErrorKind.Data,
            Sentence(check),
            check.Advice ?? "The check's object shows what is missing.",
            check
        );

    /// <summary>Returns the warning of a check that only warns.</summary>
    internal static string? Warning(CoverageCheck check) =>
        ScreenText.Of($"{Sentence(check)} {check.Advice}".TrimEnd());

    private static string Sentence(CoverageCheck check) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{check.Repository ?? "The database"}: {check.Check} is {check.Actual ?? "nothing"}, expected {check.Expected ?? "something else"}."
        );
}
