using System.Globalization;

namespace Backfill.Core.Coverage;

/// <summary>Collects what the checks that were asked for found.</summary>
internal sealed class CheckReport(string? repository, IReadOnlyList<CheckDefinition> wanted)
{
    private string? repository = repository;

    private readonly List<CoverageCheck> checks = [];

    /// <summary>Everything that was judged, in the order of the list; first what was not asked for and has to be known.</summary>
    public IReadOnlyList<CoverageCheck> Checks =>
        [
            .. checks.Where(found => !wanted.Any(check => check.Id == found.Check)),
            .. wanted.SelectMany(check => checks.Where(found => found.Check == check.Id)),
        ];

    /// <summary>The checks are about the repository under the name that it has now, also those that were judged before it was found.</summary>
    public void Rename(string fullName)
    {
        repository = fullName;
        for (var at = 0; at < checks.Count; at++)
        {
            checks[at] = checks[at] with { Repository = fullName };
        }
    }

    /// <summary>True when the check is asked for.</summary>
    public bool Wants(CheckDefinition check) => wanted.Contains(check);

    /// <summary>True when one of the checks is asked for.</summary>
    public bool WantsAny(params IEnumerable<CheckDefinition> any) => any.Any(Wants);

    /// <summary>Passed or failed.</summary>
    public void Judge(
        CheckDefinition check,
        bool passed,
        string expected,
        string actual,
        string advice,
        bool canRepair = true
    ) => Add(check, passed ? CheckStatus.Passed : CheckStatus.Failed, expected, actual, advice, canRepair);

    /// <summary>Passed when there is nothing of it.</summary>
    public void None(CheckDefinition check, long found, string what, string advice) =>
        Judge(check, found == 0, "none", found == 0 ? "none" : $"{Number(found)} {what}", advice);

    /// <summary>Passed, or worth a look, when there is nothing of it.</summary>
    public void Warn(CheckDefinition check, long found, string what, string advice) =>
        Add(
            check,
            found == 0 ? CheckStatus.Passed : CheckStatus.Warning,
            "none",
            found == 0 ? "none" : $"{Number(found)} {what}",
            advice
        );

    /// <summary>Not judged.</summary>
    public void Skip(CheckDefinition check, string reason, string? advice = null) =>
        Add(check, CheckStatus.Skipped, null, reason, advice);

    /// <summary>The command that makes the check pass, where its repair is a sync.</summary>
    public string SyncAdvice(CheckDefinition check) =>
        check.Rereads
            ? $"Run Test-BackfillCoverage {repository} -Repair: it reads the repository again, which costs what the first sync did."
            : $"Run Start-RepoSync {repository} | Wait-RepoSync.";

    /// <summary>As it is. A check that was not asked for is left out, unless it failed and the others prove nothing without it.</summary>
    /// <param name="canRepair">False where the check's stage cannot repair what was found this time.</param>
    public void Add(
        CheckDefinition check,
        CheckStatus status,
        string? expected,
        string actual,
        string? advice = null,
        bool canRepair = true
    )
    {
        if (!Wants(check) && !(check == CheckDefinition.Repository && status == CheckStatus.Failed))
        {
            return;
        }

        checks.Add(
            check.For(repository) with
            {
                Status = status,
                Severity = status == CheckStatus.Warning ? CheckSeverity.Warning : CheckSeverity.Error,
                Expected = expected,
                Actual = actual,
                Advice = status == CheckStatus.Passed ? null : advice,
                Repair = canRepair ? check.Repair : null,
            }
        );
    }

    /// <summary>What was asked for and not judged yet, for one reason.</summary>
    public void SkipRest(string reason)
    {
        foreach (var check in wanted.Where(check => !checks.Exists(found => found.Check == check.Id)))
        {
            Skip(check, reason);
        }
    }

    /// <summary>A number as everywhere.</summary>
    public static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>How long ago.</summary>
    public static string Age(TimeSpan age) =>
        age < TimeSpan.FromHours(1)
            ? string.Create(CultureInfo.InvariantCulture, $"{Math.Max(0, age.TotalMinutes):0} min ago")
            : string.Create(CultureInfo.InvariantCulture, $"{age.TotalHours:0} h ago");
}
