using System.Diagnostics;
using System.Globalization;

namespace Backfill.Core.Postgres;

/// <summary>
/// A process that can hold a lease. Its machine, boot, process namespace, process id and start time identify it, so that
/// another process of the same machine can prove that it is gone.
/// </summary>
/// <param name="Machine">Host name.</param>
/// <param name="Boot">The kernel's boot id and process namespace; empty where the platform has neither.</param>
/// <param name="ProcessId">The process id within that namespace.</param>
/// <param name="StartedAt">The start time of the process, in tenths of a second of UTC, because the platform uses process ids again.</param>
internal sealed record Owner(string Machine, string Boot, int ProcessId, long StartedAt)
{
    /// <summary>Gets this process.</summary>
    public static Owner Current { get; } = Describe();

    /// <summary>Gets whether the process is certainly gone: it belonged to this machine, boot and namespace, and does not run any more.</summary>
    public bool IsGone
    {
        get
        {
            if (Machine != Current.Machine)
            {
                return false;
            }

            // After a new boot, no process of the old boot runs. Without a boot id, nothing is certain.
            if (Boot != Current.Boot || Boot.Length == 0)
            {
                return BootId(Boot).Length > 0
                    && BootId(Current.Boot).Length > 0
                    && BootId(Boot) != BootId(Current.Boot);
            }

            return StartOf(ProcessId) != StartedAt;
        }
    }

    /// <summary>Reads what <see cref="ToString"/> wrote. Returns null for another text.</summary>
    public static Owner? Parse(string text)
    {
        var parts = text.Split('|');
        return
            parts.Length == 4
            && int.TryParse(parts[2], CultureInfo.InvariantCulture, out var processId)
            && long.TryParse(parts[3], CultureInfo.InvariantCulture, out var startedAt)
            ? new Owner(parts[0], parts[1], processId, startedAt)
            : null;
    }

    /// <summary>Gets the process as messages show it.</summary>
    public string Description => string.Create(CultureInfo.InvariantCulture, $"process {ProcessId} on {Machine}");

    /// <inheritdoc/>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Machine}|{Boot}|{ProcessId}|{StartedAt}");

    private static string BootId(string boot) => boot.Split('/')[0];

    private static Owner Describe()
    {
        var boot = ReadFirstLine("/proc/sys/kernel/random/boot_id");
        var names = OperatingSystem.IsLinux() ? File.ResolveLinkTarget("/proc/self/ns/pid", false)?.Name ?? "" : "";
        return new Owner(
            Environment.MachineName,
            boot.Length == 0 ? "" : $"{boot}/{names}",
            Environment.ProcessId,
            StartOf(Environment.ProcessId) ?? 0
        );
    }

    private static long? StartOf(int processId)
    {
        try
        {
            using var process = Process.GetProcessById(processId);
            // Rounds to a tenth of a second. The platform derives the time from the boot time, whose last digits vary.
            return process.HasExited
                ? null
                : process.StartTime.ToUniversalTime().Ticks / (TimeSpan.TicksPerSecond / 10);
        }
        catch (Exception gone) when (gone is ArgumentException or InvalidOperationException)
        {
            return null;
        }
    }

    private static string ReadFirstLine(string path) =>
        File.Exists(path) ? File.ReadLines(path).FirstOrDefault()?.Trim() ?? "" : "";
}
