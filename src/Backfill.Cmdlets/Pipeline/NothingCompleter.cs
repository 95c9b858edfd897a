using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;

namespace Backfill.Cmdlets.Pipeline;

/// <summary>Completes nothing. Without it, PowerShell completes the names of files for a number, a text or a secret.</summary>
public sealed class NothingCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName,
        string parameterName,
        string wordToComplete,
        CommandAst commandAst,
        IDictionary fakeBoundParameters
    ) => [];
}
