using System.Security.Cryptography;
using System.Text;

namespace Backfill.Integration.Tests.Worker.Executor;

/// <summary>How a call of the executor goes wrong.</summary>
internal enum CallFault
{
    None,

    /// <summary>The worker does the call, and its answer is lost: a failed try.</summary>
    LosesAnswer,

    /// <summary>The call is made twice at the same time, and the first answer counts.</summary>
    IsMadeTwice,
}

/// <summary>One call as the executor made it.</summary>
/// <param name="Number">The number of the call within its run, from 1.</param>
internal sealed record MadeCall(
    string Function,
    string Run,
    int Number,
    string StepId,
    int Attempt,
    int Status,
    string Ops
);

/// <summary>How the executor works.</summary>
internal sealed record ExecutorOptions
{
    public const string EventKey = "event-key-0123456789abcdef";
    public const string SigningKey = "signkey-test-0123456789abcdef";

    /// <summary>The key with which calls are signed and registrations are checked; null is a dev server, which does neither.</summary>
    public string? Key { get; init; } = SigningKey;

    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Shortens sleeps and the waits before another try.</summary>
    public Func<TimeSpan, TimeSpan> Shorten { get; init; } = wait => wait;

    /// <summary>Chooses the worker of a call, by its origin; null calls the registered address.</summary>
    public Func<Uri?> Worker { get; init; } = () => null;

    /// <summary>Goes wrong on purpose.</summary>
    public Func<string, int, CallFault> Fault { get; init; } = (_, _) => CallFault.None;

    /// <summary>Whether calls name their function's uuid; without it the official SDK does not checkpoint.</summary>
    public bool NamesFunction { get; init; } = true;

    /// <summary>Whether calls leave the results of the steps out, as the server does where they are large; the worker fetches them.</summary>
    public bool KeepsSteps { get; init; }

    /// <summary>Signs a body as Inngest does.</summary>
    public static string Sign(string key, byte[] body, long seconds)
    {
        var text = key[(key.LastIndexOf('-') + 1)..];
        byte[] signed = [.. body, .. Encoding.ASCII.GetBytes($"{seconds}")];
        return $"t={seconds}&s={Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.ASCII.GetBytes(text), signed))}";
    }
}
