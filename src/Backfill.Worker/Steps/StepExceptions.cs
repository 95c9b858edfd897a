using System.Text.Json.Nodes;

namespace Backfill.Worker.Steps;

/// <summary>Ends a call: it has something to report, and Inngest calls again with the result. No function catches it.</summary>
/// <param name="operation">What Inngest is told of the step.</param>
internal sealed class StepReportedException(JsonObject operation) : Exception("The call has reported a step.")
{
    /// <summary>Gets what Inngest is told of the step.</summary>
    public JsonObject Operation { get; } = operation;
}

/// <summary>The call asks for a step that the function does not have at this point.</summary>
/// <param name="hash">The hash of the step.</param>
internal sealed class StepNotFoundException(string hash) : Exception($"The function has no step {hash} at this point.");

/// <summary>A step failed for good, or the function that it invoked did. The function fails with the same words.</summary>
/// <param name="name">The name of the error, as the step gave it.</param>
/// <param name="message">The words of the step.</param>
internal sealed class StepFailedException(string name, string message) : Exception(message)
{
    /// <summary>Gets the name of the error.</summary>
    public string Name { get; } = name;
}

/// <summary>An error that can get better: Inngest calls again after a pause.</summary>
/// <param name="error">The error.</param>
/// <param name="pause">The time after which another try makes sense.</param>
internal sealed class RetryLaterException(BackfillException error, TimeSpan pause) : Exception(error.Message, error)
{
    /// <summary>Gets the error.</summary>
    public BackfillException Error { get; } = error;

    /// <summary>Gets the time after which another try makes sense.</summary>
    public TimeSpan Pause { get; } = pause;
}
