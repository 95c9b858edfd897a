using System.Collections.Concurrent;

namespace Backfill.Core.Postgres;

/// <summary>One pool for each database and role, for the whole process.</summary>
internal sealed class Databases(LocalServer local, TimeProvider time) : IAsyncDisposable
{
    private readonly ConcurrentDictionary<(string Text, string? Role), Database> databases = new();

    /// <summary>The database of these settings; the private server is started where it is asked for and does not run.</summary>
    /// <exception cref="BackfillException">No database is set, or the setting cannot be read.</exception>
    public async Task<Database> OpenAsync(
        BackfillSettings settings,
        IOperationOutput? output,
        CancellationToken cancellationToken
    )
    {
        var text =
            settings.Local ? await local.EnsureRunningAsync(settings.LocalFolder, output, cancellationToken)
            : settings.Database is { } given
                ? ConnectionText.Parse(
                    given,
                    SettingJudgement.Name(settings, nameof(BackfillSettings.Database), "Database")
                )
            : throw MissingSetting.Database();
        return databases.GetOrAdd((text, settings.DatabaseRole), key => new Database(key.Text, time, key.Role));
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var database in databases.Values)
        {
            await database.DisposeAsync();
        }
    }
}
