using System.Management.Automation;
using System.Management.Automation.Language;
using System.Management.Automation.Runspaces;
using Microsoft.PowerShell;

namespace Backfill.Host;

/// <summary>One runspace with the module imported, and what runs in it.</summary>
internal sealed class Session : IDisposable
{
    private const string Manifest = "Backfill.psd1";

    // The engine shows whatever follows an object of another type as a bare list; here each type begins its own view.
    private const string Show = """
        [CmdletBinding()] param([Parameter(ValueFromPipeline)] $item)
        begin { $view = $null; $type = $null }
        process {
            $isError = $item -is [Management.Automation.ErrorRecord]
            if ($null -ne $item -and -not ($view -and ($isError -or $item.PSTypeNames[0] -eq $type))) {
                if ($view) { $view.End() }
                $type = $item.PSTypeNames[0]
                $view = { Out-Default }.GetSteppablePipeline()
                $view.Begin($true)
            }
            if ($view) { $view.Process($item) }
        }
        end { if ($view) { $view.End() } }
        """;

    // The script's block and not its path: a path would keep what "exit" says to itself.
    private const string RunFile = "param($script, $named, $positional) & $script @named @positional";
    private const string WriteError = "[CmdletBinding()] param($record) $PSCmdlet.WriteError($record)";
    private const string LeftRuns = "Get-RepoSync -ThisProcess -State Queued, Running, Waiting";

    private readonly Lock sync = new();
    private readonly Screen screen = new();
    private readonly ConsoleHost host;
    private readonly Runspace runspace;
    private PowerShell? running;
    private int stops;
    private int stopCode;

    private Session()
    {
        host = new ConsoleHost(screen);
        var state = InitialSessionState.CreateDefault2();
        if (OperatingSystem.IsWindows())
        {
            state.ExecutionPolicy = ExecutionPolicy.Bypass;
        }

        runspace = RunspaceFactory.CreateRunspace(host, state);
        runspace.ThreadOptions = PSThreadOptions.ReuseThread;
        runspace.Open();
    }

    /// <summary>True once <c>exit</c> was called.</summary>
    public bool ShouldExit => host.ExitCode is not null;

    /// <summary>The writer to the console.</summary>
    public Screen Screen => screen;

    /// <summary>Opens a runspace and imports the module; null after it said why that is not possible.</summary>
    public static Session? Open()
    {
        var manifest = FindManifest();
        if (manifest is null)
        {
            Console.Error.WriteLine(
                $"{Manifest} was found neither beside this program nor in a folder above it. Build the solution, or put the module's folder beside the program."
            );
            return null;
        }

        var session = new Session();
        using var import = PowerShell.Create(session.runspace);
        import.AddCommand("Import-Module").AddParameter("Name", manifest).AddParameter("ErrorAction", "Stop");
        try
        {
            import.Invoke();
            return session;
        }
        catch (RuntimeException error)
        {
            Console.Error.WriteLine($"The module {manifest} could not be imported: {error.Message}");
            session.Dispose();
            return null;
        }
    }

    /// <summary>Runs a text and shows everything; the exit code for the process.</summary>
    public async Task<int> RunCommandAsync(string text)
    {
        Parser.ParseInput(text, out _, out var mistakes);
        return mistakes.Length > 0
            ? Refuse(mistakes)
            : await RunAsync(shell => shell.AddScript(text, useLocalScope: false));
    }

    /// <summary>Runs a script with its arguments; the exit code for the process.</summary>
    public async Task<int> RunFileAsync(string path, IReadOnlyList<string> arguments)
    {
        var file = Path.GetFullPath(path);
        if (!File.Exists(file))
        {
            screen.WriteError($"There is no script '{path}'.\n");
            return 64;
        }

        var script = Parser.ParseFile(file, out _, out var mistakes);
        if (mistakes.Length > 0)
        {
            return Refuse(mistakes);
        }

        var given = ScriptArguments.Read(script, arguments);
        return await RunAsync(shell =>
            shell
                .AddScript(RunFile)
                .AddParameter("script", script.GetScriptBlock())
                .AddParameter("named", given.Named)
                .AddParameter("positional", given.Positional)
        );
    }

    /// <summary>Waits for the syncs that nobody waited for, since they end with the process.</summary>
    /// <returns>The exit code so far, or 1 when one of them did not succeed.</returns>
    public async Task<int> WaitForRunsAsync(int exitCode)
    {
        if (stops > 0)
        {
            return exitCode;
        }

        using var look = PowerShell.Create(runspace);
        look.AddScript(LeftRuns);
        var left = await look.InvokeAsync();
        if (left.Count == 0)
        {
            return exitCode;
        }

        screen.WriteError(
            $"Waiting for {left.Count} sync(s) that are still at work; -NoWait leaves them interrupted.\n"
        );
        var waited = await RunCommandAsync($"{LeftRuns} | Wait-RepoSync");
        return exitCode == 0 ? waited : exitCode;
    }

    /// <summary>Asks what runs to stop. False when it was asked twice: then the process ends at once.</summary>
    /// <param name="exitCode">What the process ends with.</param>
    public bool Stop(int exitCode)
    {
        lock (sync)
        {
            stopCode = exitCode;
            running?.BeginStop(null, null);
            return ++stops == 1 || running is null;
        }
    }

    /// <summary>What could stand at a place of a line.</summary>
    public CommandCompletion Complete(string line, int cursor)
    {
        using var shell = PowerShell.Create(runspace);
        return CommandCompletion.CompleteInput(line, cursor, null, shell);
    }

    /// <inheritdoc/>
    public void Dispose() => runspace.Dispose();

    private static string? FindManifest()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string[] places =
            [
                Path.Combine(folder.FullName, Manifest),
                Path.Combine(folder.FullName, "Backfill", Manifest),
            ];
            if (places.FirstOrDefault(File.Exists) is { } found)
            {
                return found;
            }
        }

        return null;
    }

    private int Refuse(IEnumerable<ParseError> mistakes)
    {
        foreach (var mistake in mistakes)
        {
            screen.WriteError(
                $"{(mistake.Extent.File is { } file ? file + ", " : "")}line {mistake.Extent.StartLineNumber}: {mistake.Message}\n"
            );
        }

        return 1;
    }

    private async Task<int> RunAsync(Action<PowerShell> add)
    {
        using var shell = PowerShell.Create(runspace);
        add(shell);
        // Errors go down the same way as the output, so that they stand where they happened.
        shell.Commands.Commands[^1].MergeMyResults(PipelineResultTypes.Error, PipelineResultTypes.Output);
        shell.AddScript(Show);
        lock (sync)
        {
            stops = 0;
            running = shell;
        }

        try
        {
            await shell.InvokeAsync();
        }
        catch (PipelineStoppedException)
        {
            return stopCode;
        }
        catch (RuntimeException error)
        {
            await ShowAsync(error.ErrorRecord);
            return host.ExitCode ?? 1;
        }
        finally
        {
            lock (sync)
            {
                running = null;
            }

            screen.Clear();
        }

        return stops > 0 ? stopCode : host.ExitCode ?? (host.ShowedError ? 1 : 0);
    }

    private async Task ShowAsync(ErrorRecord error)
    {
        using var show = PowerShell.Create(runspace);
        show.AddScript(WriteError).AddParameter("record", error);
        show.Commands.Commands[^1].MergeMyResults(PipelineResultTypes.Error, PipelineResultTypes.Output);
        show.AddCommand("Out-Default");
        await show.InvokeAsync();
    }
}
