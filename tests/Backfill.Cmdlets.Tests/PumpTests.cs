using System.Diagnostics;
using System.Management.Automation;
using Backfill.Cmdlets.Pipeline;
using Backfill.Cmdlets.Tests.Support;
using Microsoft.Extensions.Time.Testing;

namespace Backfill.Cmdlets.Tests;

public sealed class PumpTests : IDisposable
{
    private readonly Shell shell = new();

    [Fact]
    public void Output_has_the_order_in_which_the_engine_sent_it()
    {
        shell.Engine.Wait = async (_, output, token) =>
        {
            for (var number = 0; number < 1000; number++)
            {
                await output.WriteAsync(number, token);
                await output.WarningAsync($"{number}", token);
            }
        };

        var outcome = shell.Run("Wait-RepoSync octo/a 3>&1");

        Assert.Equal(
            Enumerable.Range(0, 1000).SelectMany(number => new[] { $"{number}", $"{number}" }),
            outcome.Objects.Select(item => item?.ToString())
        );
    }

    [Fact]
    public void The_engine_waits_for_a_slow_pipeline()
    {
        var said = 0;
        shell.Engine.Wait = async (_, output, token) =>
        {
            for (; said < 10_000; said++)
            {
                await output.WriteAsync(said, token);
            }
        };

        // The pipeline ends after the first object, long before the engine could have said everything.
        var outcome = shell.Run(
            "foreach ($first in Wait-RepoSync octo/a | ForEach-Object { $_; throw 'enough' }) { $first }"
        );

        Assert.NotNull(outcome.Thrown);
        Assert.InRange(said, 1, 1000);
    }

    [Theory]
    [InlineData(ErrorKind.NotFound, "RepositoryNotFound", ErrorCategory.ObjectNotFound)]
    [InlineData(ErrorKind.Access, "GitHubAccessDenied", ErrorCategory.PermissionDenied)]
    [InlineData(ErrorKind.Conflict, "LeaseHeld", ErrorCategory.ResourceBusy)]
    [InlineData(ErrorKind.Unavailable, "GitHubUnavailable", ErrorCategory.ResourceUnavailable)]
    public void An_error_of_one_repository_does_not_affect_the_others(ErrorKind kind, string id, ErrorCategory category)
    {
        shell.Engine.Start = (request, _, _) =>
            request.Repository.Name == "a"
                ? throw new BackfillException(id, kind, "What went wrong.", "What to do.", "the subject")
                : Task.FromResult(Samples.Run(request.Repository.FullName));

        var outcome = shell.Run("Start-RepoSync octo/a, octo/b");

        var error = Assert.Single(outcome.Errors);
        Assert.Equal($"{id},Backfill.Cmdlets.Sync.StartRepoSyncCommand", error.FullyQualifiedErrorId);
        Assert.Equal(category, error.CategoryInfo.Category);
        Assert.Equal("the subject", error.TargetObject);
        Assert.Equal("What to do.", error.ErrorDetails.RecommendedAction);
        Assert.Equal(
            [("octo/a", RunState.Failed, "What went wrong."), ("octo/b", RunState.Running, null)],
            outcome.Objects.Cast<RepoSync>().Select(run => (run.Repository, run.State, run.Error))
        );
    }

    [Fact]
    public void Control_characters_are_marked_in_every_message_of_an_operation()
    {
        const string Words = "a\e[2Jb\u202ec";
        const string Marked = "a␛[2Jb\\u{202E}c";
        shell.Engine.Start = async (request, output, token) =>
        {
            await output.WarningAsync(Words, token);
            await output.VerboseAsync(Words, token);
            await output.InformationAsync(Words, token);
            await output.ErrorAsync(
                new BackfillException(
                    ErrorIds.LeaseHeld,
                    ErrorKind.Conflict,
                    Words,
                    Words,
                    Words,
                    new IOException(Words)
                ),
                token
            );
            output.Progress(new OperationProgress(1, Words, Words));
            throw new IOException(Words);
        };

        var outcome = shell.Run("Start-RepoSync octo/a -Verbose -InformationVariable said; $said");

        Assert.Equal([Marked], outcome.Warnings);
        Assert.Contains(Marked, outcome.Verbose);
        Assert.Equal(
            Marked,
            outcome.Objects.OfType<System.Management.Automation.InformationRecord>().Single().ToString()
        );
        Assert.All(
            outcome.Progress,
            record => Assert.Equal((Marked, Marked), (record.Activity, record.StatusDescription))
        );
        Assert.NotEmpty(outcome.Progress);
        Assert.Equal(
            [Marked, $"Unexpected System.IO.IOException: {Marked}"],
            outcome.Errors.Select(error => error.ErrorDetails.Message)
        );
        Assert.Equal(Marked, outcome.Errors[0].ErrorDetails.RecommendedAction);
        Assert.Equal(Words, outcome.Errors[0].TargetObject);
        Assert.All(outcome.Errors, error => Assert.False(ScreenText.IsUnsafe(error.Exception.ToString())));
        Assert.All(outcome.Errors, error => Assert.False(ScreenText.IsUnsafe(error.CategoryInfo.ToString())));
        Assert.Equal(Words, outcome.Objects.OfType<RepoSync>().Single().Error);
    }

    [Fact]
    public void A_name_with_control_characters_is_marked_in_its_error()
    {
        var error = Assert.Single(shell.Run("Start-RepoSync \"octo/a`e[2J\"").Errors);

        Assert.Equal("'octo/a␛[2J' is not a repository name.", error.ErrorDetails.Message);
        Assert.Equal("octo/a\e[2J", error.TargetObject);
    }

    [Fact]
    public void An_error_after_which_nothing_could_succeed_ends_the_cmdlet()
    {
        shell.Engine.Start = (_, _, _) => throw MissingSetting.GitHubToken();

        var outcome = shell.Run("Start-RepoSync octo/a, octo/b");

        Assert.Equal(["MissingSetting"], outcome.ErrorIds);
        Assert.Single(shell.Engine.Asked<SyncRequest>());
    }

    [Fact]
    public void A_defect_is_an_error_with_its_type()
    {
        shell.Engine.Start = (_, _, _) => throw new FormatException("bad format");

        var outcome = shell.Run("Start-RepoSync octo/a");

        Assert.Equal(["Unexpected"], outcome.ErrorIds);
        Assert.IsType<FormatException>(outcome.Errors[0].Exception);
        Assert.Equal("Unexpected System.FormatException: bad format", outcome.Errors[0].ErrorDetails.Message);
        Assert.Equal("octo/a", outcome.Errors[0].TargetObject);
    }

    [Fact]
    public void A_cancellation_without_a_stop_is_a_defect()
    {
        shell.Engine.Start = (_, _, _) => throw new TaskCanceledException("a timeout inside");

        Assert.Equal(["Unexpected"], shell.Run("Start-RepoSync octo/a").ErrorIds);
    }

    [Theory]
    [InlineData("'octo/a'", "the sync of octo/a goes on")]
    [InlineData("'octo/a', 'octo/b'", "those of the 2 syncs that are at work go on")]
    public async Task Stopping_returns_within_a_second_although_the_engine_hangs(string repositories, string said)
    {
        var entered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var never = new TaskCompletionSource();
        shell.Engine.Wait = (_, output, _) =>
        {
            output.Progress(new OperationProgress(7, "Sync octo/a", "hanging"));
            entered.SetResult();
            return never.Task;
        };
        shell.Engine.Start = (request, _, _) => Task.FromResult(Samples.Run(request.Repository.FullName));
        using var command = shell.Command($"{repositories} | Start-RepoSync | Wait-RepoSync");
        var invocation = command.BeginInvoke();
        await entered.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);

        var watch = Stopwatch.StartNew();
        await Task.Factory.FromAsync(command.BeginStop(null, null), command.EndStop);

        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(1));
        Assert.Equal(PSInvocationState.Stopped, command.InvocationStateInfo.State);
        Assert.Throws<PipelineStoppedException>(() => command.EndInvoke(invocation));
        Assert.Empty(shell.Engine.Asked<SyncFilter>());
        Assert.True(Shows(said), shell.Host.Text);
        Assert.Equal(
            ProgressRecordType.Completed,
            shell.Host.Progress.Last(record => record.ActivityId == 7).RecordType
        );
        never.SetException(new InvalidOperationException("too late"));
    }

    [Fact]
    public async Task A_second_stop_of_the_wait_for_a_run_stops_the_run()
    {
        var run = Samples.Run("octo/a");
        var stopped = new TaskCompletionSource<SyncFilter>(TaskCreationOptions.RunContinuationsAsynchronously);
        shell.Engine.Stop = filter =>
        {
            stopped.SetResult(filter);
            return [];
        };
        for (var time = 0; time < 2; time++)
        {
            var entered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            shell.Engine.Wait = async (_, _, token) =>
            {
                entered.SetResult();
                await Task.Delay(Timeout.InfiniteTimeSpan, token);
            };
            using var command = shell.Command($"Wait-RepoSync -Id {run.Id}");
            command.BeginInvoke();
            await entered.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
            Assert.False(stopped.Task.IsCompleted);

            await Task.Factory.FromAsync(command.BeginStop(null, null), command.EndStop);
        }

        var filter = await stopped.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        Assert.Equal([run.Id], filter.RunIds);
        Assert.True(filter.ThisProcess);
        Assert.True(Shows("The second Ctrl+C stops"), shell.Host.Text);
    }

    [Fact]
    public async Task Stopping_gives_the_engine_time_to_end_cleanly()
    {
        var entered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var ended = false;
        shell.Engine.Embed = async (_, _, token) =>
        {
            entered.SetResult();
            try
            {
                await Task.Delay(Timeout.Infinite, token);
            }
            finally
            {
                ended = true;
            }

            throw new InvalidOperationException("not reached");
        };
        using var command = shell.Command("Invoke-EmbeddingBackfill octo/a, octo/b");
        command.BeginInvoke();
        await entered.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);

        await Task.Factory.FromAsync(command.BeginStop(null, null), command.EndStop);

        Assert.True(ended);
        Assert.Single(shell.Engine.Asked<EmbeddingRequest>());
        Assert.Empty(command.Streams.Error);
    }

    [Fact]
    public void Progress_is_shown_at_most_five_times_a_second_and_always_ends()
    {
        const int Reports = 2000;
        var watch = Stopwatch.StartNew();
        shell.Engine.Wait = async (_, output, token) =>
        {
            for (var number = 0; number < Reports; number++)
            {
                output.Progress(new OperationProgress(1, "Sync", $"{number}", number * 100 / Reports, 5));
                output.Progress(new OperationProgress(2, "Sync octo/a", $"{number}", ParentId: 1));
                await output.VerboseAsync("step", token);
            }
        };

        var outcome = shell.Run("Wait-RepoSync octo/a -Verbose");

        foreach (var id in new[] { 1, 2 })
        {
            var records = outcome.Progress.Where(record => record.ActivityId == id).ToArray();
            Assert.Equal(ProgressRecordType.Completed, records[^1].RecordType);
            Assert.Equal($"{Reports - 1}", records[^1].StatusDescription);
            Assert.InRange(records.Length, 1, (int)(watch.Elapsed.TotalSeconds * 5) + 2);
        }

        Assert.Equal(1, outcome.Progress.First(record => record.ActivityId == 2).ParentActivityId);
    }

    [Fact]
    public void The_board_gives_out_the_newest_report_of_each_activity_when_it_is_due()
    {
        var clock = new FakeTimeProvider();
        var board = new ProgressBoard(clock);
        board.Report(new OperationProgress(1, "Child", "1", ParentId: 2));
        board.Report(new OperationProgress(1, "Child", "2", ParentId: 2));
        board.Report(new OperationProgress(2, "Parent", "1"));
        Assert.Equal(["Parent 1", "Child 2"], Shown(board.Due()));

        board.Report(new OperationProgress(1, "Child", "3", ParentId: 2));
        clock.Advance(TimeSpan.FromMilliseconds(199));
        Assert.Empty(board.Due());

        clock.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(["Child 3"], Shown(board.Due()));

        board.Report(new OperationProgress(2, "Parent", "end", Completed: true));
        var last = board.Close();
        Assert.Equal(["Parent end", "Child 3"], Shown(last));
        Assert.All(last, progress => Assert.True(progress.Completed));
        Assert.Empty(board.Close());

        static IEnumerable<string> Shown(IEnumerable<OperationProgress> reports) =>
            reports.Select(progress => $"{progress.Activity} {progress.Status}");
    }

    // Another thread than the pipeline's writes it, so it may come a moment after the pipeline has stopped.
    private bool Shows(string text) =>
        SpinWait.SpinUntil(() => shell.Host.Text.Contains(text, StringComparison.Ordinal), TimeSpan.FromSeconds(10));

    public void Dispose() => shell.Dispose();
}
