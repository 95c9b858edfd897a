using Backfill.Core.Embedding.Providers;
using Backfill.Core.GitHub;
using Backfill.Core.Postgres;

namespace Backfill.Core;

/// <summary>Describes the settings in force without their secrets.</summary>
internal static class SettingsDescription
{
    /// <summary>Returns the settings as <c>Get-BackfillContext</c> shows them.</summary>
    /// <param name="server">The state of the private server; null where the settings do not use it.</param>
    public static BackfillContext Of(BackfillSettings settings, LocalServerState? server) =>
        new()
        {
            Database =
                settings.Local ? "private PostgreSQL"
                : settings.Database is { } given
                    ? ConnectionText.Describe(
                        given,
                        SettingJudgement.Name(settings, nameof(BackfillSettings.Database), "Database")
                    )
                : null,
            DatabaseRole = settings.DatabaseRole,
            LocalServerFolder = server?.Folder,
            LocalServerRunning = server?.Running,
            GitHubApiUrl = settings.GitHubApiUrl,
            GitHubGraphQLUrl = settings.GitHubGraphQLUrl,
            GitHubTokens = RateLimits.Masked(settings),
            EmbeddingProvider = EmbeddingProviders.NameOf(settings),
            EmbeddingModel = settings.EmbeddingModel,
            InngestEventUrl = settings.Inngest.IsConfigured ? settings.Inngest.EventUrl : null,
            InngestApiUrl = settings.Inngest.IsConfigured ? settings.Inngest.ApiUrl : null,
            Sources = settings.Sources,
        };
}
