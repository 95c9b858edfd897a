using System.Diagnostics;
using System.Text;

namespace Backfill.Module.Tests.Support;

/// <summary>The console host with the staged module, or the real PowerShell, as a scheduled task runs it: settings come from the environment.</summary>
internal sealed class HostProcess : IDisposable
{
    private readonly Process process;
    private readonly StringBuilder output = new();
    private readonly StringBuilder errors = new();

    private HostProcess(Process process) => this.process = process;

    /// <summary>The host's program, in the configuration of the tests.</summary>
    public static string Program { get; } =
        Path.Combine(
            Checkout.Root,
            "src/Backfill.Host/bin",
            new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name,
            "net10.0/Backfill.Host.dll"
        );

    /// <summary>The real PowerShell.</summary>
    public static string PowerShell { get; } = Checkout.Metadata("PowerShell");

    /// <summary>Starts it without the settings of the person who runs the tests.</summary>
    /// <param name="arguments">The host's own arguments.</param>
    /// <param name="variables">Environment variables.</param>
    /// <param name="input">What comes on standard input, which then ends; null leaves it open until <see cref="CloseInput"/>.</param>
    /// <param name="folder">The working folder.</param>
    /// <param name="program">Another copy of it.</param>
    public static HostProcess Start(
        IEnumerable<string> arguments,
        IEnumerable<(string Name, string Value)>? variables = null,
        string? input = "",
        string? folder = null,
        string? program = null
    )
    {
        var start = new ProcessStartInfo("dotnet")
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder ?? Checkout.Root,
        };
        start.ArgumentList.Add(program ?? Program);
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        foreach (var name in start.Environment.Keys.Where(IsSetting).ToArray())
        {
            start.Environment.Remove(name);
        }

        // Without a terminal nobody sees colours, and tests compare texts.
        start.Environment["NO_COLOR"] = "1";
        start.Environment["POWERSHELL_TELEMETRY_OPTOUT"] = "1";
        start.Environment["POWERSHELL_UPDATECHECK"] = "Off";
        // Dynamic PGO costs a short process more time than it saves: the tests of the examples took 96 s with PGO and 86 s without.
        start.Environment["DOTNET_TieredPGO"] = "0";
        foreach (var (name, value) in variables ?? [])
        {
            start.Environment[name] = value;
        }

        var host = new HostProcess(new Process { StartInfo = start });
        host.Run(input);
        return host;
    }

    /// <summary>Runs a command to its end.</summary>
    public static Task<HostResult> RunAsync(
        string command,
        IEnumerable<(string Name, string Value)>? variables = null,
        string? input = "",
        string? folder = null
    ) => RunAsync(["-Command", command], variables, input, folder);

    /// <summary>Runs it with its own arguments to its end.</summary>
    public static async Task<HostResult> RunAsync(
        IEnumerable<string> arguments,
        IEnumerable<(string Name, string Value)>? variables = null,
        string? input = "",
        string? folder = null,
        string? program = null
    )
    {
        using var host = Start(arguments, variables, input, folder, program);
        var exitCode = await host.WaitAsync();
        return new HostResult(exitCode, host.Output, host.Errors);
    }

    public bool HasExited => process.HasExited;

    public int Id => process.Id;

    public string Output => Read(output);

    public string Errors => Read(errors);

    /// <summary>Ends its standard input.</summary>
    public void CloseInput() => process.StandardInput.Close();

    /// <summary>Ends it as a power cut would.</summary>
    public void Kill() => process.Kill();

    /// <summary>Waits for the end; the exit code.</summary>
    public async Task<int> WaitAsync()
    {
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return process.ExitCode;
    }

    /// <summary>Waits until a text stands in the output or among the errors.</summary>
    public async Task SaysAsync(string text)
    {
        while (!Output.Contains(text, StringComparison.Ordinal) && !Errors.Contains(text, StringComparison.Ordinal))
        {
            Assert.False(process.HasExited, $"It ended without saying '{text}': {Output}{Errors}");
            await Task.Delay(TimeSpan.FromMilliseconds(10), TestContext.Current.CancellationToken);
        }
    }

    /// <summary>Sends it a signal, by name.</summary>
    public async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", $"{process.Id}"]);
        await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, kill.ExitCode);
    }

    public void Dispose()
    {
        if (!process.HasExited)
        {
            process.Kill(entireProcessTree: true);
        }

        process.Dispose();
    }

    private void Run(string? input)
    {
        process.OutputDataReceived += (_, line) => Keep(output, line.Data);
        process.ErrorDataReceived += (_, line) => Keep(errors, line.Data);
        process.Start();
        if (input is not null)
        {
            process.StandardInput.Write(input);
            CloseInput();
        }

        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    private static bool IsSetting(string name) =>
        name.Contains("DATABASE_URL", StringComparison.Ordinal)
        || name.Contains("SUPABASE", StringComparison.Ordinal)
        || name.StartsWith("GITHUB_", StringComparison.Ordinal)
        || name.StartsWith("GH_", StringComparison.Ordinal)
        || name.StartsWith("OPENAI_", StringComparison.Ordinal)
        || name.StartsWith("BACKFILL_", StringComparison.Ordinal);

    private void Keep(StringBuilder text, string? line)
    {
        if (line is null)
        {
            return;
        }

        lock (output)
        {
            text.Append(line).Append('\n');
        }
    }

    private string Read(StringBuilder text)
    {
        lock (output)
        {
            return text.ToString();
        }
    }
}

/// <summary>What a run of the host left.</summary>
internal sealed record HostResult(int ExitCode, string Output, string Errors);
