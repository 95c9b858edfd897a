using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;

namespace Backfill.Cmdlets.Pipeline;

/// <summary>Completes the events of a stage: of a sync those that are known to have a handler, of another stage the event that it sends.</summary>
public sealed class EventNameCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName,
        string parameterName,
        string wordToComplete,
        CommandAst commandAst,
        IDictionary fakeBoundParameters
    )
    {
        var word = (wordToComplete ?? "").Trim('\'', '"');
        IEnumerable<string> events = commandName switch
        {
            "Invoke-EmbeddingBackfill" => [InngestEvents.Embedding],
            "Update-WorkspaceMetrics" => [InngestEvents.Metrics],
            _ => InngestEvents.HandledSyncs,
        };
        return events
            .Where(name => name.Contains(word, StringComparison.OrdinalIgnoreCase))
            .Select(name => new CompletionResult(name));
    }
}
