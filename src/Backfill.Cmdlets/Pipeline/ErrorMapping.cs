using System.Management.Automation;

namespace Backfill.Cmdlets.Pipeline;

/// <summary>Turns what the engine throws into PowerShell's error records.</summary>
internal static class ErrorMapping
{
    // With these no further input could succeed either; the settings' own errors are told by their kind.
    private static readonly HashSet<string> Fatal = new(StringComparer.Ordinal)
    {
        ErrorIds.DatabaseUnavailable,
        ErrorIds.DatabaseAccessDenied,
        ErrorIds.DatabaseDiskFull,
        ErrorIds.SchemaMissing,
        ErrorIds.SchemaUnsuitable,
        ErrorIds.LocalServerNotInstalled,
        ErrorIds.LocalServerNotStarted,
        ErrorIds.LocalServerVersionMismatch,
        ErrorIds.GitHubTokenRefused,
        ErrorIds.InngestKeyRefused,
        ErrorIds.InngestDevServerNotRunning,
        ErrorIds.EmbeddingProviderRefused,
        ErrorIds.EmbeddingDimensionMismatch,
    };

    /// <summary>Whether the cmdlet should end, since no further input could succeed.</summary>
    internal static bool EndsCommand(Exception exception) =>
        exception is BackfillException error && (error.Kind == ErrorKind.Setting || Fatal.Contains(error.ErrorId));

    /// <summary>The record of an exception.</summary>
    /// <param name="exception">What was thrown.</param>
    /// <param name="subject">What the cmdlet was at work on; an error's own subject goes before it.</param>
    /// <param name="secrets">The secrets in force; an exception that contains one is replaced by its masked text.</param>
    internal static ErrorRecord Record(Exception exception, object? subject, IReadOnlyCollection<Secret> secrets)
    {
        var shown = WithoutSecrets(exception, secrets);
        if (shown is BackfillException error)
        {
            return new ErrorRecord(error, error.ErrorId, Category(error.Kind), error.Subject ?? subject)
            {
                ErrorDetails = new ErrorDetails(error.Message) { RecommendedAction = error.Action },
            };
        }

        return new ErrorRecord(shown, ErrorIds.Unexpected, ErrorCategory.NotSpecified, subject)
        {
            ErrorDetails = new ErrorDetails($"Unexpected {exception.GetType().FullName}: {shown.Message}")
            {
                RecommendedAction =
                    "This is a defect of the module. Report it together with $Error[0].Exception.ToString().",
            },
        };
    }

    private static ErrorCategory Category(ErrorKind kind) =>
        kind switch
        {
            ErrorKind.Input => ErrorCategory.InvalidArgument,
            ErrorKind.Setting => ErrorCategory.InvalidOperation,
            ErrorKind.NotFound => ErrorCategory.ObjectNotFound,
            ErrorKind.Access => ErrorCategory.PermissionDenied,
            ErrorKind.Unavailable => ErrorCategory.ResourceUnavailable,
            ErrorKind.Limit => ErrorCategory.LimitsExceeded,
            ErrorKind.Conflict => ErrorCategory.ResourceBusy,
            ErrorKind.Data => ErrorCategory.InvalidData,
            ErrorKind.Timeout => ErrorCategory.OperationTimeout,
            _ => ErrorCategory.NotSpecified,
        };

    // The last net: no part of the engine puts a secret into a message, but a library's exception might.
    private static Exception WithoutSecrets(Exception exception, IReadOnlyCollection<Secret> secrets)
    {
        if (!SecretMask.Holds(exception.ToString(), secrets))
        {
            return exception;
        }

        var message = SecretMask.Apply(exception.Message, secrets);
        return exception is BackfillException error
            ? new BackfillException(
                error.ErrorId,
                error.Kind,
                message,
                SecretMask.Apply(error.Action, secrets),
                SecretMask.Holds(error.Subject?.ToString() ?? "", secrets) ? null : error.Subject
            )
            : new InvalidOperationException(message);
    }
}
