namespace Backfill;

/// <summary>The errors about settings without a value. Each names the setting, every way to give it, and where to find the value.</summary>
public static class MissingSetting
{
    /// <summary>Returns the error about a missing database.</summary>
    public static BackfillException Database() =>
        Missing(
            nameof(BackfillSettings.Database),
            "No database is set. The tool needs the connection string or the password of the database itself. The Supabase project URL and its service-role key cannot reach PostgreSQL.",
            "Give the connection string with -Database, with Connect-Backfill -Database, or in BACKFILL_DATABASE_URL, SUPABASE_DB_URL or DATABASE_URL. "
                + "Or give the project in SUPABASE_URL (or VITE_SUPABASE_URL) together with its database password in SUPABASE_DB_PASSWORD. "
                + "Supabase shows the connection string under Connect at the top of the project, and sets a new password under Project Settings, Database. "
                + "For the private PostgreSQL of the tool use -Local, or Connect-Backfill -Local."
        );

    /// <summary>Returns the error about a missing GitHub token.</summary>
    public static BackfillException GitHubToken() =>
        Missing(
            nameof(BackfillSettings.GitHubTokens),
            "No GitHub token is set.",
            "Give it with -GitHubToken, with Connect-Backfill -GitHubToken, or in GITHUB_TOKEN or GH_TOKEN (several, separated by commas, share the load). "
                + "Make one at https://github.com/settings/tokens (read access to the repository is enough), or run gh auth token to print the token of GitHub's own client."
        );

    /// <summary>Returns the error about a missing key of the OpenAI-compatible provider.</summary>
    public static BackfillException OpenAIKey() =>
        Missing(
            nameof(BackfillSettings.OpenAIKey),
            "No key for the embedding provider is set.",
            "Give it with -OpenAIKey, with Connect-Backfill -OpenAIKey, or in OPENAI_API_KEY. Make one at https://platform.openai.com/api-keys. "
                + "A server of your own needs its address in OPENAI_BASE_URL. To embed without any server use -Provider Lexical, or BACKFILL_EMBEDDING_PROVIDER=Lexical."
        );

    /// <summary>Returns the error about a missing address or key of Azure OpenAI.</summary>
    public static BackfillException Azure() =>
        Missing(
            nameof(BackfillSettings.AzureOpenAIKey),
            "The Azure OpenAI resource, or its key, is not set.",
            "Put the resource's address into AZURE_OPENAI_ENDPOINT (https://name.openai.azure.com) and a key into AZURE_OPENAI_API_KEY, or give the key with -AzureOpenAIKey. "
                + "The Azure portal shows both under Keys and Endpoint. The name of the deployment is the model (-Model)."
        );

    /// <summary>Returns the error about a missing address or key of the Supabase project.</summary>
    public static BackfillException SupabaseFunction() =>
        Missing(
            nameof(BackfillSettings.SupabaseServiceKey),
            "The Supabase project's address, or its service-role key, is not set.",
            "Put the address into SUPABASE_URL (or VITE_SUPABASE_URL) and the key into SUPABASE_SERVICE_ROLE_KEY, or give the key with -SupabaseServiceKey. "
                + "Supabase shows both under Project Settings, API Keys."
        );

    /// <summary>Returns the error about a missing folder of a local model.</summary>
    public static BackfillException ModelFolder() =>
        Missing(
            nameof(BackfillSettings.EmbeddingModel),
            "The folder of the local model is not set.",
            "Give it with -Model, with Connect-Backfill -EmbeddingModel, or in BACKFILL_EMBEDDING_MODEL. The folder has onnx/model.onnx and vocab.txt, like the models of sentence-transformers."
        );

    /// <summary>Returns the error about a missing key for sending events.</summary>
    public static BackfillException InngestEventKey() =>
        Missing(
            "InngestEventKey",
            "No Inngest event key is set, and no Supabase project that could pass the event on.",
            "Put the key into INNGEST_EVENT_KEY (or INNGEST_PRODUCTION_EVENT_KEY). Inngest shows it under Manage, Event Keys, of the environment. "
                + "For a dev server set INNGEST_DEV=1. It needs no key. "
                + "Without a key, the app's function queue-event can send the event. It needs SUPABASE_URL (or VITE_SUPABASE_URL) with SUPABASE_SERVICE_ROLE_KEY."
        );

    /// <summary>Returns the error about a missing key for reading and stopping runs.</summary>
    public static BackfillException InngestSigningKey() =>
        Missing(
            "InngestSigningKey",
            "No Inngest signing key is set, so a run at Inngest can neither be read nor stopped.",
            "Put the key into INNGEST_SIGNING_KEY. Inngest shows it under Manage, Signing Key, of the environment. The run can also be cancelled in Inngest's dashboard."
        );

    private static BackfillException Missing(string setting, string message, string action) =>
        new(ErrorIds.MissingSetting, ErrorKind.Setting, message, action, setting);
}
