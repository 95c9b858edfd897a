using System.Globalization;

namespace Backfill.Core.Coverage;

/// <summary>The answer of a check.</summary>
/// <param name="Advice">Gets what to do; null means the command of the check's repair. A check that passed shows no advice.</param>
internal sealed record Verdict(CheckStatus Status, string? Expected, string Actual, string? Advice = null)
{
    /// <summary>Gets whether the check's stage can repair what was found this time.</summary>
    public bool CanRepair { get; init; } = true;

    /// <summary>Returns a verdict that passed or failed.</summary>
    public static Verdict Judge(bool passed, string expected, string actual, string? advice = null) =>
        new(passed ? CheckStatus.Passed : CheckStatus.Failed, expected, actual, advice);

    /// <summary>Returns a verdict that passed or is a warning.</summary>
    public static Verdict Warn(bool passed, string expected, string actual, string? advice = null) =>
        new(passed ? CheckStatus.Passed : CheckStatus.Warning, expected, actual, advice);

    /// <summary>Returns a verdict that passes when nothing was found.</summary>
    public static Verdict None(long found, string what, string? advice = null, bool warns = false)
    {
        var actual = found == 0 ? "none" : $"{Number(found)} {what}".TrimEnd();
        return warns ? Warn(found == 0, "none", actual, advice) : Judge(found == 0, "none", actual, advice);
    }

    /// <summary>Returns a verdict that passes when nothing was found, and otherwise lists what was found.</summary>
    public static Verdict None(IEnumerable<string> found, string expected, string? advice, bool warns = false)
    {
        string[] all = [.. found];
        var actual = all.Length == 0 ? expected : string.Join(", ", all);
        return warns
            ? Warn(all.Length == 0, expected, actual, advice)
            : Judge(all.Length == 0, expected, actual, advice);
    }

    /// <summary>Returns the verdict of a check that could not be judged.</summary>
    public static Verdict Skip(string reason, string? advice = null) => new(CheckStatus.Skipped, null, reason, advice);

    /// <summary>Returns a number as text, without separators.</summary>
    public static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>Returns a percentage as text.</summary>
    public static string Percent(double percent) => string.Create(CultureInfo.InvariantCulture, $"{percent:0.##} %");

    /// <summary>Returns an age as text.</summary>
    public static string Age(TimeSpan age) =>
        age < TimeSpan.FromHours(1)
            ? string.Create(CultureInfo.InvariantCulture, $"{Math.Max(0, age.TotalMinutes):0} min ago")
            : string.Create(CultureInfo.InvariantCulture, $"{age.TotalHours:0} h ago");
}
