using System.Diagnostics;
using System.Text;

namespace Backfill.Core.Postgres;

/// <summary>The end of a program.</summary>
/// <param name="ExitCode">Its exit code.</param>
/// <param name="Output">The text that it wrote to both streams.</param>
internal sealed record ProgramResult(int ExitCode, string Output);

/// <summary>Runs other programs.</summary>
internal static class Programs
{
    // A server that the program started may keep the pipes open after the program has ended.
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(1);

    /// <summary>Runs a program to its end.</summary>
    /// <param name="user">The account to run the program as, written as name:group, where this process is root; null keeps the account of this process.</param>
    /// <exception cref="System.ComponentModel.Win32Exception">There is no such program.</exception>
    public static async Task<ProgramResult> RunAsync(
        string program,
        IReadOnlyList<string> arguments,
        string? user,
        string workingFolder,
        TimeProvider time,
        CancellationToken cancellationToken
    )
    {
        var start = new ProcessStartInfo(program)
        {
            WorkingDirectory = workingFolder,
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        if (user is not null)
        {
            var (name, group) = (user.Split(':')[0], user.Split(':')[1]);
            start.FileName = "setpriv";
            foreach (var argument in (string[])[$"--reuid={name}", $"--regid={group}", "--init-groups", "--", program])
            {
                start.ArgumentList.Add(argument);
            }
        }

        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        // The tool reads the output of the programs, so it must be in English.
        start.Environment["LC_ALL"] = "C";
        var output = new StringBuilder();
        using var process = new Process { StartInfo = start };
        process.OutputDataReceived += (_, line) => Append(line.Data);
        process.ErrorDataReceived += (_, line) => Append(line.Data);
        // Before the start: a program that ends at once raises the event before a later subscription.
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        process.EnableRaisingEvents = true;
        process.Exited += (_, _) => ended.TrySetResult();
        process.Start();
        process.StandardInput.Close();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        try
        {
            await ended.Task.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }

        await Task.WhenAny(process.WaitForExitAsync(cancellationToken), Task.Delay(Rest, time, cancellationToken));
        lock (output)
        {
            return new ProgramResult(process.ExitCode, output.ToString());
        }

        void Append(string? line)
        {
            lock (output)
            {
                output.AppendLine(line);
            }
        }
    }

    /// <summary>Returns the path of a program on PATH; null where there is none.</summary>
    public static string? Find(string name) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .SelectMany(folder => Names(name).Select(file => Path.Combine(folder, file)))
            .FirstOrDefault(File.Exists);

    private static string[] Names(string name) => OperatingSystem.IsWindows() ? [$"{name}.exe", $"{name}.cmd"] : [name];
}
