using Backfill.Simulation.Data;
using Backfill.Simulation.Faults;

namespace Backfill.Simulation;

/// <summary>What the simulator serves and how. The default is a generated sample, <c>octo/hello</c>.</summary>
public sealed record SimulatorOptions
{
    /// <summary>Port on the loopback address; 0 is any that is free.</summary>
    public int Port { get; init; }

    /// <summary>Archives to serve, gzipped or plain.</summary>
    public IReadOnlyList<string> DataFiles { get; init; } = [];

    /// <summary>Repositories to generate, owner/name; null is <c>octo/hello</c> where there is no archive and none otherwise.</summary>
    public IReadOnlyList<string>? Repositories { get; init; }

    /// <summary>Pull requests of each generated repository.</summary>
    public int PullRequests { get; init; } = 300;

    /// <summary>Issues of each; null is two for three pull requests.</summary>
    public int? Issues { get; init; }

    /// <summary>Discussions of each; null is one for twelve pull requests.</summary>
    public int? Discussions { get; init; }

    /// <summary>Exact counts of each generated repository, in place of the three above; null is children as they fall.</summary>
    public RepositoryShape? Shape { get; init; }

    public int Seed { get; init; } = 1;

    /// <summary>
    /// The last moment of a generated history. Null is the start of this week (Monday, UTC): recent enough for every
    /// time range, and the same for every start within a week.
    /// </summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>How long every answer takes at least, the making of it included, by the server's clock.</summary>
    public TimeSpan Latency { get; init; }

    /// <summary>How long every answer to a GraphQL query takes at least that asks for a list inside of a list, by the server's clock.</summary>
    public TimeSpan NestedLatency { get; init; }

    /// <summary>A token that is accepted. Where neither this nor <see cref="Tokens"/> nor <see cref="App"/> is given, any is, and none.</summary>
    public string? Token { get; init; }

    /// <summary>More tokens that are accepted, each with its own budgets.</summary>
    public IReadOnlyList<string> Tokens { get; init; } = [];

    /// <summary>Tokens that belong to one account and share its budgets. Every other token has an account of its own.</summary>
    public IReadOnlyList<string> TokensOfOneAccount { get; init; } = [];

    /// <summary>A GitHub App whose installation gets tokens; null has none.</summary>
    public SimulatedApp? App { get; init; }

    /// <summary>GraphQL points an hour.</summary>
    public int PointsPerHour { get; init; } = 5_000;

    /// <summary>REST requests an hour.</summary>
    public int RequestsPerHour { get; init; } = 5_000;

    /// <summary>
    /// How many comments REST's lists of a whole repository hold before they end; GitHub's end between 30,000 and 40,000.
    /// </summary>
    public int MostListedComments { get; init; } = 30_000;

    /// <summary>
    /// How long after a limit was told a request of the other interface, or on another connection, may still come without
    /// being an early one, in real time: it may have left before. On a busy machine that takes a while.
    /// </summary>
    public TimeSpan Underway { get; init; } = TimeSpan.FromMilliseconds(250);

    public IReadOnlyList<FaultRule> Faults { get; init; } = [];

    /// <summary>The server's clock: its Date header, its limits, the times of changes.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
