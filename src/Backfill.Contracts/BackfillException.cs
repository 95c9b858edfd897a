namespace Backfill;

/// <summary>The kind of an error. Each kind has a PowerShell error category.</summary>
public enum ErrorKind
{
    /// <summary>The input of the user cannot be used.</summary>
    Input,

    /// <summary>A setting is missing or wrong.</summary>
    Setting,

    /// <summary>The subject does not exist, or the login may not see it.</summary>
    NotFound,

    /// <summary>A credential was refused, or has not enough rights.</summary>
    Access,

    /// <summary>A server cannot be reached or does not respond properly.</summary>
    Unavailable,

    /// <summary>A limit or quota is used up.</summary>
    Limit,

    /// <summary>Another process works on the subject.</summary>
    Conflict,

    /// <summary>Data is missing, wrong or cannot be stored.</summary>
    Data,

    /// <summary>A time limit has passed.</summary>
    Timeout,
}

/// <summary>The exception that the engine throws for every known error. It says what happened, to what, and what to do.</summary>
/// <param name="errorId">One of <see cref="ErrorIds"/>.</param>
/// <param name="kind">The kind of the error.</param>
/// <param name="message">One or two sentences without any secret.</param>
/// <param name="action">What the user should do.</param>
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
    /// <summary>Gets the id of the error, one of <see cref="ErrorIds"/>.</summary>
    public string ErrorId { get; } = errorId;

    /// <summary>Gets the kind of the error.</summary>
    public ErrorKind Kind { get; } = kind;

    /// <summary>Gets what the user should do.</summary>
    public string Action { get; } = action;

    /// <summary>Gets the repository, run, row or setting that the error is about.</summary>
    public object? Subject { get; } = subject;
}
