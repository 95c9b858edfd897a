using System.Globalization;
using System.Management.Automation.Host;

namespace Backfill.Host;

/// <summary>What the PowerShell engine asks of its console.</summary>
internal sealed class ConsoleHost(Screen screen) : PSHost
{
    private readonly ConsoleUI ui = new(screen);

    /// <summary>What <c>exit</c> asked for; null while it did not.</summary>
    public int? ExitCode { get; private set; }

    /// <summary>True once an error was shown.</summary>
    public bool ShowedError => ui.ShowedError;

    /// <inheritdoc/>
    public override CultureInfo CurrentCulture { get; } = CultureInfo.CurrentCulture;

    /// <inheritdoc/>
    public override CultureInfo CurrentUICulture { get; } = CultureInfo.CurrentUICulture;

    /// <inheritdoc/>
    public override Guid InstanceId { get; } = Guid.NewGuid();

    /// <inheritdoc/>
    public override string Name => "Backfill.Host";

    /// <inheritdoc/>
    public override PSHostUserInterface UI => ui;

    /// <inheritdoc/>
    public override Version Version { get; } = typeof(ConsoleHost).Assembly.GetName().Version ?? new Version(0, 0);

    /// <inheritdoc/>
    public override void EnterNestedPrompt() => throw new NotSupportedException("This console has no nested prompts.");

    /// <inheritdoc/>
    public override void ExitNestedPrompt() => throw new NotSupportedException("This console has no nested prompts.");

    /// <inheritdoc/>
    public override void NotifyBeginApplication()
    {
        // A program that is started has the console as it is.
    }

    /// <inheritdoc/>
    public override void NotifyEndApplication()
    {
        // Nothing was changed for it.
    }

    /// <inheritdoc/>
    public override void SetShouldExit(int exitCode) => ExitCode = exitCode;
}
