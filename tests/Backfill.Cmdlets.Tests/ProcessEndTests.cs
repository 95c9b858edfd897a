using Backfill.Cmdlets.Sync;
using Backfill.Cmdlets.Tests.Support;

namespace Backfill.Cmdlets.Tests;

/// <summary>Syncs that their process has to stay for, and the words about those that it ended before.</summary>
public sealed class ProcessEndTests : IDisposable
{
    private readonly Shell shell = new();

    [Fact]
    public void With_Wait_only_finished_runs_are_passed_on_and_all_are_awaited_together()
    {
        shell.Engine.Wait = async (request, output, token) =>
        {
            foreach (var id in request.RunIds)
            {
                await output.WriteAsync(Samples.Run("octo/finished") with { Id = id }, token);
            }
        };
        shell.Engine.Start = (request, _, _) => Task.FromResult(Samples.Run(request.Repository.FullName, request.Plan));

        var runs = shell.Run("'octo/hello', 'octo/world' | Start-RepoSync -Wait").Objects;

        var waited = Assert.Single(shell.Engine.Asked<WaitRequest>());
        Assert.Equal(2, waited.RunIds.Distinct().Count());
        Assert.Equal(["octo/finished", "octo/finished"], runs.Cast<RepoSync>().Select(run => run.Repository));
    }

    [Fact]
    public void With_Wait_and_WhatIf_nothing_is_waited_for()
    {
        Assert.Equal(RunState.Planned, shell.Run("Start-RepoSync octo/hello -Wait -WhatIf").One<RepoSync>().State);
        Assert.Empty(shell.Engine.Asked<WaitRequest>());
    }

    [Fact]
    public async Task Each_interrupted_sync_gets_one_line_that_says_what_to_do()
    {
        shell.Engine.AtWork = [Samples.Run("octo/hello"), Samples.Run("octo/world")];
        using var errors = new StringWriter();

        Assert.Equal(2, await ProcessEnd.InterruptAsync(errors));

        var lines = errors.ToString().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(2, lines.Length);
        Assert.StartsWith("The sync of octo/hello was interrupted", lines[0]);
        Assert.Contains("Start-RepoSync octo/world", lines[1]);
        Assert.Contains("-Wait", lines[1]);
    }

    public void Dispose() => shell.Dispose();
}
