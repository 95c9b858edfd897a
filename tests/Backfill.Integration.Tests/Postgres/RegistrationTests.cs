using Backfill.Core;
using Backfill.Integration.Tests.Support;
using Backfill.Simulation;

namespace Backfill.Integration.Tests.Postgres;

public sealed class RegistrationTests(TestPostgres postgres)
{
    [Fact]
    public async Task A_repository_is_tracked_once_and_put_into_its_workspaces()
    {
        await using var bench = await Bench.SetUpAsync(postgres, new SimulatorOptions { PullRequests = 1 });

        var first = await bench.RegisterAsync("OCTO/Hello", workspace: null);
        var second = await bench.RegisterAsync("octo/hello", "Team One");
        var third = await bench.RegisterAsync("https://github.com/octo/hello", "team-one");
        await bench.RegisterAsync("octo/hello", "Another");

        Assert.Equal(("octo/hello", true, RunState.Completed), (first.Repository, first.Added, first.State));
        Assert.Empty(first.Workspaces);
        Assert.Equal((false, first.RepositoryId), (second.Added, second.RepositoryId));
        Assert.Equal(["Team One"], third.Workspaces);
        Assert.Equal(
            "Another another|Team One team-one",
            await bench.TextAsync("SELECT string_agg(name || ' ' || slug, '|' ORDER BY name) FROM workspaces")
        );
        Assert.Equal(1, await bench.CountAsync("SELECT count(*) FROM repositories"));
        Assert.Equal(1, await bench.CountAsync("SELECT count(*) FROM tracked_repositories"));
        Assert.Equal(2, await bench.CountAsync("SELECT count(*) FROM workspace_repositories"));
    }

    [Fact]
    public async Task A_renamed_repository_keeps_its_row()
    {
        await using var bench = await Bench.SetUpAsync(postgres, new SimulatorOptions { PullRequests = 1 });
        var before = await bench.RegisterAsync("octo/hello", workspace: null);

        bench.GitHub.Changes.Rename("octo/hello", "goodbye");
        var after = await bench.RegisterAsync("octo/goodbye", workspace: null);

        Assert.Equal((before.RepositoryId, false, "octo/goodbye"), (after.RepositoryId, after.Added, after.Repository));
        Assert.Equal(
            "octo/goodbye goodbye",
            await bench.TextAsync("SELECT full_name || ' ' || name FROM repositories")
        );
    }

    [Fact]
    public async Task A_name_that_now_belongs_to_another_repository_is_refused()
    {
        await using var bench = await Bench.SetUpAsync(postgres, new SimulatorOptions { PullRequests = 1 });
        await bench.RegisterAsync("octo/hello", workspace: null);
        await bench.ExecuteAsync("UPDATE repositories SET github_id = 99");

        var refused = await Assert.ThrowsAsync<BackfillException>(() => bench.RegisterAsync("octo/hello", null));

        Assert.Equal(ErrorIds.RepositoryIdentityChanged, refused.ErrorId);
        Assert.Equal(99, await bench.CountAsync("SELECT github_id FROM repositories"));
    }

    [Fact]
    public async Task An_unknown_repository_is_an_error_and_adds_no_row()
    {
        await using var bench = await Bench.SetUpAsync(postgres, new SimulatorOptions { PullRequests = 1 });

        var refused = await Assert.ThrowsAsync<BackfillException>(() => bench.RegisterAsync("octo/nothing", "Team"));

        Assert.Equal(ErrorIds.RepositoryNotFound, refused.ErrorId);
        Assert.Contains("access", refused.Action);
        Assert.Equal(0, await bench.CountAsync("SELECT count(*) FROM repositories"));
        Assert.Equal(0, await bench.CountAsync("SELECT count(*) FROM workspaces"));
    }

    [Fact]
    public async Task A_missing_workspace_of_an_app_is_not_created()
    {
        await using var bench = await Bench.SetUpAsync(postgres, new SimulatorOptions { PullRequests = 1 });
        await bench.ExecuteAsync(
            "ALTER TABLE workspaces ADD COLUMN owner_id uuid; INSERT INTO workspaces (name, slug) VALUES ('Known', 'known')"
        );

        // As another process that finds the table so.
        await using var engine = new BackfillEngine();
        var refused = await Assert.ThrowsAsync<BackfillException>(() =>
            engine.RegisterAsync(
                bench.Settings,
                new RegisterRequest(RepositoryName.Parse("octo/hello"), "Unknown", Plan: false),
                bench.Output,
                TestContext.Current.CancellationToken
            )
        );

        Assert.Equal(ErrorIds.WorkspaceNotFound, refused.ErrorId);
        Assert.Contains("Known", refused.Action);
        Assert.Equal(0, await bench.CountAsync("SELECT count(*) FROM repositories"));
    }
}
