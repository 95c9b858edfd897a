namespace Backfill.Simulation;

/// <summary>A GitHub App with one installation.</summary>
/// <param name="Id">The App's id or client id, which its JWT must name as issuer.</param>
/// <param name="InstallationId">In the path that mints tokens.</param>
/// <param name="PublicKey">PEM of the RSA key that checks the JWT's signature.</param>
public sealed record SimulatedApp(string Id, long InstallationId, string PublicKey);
