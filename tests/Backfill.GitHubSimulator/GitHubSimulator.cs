using System.Net;
using Backfill.Simulation.Data;
using Backfill.Simulation.Faults;
using Backfill.Simulation.Server;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Backfill.Simulation;

/// <summary>
/// A GitHub on the loopback address: GraphQL and REST over generated or archived repositories, with GitHub's limits,
/// refusals and, where asked for, faults.
/// </summary>
public sealed class GitHubSimulator : IAsyncDisposable
{
    private readonly WebApplication application;
    private readonly RequestHandler handler;
    private readonly RequestLog log;
    private readonly World world;

    private GitHubSimulator(
        WebApplication application,
        RequestHandler handler,
        RequestLog log,
        World world,
        FaultSwitch faults,
        RepositoryChanges changes
    )
    {
        (this.application, this.handler, this.log, this.world) = (application, handler, log, world);
        (Faults, Changes) = (faults, changes);
        Url = new Uri(
            application
                .Services.GetRequiredService<IServer>()
                .Features.Get<IServerAddressesFeature>()!
                .Addresses.First() + "/"
        );
    }

    /// <summary>The base: REST is here, GraphQL at <c>graphql</c> below it.</summary>
    public Uri Url { get; }

    public Uri GraphQLUrl => new(Url, "graphql");

    /// <summary>Every request since the start or the last <see cref="Reset"/>.</summary>
    public IReadOnlyList<RequestRecord> Requests => log.Records;

    public RequestCounters Counters => log.Counters;

    /// <summary>Every request that came although its token had been told to wait longer.</summary>
    public IReadOnlyList<EarlyRequest> EarlyRequests => handler.Witness.Early;

    /// <summary>Switches faults on and off while it runs.</summary>
    public FaultSwitch Faults { get; }

    /// <summary>Changes what is served while it runs.</summary>
    public RepositoryChanges Changes { get; }

    /// <summary>The repositories, to compare with what a client made of them. Change them through <see cref="Changes"/>.</summary>
    public IReadOnlyList<SimulatedRepository> Repositories
    {
        get
        {
            lock (world.Sync)
            {
                return [.. world.Repositories];
            }
        }
    }

    /// <summary>Loads or generates what the options say, and listens.</summary>
    public static async Task<GitHubSimulator> StartAsync(SimulatorOptions options, CancellationToken cancellationToken)
    {
        var loaded = Load(options);
        var (switched, records, changes) = (
            new FaultSwitch(),
            new RequestLog(),
            new RepositoryChanges(loaded, options.Time)
        );
        foreach (var rule in options.Faults)
        {
            switched.Add(rule);
        }

        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelCore();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Listen(IPAddress.Loopback, options.Port, listen => listen.Protocols = HttpProtocols.Http1);
        });
        builder.Services.Configure<Microsoft.Extensions.Hosting.HostOptions>(host =>
            host.ShutdownTimeout = TimeSpan.FromSeconds(1)
        );
        var server = builder.Build();
        var answering = new RequestHandler(options, loaded, changes, switched, records);
        server.Run(answering.HandleAsync);
        await server.StartAsync(cancellationToken);
        return new GitHubSimulator(server, answering, records, loaded, switched, changes);
    }

    /// <summary>Forgets the requests, the faults and what every token spent and was told; what is served stays.</summary>
    public void Reset()
    {
        log.Clear();
        Faults.Clear();
        handler.Reset();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await application.StopAsync(CancellationToken.None);
        await application.DisposeAsync();
    }

    private static World Load(SimulatorOptions options)
    {
        var loaded = new World();
        foreach (var file in options.DataFiles)
        {
            Archive.Add(loaded, file);
        }

        var until = options.Until ?? Monday(options.Time.GetUtcNow());
        var names = options.Repositories ?? (options.DataFiles.Count > 0 ? [] : ["octo/hello"]);
        for (var index = 0; index < names.Count; index++)
        {
            RepositoryGenerator.Add(
                loaded,
                new GeneratorSettings(
                    names[index],
                    options.Shape?.PullRequests ?? options.PullRequests,
                    options.Shape?.Issues ?? options.Issues ?? options.PullRequests * 2 / 3,
                    options.Shape?.Discussions ?? options.Discussions ?? options.PullRequests / 12,
                    options.Seed + index,
                    DateTimeOffset.FromUnixTimeSeconds(until.ToUnixTimeSeconds()),
                    options.Shape
                )
            );
        }

        return loaded;
    }

    private static DateTimeOffset Monday(DateTimeOffset now) =>
        new DateTimeOffset(now.UtcDateTime.Date, TimeSpan.Zero).AddDays(-(((int)now.UtcDateTime.DayOfWeek + 6) % 7));
}
