using System.Management.Automation;
using System.Management.Automation.Runspaces;
using Backfill.Cmdlets.Pipeline;
using Backfill.Cmdlets.Settings;
using Microsoft.PowerShell.Commands;

[assembly: Xunit.v3.Parallelization(Mode = Xunit.Sdk.ParallelMode.None)]

namespace Backfill.Cmdlets.Tests.Support;

/// <summary>A real runspace with the built module imported and an engine that a test scripts. The session is static, so that the tests of this project run one after another.</summary>
internal sealed class Shell : IDisposable
{
    public static readonly string Folder = AppContext.BaseDirectory;

    private readonly Runspace runspace;

    public Shell()
    {
        EngineAccess.Engine = Engine;
        EngineAccess.Clock = TimeProvider.System;
        Session.Connected = null;
        var state = InitialSessionState.CreateDefault2();
        state.Formats.Add(new SessionStateFormatEntry(Path.Combine(Folder, "Backfill.Format.ps1xml")));
        // The module of PowerShell's own cmdlets needs the folder of PowerShell, which the tests do without. The examples use these.
        foreach (
            var (name, type) in (ReadOnlySpan<(string, Type)>)
                [
                    ("Format-List", typeof(FormatListCommand)),
                    ("Format-Table", typeof(FormatTableCommand)),
                    ("Measure-Object", typeof(MeasureObjectCommand)),
                    ("Select-Object", typeof(SelectObjectCommand)),
                    ("Sort-Object", typeof(SortObjectCommand)),
                    ("ConvertTo-Csv", typeof(ConvertToCsvCommand)),
                    ("ConvertFrom-Json", typeof(ConvertFromJsonCommand)),
                    ("Get-Date", typeof(GetDateCommand)),
                ]
        )
        {
            state.Commands.Add(new SessionStateCmdletEntry(name, type, null));
        }

        runspace = RunspaceFactory.CreateRunspace(Host, state);
        runspace.Open();
        var module = Path.Combine(Folder, "Backfill.Cmdlets.dll");
        Assert.Empty(Run($"Import-Module -ErrorAction Stop '{module}'").Errors);
    }

    public FakeEngine Engine { get; } = new();

    public TestHost Host { get; } = new();

    /// <summary>What the stages of a dry run said on the screen.</summary>
    public IEnumerable<string> PlanLines =>
        Host
            .Text.Split('\n')
            .Where(line => line.StartsWith("What if: ", StringComparison.Ordinal))
            .Select(line => line["What if: ".Length..]);

    public PowerShell Command(string script)
    {
        var shell = PowerShell.Create(runspace);
        shell.AddScript(script);
        return shell;
    }

    public Outcome Run(string script, params (string Name, object? Value)[] variables)
    {
        foreach (var (name, value) in variables)
        {
            runspace.SessionStateProxy.SetVariable(name, value);
        }

        using var shell = Command(script);
        var objects = new PSDataCollection<PSObject>();
        Exception? thrown = null;
        try
        {
            shell.Invoke(null, objects);
        }
        catch (RuntimeException exception)
        {
            thrown = exception;
        }

        return new Outcome(
            [.. objects.Select(item => item?.BaseObject)],
            [.. shell.Streams.Error],
            (thrown as RuntimeException)?.ErrorRecord,
            [.. shell.Streams.Warning.Select(record => record.Message)],
            [.. shell.Streams.Verbose.Select(record => record.Message)],
            [.. shell.Streams.Progress]
        );
    }

    /// <summary>The one object that a script writes, with the properties that PowerShell gave it.</summary>
    public PSObject RunForObject(string script, params (string Name, object? Value)[] variables)
    {
        foreach (var (name, value) in variables)
        {
            runspace.SessionStateProxy.SetVariable(name, value);
        }

        using var shell = Command(script);
        return Assert.Single(shell.Invoke());
    }

    public void Dispose() => runspace.Dispose();
}

/// <summary>What a script wrote.</summary>
internal sealed record Outcome(
    IReadOnlyList<object?> Objects,
    IReadOnlyList<ErrorRecord> Errors,
    ErrorRecord? Thrown,
    IReadOnlyList<string> Warnings,
    IReadOnlyList<string> Verbose,
    IReadOnlyList<ProgressRecord> Progress
)
{
    /// <summary>The ids of the errors, without the cmdlet's name.</summary>
    public IEnumerable<string> ErrorIds => Errors.Select(error => error.FullyQualifiedErrorId.Split(',')[0]);

    public T One<T>() => Assert.IsType<T>(Assert.Single(Objects));
}
