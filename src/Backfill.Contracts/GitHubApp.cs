namespace Backfill;

/// <summary>A GitHub App that is installed for an account. Its tokens last an hour and are made when they are needed.</summary>
/// <param name="AppId">Gets the id or the client id of the App.</param>
/// <param name="PrivateKey">Gets the private key: the text of the <c>.pem</c> file, or the path of that file.</param>
/// <param name="InstallationId">Gets the id of the installation.</param>
public sealed record GitHubApp(string AppId, Secret PrivateKey, long InstallationId);
