using System.Management.Automation;
using Backfill.Cmdlets.Settings;

namespace Backfill.Cmdlets.Pipeline;

/// <summary>What every cmdlet of the module is: one token for Ctrl+C, the settings in force, one pump, one way to report errors.</summary>
public abstract class BackfillCommand : PSCmdlet, IDisposable
{
    private readonly Lock sync = new();
    private readonly CancellationTokenSource stopping = new();
    private BackfillSettings? settings;
    private bool disposed;

    /// <summary>What the cmdlet's own parameters say.</summary>
    private protected virtual BackfillSettings Given => new();

    /// <summary>The settings in force: parameters over <c>Connect-Backfill</c> over the environment.</summary>
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

    /// <summary>Gets a value that indicates whether a token or key that no server can accept ends the cmdlet. It is false where a check reports it.</summary>
    private protected virtual bool JudgesSettings => true;

    /// <summary>Works the settings out, once.</summary>
    private protected virtual BackfillSettings Resolve() =>
        SettingsResolution.Resolve(Given, Session.Connected, Environment.GetEnvironmentVariable);

    /// <summary>What to do with one item.</summary>
    private protected enum Decision
    {
        /// <summary>Do it.</summary>
        Act,

        /// <summary>Only say what would be done.</summary>
        Plan,

        /// <summary>Leave it: the operator said no.</summary>
        Leave,
    }

    /// <summary>Asks, or prints, as <c>-Confirm</c> and <c>-WhatIf</c> want it.</summary>
    /// <param name="action">What would be done.</param>
    /// <param name="target">With what.</param>
    /// <param name="planned">The input is itself only planned, so that this stage plans too.</param>
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

    /// <summary>True where this call is a dry run: by its own <c>-WhatIf</c>, or by the preference of the caller.</summary>
    private protected bool IsWhatIf =>
        MyInvocation.BoundParameters.TryGetValue("WhatIf", out var given)
            ? LanguagePrimitives.IsTrue(given)
            : LanguagePrimitives.IsTrue(GetVariableValue("WhatIfPreference"));

    /// <summary>Asks, as <c>-Confirm</c> wants it. A dry run asks and prints nothing here: the stage says what it found out.</summary>
    private protected Decision DecideStage(string action, string target, bool planned) =>
        IsWhatIf ? Decision.Plan : Decide(action, target, planned);

    /// <summary>Writes a line of a dry run, wherever <c>-WhatIf</c> stands in the pipeline.</summary>
    private protected void SayPlan(string line) =>
        // The tag is what Write-Host gives: shown on the screen without being asked for, and kept in the stream.
        WriteInformation($"What if: {ScreenText.Of(line)}", ["PSHOST"]);

    /// <summary>An operation of the engine.</summary>
    private protected delegate Task Operation(
        IBackfillEngine engine,
        BackfillSettings settings,
        IOperationOutput output,
        CancellationToken cancellationToken
    );

    /// <summary>Runs one operation of the engine and writes what it says.</summary>
    /// <returns>The exception that it threw, or null.</returns>
    private protected Exception? Attempt(Operation operation) =>
        new Pump(this, EngineAccess.Clock).Run(
            (output, token) => operation(EngineAccess.Engine, InForce, output, token),
            stopping.Token
        );

    /// <summary>Runs one operation of the engine, writes what it says, and reports what it throws.</summary>
    /// <param name="subject">What the operation is about.</param>
    /// <returns>False when it threw.</returns>
    private protected bool Run(object? subject, Operation operation)
    {
        var failure = Attempt(operation);
        if (failure is not null)
        {
            WriteFailure(failure, subject);
        }

        return failure is null;
    }

    /// <summary>Writes one object that the engine hands on.</summary>
    internal virtual void Emit(object result) => WriteObject(result);

    /// <summary>Writes an error that an operation reports while it goes on.</summary>
    internal virtual void Report(BackfillException error) => WriteFailure(error);

    /// <summary>The message of an exception without secrets.</summary>
    private protected string MessageOf(Exception exception) =>
        ErrorMapping.WithoutSecrets(exception, Secrets()).Message;

    /// <summary>Writes an error; one after which no further input could succeed ends the cmdlet.</summary>
    internal void WriteFailure(Exception exception, object? subject = null)
    {
        var record = ErrorMapping.Record(exception, subject, Secrets());
        if (ErrorMapping.EndsCommand(exception))
        {
            ThrowTerminatingError(record);
        }

        WriteError(record);
    }

    /// <summary>Ends the cmdlet because of how it was called.</summary>
    private protected void Refuse(BackfillException error) =>
        ThrowTerminatingError(ErrorMapping.Record(error, null, Secrets()));

    /// <summary>Reads repository names; each that is none is an error of its own.</summary>
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

    /// <summary>Writes the error of a text that is no repository name.</summary>
    private protected virtual void ReportMalformed(string text, BackfillException error) => WriteFailure(error);

    /// <summary>Cancels the operation; called from another thread than the pipeline's.</summary>
    protected override void StopProcessing()
    {
        lock (sync)
        {
            if (!disposed)
            {
                // Asynchronously: a callback that hangs must not hold up the one who stops the pipeline.
                _ = stopping.CancelAsync();
            }
        }
    }

    /// <summary>Ends the token's life.</summary>
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
