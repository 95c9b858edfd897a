namespace Backfill;

/// <summary>A GitHub App as it is installed for an account: its tokens last an hour and are made as they are needed.</summary>
/// <param name="AppId">The App's id, or its client id.</param>
/// <param name="PrivateKey">Its private key: the text of the <c>.pem</c> file, or where that file is.</param>
/// <param name="InstallationId">The installation.</param>
public sealed record GitHubApp(string AppId, Secret PrivateKey, long InstallationId);
