using System.Collections.Concurrent;

namespace Backfill.Core.Postgres;

/// <summary>Opens databases for the whole process, with one pool per database and role.</summary>
internal sealed class Databases(LocalServer local, TimeProvider time) : IAsyncDisposable
{
    private readonly ConcurrentDictionary<(string Text, string? Role), Database> databases = new();

    /// <summary>Opens the database of the settings. Starts the private server where the settings ask for it and it does not run.</summary>
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
