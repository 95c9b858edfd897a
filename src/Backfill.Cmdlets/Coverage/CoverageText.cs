using System.Globalization;
using Backfill.Cmdlets.Formats;

namespace Backfill.Cmdlets.Coverage;

/// <summary>The lines that the default view of a check shows.</summary>
public static class CoverageText
{
    private const int Width = 79;
    private const int Indent = 9;

    // The formatter calls the view on the thread that writes the object, and while it is written.
    [ThreadStatic]
    private static string? folded;

    [ThreadStatic]
    private static bool wasShown;

    /// <summary>Returns the status of a line, padded so that the lines stand below each other.</summary>
    /// <param name="check">The check.</param>
    public static string Margin(CoverageCheck check)
    {
        ArgumentNullException.ThrowIfNull(check);
        wasShown = true;
        return new string(' ', Indent - check.Status.ToString().Length);
    }

    /// <summary>Returns what follows the status: the check with what it found, and what to do when it did not pass.</summary>
    /// <param name="check">The check.</param>
    public static string Of(CoverageCheck check)
    {
        ArgumentNullException.ThrowIfNull(check);
        if (folded is not null)
        {
            return folded;
        }

        var found = check.Status switch
        {
            CheckStatus.Passed or CheckStatus.Skipped => check.Actual,
            _ => $"{check.Actual ?? "nothing"}, expected {check.Expected ?? "something else"}",
        };
        // A skipped check only says why it was skipped.
        var advice = check.Status is CheckStatus.Failed or CheckStatus.Warning ? check.Advice : null;
        return string.Join(
            Environment.NewLine + new string(' ', Indent),
            new[] { $"{check.Check}: {found}", advice }
                .OfType<string>()
                .SelectMany(text => ViewText.Lines(ScreenText.Of(text)!, Width - Indent))
        );
    }

    /// <summary>Writes a check, which is shown as another text when it goes straight to the screen.</summary>
    /// <param name="instead">The text, or null for the usual one.</param>
    /// <param name="write">Writes the check.</param>
    /// <returns>Whether the check was shown while it was written. Otherwise a script has it.</returns>
    internal static bool Show(string? instead, Action write)
    {
        wasShown = false;
        folded = instead;
        try
        {
            write();
            return wasShown;
        }
        finally
        {
            folded = null;
        }
    }

    /// <summary>Returns the one line of the checks of a category that passed or were skipped.</summary>
    internal static string Fold(string category, IReadOnlyCollection<CoverageCheck> checks)
    {
        var passed = checks.Count(check => check.Status == CheckStatus.Passed);
        var skipped = checks.Count - passed;
        return (passed, skipped) switch
        {
            (0, _) => $"{category}: {PipelineEstimate.Count(skipped, "check")}",
            (_, 0) => $"{category}: {PipelineEstimate.Count(passed, "check")}",
            _ => $"{category}: {PipelineEstimate.Count(passed, "check")}, {ScreenText.Of(skipped)} skipped",
        };
    }

    /// <summary>Returns the sentence about a repository at the end of its checks.</summary>
    internal static string Summary(
        string subject,
        RepositoryProof? proof,
        IReadOnlyCollection<CoverageCheck> checks,
        DateTimeOffset now
    )
    {
        var failed = checks.Count(check => check.Status == CheckStatus.Failed);
        var failures = failed == 0 ? "" : $" {(failed == 1 ? "1 check" : $"{ScreenText.Of(failed)} checks")} failed.";
        if (proof is null)
        {
            var passed = PipelineEstimate.Count(checks.Count(check => check.Status == CheckStatus.Passed), "check");
            return $"{subject}: {passed} passed.{failures}";
        }

        var read = proof.LastReadAt is { } at ? $"last read {ViewText.When(at, now)}" : "never read completely";
        var unproven = proof.Unproven == 0 ? "" : $" {Rows(proof.Unproven)} not yet proven.";
        return $"{proof.Repository}: {Rows(proof.Rows)} proven field by field, {ViewText.Number(proof.Differ)} {(proof.Differ == 1 ? "differs" : "differ")}; {read}.{unproven}{failures}";
    }

    private static string Rows(long number) =>
        string.Create(CultureInfo.InvariantCulture, $"{number:N0} row{(number == 1 ? "" : "s")}");
}
