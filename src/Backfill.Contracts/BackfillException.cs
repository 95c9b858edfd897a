namespace Backfill;

/// <summary>What an error is about; the cmdlets map it to a PowerShell error category.</summary>
public enum ErrorKind
{
    /// <summary>What the caller wrote cannot be used.</summary>
    Input,

    /// <summary>A setting is missing or wrong.</summary>
    Setting,

    /// <summary>The subject does not exist, or the login may not know that it does.</summary>
    NotFound,

    /// <summary>A credential was refused, or lacks a right.</summary>
    Access,

    /// <summary>Something outside cannot be reached or does not answer properly.</summary>
    Unavailable,

    /// <summary>A limit or quota stands in the way.</summary>
    Limit,

    /// <summary>Somebody else is at work on the subject.</summary>
    Conflict,

    /// <summary>Data is missing, wrong or cannot be stored.</summary>
    Data,

    /// <summary>The caller stopped waiting.</summary>
    Timeout,
}

/// <summary>The one exception that the engine throws on purpose: what went wrong, with whom, and what to do.</summary>
/// <param name="errorId">One of <see cref="ErrorIds"/>.</param>
/// <param name="kind">What the error is about.</param>
/// <param name="message">One or two sentences without any secret.</param>
/// <param name="action">What the operator should do.</param>
/// <param name="subject">The repository, run, row or setting that the error is about.</param>
/// <param name="inner">The cause.</param>
public sealed class BackfillException(
    string errorId,
    ErrorKind kind,
    string message,
    string action,
    object? subject = null,
    Exception? inner = null
) : Exception(message, inner)
{
    /// <summary>One of <see cref="ErrorIds"/>.</summary>
    public string ErrorId { get; } = errorId;

    /// <summary>What the error is about.</summary>
    public ErrorKind Kind { get; } = kind;

    /// <summary>What the operator should do.</summary>
    public string Action { get; } = action;

    /// <summary>The repository, run, row or setting that the error is about.</summary>
    public object? Subject { get; } = subject;
}
