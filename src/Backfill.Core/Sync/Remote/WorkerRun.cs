using System.Security.Cryptography;
using System.Text;

namespace Backfill.Core.Sync.Remote;

/// <summary>A run in <c>backfill.sync_run</c> that a worker does for a run of its function.</summary>
internal static class WorkerRun
{
    /// <summary>Returns the id of the run. It is the same however often the function is called.</summary>
    /// <param name="functionRun">The id of the function's run at Inngest.</param>
    public static Guid IdOf(string functionRun) =>
        new(SHA256.HashData(Encoding.UTF8.GetBytes($"backfill sync {functionRun}")).AsSpan(0, 16));
}
