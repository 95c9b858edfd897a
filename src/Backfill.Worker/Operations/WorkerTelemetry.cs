using System.Diagnostics;
using System.Diagnostics.Metrics;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Backfill.Worker.Operations;

/// <summary>The traces and metrics of the worker.</summary>
internal sealed class WorkerTelemetry : IDisposable
{
    /// <summary>The name of the source of traces and of the meter.</summary>
    public const string Name = "Backfill.Worker";

    private readonly Meter meter;
    private readonly Counter<long> calls;
    private readonly Counter<long> refusals;
    private readonly Counter<long> slices;
    private readonly Histogram<double> duration;

    /// <summary>Makes the instruments.</summary>
    public WorkerTelemetry(IMeterFactory meters)
    {
        meter = meters.Create(Name);
        calls = meter.CreateCounter<long>(
            "backfill.calls",
            description: "Calls of functions, by function and outcome."
        );
        refusals = meter.CreateCounter<long>("backfill.refusals", description: "Refused requests, by status.");
        slices = meter.CreateCounter<long>("backfill.slices", description: "Slices of runs, by what comes next.");
        duration = meter.CreateHistogram<double>("backfill.slice.duration", "s", "The time of a slice.");
    }

    /// <summary>Gets the source of the worker's own traces.</summary>
    public ActivitySource Source { get; } = new(Name);

    /// <summary>Counts a call of a function.</summary>
    public void Called(string function, string outcome) =>
        calls.Add(1, new("function", function), new KeyValuePair<string, object?>("outcome", outcome));

    /// <summary>Counts a refused request.</summary>
    public void Refused(int status) => refusals.Add(1, new KeyValuePair<string, object?>("status", status));

    /// <summary>Counts a slice.</summary>
    public void Sliced(string next, TimeSpan elapsed)
    {
        slices.Add(1, new KeyValuePair<string, object?>("next", next));
        duration.Record(elapsed.TotalSeconds, new KeyValuePair<string, object?>("next", next));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Source.Dispose();
        meter.Dispose();
    }

    /// <summary>Adds the traces and metrics. They are exported only where a collector is named.</summary>
    public static void AddTo(IServiceCollection services, WorkerOptions options)
    {
        services.AddSingleton<WorkerTelemetry>();
        var telemetry = services
            .AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService("backfill-worker", serviceVersion: Serving.Answers.Sdk))
            .WithTracing(traces =>
                traces
                    .AddSource(Name, Backfill.Core.Telemetry.Name)
                    .AddAspNetCoreInstrumentation(server =>
                        server.Filter = context =>
                            !context.Request.Path.StartsWithSegments("/health", StringComparison.Ordinal)
                    )
                    // The address that an event is sent to holds the event key.
                    .AddHttpClientInstrumentation(client =>
                        client.FilterHttpRequestMessage = request =>
                            request.RequestUri?.AbsolutePath.Contains("/e/", StringComparison.Ordinal) != true
                    )
            )
            .WithMetrics(metrics =>
                metrics
                    .AddMeter(Name, Backfill.Core.Telemetry.Name)
                    .AddAspNetCoreInstrumentation()
                    .AddHttpClientInstrumentation()
            );
        if (options.TelemetryEndpoint is not null)
        {
            telemetry.UseOtlpExporter();
        }
    }
}
