using Backfill.Core.Postgres;
using Backfill.Integration.Tests.Support;
using Backfill.Simulation;

namespace Backfill.Integration.Tests.Postgres;

/// <summary>Who may work on something alone: one at a time, whatever becomes of the others.</summary>
public sealed class LeaseTests(TestPostgres postgres)
{
    private const string Resource = "repository octo/hello";

    private static readonly Owner Elsewhere = new("another-machine", "boot/namespace", 4711, 1);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_second_process_learns_who_has_the_lease_and_how_to_wait_for_it()
    {
        await using var bench = await Bench.SetUpAsync(postgres, new SimulatorOptions());
        await using var database = new Database(bench.ConnectionString, TimeProvider.System);
        var run = Guid.NewGuid();
        var lease = await TakeAsync(database, Elsewhere, run);

        var refused = await Assert.ThrowsAsync<BackfillException>(() =>
            TakeAsync(database, Owner.Current, Guid.NewGuid())
        );

        Assert.Equal((ErrorIds.LeaseHeld, ErrorKind.Conflict), (refused.ErrorId, refused.Kind));
        Assert.Contains("process 4711 on another-machine", refused.Message);
        Assert.DoesNotContain($"{run}", refused.Message + refused.Action);

        await lease.ReleaseAsync(Token);
        await TakeAsync(database, Owner.Current, Guid.NewGuid());
    }

    [Fact]
    public async Task One_of_many_simultaneous_requests_gets_the_lease()
    {
        await using var bench = await Bench.SetUpAsync(postgres, new SimulatorOptions());
        await using var database = new Database(bench.ConnectionString, TimeProvider.System);

        var outcomes = await Task.WhenAll(
            Enumerable
                .Range(0, 12)
                .Select(async _ =>
                {
                    try
                    {
                        await TakeAsync(database, Elsewhere, Guid.NewGuid());
                        return "taken";
                    }
                    catch (BackfillException refused)
                    {
                        return refused.ErrorId;
                    }
                })
        );

        Assert.Single(outcomes, "taken");
        Assert.Equal(11, outcomes.Count(outcome => outcome == ErrorIds.LeaseHeld));
    }

    [Fact]
    public async Task An_expired_lease_is_taken_over_and_its_former_owner_is_informed()
    {
        await using var bench = await Bench.SetUpAsync(postgres, new SimulatorOptions());
        await using var database = new Database(bench.ConnectionString, TimeProvider.System);
        var former = await TakeAsync(database, Elsewhere, Guid.NewGuid());
        await former.RenewAsync(Token);
        await bench.ExecuteAsync("UPDATE backfill.lease SET expires_at = now() - interval '1 second'");

        await TakeAsync(database, Owner.Current, Guid.NewGuid());

        var lost = await Assert.ThrowsAsync<BackfillException>(() => former.RenewAsync(Token));
        Assert.Contains("another process took it", lost.Message);
        // Giving back what it lost takes nothing from the new one.
        await former.ReleaseAsync(Token);
        Assert.Equal(1, await bench.CountAsync("SELECT count(*) FROM backfill.lease"));
    }

    [Fact]
    public async Task The_lease_of_a_dead_process_is_taken_over_at_once()
    {
        await using var bench = await Bench.SetUpAsync(postgres, new SimulatorOptions());
        await using var database = new Database(bench.ConnectionString, TimeProvider.System);
        // The same process id with another start: the id was given to somebody else since.
        var gone = Owner.Current with
        {
            StartedAt = Owner.Current.StartedAt - 1,
        };
        Assert.True(gone.IsGone);
        Assert.False(Owner.Current.IsGone);
        Assert.False(Elsewhere.IsGone);
        await TakeAsync(database, gone, Guid.NewGuid());

        await TakeAsync(database, Owner.Current, Guid.NewGuid());

        Assert.Equal(Owner.Current.ToString(), await bench.TextAsync("SELECT owner FROM backfill.lease"));
    }

    private static Task<Lease> TakeAsync(Database database, Owner owner, Guid run) =>
        Lease.AcquireAsync(database, Resource, owner, TimeSpan.FromMinutes(1), run, Token);
}
