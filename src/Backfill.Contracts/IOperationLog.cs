namespace Backfill;

/// <summary>How much a line of a log matters.</summary>
public enum LogSeverity
{
    /// <summary>A request.</summary>
    Debug,

    /// <summary>A step.</summary>
    Verbose,

    /// <summary>A milestone: a run began or ended, a stage wrote a result.</summary>
    Information,

    /// <summary>A warning.</summary>
    Warning,

    /// <summary>An error.</summary>
    Error,
}

/// <summary>A log file with one JSON object per line.</summary>
public interface IOperationLog
{
    /// <summary>Writes a line. The message and the facts contain no secret.</summary>
    /// <param name="severity">How much the line matters.</param>
    /// <param name="message">What happened.</param>
    /// <param name="facts">The properties of the line, such as the repository and the id of the run.</param>
    void Write(LogSeverity severity, string message, IReadOnlyDictionary<string, object?> facts);
}

/// <summary>Something that the engine did: a request, or the beginning or the end of a run.</summary>
/// <param name="Severity">Gets how much the event matters.</param>
/// <param name="Message">Gets what happened, without any secret.</param>
/// <param name="Facts">Gets the numbers and names of the event, among them <c>RunId</c> where a run caused it.</param>
public sealed record EngineEvent(LogSeverity Severity, string Message, IReadOnlyDictionary<string, object?> Facts);
