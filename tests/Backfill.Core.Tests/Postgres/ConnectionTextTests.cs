using System.Net.Sockets;
using Backfill.Core.Postgres;
using Npgsql;

namespace Backfill.Core.Tests.Postgres;

/// <summary>Connection settings in every form that providers show, with every character that passwords hold.</summary>
public sealed class ConnectionTextTests
{
    private const string Special = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~ äß€";

    [Fact]
    public void EveryCharacterOfAPasswordComesThroughEncoded()
    {
        foreach (var character in Special)
        {
            var password = $"a{character}b";

            var parts = Parse($"postgresql://me:{Uri.EscapeDataString(password)}@db.example.com:6000/app");

            Assert.Equal(("me", password, "db.example.com", 6000, "app"), Everything(parts));
        }
    }

    [Theory]
    [InlineData("p@ss")]
    [InlineData("p@ss/w#rd")]
    [InlineData("pa?ss")]
    [InlineData("a:b:c")]
    [InlineData("#1/2?3@4")]
    [InlineData("50% off")]
    public void APasswordThatNobodyEncodedIsReadWhereItsEndIsCertain(string password)
    {
        var parts = Parse($"postgres://me:{password}@db.example.com/app?sslmode=require");

        Assert.Equal(("me", password, "db.example.com", 5432, "app"), Everything(parts));
        Assert.Equal(SslMode.Require, parts.SslMode);
    }

    [Theory]
    [InlineData(
        "postgresql://postgres.abcdefgh:pw@aws-0-eu-central-1.pooler.supabase.com:6543/postgres?pgbouncer=true&supa=base-pooler.x",
        "postgres.abcdefgh pw aws-0-eu-central-1.pooler.supabase.com 6543 postgres"
    )]
    [InlineData(
        "postgresql://postgres.abcdefgh:pw@aws-0-eu-central-1.pooler.supabase.com:5432/postgres",
        "postgres.abcdefgh pw aws-0-eu-central-1.pooler.supabase.com 5432 postgres"
    )]
    [InlineData(
        "postgresql://postgres:pw@db.abcdefgh.supabase.co:5432/postgres",
        "postgres pw db.abcdefgh.supabase.co 5432 postgres"
    )]
    [InlineData("Host=db.example.com;Port=6000;Username=me;Password=pw;Database=app", "me pw db.example.com 6000 app")]
    [InlineData("postgresql://me:pw@[2001:db8::1]:6000/app", "me pw 2001:db8::1 6000 app")]
    [InlineData("postgresql:///app?host=/run/postgresql&user=me", "me  /run/postgresql 5432 app")]
    [InlineData(
        "postgresql://me:pw@ep-x.aws.neon.tech/app?sslmode=require&channel_binding=require",
        "me pw ep-x.aws.neon.tech 5432 app"
    )]
    [InlineData("postgresql://me:pw@db.example.com/app?application_name=a@b", "me pw db.example.com 5432 app")]
    public void TheFormsThatProvidersShowAreRead(string text, string expected)
    {
        var (user, password, host, port, database) = Everything(Parse(text));

        Assert.Equal(expected, $"{user} {password} {host} {port} {database}");
    }

    [Theory]
    [InlineData("disable", SslMode.Disable)]
    [InlineData("prefer", SslMode.Prefer)]
    [InlineData("require", SslMode.Require)]
    [InlineData("verify-ca", SslMode.VerifyCA)]
    [InlineData("verify-full", SslMode.VerifyFull)]
    public void TheModesOfTlsAndTheAuthorityAreTaken(string mode, SslMode expected)
    {
        var parts = Parse($"postgresql://me:pw@db.example.com/app?sslmode={mode}&sslrootcert=%2Fetc%2Fca.pem");

        Assert.Equal((expected, "/etc/ca.pem"), (parts.SslMode, parts.RootCertificate));
        Assert.True(parts.NoResetOnClose);
    }

    [Fact]
    public void APoolersUserWithoutTheProjectIsRefusedWithTheFormThatItNeeds()
    {
        var refused = Assert.Throws<BackfillException>(() =>
            Parse("postgresql://postgres:secret@aws-0-eu-central-1.pooler.supabase.com:6543/postgres")
        );

        Assert.Equal(ErrorIds.SettingMalformed, refused.ErrorId);
        Assert.Contains("postgres.<project reference>", refused.Action);
        Assert.DoesNotContain("secret", refused.Message + refused.Action);
    }

    [Theory]
    [InlineData("postgresql://a/b:secret@host/db")]
    [InlineData("postgresql://me:secret@host:port/db")]
    [InlineData("postgresql://me:secret@host/db?sslmode=often")]
    [InlineData("Hst=here;Password=secret")]
    public void WhatCannotBeReadIsRefusedWithoutThePassword(string text)
    {
        var refused = Assert.Throws<BackfillException>(() => Parse(text));

        Assert.Equal(ErrorIds.SettingMalformed, refused.ErrorId);
        Assert.DoesNotContain("secret", refused.ToString());
    }

    [Theory]
    [InlineData(SocketError.NetworkUnreachable)]
    [InlineData(SocketError.HostNotFound)]
    [InlineData(SocketError.AddressNotAvailable)]
    public void AHostWithOnlyAnIPv6AddressIsExplained(SocketError error)
    {
        var fault = new NpgsqlException("no way", new SocketException((int)error));

        var direct = DatabaseErrors.Describe(fault, "postgres@db.abcdefgh.supabase.co:5432/postgres");
        var other = DatabaseErrors.Describe(fault, "postgres@db.example.com:5432/postgres");

        Assert.Contains("only an IPv6 address, and from here no IPv6 network is reached", direct.Action);
        Assert.Contains("6543", direct.Action);
        Assert.DoesNotContain("from here no IPv6", other.Action);
    }

    private static NpgsqlConnectionStringBuilder Parse(string text) => new(ConnectionText.Parse(new Secret(text)));

    private static (string? User, string? Password, string? Host, int Port, string? Database) Everything(
        NpgsqlConnectionStringBuilder parts
    ) => (parts.Username, parts.Password, parts.Host, parts.Port, parts.Database);
}
