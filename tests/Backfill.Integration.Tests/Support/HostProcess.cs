using System.Diagnostics;
using System.Text;

namespace Backfill.Integration.Tests.Support;

/// <summary>The console host with the staged module, as a scheduled task runs it: settings come from the environment.</summary>
internal sealed class HostProcess : IDisposable
{
    private readonly Process process;
    private readonly StringBuilder output = new();
    private readonly StringBuilder errors = new();

    private HostProcess(Process process) => this.process = process;

    /// <summary>The checkout's top folder.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>Starts a command against a database and a GitHub.</summary>
    public static HostProcess Start(
        Bench bench,
        string command,
        params IEnumerable<(string Name, string Value)> variables
    )
    {
        var configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;
        var start = new ProcessStartInfo("dotnet")
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.ArgumentList.Add(
            Path.Combine(Root, "src", "Backfill.Host", "bin", configuration, "net10.0", "Backfill.Host.dll")
        );
        start.ArgumentList.Add("-Command");
        start.ArgumentList.Add(command);
        foreach (var name in start.Environment.Keys.Where(IsSetting).ToArray())
        {
            start.Environment.Remove(name);
        }

        start.Environment["BACKFILL_DATABASE_URL"] = bench.ConnectionString;
        start.Environment["GITHUB_API_URL"] = bench.GitHub.Url.AbsoluteUri;
        start.Environment["GITHUB_GRAPHQL_URL"] = bench.GitHub.GraphQLUrl.AbsoluteUri;
        start.Environment["GITHUB_TOKEN"] = "ghp_simulated0123456789";
        foreach (var (name, value) in variables)
        {
            start.Environment[name] = value;
        }

        var host = new HostProcess(new Process { StartInfo = start });
        host.Run();
        return host;
    }

    public bool HasExited => process.HasExited;

    public string Output => Read(output);

    public string Errors => Read(errors);

    /// <summary>Ends it as a power cut would.</summary>
    public void Kill() => process.Kill();

    /// <summary>Waits for the end; the exit code.</summary>
    public async Task<int> WaitAsync()
    {
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return process.ExitCode;
    }

    public void Dispose()
    {
        if (!process.HasExited)
        {
            process.Kill();
        }

        process.Dispose();
    }

    private void Run()
    {
        process.OutputDataReceived += (_, line) => Keep(output, line.Data);
        process.ErrorDataReceived += (_, line) => Keep(errors, line.Data);
        process.Start();
        process.StandardInput.Close();
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

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Backfill.Cmdlets.sln")))
        {
            folder = folder.Parent ?? throw new InvalidOperationException("The tests do not lie in a checkout.");
        }

        return folder.FullName;
    }

    private void Keep(StringBuilder text, string? line)
    {
        lock (output)
        {
            text.AppendLine(line);
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
