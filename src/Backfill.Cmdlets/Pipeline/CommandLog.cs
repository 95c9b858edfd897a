namespace Backfill.Cmdlets.Pipeline;

/// <summary>Writes what a cmdlet says into its log file. Without a file it writes nothing.</summary>
/// <param name="file">The log file, or null.</param>
/// <param name="command">The name of the cmdlet.</param>
/// <param name="secrets">Returns the secrets in force, which are masked.</param>
internal sealed class CommandLog(IOperationLog? file, string command, Func<IReadOnlyList<Secret>> secrets)
{
    /// <summary>Returns what writes a line, or null without a file.</summary>
    internal Action? Line(LogSeverity severity, string message) =>
        file is null ? null : () => Write(severity, message, new Dictionary<string, object?>(StringComparer.Ordinal));

    /// <summary>Returns what writes a result, or null without a file or for an object that is no result of a stage.</summary>
    internal Action? Result(object result)
    {
        if (file is null || Facts(result) is not { } facts)
        {
            return null;
        }

        var severity = result is CoverageCheck { Status: CheckStatus.Passed or CheckStatus.Skipped }
            ? LogSeverity.Verbose
            : LogSeverity.Information;
        return () => Write(severity, $"{result}", facts);
    }

    /// <summary>Returns what writes an error, or null without a file.</summary>
    internal Action? Error(Exception error)
    {
        if (file is null)
        {
            return null;
        }

        var facts = new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            ["ErrorId"] = error is BackfillException known ? known.ErrorId : ErrorIds.Unexpected,
            ["Action"] = Masked((error as BackfillException)?.Action ?? ""),
            ["Subject"] = Masked((error as BackfillException)?.Subject?.ToString() ?? ""),
        };
        return () => Write(LogSeverity.Error, error.Message, facts);
    }

    private static Dictionary<string, object?>? Facts(object result) =>
        result switch
        {
            RepoSync run => new(StringComparer.Ordinal)
            {
                ["RunId"] = run.Id,
                ["Repository"] = run.Repository,
                ["State"] = run.State.ToString(),
                ["Requests"] = run.Requests,
                ["Points"] = run.Points,
                ["Gaps"] = run.Gaps.Count,
                ["Seconds"] = run.Duration?.TotalSeconds,
            },
            EmbeddingResult one => new(StringComparer.Ordinal)
            {
                ["Repository"] = one.Repository,
                ["State"] = one.State.ToString(),
                ["Model"] = one.Model,
                ["Embedded"] = one.Embedded,
                ["Remaining"] = one.Remaining,
                ["Tokens"] = one.Tokens,
                ["Cost"] = one.Cost,
            },
            WorkspaceMetrics metrics => new(StringComparer.Ordinal)
            {
                ["Workspace"] = metrics.Workspace,
                ["State"] = metrics.State.ToString(),
            },
            RepositoryProof proof => new(StringComparer.Ordinal)
            {
                ["Repository"] = proof.Repository,
                ["ProvenRows"] = proof.Rows,
                ["Differ"] = proof.Differ,
            },
            CoverageCheck check => new(StringComparer.Ordinal)
            {
                ["Repository"] = check.Repository,
                ["Check"] = check.Check,
                ["Status"] = check.Status.ToString(),
                ["Expected"] = check.Expected,
                ["Actual"] = check.Actual,
            },
            _ => null,
        };

    private void Write(LogSeverity severity, string message, Dictionary<string, object?> facts)
    {
        facts["Command"] = command;
        file!.Write(severity, Masked(message), facts);
    }

    private string Masked(string text) => SecretMask.Apply(text, secrets());
}
