using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;

namespace Backfill.Cmdlets.Pipeline;

/// <summary>Completes the time ranges that the metrics are kept for.</summary>
public sealed class TimeRangeCompleter : IArgumentCompleter
{
    /// <summary>Gets the ranges, the shortest first.</summary>
    internal static readonly IReadOnlyList<string> Ranges = ["7d", "30d", "90d", "1y", "all"];

    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName,
        string parameterName,
        string wordToComplete,
        CommandAst commandAst,
        IDictionary fakeBoundParameters
    ) =>
        Ranges
            .Where(range => range.StartsWith(wordToComplete ?? "", StringComparison.OrdinalIgnoreCase))
            .Select(range => new CompletionResult(range));
}
