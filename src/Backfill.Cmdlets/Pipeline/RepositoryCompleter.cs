using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using Backfill.Cmdlets.Settings;

namespace Backfill.Cmdlets.Pipeline;

/// <summary>Completes repository names from the database of the session. It completes nothing when the database does not answer within a second.</summary>
public sealed class RepositoryCompleter : IArgumentCompleter
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName,
        string parameterName,
        string wordToComplete,
        CommandAst commandAst,
        IDictionary fakeBoundParameters
    )
    {
        var prefix = (wordToComplete ?? "").Trim('\'', '"');
        IReadOnlyList<string> found = [];
        var work = Task.Run(
            async () =>
            {
                using var limit = new CancellationTokenSource(Limit, EngineAccess.Clock);
                var settings = SettingsResolution.Resolve(null, Session.Connected, Environment.GetEnvironmentVariable);
                found = await EngineAccess.Engine.CompleteRepositoriesAsync(settings, prefix, limit.Token);
            },
            CancellationToken.None
        );
        return Pump.Wait(work, Limit, CancellationToken.None) && work.IsCompletedSuccessfully
            ? found.Where(IsName).Select(name => new CompletionResult(name))
            : [];
    }

    // The text goes into the command line, so only proper names are completed.
    private static bool IsName(string text)
    {
        try
        {
            return RepositoryName.Parse(text).FullName == text;
        }
        catch (BackfillException)
        {
            return false;
        }
    }
}
