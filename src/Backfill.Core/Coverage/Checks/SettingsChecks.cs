using Backfill.Core.Embedding.Providers;
using Backfill.Core.Inngest;

namespace Backfill.Core.Coverage.Checks;

/// <summary>The checks of the category Settings: whether the needed settings have values, and whether Inngest and Supabase accept the keys. The requests to the servers start nothing.</summary>
internal static class SettingsChecks
{
    /// <summary>The category.</summary>
    public const string Category = "Settings";

    private const string RelayFunction = "queue-event";
    private const string EmbeddingFunction = "embed-query";

    /// <summary>Gets the checks in their order.</summary>
    public static IReadOnlyList<Check> All { get; } =
    [
        new("Settings", Category, Query: null, Repair: null, (facts, _) => Task.FromResult(Presence(facts))),
        Endpoint("InngestEvents", EventsAsync),
        Endpoint("InngestRuns", RunsAsync),
        Endpoint("InngestHandlers", HandlersAsync),
        Endpoint("SupabaseFunctions", SupabaseAsync),
    ];

    // No server can accept a malformed key, so none is asked while there is one.
    private static Check Endpoint(string id, Judgement judge) =>
        new(
            id,
            Category,
            Query: null,
            Repair: null,
            async (facts, token) =>
                SettingJudgement.Find(facts.Settings) is [{ } malformed, ..]
                    ? Verdict.Skip(malformed.Message, malformed.Action)
                    : await judge(facts, token)
        );

    private static Verdict Presence(CoverageFacts facts)
    {
        var settings = facts.Settings;
        var malformed = SettingJudgement.Find(settings);
        var missing = new List<string>();
        if (
            settings is { GitHubTokens.Count: 0, GitHubApp: null }
            && settings.GitHubApiUrl == BackfillSettings.DefaultGitHubApiUrl
            && !facts.Request.SkipGitHub
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
        return Verdict.Judge(
            wrong.Length == 0,
            "every setting that the pipeline needs",
            wrong.Length == 0 ? "set" : string.Join(" ", wrong),
            malformed.Count > 0
                ? malformed[0].Action
                : "Set them in the environment or with Connect-Backfill; Get-BackfillContext shows the settings in force."
        );
    }

    private static async Task<Verdict> EventsAsync(CoverageFacts facts, CancellationToken cancellationToken)
    {
        var inngest = facts.Settings.Inngest;
        return inngest is { EventKey: null, Dev: false }
            ? Verdict.Skip(inngest.IsConfigured ? "INNGEST_EVENT_KEY is not set." : "Inngest is not set up.")
            : await TryAsync(
                $"an event key that {inngest.EventUrl.Authority} accepts",
                token => facts.Inngest.Sender.ProbeAsync(token),
                cancellationToken
            );
    }

    private static async Task<Verdict> RunsAsync(CoverageFacts facts, CancellationToken cancellationToken)
    {
        var inngest = facts.Settings.Inngest;
        return facts.Inngest.Reader is { } reader
            ? await TryAsync(
                $"a signing key that {inngest.ApiUrl.Authority} accepts",
                reader.ProbeAsync,
                cancellationToken
            )
            : Verdict.Skip(
                inngest.IsConfigured
                    ? "INNGEST_SIGNING_KEY is not set, so runs at Inngest cannot be read."
                    : "Inngest is not set up."
            );
    }

    private static async Task<Verdict> TryAsync(
        string expected,
        Func<CancellationToken, Task> attempt,
        CancellationToken cancellationToken
    )
    {
        try
        {
            await attempt(cancellationToken);
            return Verdict.Judge(passed: true, expected, "accepted");
        }
        catch (BackfillException error)
        {
            return Verdict.Judge(passed: false, expected, error.Message, error.Action);
        }
    }

    private static async Task<Verdict> HandlersAsync(CoverageFacts facts, CancellationToken cancellationToken)
    {
        if (facts.Inngest.Reader is not { } reader)
        {
            return Verdict.Skip(
                "INNGEST_SIGNING_KEY is not set, so the app's functions cannot be read.",
                HandlerNotice.Advice
            );
        }

        var app = facts.Settings.Inngest.App;
        try
        {
            var triggers = await reader.TriggersAsync(app, cancellationToken);
            string[] unhandled =
            [
                .. new[] { InngestEvents.Sync, InngestEvents.Embedding, InngestEvents.Metrics }.Where(name =>
                    triggers?.Contains(name, StringComparer.Ordinal) != true
                ),
            ];
            return Verdict.Warn(
                unhandled.Length == 0,
                "a function for each event",
                triggers is null ? $"the environment has no app {app}"
                    : unhandled.Length == 0 ? "all found"
                    : $"none for {string.Join(", ", unhandled)}; functions found for {string.Join(", ", triggers.DefaultIfEmpty("no event"))}",
                triggers is null
                    ? "Put the app's id into BACKFILL_INNGEST_APP, and check that the app is synced with this environment."
                    : $"Name an event that the app handles with -EventName. {HandlerNotice.Advice}"
            );
        }
        catch (BackfillException error)
        {
            return Verdict.Skip(error.Message, error.Action);
        }
    }

    private static async Task<Verdict> SupabaseAsync(CoverageFacts facts, CancellationToken cancellationToken)
    {
        if (facts.Inngest.Supabase is not { } supabase)
        {
            return Verdict.Skip("SUPABASE_URL or SUPABASE_SERVICE_ROLE_KEY is not set.");
        }

        try
        {
            await supabase.ProbeKeyAsync(cancellationToken);
            var missing = new List<string>();
            foreach (var function in UsedFunctions(facts.Settings))
            {
                if (!await supabase.IsDeployedAsync(function, cancellationToken))
                {
                    missing.Add(function);
                }
            }

            // The check only fails without the function that makes the embeddings. The other one is only used with Inngest.
            return new Verdict(
                missing.Contains(EmbeddingFunction) ? CheckStatus.Failed
                    : missing.Count == 0 ? CheckStatus.Passed
                    : facts.Settings.Inngest.IsConfigured ? CheckStatus.Warning
                    : CheckStatus.Skipped,
                "the key accepted, and the needed functions deployed",
                missing.Count == 0 ? "accepted, and deployed" : $"not deployed: {string.Join(", ", missing)}",
                $"Deploy the function. {RelayFunction} passes events on when INNGEST_EVENT_KEY is not set. {EmbeddingFunction} makes the embeddings with -Provider Supabase."
            );
        }
        catch (BackfillException error)
        {
            return Verdict.Judge(passed: false, "a key that the project accepts", error.Message, error.Action);
        }
    }

    private static IEnumerable<string> UsedFunctions(BackfillSettings settings)
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
}
