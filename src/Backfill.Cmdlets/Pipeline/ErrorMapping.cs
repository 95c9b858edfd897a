using System.Management.Automation;

namespace Backfill.Cmdlets.Pipeline;

/// <summary>Turns the exceptions of the engine into PowerShell's error records.</summary>
internal static class ErrorMapping
{
    // After these errors no further input could succeed. The errors of settings are found by their kind.
    private static readonly HashSet<string> Fatal = new(StringComparer.Ordinal)
    {
        ErrorIds.DatabaseUnavailable,
        ErrorIds.DatabaseAccessDenied,
        ErrorIds.DatabaseDiskFull,
        ErrorIds.DatabaseReadOnly,
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

    /// <summary>Returns whether the cmdlet should end, because no further input could succeed.</summary>
    internal static bool EndsCommand(Exception exception) =>
        exception is BackfillException error && (error.Kind == ErrorKind.Setting || Fatal.Contains(error.ErrorId));

    /// <summary>Returns the error record of an exception.</summary>
    /// <param name="exception">The exception.</param>
    /// <param name="subject">What the cmdlet worked on. The exception's own subject wins over it.</param>
    /// <param name="secrets">The secrets in force. An exception that contains one is replaced by its masked text.</param>
    internal static ErrorRecord Record(Exception exception, object? subject, IReadOnlyCollection<Secret> secrets)
    {
        var shown = Visible(WithoutSecrets(exception, secrets));
        var (id, kind, target, message, action) = shown is BackfillException error
            ? (error.ErrorId, Category(error.Kind), error.Subject ?? subject, error.Message, error.Action)
            : (
                ErrorIds.Unexpected,
                ErrorCategory.NotSpecified,
                subject,
                $"Unexpected {exception.GetType().FullName}: {shown.Message}",
                "This is a defect of the module. Report it together with $Error[0].Exception.ToString()."
            );
        var record = new ErrorRecord(shown, id, kind, target)
        {
            ErrorDetails = new ErrorDetails(message) { RecommendedAction = action },
        };
        // TargetName is shown on the screen. TargetObject stays unchanged.
        record.CategoryInfo.TargetName = ScreenText.Of(record.CategoryInfo.TargetName);
        return record;
    }

    // PowerShell shows the texts of an exception and of its causes, so both are replaced.
    private static Exception Visible(Exception exception)
    {
        if (!ScreenText.IsUnsafe(exception.ToString()))
        {
            return exception;
        }

        var message = ScreenText.Of(exception.Message);
        return exception is BackfillException error
            ? new BackfillException(error.ErrorId, error.Kind, message!, ScreenText.Of(error.Action)!, error.Subject)
            : new InvalidOperationException(message);
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

    /// <summary>Returns the exception, or a copy with masked text when it contains a secret. The engine puts no secret into a message, but a library might.</summary>
    internal static Exception WithoutSecrets(Exception exception, IReadOnlyCollection<Secret> secrets)
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
