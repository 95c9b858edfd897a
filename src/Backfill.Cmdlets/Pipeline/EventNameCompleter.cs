using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;

namespace Backfill.Cmdlets.Pipeline;

/// <summary>Completes the events that ask for a sync and are known to have a handler.</summary>
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
        return InngestEvents
            .HandledSyncs.Where(name => name.Contains(word, StringComparison.OrdinalIgnoreCase))
            .Select(name => new CompletionResult(name));
    }
}
