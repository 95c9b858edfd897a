using System.Runtime.InteropServices;
using Backfill.Cmdlets.Pipeline;

namespace Backfill.Cmdlets.Sync;

/// <summary>
/// Interrupts the syncs of this process when the process ends: the row of each run becomes Interrupted at once, and a line on
/// standard error says so. Otherwise a script that ends with Start-RepoSync would look successful, and its run would look
/// alive until its heartbeat is too old.
/// </summary>
internal static class ProcessEnd
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(3);

    // This assembly is loaded once per process, however often the module is imported.
    private static readonly Lazy<IReadOnlyList<PosixSignalRegistration>> Registrations = new(Register);

    /// <summary>Makes the end of the process interrupt its syncs.</summary>
    internal static void Watch() => _ = Registrations.Value;

    /// <summary>Interrupts the running syncs and writes one line per sync.</summary>
    /// <returns>The number of interrupted syncs.</returns>
    internal static async Task<int> InterruptAsync(TextWriter errors)
    {
        using var limit = new CancellationTokenSource(Limit, EngineAccess.Clock);
        var runs = await EngineAccess.Engine.InterruptSyncsAsync(limit.Token);
        foreach (var run in runs)
        {
            await errors.WriteLineAsync(
                $"The sync of {run.Repository} was interrupted, because its process ended before it did. "
                    + $"Start-RepoSync {run.Repository} goes on from the last stored page. With -Wait the process stays until the sync has ended."
            );
        }

        return runs.Count;
    }

    private static IReadOnlyList<PosixSignalRegistration> Register()
    {
        AppDomain.CurrentDomain.ProcessExit += (_, _) =>
        {
            // An interrupted command must not look successful.
            if (Interrupt() > 0 && Environment.ExitCode == 0)
            {
                Environment.ExitCode = 1;
            }
        };
        // .NET raises ProcessExit for neither signal. After the handler, the signal ends the process as usual.
        return
        [
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, _ => Interrupt()),
            PosixSignalRegistration.Create(PosixSignal.SIGHUP, _ => Interrupt()),
        ];
    }

    private static int Interrupt()
    {
        try
        {
#pragma warning disable VSTHRD002 // The process ends when the handler returns, so the handler has to wait. Nothing here needs this thread.
            return Task.Run(() => InterruptAsync(Console.Error)).GetAwaiter().GetResult();
#pragma warning restore VSTHRD002
        }
        catch (IOException)
        {
            // The terminal is closed, so nobody can read the lines. The rows are written.
            return 0;
        }
    }
}
