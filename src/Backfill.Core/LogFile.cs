using System.Collections.Concurrent;
using Serilog;
using Serilog.Events;
using Serilog.Formatting.Compact;
using Serilog.Parsing;

namespace Backfill.Core;

/// <summary>A log file in Serilog's compact JSON: one object per line, with the time, the level, the message and the facts.</summary>
internal sealed class LogFile : IOperationLog
{
    private static readonly ConcurrentDictionary<string, Lazy<LogFile>> Open = new(StringComparer.Ordinal);

    private readonly Serilog.Core.Logger logger;
    private readonly TimeProvider time;

    private LogFile(string path, TimeProvider time)
    {
        this.time = time;
        // Several processes, for example scheduled tasks, may write into one file.
        logger = new LoggerConfiguration()
            .MinimumLevel.Verbose()
            .WriteTo.File(new RenderedCompactJsonFormatter(), path, shared: true, rollOnFileSizeLimit: false)
            .CreateLogger();
        // A run goes on after the cmdlet that started it, so the file stays open as long as the process.
        _ = Telemetry.Observe(one => Write(one.Severity, one.Message, one.Facts));
    }

    /// <summary>Opens a file. A file is opened once per process.</summary>
    /// <exception cref="BackfillException">The file cannot be written.</exception>
    public static LogFile At(string path, TimeProvider time)
    {
        try
        {
            // When Serilog cannot write to the file, it raises no error.
            using (File.Open(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite)) { }

            return Open.GetOrAdd(path, _ => new Lazy<LogFile>(() => new LogFile(path, time))).Value;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new BackfillException(
                ErrorIds.SettingMalformed,
                ErrorKind.Setting,
                $"The log file '{path}' cannot be written: {error.Message}",
                "Name a file in a folder that exists and that this account may write to, with -LogPath or in BACKFILL_LOG.",
                path,
                error
            );
        }
    }

    /// <inheritdoc/>
    public void Write(LogSeverity severity, string message, IReadOnlyDictionary<string, object?> facts) =>
        logger.Write(
            new LogEvent(
                time.GetUtcNow(),
                severity switch
                {
                    LogSeverity.Debug => LogEventLevel.Debug,
                    LogSeverity.Verbose => LogEventLevel.Verbose,
                    LogSeverity.Warning => LogEventLevel.Warning,
                    LogSeverity.Error => LogEventLevel.Error,
                    _ => LogEventLevel.Information,
                },
                exception: null,
                // The message is no template: its braces are its own.
                new MessageTemplate([new TextToken(message)]),
                facts
                    .Where(fact => fact.Value is not null)
                    .Select(fact => new LogEventProperty(
                        fact.Key,
                        new ScalarValue(fact.Value is Guid id ? id.ToString() : fact.Value)
                    ))
            )
        );
}
