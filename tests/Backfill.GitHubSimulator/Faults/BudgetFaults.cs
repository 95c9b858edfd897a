using System.Globalization;
using Backfill.Simulation.Server;

namespace Backfill.Simulation.Faults;

/// <summary>Budgets and clocks that are not what the client thinks.</summary>
internal static class BudgetFaults
{
    public static IReadOnlyList<Fault> All { get; } =
    [
        new(
            "shared-budget",
            "others spend from the same budget with every request; parameter: how much (50)",
            Fault.Always,
            call =>
            {
                call.Exchange.Budget.Take(call.Parameter(50));
                return call.NextAsync();
            }
        ),
        new(
            "window-resets-early",
            "the hour of the limit begins anew before the old one ended",
            Fault.Always,
            call =>
            {
                call.Exchange.Budget.StartOver();
                return call.NextAsync();
            }
        ),
        Fault.After(
            "token-downgraded",
            "the limits of somebody without a token; parameter: what remains of the 60 (30)",
            (answer, call) =>
            {
                var remaining = Math.Min(60, call.Parameter(30));
                answer.Headers["X-RateLimit-Limit"] = "60";
                answer.Headers["X-RateLimit-Remaining"] = remaining.ToString(CultureInfo.InvariantCulture);
                answer.Headers["X-RateLimit-Used"] = (60 - remaining).ToString(CultureInfo.InvariantCulture);
                return answer;
            },
            Fault.RestOnly
        ),
        Fault.After(
            "clock-ahead",
            "the server's clock, in its dates and resets, is ahead; parameter: seconds (600)",
            (answer, call) => Shift(answer, TimeSpan.FromSeconds(call.Parameter(600)))
        ),
        Fault.After(
            "clock-behind",
            "the server's clock, in its dates and resets, is behind; parameter: seconds (600)",
            (answer, call) => Shift(answer, TimeSpan.FromSeconds(-call.Parameter(600)))
        ),
    ];

    private static Answer Shift(Answer answer, TimeSpan offset)
    {
        if (answer.Headers.TryGetValue("X-RateLimit-Reset", out var given))
        {
            var reset = long.Parse(given, CultureInfo.InvariantCulture) + (long)offset.TotalSeconds;
            answer.Headers["X-RateLimit-Reset"] = reset.ToString(CultureInfo.InvariantCulture);
        }

        var shifted = answer with { ClockOffset = offset };
        if (answer.Status != 200 || answer.ContentType[0] != 'a' || JsonTree.Parse(answer.Body) is not { } root)
        {
            return shifted;
        }

        foreach (var (members, _) in JsonTree.Objects(root))
        {
            if (JsonTree.Text(members.GetValueOrDefault("resetAt")) is { } at)
            {
                members["resetAt"] = DateTimeOffset.Parse(at, CultureInfo.InvariantCulture) + offset;
            }
            else if (JsonTree.Number(members.GetValueOrDefault("reset")) is { } reset)
            {
                members["reset"] = reset + (long)offset.TotalSeconds;
            }
        }

        return shifted with
        {
            Body = JsonBody.Of(root),
        };
    }
}
