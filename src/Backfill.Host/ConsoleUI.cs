using System.Collections.ObjectModel;
using System.Globalization;
using System.Management.Automation;
using System.Management.Automation.Host;
using System.Security;

namespace Backfill.Host;

/// <summary>Renders every stream, and asks the person at the console where there is one.</summary>
internal sealed class ConsoleUI(Screen screen) : PSHostUserInterface
{
    /// <summary>True once an error was shown.</summary>
    public bool ShowedError { get; private set; }

    /// <inheritdoc/>
    public override PSHostRawUserInterface RawUI { get; } = new ConsoleRawUI();

    /// <inheritdoc/>
    public override bool SupportsVirtualTerminal => !Console.IsOutputRedirected;

    /// <inheritdoc/>
    public override void Write(string value) => screen.Write(GetOutputString(value, SupportsVirtualTerminal));

    /// <inheritdoc/>
    public override void Write(ConsoleColor foregroundColor, ConsoleColor backgroundColor, string value) =>
        Write(value);

    /// <inheritdoc/>
    public override void WriteLine(string value) => Write(value + "\n");

    /// <inheritdoc/>
    public override void WriteErrorLine(string value)
    {
        ShowedError = true;
        WriteNotice("\u001b[31;1m", value);
    }

    /// <inheritdoc/>
    public override void WriteWarningLine(string message) => WriteNotice("\u001b[33;1m", $"WARNING: {message}");

    /// <inheritdoc/>
    public override void WriteVerboseLine(string message) => WriteNotice("\u001b[33;1m", $"VERBOSE: {message}");

    /// <inheritdoc/>
    public override void WriteDebugLine(string message) => WriteNotice("\u001b[33;1m", $"DEBUG: {message}");

    /// <inheritdoc/>
    public override void WriteInformation(InformationRecord record)
    {
        // The engine writes what information shows by itself, through Write.
    }

    /// <inheritdoc/>
    public override void WriteProgress(long sourceId, ProgressRecord record) => screen.Show(record);

    /// <inheritdoc/>
    public override string ReadLine() =>
        Console.ReadLine() ?? throw new HostException("There is no input to read from.");

    /// <inheritdoc/>
    public override SecureString ReadLineAsSecureString()
    {
        var secret = new SecureString();
        if (Console.IsInputRedirected)
        {
            foreach (var letter in ReadLine())
            {
                secret.AppendChar(letter);
            }

            return secret;
        }

        for (
            var key = Console.ReadKey(intercept: true);
            key.Key != ConsoleKey.Enter;
            key = Console.ReadKey(intercept: true)
        )
        {
            if (key.Key == ConsoleKey.Backspace && secret.Length > 0)
            {
                secret.RemoveAt(secret.Length - 1);
            }
            else if (key.KeyChar >= ' ')
            {
                secret.AppendChar(key.KeyChar);
            }
        }

        WriteLine("");
        return secret;
    }

    /// <inheritdoc/>
    public override Dictionary<string, PSObject> Prompt(
        string caption,
        string message,
        Collection<FieldDescription> descriptions
    )
    {
        Ask(caption, message);
        var answers = new Dictionary<string, PSObject>(StringComparer.Ordinal);
        foreach (var field in descriptions)
        {
            Write($"{field.Name}: ");
            var secret = field.ParameterTypeFullName == typeof(SecureString).FullName;
            answers[field.Name] = PSObject.AsPSObject(secret ? ReadLineAsSecureString() : ReadLine());
        }

        return answers;
    }

    /// <inheritdoc/>
    public override int PromptForChoice(
        string caption,
        string message,
        Collection<ChoiceDescription> choices,
        int defaultChoice
    )
    {
        Ask(caption, message);
        var labels = choices
            .Select(choice => (Key: KeyOf(choice.Label), Text: choice.Label.Replace("&", "", StringComparison.Ordinal)))
            .ToArray();
        while (true)
        {
            Write(string.Join("  ", labels.Select(label => $"[{label.Key}] {label.Text}")));
            Write(defaultChoice >= 0 ? $"  (default is \"{labels[defaultChoice].Key}\"): " : ": ");
            var answer = ReadLine().Trim();
            if (answer.Length == 0 && defaultChoice >= 0)
            {
                return defaultChoice;
            }

            var chosen = Array.FindIndex(
                labels,
                label =>
                    label.Key.Equals(answer, StringComparison.OrdinalIgnoreCase)
                    || label.Text.Equals(answer, StringComparison.OrdinalIgnoreCase)
            );
            if (chosen >= 0)
            {
                return chosen;
            }
        }
    }

    /// <inheritdoc/>
    public override PSCredential PromptForCredential(string caption, string message, string userName, string targetName)
    {
        Ask(caption, message);
        if (string.IsNullOrEmpty(userName))
        {
            Write("User: ");
            userName = ReadLine();
        }

        Write("Password: ");
        return new PSCredential(userName, ReadLineAsSecureString());
    }

    /// <inheritdoc/>
    public override PSCredential PromptForCredential(
        string caption,
        string message,
        string userName,
        string targetName,
        PSCredentialTypes allowedCredentialTypes,
        PSCredentialUIOptions options
    ) => PromptForCredential(caption, message, userName, targetName);

    private static string KeyOf(string label)
    {
        var at = label.IndexOf('&', StringComparison.Ordinal);
        return at >= 0 && at + 1 < label.Length ? label[at + 1].ToString(CultureInfo.InvariantCulture) : label;
    }

    private void Ask(string caption, string message)
    {
        foreach (var text in new[] { caption, message }.Where(text => !string.IsNullOrEmpty(text)))
        {
            WriteLine(text);
        }
    }

    // What is no output goes to standard error, so that a pipe gets only the output.
    private void WriteNotice(string color, string text) =>
        screen.WriteError(
            Console.IsErrorRedirected
                ? GetOutputString(text, supportsVirtualTerminal: false) + "\n"
                : $"{color}{text}\u001b[0m\n"
        );
}
