using Backfill.Core;
using Backfill.Worker.Functions;
using Backfill.Worker.Operations;
using Backfill.Worker.Serving;
using Backfill.Worker.Webhooks;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Octokit.Webhooks;
using Octokit.Webhooks.AspNetCore;

namespace Backfill.Worker;

/// <summary>Builds the service.</summary>
internal static class WorkerHost
{
    /// <summary>The address of GitHub's webhook.</summary>
    public const string WebhookPath = "/github/webhooks";

    // GitHub sends at most 25 MB.
    private const int MostWebhookBytes = 26 * 1024 * 1024;

    /// <summary>Builds the service, which then listens at <c>ASPNETCORE_URLS</c> or <c>--urls</c>.</summary>
    public static WebApplication Build(string[] arguments, WorkerOptions options, TimeProvider time)
    {
        var builder = WebApplication.CreateBuilder(arguments);
        builder.Logging.ClearProviders().AddJsonConsole();
        // These name each request, and the requests for health are many.
        builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = MostWebhookBytes;
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
        });
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = StopSignal.HostPatience);
        AddServices(builder.Services, options, time);
        WorkerTelemetry.AddTo(builder.Services, options);

        var application = builder.Build();
        application.Services.GetRequiredService<InngestEndpoint>().Map(application);
        application.MapHealthChecks("/health/live", new HealthCheckOptions { Predicate = _ => false });
        application.MapHealthChecks("/health/ready");
        if (options.WebhookSecret is { } secret)
        {
            application.MapGitHubWebhooks(WebhookPath, secret.Reveal());
        }

        Log.Begins(
            application.Logger,
            options.Settings.Inngest.EventUrl.Authority,
            options.Settings.Inngest.ApiUrl.Authority,
            !options.Settings.Inngest.Dev,
            options.Tokens
        );
        return application;
    }

    private static void AddServices(IServiceCollection services, WorkerOptions options, TimeProvider time)
    {
        services.AddSingleton(options);
        services.AddSingleton(time);
        services.AddSingleton(_ => new BackfillEngine(time));
        services.AddSingleton<StopSignal>();
        services.AddSingleton<FunctionContext>();
        services.AddSingleton<FunctionList>();
        services.AddSingleton(provider => provider.GetRequiredService<BackfillEngine>().OpenInngest(options.Settings));
        services.AddSingleton(options.Settings.Inngest);
        services.AddSingleton<SignatureCheck>();
        services.AddSingleton<StepResults>();
        services.AddSingleton<Registration>();
        services.AddSingleton<InngestEndpoint>();
        services.AddSingleton<WebhookEventProcessor, GitHubEvents>();
        services.AddHostedService<RegistrationLoop>();
        services.AddHealthChecks().AddCheck<DatabaseHealth>("database").AddCheck<ServingHealth>("inngest");
    }
}
