namespace Backfill.Worker.Operations;

/// <summary>Everything that the worker logs. No message holds a secret.</summary>
internal static partial class Log
{
    [LoggerMessage(
        1,
        LogLevel.Information,
        "Registered {Count} functions of the app {App} at {Server}. Inngest calls {Url}."
    )]
    public static partial void Registered(ILogger logger, int count, string app, string server, string url);

    [LoggerMessage(
        2,
        LogLevel.Warning,
        "The functions could not be registered at {Server}: {Error} The worker tries again in {Pause}."
    )]
    public static partial void NotRegistered(ILogger logger, string server, string error, TimeSpan pause);

    [LoggerMessage(
        3,
        LogLevel.Information,
        "{Server} does not know the app {App} any more. The worker registers it again."
    )]
    public static partial void Forgotten(ILogger logger, string server, string app);

    [LoggerMessage(4, LogLevel.Debug, "Refused {Method} {Path} with {Status}.")]
    public static partial void Refused(ILogger logger, string method, string path, int status);

    [LoggerMessage(5, LogLevel.Information, "{Function} run {Run} attempt {Attempt}: {Outcome} after {Elapsed} ms.")]
    public static partial void Answered(
        ILogger logger,
        string function,
        string run,
        int attempt,
        string outcome,
        long elapsed
    );

    [LoggerMessage(
        6,
        LogLevel.Warning,
        "{Function} run {Run} attempt {Attempt} failed with {ErrorId}, tried again: {Retries}. {Error}"
    )]
    public static partial void Failed(
        ILogger logger,
        string function,
        string run,
        int attempt,
        string errorId,
        bool retries,
        string error
    );

    [LoggerMessage(7, LogLevel.Error, "{Function} run {Run} attempt {Attempt} failed by a fault of the worker.")]
    public static partial void Fault(ILogger logger, string function, string run, int attempt, Exception error);

    [LoggerMessage(
        8,
        LogLevel.Information,
        "Slice of {Repository} in run {Run}: {Next}, {Requests} requests and {Points} points so far."
    )]
    public static partial void Slice(
        ILogger logger,
        string repository,
        Guid run,
        string next,
        int requests,
        int points
    );

    [LoggerMessage(9, LogLevel.Information, "GitHub reports {Event} of {Repository}.")]
    public static partial void Reported(ILogger logger, string @event, string repository);

    [LoggerMessage(10, LogLevel.Warning, "{Message}")]
    public static partial void EngineWarns(ILogger logger, string message);

    [LoggerMessage(11, LogLevel.Warning, "{ErrorId}: {Message}")]
    public static partial void EngineReports(ILogger logger, string errorId, string message);

    [LoggerMessage(12, LogLevel.Information, "The worker stops. Slices under way end at their next page.")]
    public static partial void Stopping(ILogger logger);

    [LoggerMessage(
        13,
        LogLevel.Information,
        "Events go to {EventServer}, runs are read at {ApiServer}. Requests have to be signed: {Signed}. Tokens: {Tokens}."
    )]
    public static partial void Begins(ILogger logger, string eventServer, string apiServer, bool signed, int tokens);
}
