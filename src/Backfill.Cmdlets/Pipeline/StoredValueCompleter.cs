using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using Backfill.Cmdlets.Settings;

namespace Backfill.Cmdlets.Pipeline;

/// <summary>Completes values that the database of the session has. It completes nothing, and says nothing, when there is no database or when it does not answer in time.</summary>
public abstract class StoredValueCompleter : IArgumentCompleter
{
    // The Tab key has to answer within 300 ms. The rest is for PowerShell itself.
    private static readonly TimeSpan Limit = TimeSpan.FromMilliseconds(250);

    // The first answer of a process takes longer, because the engine is loaded and a connection is opened. The work goes on, so
    // that the next press of the key gets the values at once.
    private static readonly TimeSpan WorkLimit = TimeSpan.FromSeconds(5);

    /// <summary>Gets what is completed.</summary>
    private protected abstract CompletionKind Kind { get; }

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
        IReadOnlyList<Completion> found = [];
        var work = Task.Run(
            async () =>
            {
                using var limit = new CancellationTokenSource(WorkLimit, EngineAccess.Clock);
                var settings = SettingsResolution.Resolve(null, Session.Connected, Environment.GetEnvironmentVariable);
                found = await EngineAccess.Engine.CompleteAsync(
                    settings,
                    new CompletionRequest(Kind, word),
                    limit.Token
                );
            },
            CancellationToken.None
        );
        return Pump.Wait(work, Limit, CancellationToken.None) && work.IsCompletedSuccessfully
            ? found.Where(IsSafe).Select(Result)
            : [];
    }

    /// <summary>Returns whether a value may go into the command line.</summary>
    private protected virtual bool IsSafe(Completion value) => !ScreenText.IsUnsafe(value.Text);

    private static CompletionResult Result(Completion value)
    {
        // A word that is more than letters, digits and a few marks is quoted, because it goes into the command line.
        var isPlain = value.Text.All(character =>
            char.IsLetterOrDigit(character) || "/._-".Contains(character, StringComparison.Ordinal)
        );
        var text = isPlain ? value.Text : $"'{CodeGeneration.EscapeSingleQuotedStringContent(value.Text)}'";
        return new CompletionResult(
            text,
            value.Text,
            CompletionResultType.ParameterValue,
            ScreenText.Of(value.Tip) is { Length: > 0 } tip ? tip : value.Text
        );
    }
}

/// <summary>Completes the names of workspaces.</summary>
public sealed class WorkspaceCompleter : StoredValueCompleter
{
    private protected override CompletionKind Kind => CompletionKind.Workspace;
}

/// <summary>Completes the ids of runs, the newest first. The tip has the repository, the state and the time.</summary>
public sealed class RunCompleter : StoredValueCompleter
{
    private protected override CompletionKind Kind => CompletionKind.Run;
}

/// <summary>Completes the ids and categories of checks.</summary>
public sealed class CheckCompleter : StoredValueCompleter
{
    private protected override CompletionKind Kind => CompletionKind.Check;
}

/// <summary>Completes the models that have a price, and those of the stored vectors.</summary>
public sealed class ModelCompleter : StoredValueCompleter
{
    private protected override CompletionKind Kind => CompletionKind.Model;
}

/// <summary>Completes the ids of batches that have not ended.</summary>
public sealed class BatchCompleter : StoredValueCompleter
{
    private protected override CompletionKind Kind => CompletionKind.Batch;
}
