using System.Globalization;
using System.Management.Automation;
using Backfill.Cmdlets.Settings;

namespace Backfill.Cmdlets.Pipeline;

/// <summary>The base of every cmdlet: a token for Ctrl+C, the settings in force, a pump for the output of the engine, and one way to report errors.</summary>
public abstract class BackfillCommand : PSCmdlet, IDisposable
{
    private const string LogVariable = "BACKFILL_LOG";

    private readonly Lock sync = new();
    private readonly CancellationTokenSource stopping = new();
    private BackfillSettings? settings;
    private Wildcards? patterns;
    private bool disposed;

    /// <summary>Gets the settings that the cmdlet's own parameters give.</summary>
    private protected virtual BackfillSettings Given => new();

    /// <summary>Gets the settings in force. A parameter wins over <c>Connect-Backfill</c>, which wins over the environment.</summary>
    /// <exception cref="BackfillException">A setting cannot be read.</exception>
    private protected BackfillSettings InForce
    {
        get
        {
            if (settings is null)
            {
                var resolved = Resolve();
                if (JudgesSettings)
                {
                    SettingJudgement.Require(resolved);
                }

                settings = resolved;
            }

            return settings;
        }
    }

    /// <summary>Gets whether a malformed token or key ends the cmdlet. It is false when a check reports the malformed value.</summary>
    private protected virtual bool JudgesSettings => true;

    /// <summary>Resolves the settings.</summary>
    private protected virtual BackfillSettings Resolve() =>
        SettingsResolution.Resolve(Given, Session.Connected, ReadVariable);

    /// <summary>Reads an environment variable. Its value may name a secret of SecretManagement.</summary>
    private protected string? ReadVariable(string name)
    {
        var value = Environment.GetEnvironmentVariable(name);
        return NamedSecret.IsName(value)
            ? SecretAttribute.Read(NamedSecret.Read(InvokeCommand, value!))?.Reveal()
            : value;
    }

    /// <summary>The decision about one item.</summary>
    private protected enum Decision
    {
        /// <summary>Do it.</summary>
        Act,

        /// <summary>Only say what would be done.</summary>
        Plan,

        /// <summary>Skip it, because the user answered no.</summary>
        Leave,
    }

    /// <summary>Asks the user or prints the plan, as <c>-Confirm</c> and <c>-WhatIf</c> require.</summary>
    /// <param name="action">What would be done.</param>
    /// <param name="target">What it would be done to.</param>
    /// <param name="planned">Whether the input is only planned, so this stage plans too.</param>
    private protected Decision Decide(string action, string target, bool planned)
    {
        var description = $"Performing the operation \"{action}\" on target \"{ScreenText.Of(target)}\".";
        var question = $"Are you sure you want to perform this action?{Environment.NewLine}{description}";
        if (ShouldProcess(description, question, "Confirm", out var reason))
        {
            return planned ? Decision.Plan : Decision.Act;
        }

        return reason.HasFlag(ShouldProcessReason.WhatIf) ? Decision.Plan : Decision.Leave;
    }

    /// <summary>Gets whether this call is a dry run, by its own <c>-WhatIf</c> or by the preference of the caller.</summary>
    private protected bool IsWhatIf =>
        MyInvocation.BoundParameters.TryGetValue("WhatIf", out var given)
            ? LanguagePrimitives.IsTrue(given)
            : LanguagePrimitives.IsTrue(GetVariableValue("WhatIfPreference"));

    /// <summary>Gets whether the user is asked before something is lost: not when -Confirm is given, and not when the preference switches such questions off.</summary>
    private protected bool AsksBeforeLoss =>
        !MyInvocation.BoundParameters.ContainsKey("Confirm")
        && LanguagePrimitives.TryConvertTo<ConfirmImpact>(
            GetVariableValue("ConfirmPreference"),
            CultureInfo.InvariantCulture,
            out var preference
        )
        && preference is not ConfirmImpact.None
        && preference <= ConfirmImpact.High;

    /// <summary>Asks the user, as <c>-Confirm</c> requires. A dry run does not ask, and prints its plan later.</summary>
    private protected Decision DecideStage(string action, string target, bool planned) =>
        IsWhatIf ? Decision.Plan : Decide(action, target, planned);

    /// <summary>Writes a line of a dry run.</summary>
    private protected void SayPlan(string line) => Say($"What if: {line}");

    /// <summary>Writes a line for people.</summary>
    private protected void Say(string line) =>
        // Write-Host gives the same tag. The host shows such a record without -InformationAction Continue.
        WriteInformation(ScreenText.Of(line), ["PSHOST"]);

    /// <summary>An operation of the engine.</summary>
    private protected delegate Task Operation(
        IBackfillEngine engine,
        BackfillSettings settings,
        IOperationOutput output,
        CancellationToken cancellationToken
    );

    /// <summary>Runs one operation of the engine and writes its output.</summary>
    /// <returns>The exception of the operation, or null.</returns>
    private protected Exception? Attempt(Operation operation)
    {
        BackfillSettings inForce;
        CommandLog log;
        try
        {
            // On the pipeline's thread, because a setting may name a secret that Get-Secret reads.
            inForce = InForce;
            log = Log();
        }
        catch (BackfillException error)
        {
            return error;
        }

        var pump = new Pump(this, EngineAccess.Clock, log);
        using var requests = IsDebugging ? EngineAccess.Engine.Observe(one => pump.Debug(one.Message)) : null;
        var failure = pump.Run(
            (output, token) => operation(EngineAccess.Engine, inForce, output, token),
            stopping.Token
        );
        if (failure is not null)
        {
            log.Error(failure)?.Invoke();
        }

        return failure;
    }

    /// <summary>Gets the path of the log file that the parameters name, or null.</summary>
    private protected virtual string? GivenLogPath => null;

    private CommandLog Log()
    {
        var path = GivenLogPath ?? Environment.GetEnvironmentVariable(LogVariable);
        return new CommandLog(
            string.IsNullOrWhiteSpace(path)
                ? null
                : EngineAccess.Engine.OpenLog(GetUnresolvedProviderPathFromPSPath(path)),
            MyInvocation.MyCommand?.Name ?? "",
            Secrets
        );
    }

    private bool IsDebugging =>
        MyInvocation.BoundParameters.TryGetValue("Debug", out var given)
            ? LanguagePrimitives.IsTrue(given)
            : GetVariableValue("DebugPreference")?.ToString() is "Continue" or "Inquire" or "Stop";

    /// <summary>Runs one operation of the engine, writes its output, and reports its exception.</summary>
    /// <param name="subject">What the operation works on, such as a repository.</param>
    /// <returns>False when the operation failed.</returns>
    private protected bool Run(object? subject, Operation operation)
    {
        var failure = Attempt(operation);
        if (failure is not null)
        {
            WriteFailure(failure, subject);
        }

        return failure is null;
    }

    /// <summary>Writes one result of the engine.</summary>
    internal virtual void Emit(object result)
    {
        // A milestone, which -InformationAction Continue shows.
        if (result is RepoSync or EmbeddingResult or WorkspaceMetrics)
        {
            WriteInformation($"{MyInvocation.MyCommand?.Name}: {ScreenText.Of(result.ToString())}", ["Backfill"]);
        }

        WriteObject(result);
    }

    /// <summary>Writes an error that does not end the operation.</summary>
    internal virtual void Report(BackfillException error) => WriteFailure(error);

    /// <summary>Returns the message of an exception without secrets.</summary>
    private protected string MessageOf(Exception exception) =>
        ErrorMapping.WithoutSecrets(exception, Secrets()).Message;

    /// <summary>Writes an error. It ends the cmdlet when no further input could succeed.</summary>
    internal void WriteFailure(Exception exception, object? subject = null)
    {
        var record = ErrorMapping.Record(exception, subject, Secrets());
        if (ErrorMapping.EndsCommand(exception))
        {
            ThrowTerminatingError(record);
        }

        WriteError(record);
    }

    /// <summary>Ends the cmdlet because its parameters are wrong.</summary>
    private protected void Refuse(BackfillException error) =>
        ThrowTerminatingError(ErrorMapping.Record(error, null, Secrets()));

    /// <summary>Gets the wildcards of this call. The names are listed once.</summary>
    private protected Wildcards Patterns =>
        patterns ??= new Wildcards(kind =>
        {
            IReadOnlyList<string>? names = null;
            Run(null, async (engine, settings, _, token) => names = await engine.ListNamesAsync(settings, kind, token));
            return names;
        });

    /// <summary>Replaces each name with wildcards by the names that it matches. A pattern that matches none is reported and left out.</summary>
    private protected IEnumerable<string> Expand(CompletionKind kind, IEnumerable<string> texts)
    {
        foreach (var text in texts)
        {
            if (!Wildcards.IsPattern(text))
            {
                yield return text;
                continue;
            }

            var matches = Patterns.Match(kind, text);
            if (matches is { Count: 0 })
            {
                WriteFailure(Wildcards.NoMatch(kind, text));
            }

            foreach (var match in matches ?? [])
            {
                yield return match;
            }
        }
    }

    /// <summary>Reads repository names. A text that is not one is reported and left out.</summary>
    private protected virtual IEnumerable<RepositoryName> Parse(IEnumerable<string> texts)
    {
        foreach (var text in texts)
        {
            RepositoryName? name = null;
            try
            {
                name = RepositoryNamesAttribute.ErrorOf(text) is { } nameless
                    ? throw nameless
                    : RepositoryName.Parse(text);
            }
            catch (BackfillException exception)
            {
                ReportMalformed(text, exception);
            }

            if (name is not null)
            {
                yield return name;
            }
        }
    }

    /// <summary>Reports a text that is not a repository name.</summary>
    private protected virtual void ReportMalformed(string text, BackfillException error) => WriteFailure(error);

    /// <summary>Cancels the operation. PowerShell calls this method from another thread than the pipeline's.</summary>
    protected override void StopProcessing()
    {
        lock (sync)
        {
            if (!disposed)
            {
                // A callback that hangs must not block the thread that stops the pipeline.
                _ = stopping.CancelAsync();
            }
        }
    }

    /// <summary>Disposes the source of the token.</summary>
    public void Dispose()
    {
        lock (sync)
        {
            disposed = true;
            stopping.Dispose();
        }

        GC.SuppressFinalize(this);
    }

    private IReadOnlyList<Secret> Secrets() => settings?.Secrets ?? [];
}
