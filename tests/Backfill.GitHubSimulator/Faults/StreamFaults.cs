using Backfill.Simulation.Server;

namespace Backfill.Simulation.Faults;

/// <summary>Connections that break and caches that do not work.</summary>
internal static class StreamFaults
{
    public static IReadOnlyList<Fault> All { get; } =
    [
        Fault.Instead(
            "timeout",
            "no answer until the client gives up",
            _ => new Answer(200, []) { Sending = Sending.Never }
        ),
        Sent("truncated-body", "half of the answer, then the connection is reset", Sending.Reset),
        Sent("cut-body", "half of the answer as if that were all, not compressed", Sending.Cut, isCompressed: false),
        Sent("truncated-gzip", "half of a compressed answer as if that were all", Sending.Cut, isCompressed: true),
        Sent("stalled-body", "half of the answer, then nothing until the client gives up", Sending.Stalled),
        Sent("content-length-mismatch", "the answer is shorter than its length", Sending.TooShort),
        Fault.After(
            "no-etag",
            "the server forgets its entity tags",
            (answer, _) =>
            {
                answer.Headers.Remove("ETag");
                return answer;
            },
            Fault.RestOnly
        ),
        new(
            "ignored-etag",
            "the server answers in full whatever entity tag the client knows",
            Fault.RestOnly,
            call =>
            {
                call.Exchange.Execution.IgnoresEntityTags = true;
                return call.NextAsync();
            }
        ),
    ];

    private static Fault Sent(string name, string description, Sending sending, bool? isCompressed = null) =>
        Fault.After(name, description, (answer, _) => answer with { Sending = sending, IsCompressed = isCompressed });
}
