using System.Collections.Concurrent;
using System.Collections.ObjectModel;
using System.Globalization;
using System.Management.Automation;
using System.Management.Automation.Host;
using System.Security;

namespace Backfill.Cmdlets.Tests.Support;

/// <summary>A host that keeps what is written to it and answers each question with the same choice.</summary>
internal sealed class TestHost : PSHost
{
    private readonly Screen screen = new();

    /// <summary>What was written, in its order.</summary>
    public string Text => string.Concat(screen.Written);

    /// <summary>The index of the choice that is made at every question.</summary>
    public int Answer
    {
        set => screen.Answer = value;
    }

    /// <summary>The progress that reached the host.</summary>
    public IReadOnlyCollection<ProgressRecord> Progress => screen.Progress;

    public override CultureInfo CurrentCulture => CultureInfo.InvariantCulture;

    public override CultureInfo CurrentUICulture => CultureInfo.InvariantCulture;

    public override Guid InstanceId { get; } = Guid.NewGuid();

    public override string Name => "TestHost";

    public override PSHostUserInterface UI => screen;

    public override Version Version { get; } = new(1, 0);

    public override void EnterNestedPrompt() => throw new NotSupportedException();

    public override void ExitNestedPrompt() => throw new NotSupportedException();

    public override void NotifyBeginApplication() { }

    public override void NotifyEndApplication() { }

    public override void SetShouldExit(int exitCode) { }

    private sealed class Screen : PSHostUserInterface
    {
        public ConcurrentQueue<string> Written { get; } = [];

        public ConcurrentQueue<ProgressRecord> Progress { get; } = [];

        public int Answer { get; set; }

        public override PSHostRawUserInterface RawUI { get; } = new WideScreen();

        public override Dictionary<string, PSObject> Prompt(
            string caption,
            string message,
            Collection<FieldDescription> descriptions
        ) => throw new NotSupportedException();

        public override int PromptForChoice(
            string caption,
            string message,
            Collection<ChoiceDescription> choices,
            int defaultChoice
        ) => Answer;

        public override PSCredential PromptForCredential(
            string caption,
            string message,
            string userName,
            string targetName
        ) => throw new NotSupportedException();

        public override PSCredential PromptForCredential(
            string caption,
            string message,
            string userName,
            string targetName,
            PSCredentialTypes allowedCredentialTypes,
            PSCredentialUIOptions options
        ) => throw new NotSupportedException();

        public override string ReadLine() => throw new NotSupportedException();

        public override SecureString ReadLineAsSecureString() => throw new NotSupportedException();

        public override void Write(ConsoleColor foregroundColor, ConsoleColor backgroundColor, string value) =>
            Written.Enqueue(value);

        public override void Write(string value) => Written.Enqueue(value);

        public override void WriteDebugLine(string message) => Written.Enqueue(message + "\n");

        public override void WriteErrorLine(string value) => Written.Enqueue(value + "\n");

        public override void WriteLine(string value) => Written.Enqueue(value + "\n");

        public override void WriteProgress(long sourceId, ProgressRecord record) => Progress.Enqueue(record);

        public override void WriteVerboseLine(string message) => Written.Enqueue(message + "\n");

        public override void WriteWarningLine(string message) => Written.Enqueue(message + "\n");
    }

    // Wide, so that no column is cut.
    private sealed class WideScreen : PSHostRawUserInterface
    {
        public override ConsoleColor BackgroundColor { get; set; }

        public override Size BufferSize { get; set; } = new(300, 100);

        public override Coordinates CursorPosition { get; set; }

        public override int CursorSize { get; set; }

        public override ConsoleColor ForegroundColor { get; set; }

        public override bool KeyAvailable => false;

        public override Size MaxPhysicalWindowSize => BufferSize;

        public override Size MaxWindowSize => BufferSize;

        public override Coordinates WindowPosition { get; set; }

        public override Size WindowSize { get; set; } = new(300, 100);

        public override string WindowTitle { get; set; } = "";

        public override void FlushInputBuffer() { }

        public override BufferCell[,] GetBufferContents(Rectangle rectangle) => throw new NotSupportedException();

        public override KeyInfo ReadKey(ReadKeyOptions options) => throw new NotSupportedException();

        public override void ScrollBufferContents(
            Rectangle source,
            Coordinates destination,
            Rectangle clip,
            BufferCell fill
        ) => throw new NotSupportedException();

        public override void SetBufferContents(Rectangle rectangle, BufferCell fill) =>
            throw new NotSupportedException();

        public override void SetBufferContents(Coordinates origin, BufferCell[,] contents) =>
            throw new NotSupportedException();
    }
}
