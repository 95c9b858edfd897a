namespace Backfill;

/// <summary>The errors about settings that have no value: each names the setting, every way to give it, and where an operator finds the value.</summary>
public static class MissingSetting
{
    /// <summary>No database was named.</summary>
    public static BackfillException Database() =>
        Missing(
            nameof(BackfillSettings.Database),
            "No database is set. The Supabase project URL and its service-role key cannot reach PostgreSQL: the tool needs the database's own connection string or password.",
            "Give the connection string with -Database, with Connect-Backfill -Database, or in BACKFILL_DATABASE_URL, SUPABASE_DB_URL or DATABASE_URL; "
                + "or the project in SUPABASE_URL (or VITE_SUPABASE_URL) together with its database password in SUPABASE_DB_PASSWORD. "
                + "Supabase shows the connection string under Connect at the top of the project, and sets a new password under Project Settings, Database. "
                + "For a private PostgreSQL that the tool runs itself say -Local, or Connect-Backfill -Local."
        );

    /// <summary>No GitHub token was given.</summary>
    public static BackfillException GitHubToken() =>
        Missing(
            nameof(BackfillSettings.GitHubTokens),
            "No GitHub token is set.",
            "Give it with -GitHubToken, with Connect-Backfill -GitHubToken, or in GITHUB_TOKEN or GH_TOKEN (several, separated by commas, share the load). "
                + "Make one at https://github.com/settings/tokens (read access to the repository is enough), or print the one that GitHub's own client uses with: gh auth token"
        );

    /// <summary>The OpenAI-compatible provider was asked for without a key.</summary>
    public static BackfillException OpenAIKey() =>
        Missing(
            nameof(BackfillSettings.OpenAIKey),
            "No key for the embedding provider is set.",
            "Give it with -OpenAIKey, with Connect-Backfill -OpenAIKey, or in OPENAI_API_KEY; make one at https://platform.openai.com/api-keys. "
                + "A server of your own needs its address in OPENAI_BASE_URL. Without any provider use -Provider Lexical, or BACKFILL_EMBEDDING_PROVIDER=Lexical."
        );

    /// <summary>Azure OpenAI was asked for without its address or key.</summary>
    public static BackfillException Azure() =>
        Missing(
            nameof(BackfillSettings.AzureOpenAIKey),
            "The Azure OpenAI resource, or its key, is not set.",
            "Put the resource's address into AZURE_OPENAI_ENDPOINT (https://name.openai.azure.com) and a key into AZURE_OPENAI_API_KEY, or give the key with -AzureOpenAIKey. "
                + "The Azure portal shows both under Keys and Endpoint. The name of the deployment is the model (-Model)."
        );

    /// <summary>The project's Edge Function was asked for without its address or key.</summary>
    public static BackfillException SupabaseFunction() =>
        Missing(
            nameof(BackfillSettings.SupabaseServiceKey),
            "The Supabase project's address, or its service-role key, is not set.",
            "Put the address into SUPABASE_URL (or VITE_SUPABASE_URL) and the key into SUPABASE_SERVICE_ROLE_KEY, or give the key with -SupabaseServiceKey. "
                + "Supabase shows both under Project Settings, API Keys."
        );

    /// <summary>A local model was asked for without its folder.</summary>
    public static BackfillException ModelFolder() =>
        Missing(
            nameof(BackfillSettings.EmbeddingModel),
            "The folder of the local model is not set.",
            "Give it with -Model, with Connect-Backfill -EmbeddingModel, or in BACKFILL_EMBEDDING_MODEL. It holds onnx/model.onnx and vocab.txt, as those of sentence-transformers do."
        );

    /// <summary>An event was to be sent without a key, and without a way around one.</summary>
    public static BackfillException InngestEventKey() =>
        Missing(
            "InngestEventKey",
            "No Inngest event key is set, and no Supabase project that could pass the event on.",
            "Put the key into INNGEST_EVENT_KEY (or INNGEST_PRODUCTION_EVENT_KEY); Inngest shows it under Manage, Event Keys, of the environment. "
                + "For a dev server set INNGEST_DEV=1, which needs none. "
                + "Without a key the app's function queue-event sends it: SUPABASE_URL (or VITE_SUPABASE_URL) with SUPABASE_SERVICE_ROLE_KEY."
        );

    /// <summary>A run at Inngest was to be stopped without the right to.</summary>
    public static BackfillException InngestSigningKey() =>
        Missing(
            "InngestSigningKey",
            "No Inngest signing key is set: without it a run there can neither be looked at nor stopped.",
            "Put the key into INNGEST_SIGNING_KEY; Inngest shows it under Manage, Signing Key, of the environment. The run can also be cancelled in Inngest's dashboard."
        );

    private static BackfillException Missing(string setting, string message, string action) =>
        new(ErrorIds.MissingSetting, ErrorKind.Setting, message, action, setting);
}
