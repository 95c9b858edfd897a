using Backfill.Core.Embedding.Providers;
using Backfill.Core.Inngest;

namespace Backfill.Core.Coverage;

/// <summary>Whether the settings that the pipeline needs are there, and whether the keys and addresses of Inngest and Supabase are right. Every endpoint is tried, and nothing is started by it.</summary>
internal sealed class SettingsChecks(
    CheckReport report,
    CoverageRequest request,
    BackfillSettings settings,
    InngestConnection inngest
)
{
    private const string RelayFunction = "queue-event";
    private const string EmbeddingFunction = "embed-query";

    /// <summary>Judges those that are asked for.</summary>
    public async Task AllAsync(CancellationToken cancellationToken)
    {
        var malformed = SettingJudgement.Find(settings);
        Presence(malformed);
        if (malformed is [{ } first, ..])
        {
            SkipEndpoints(first);
            return;
        }

        await EventsAsync(cancellationToken);
        await RunsAsync(cancellationToken);
        await HandlersAsync(cancellationToken);
        await SupabaseAsync(cancellationToken);
    }

    // With a key that no server can accept, every question would be tried in vain.
    private void SkipEndpoints(BackfillException malformed)
    {
        foreach (
            var check in new[]
            {
                CheckDefinition.InngestEvents,
                CheckDefinition.InngestRuns,
                CheckDefinition.InngestHandlers,
                CheckDefinition.SupabaseFunctions,
            }
        )
        {
            report.Skip(check, malformed.Message, malformed.Action);
        }
    }

    private void Presence(IReadOnlyList<BackfillException> malformed)
    {
        var missing = new List<string>();
        if (
            settings is { GitHubTokens.Count: 0, GitHubApp: null }
            && settings.GitHubApiUrl == BackfillSettings.DefaultGitHubApiUrl
            && !request.SkipGitHub
        )
        {
            missing.Add("GITHUB_TOKEN (or a GitHub App)");
        }

        if (settings is { EmbeddingProvider: "OpenAI", OpenAIKey: null, OpenAIBaseUrl: null })
        {
            missing.Add("OPENAI_API_KEY");
        }

        string[] wrong =
        [
            .. missing.Count == 0 ? [] : new[] { $"missing: {string.Join(", ", missing)}" },
            .. malformed.Select(error => error.Message),
        ];
        report.Judge(
            CheckDefinition.Settings,
            wrong.Length == 0,
            "what the pipeline needs",
            wrong.Length == 0 ? "set" : string.Join(" ", wrong),
            malformed.Count > 0
                ? malformed[0].Action
                : "Set them in the environment or with Connect-Backfill; Get-BackfillContext shows what is in force."
        );
    }

    private async Task EventsAsync(CancellationToken cancellationToken)
    {
        if (settings.Inngest is { EventKey: null, Dev: false })
        {
            report.Skip(
                CheckDefinition.InngestEvents,
                settings.Inngest.IsConfigured ? "INNGEST_EVENT_KEY is not set." : "Inngest is not set up."
            );
            return;
        }

        await TryAsync(
            CheckDefinition.InngestEvents,
            $"{settings.Inngest.EventUrl.Authority} takes the event key",
            token => inngest.Sender.ProbeAsync(token),
            cancellationToken
        );
    }

    private async Task RunsAsync(CancellationToken cancellationToken)
    {
        if (inngest.Reader is not { } reader)
        {
            report.Skip(
                CheckDefinition.InngestRuns,
                settings.Inngest.IsConfigured
                    ? "INNGEST_SIGNING_KEY is not set: what becomes of a run at Inngest cannot be seen."
                    : "Inngest is not set up."
            );
            return;
        }

        await TryAsync(
            CheckDefinition.InngestRuns,
            $"{settings.Inngest.ApiUrl.Authority} takes the signing key",
            reader.ProbeAsync,
            cancellationToken
        );
    }

    private async Task HandlersAsync(CancellationToken cancellationToken)
    {
        if (!report.Wants(CheckDefinition.InngestHandlers))
        {
            return;
        }

        if (inngest.Reader is not { } reader)
        {
            report.Skip(
                CheckDefinition.InngestHandlers,
                "Without INNGEST_SIGNING_KEY the app's functions cannot be looked at.",
                HandlerNotice.Advice
            );
            return;
        }

        var app = settings.Inngest.App;
        try
        {
            var triggers = await reader.TriggersAsync(app, cancellationToken);
            string[] unhandled =
            [
                .. new[] { InngestEvents.Sync, InngestEvents.Embedding, InngestEvents.Metrics }.Where(name =>
                    triggers?.Contains(name, StringComparer.Ordinal) != true
                ),
            ];
            report.Add(
                CheckDefinition.InngestHandlers,
                unhandled.Length == 0 ? CheckStatus.Passed : CheckStatus.Warning,
                "a function for each event",
                triggers is null ? $"the environment has no app {app}"
                    : unhandled.Length == 0 ? "there"
                    : $"none for {string.Join(", ", unhandled)}; there are some for {string.Join(", ", triggers.DefaultIfEmpty("no event"))}",
                triggers is null
                    ? "Put the app's id into BACKFILL_INNGEST_APP, and look at whether the app is synced with this environment."
                    : $"Give an event that is handled with -EventName. {HandlerNotice.Advice}"
            );
        }
        catch (BackfillException error)
        {
            report.Skip(CheckDefinition.InngestHandlers, error.Message, error.Action);
        }
    }

    private async Task SupabaseAsync(CancellationToken cancellationToken)
    {
        if (!report.Wants(CheckDefinition.SupabaseFunctions))
        {
            return;
        }

        if (inngest.Supabase is not { } supabase)
        {
            report.Skip(CheckDefinition.SupabaseFunctions, "SUPABASE_URL or SUPABASE_SERVICE_ROLE_KEY is not set.");
            return;
        }

        try
        {
            await supabase.ProbeKeyAsync(cancellationToken);
            var missing = new List<string>();
            foreach (var function in Used())
            {
                if (!await supabase.IsDeployedAsync(function, cancellationToken))
                {
                    missing.Add(function);
                }
            }

            // Whoever embeds by a function needs it. Whoever has nothing to do with Inngest does without the other one.
            report.Add(
                CheckDefinition.SupabaseFunctions,
                missing.Contains(EmbeddingFunction) ? CheckStatus.Failed
                    : missing.Count == 0 ? CheckStatus.Passed
                    : settings.Inngest.IsConfigured ? CheckStatus.Warning
                    : CheckStatus.Skipped,
                "the key is right, and the functions that would be used are deployed",
                missing.Count == 0 ? "they are" : $"the key is right; not deployed: {string.Join(", ", missing)}",
                $"Deploy it. {RelayFunction} passes events on where INNGEST_EVENT_KEY is not set, {EmbeddingFunction} makes the embeddings with -Provider Supabase."
            );
        }
        catch (BackfillException error)
        {
            report.Judge(
                CheckDefinition.SupabaseFunctions,
                passed: false,
                "the project takes the key",
                error.Message,
                error.Action
            );
        }
    }

    private IEnumerable<string> Used()
    {
        if (settings.Inngest is { EventKey: null, Dev: false })
        {
            yield return RelayFunction;
        }

        if (EmbeddingProviders.NameOf(settings) == EdgeFunctionProvider.ProviderName)
        {
            yield return EmbeddingFunction;
        }
    }

    private async Task TryAsync(
        CheckDefinition check,
        string expected,
        Func<CancellationToken, Task> attempt,
        CancellationToken cancellationToken
    )
    {
        if (!report.Wants(check))
        {
            return;
        }

        try
        {
            await attempt(cancellationToken);
            report.Judge(check, passed: true, expected, "it does", "");
        }
        catch (BackfillException error)
        {
            report.Judge(check, passed: false, expected, error.Message, error.Action);
        }
    }
}
