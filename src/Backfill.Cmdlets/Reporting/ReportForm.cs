namespace Backfill.Cmdlets.Reporting;

/// <summary>The form of a report.</summary>
public enum ReportForm
{
    /// <summary>A table per repository, for a pull request or a ticket.</summary>
    Markdown,

    /// <summary>A test suite per repository and a test case per check, for build servers.</summary>
    JUnit,

    /// <summary>Every property of every check, repository and run.</summary>
    Json,

    /// <summary>One page with charts that needs nothing from the network, for people.</summary>
    Html,
}

/// <summary>Finds the form of a report by the name of its file.</summary>
internal static class ReportForms
{
    /// <summary>Returns the form that the name of a file stands for; Markdown for any other name and without a file.</summary>
    internal static ReportForm Of(string? path) =>
        System.IO.Path.GetExtension(path)?.ToLowerInvariant() switch
        {
            ".html" or ".htm" => ReportForm.Html,
            ".xml" => ReportForm.JUnit,
            ".json" => ReportForm.Json,
            _ => ReportForm.Markdown,
        };
}
