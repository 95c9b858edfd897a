using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Backfill.Integration.Tests.Support;

/// <summary>An authority of the test's own, with its certificate in a file as operators hand it to <c>sslrootcert</c>.</summary>
internal sealed class CertificateAuthority : IDisposable
{
    private readonly ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly X509Certificate2 certificate;

    public CertificateAuthority(string name)
    {
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        var now = TimeProvider.System.GetUtcNow();
        certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(2));
        File = Path.GetTempFileName();
        System.IO.File.WriteAllText(File, certificate.ExportCertificatePem());
    }

    /// <summary>The path of its certificate.</summary>
    public string File { get; }

    /// <summary>A certificate for a server of this name.</summary>
    public ServerCertificate Issue(string host)
    {
        using var serverKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={host}", serverKey, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(host);
        request.CertificateExtensions.Add(names.Build());
        var now = TimeProvider.System.GetUtcNow();
        using var issued = request.Create(certificate, now.AddHours(-1), now.AddDays(1), [1]);
        return new ServerCertificate(issued.ExportCertificatePem(), serverKey.ExportPkcs8PrivateKeyPem());
    }

    public void Dispose()
    {
        key.Dispose();
        certificate.Dispose();
        System.IO.File.Delete(File);
    }
}

/// <summary>A server's certificate and its key, as PEM.</summary>
internal sealed record ServerCertificate(string Pem, string KeyPem);
