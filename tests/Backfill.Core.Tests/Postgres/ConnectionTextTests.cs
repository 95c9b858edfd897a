using System.Net.Sockets;
using Backfill.Core.Postgres;
using Npgsql;

namespace Backfill.Core.Tests.Postgres;

/// <summary>Connection settings in every form that providers show, with every character that passwords hold.</summary>
public sealed class ConnectionTextTests
{
    private const string Special = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~ äß€";

    [Fact]
    public void Every_character_of_a_password_comes_through_encoded()
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
    public void A_password_that_is_not_encoded_is_read_where_its_end_is_certain(string password)
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
    public void The_connection_strings_that_providers_show_are_read(string text, string expected)
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
    public void The_TLS_modes_and_the_authority_are_read(string mode, SslMode expected)
    {
        var parts = Parse($"postgresql://me:pw@db.example.com/app?sslmode={mode}&sslrootcert=%2Fetc%2Fca.pem");

        Assert.Equal((expected, "/etc/ca.pem"), (parts.SslMode, parts.RootCertificate));
        Assert.True(parts.NoResetOnClose);
    }

    [Fact]
    public void A_pooler_user_without_the_project_is_refused_with_the_form_that_it_needs()
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
    public void A_text_that_cannot_be_read_is_refused_without_showing_the_password(string text)
    {
        var refused = Assert.Throws<BackfillException>(() => Parse(text));

        Assert.Equal(ErrorIds.SettingMalformed, refused.ErrorId);
        Assert.DoesNotContain("secret", refused.ToString());
    }

    [Theory]
    [InlineData("\"postgresql://me:pw@db.example.com:6000/app\"", "me pw db.example.com 6000 app")]
    [InlineData(
        "'Host=db.example.com;Port=6000;Username=me;Password=pw;Database=app'",
        "me pw db.example.com 6000 app"
    )]
    [InlineData("postgresql+asyncpg://me:pw@db.example.com:6000/app", "me pw db.example.com 6000 app")]
    [InlineData("jdbc:postgresql://db.example.com:6000/app?user=me&password=pw", "me pw db.example.com 6000 app")]
    [InlineData("host=db.example.com port=6000 user=me password='p w' dbname=app", "me p w db.example.com 6000 app")]
    [InlineData(
        "postgresql://me:pw@one.example.com:6000,[2001:db8::1]/app",
        "me pw one.example.com:6000,[2001:db8::1]:5432 5432 app"
    )]
    public void Forms_of_other_clients_are_read(string text, string expected)
    {
        var (user, password, host, port, database) = Everything(Parse(text));

        Assert.Equal(expected, $"{user} {password} {host} {port} {database}");
    }

    [Fact]
    public void Of_several_hosts_the_one_that_takes_writes_is_used()
    {
        Assert.Equal("read-write", Parse("postgresql://me:pw@one,two:6000/app").TargetSessionAttributes);
        Assert.Equal("read-write", Parse("Host=one,two:6000;Username=me").TargetSessionAttributes);
        Assert.Equal("any", Parse("postgresql://me:pw@one,two/app?target_session_attrs=any").TargetSessionAttributes);
        Assert.Null(Parse("postgresql://me:pw@one/app").TargetSessionAttributes);
        Assert.Equal(
            "me@one:5432,two:6000/app",
            ConnectionText.Describe(new Secret("postgresql://me:pw@one,two:6000/app"))
        );
    }

    [Theory]
    [InlineData("sslmode=no-verify", SslMode.Require, null)]
    [InlineData("ssl=true", SslMode.Require, null)]
    [InlineData("statement_timeout=60000", SslMode.Prefer, "-c statement_timeout=60000")]
    [InlineData(
        "options=-c%20search_path%3Dapp&statement_timeout=60s",
        SslMode.Prefer,
        "-c search_path=app -c statement_timeout=60s"
    )]
    public void Options_of_other_clients_are_read(string option, SslMode mode, string? options)
    {
        var parts = Parse($"postgresql://me:pw@db.example.com/app?{option}");

        Assert.Equal((mode, options), (parts.SslMode, parts.Options));
    }

    [Theory]
    [InlineData("postgresql://me:secret@host:port/db", "its port is not a number")]
    [InlineData("postgresql://me:secret@host/db?sslmode=often", "its sslmode is none of")]
    [InlineData("postgresql://me:secret@host/db?foo=secret", "the option 'foo', which is not known")]
    [InlineData("postgresql://me:secret@host/db?statement_timeout=secret%20", "its statement_timeout is not a time")]
    [InlineData(
        "postgresql://me:secret@host/db?connect_timeout=secret",
        "its option 'connect_timeout' does not take this value"
    )]
    [InlineData("postgresql://me:secret@/db", "it names no host")]
    [InlineData("postgresql://me:secret@one,,two/db", "one of its hosts is empty")]
    [InlineData("mysql://me:secret@host/db", "it begins with mysql://")]
    [InlineData("https://secret.supabase.co", "it is a web address")]
    [InlineData("Hst=here;Password=secret", "the option 'hst', which is not known")]
    [InlineData("Host=here;Password=a;secret=b", "an unknown option after the password")]
    [InlineData("secret", "it is neither a URI nor a list")]
    [InlineData("\uFEFFpostgresql://me:secret@host/db", "it begins with a byte order mark (U+FEFF)")]
    [InlineData("\u201Cpostgresql://me:secret@host/db\u201D", "it begins with a typographic quotation mark (U+201C)")]
    [InlineData("\"\"", "it is empty")]
    public void The_part_that_cannot_be_read_is_named_and_never_its_value(string text, string reason)
    {
        var refused = Assert.Throws<BackfillException>(() => ConnectionText.Parse(new Secret(text), "DATABASE_URL"));

        Assert.Equal((ErrorIds.SettingMalformed, "DATABASE_URL"), (refused.ErrorId, refused.Subject));
        Assert.Contains($"The connection string in DATABASE_URL cannot be read: ", refused.Message);
        Assert.Contains(reason, refused.Message);
        Assert.DoesNotContain("secret", refused.ToString());
    }

    [Theory]
    [InlineData(SocketError.NetworkUnreachable)]
    [InlineData(SocketError.HostNotFound)]
    [InlineData(SocketError.AddressNotAvailable)]
    public void A_host_with_only_an_IPv6_address_is_explained(SocketError error)
    {
        var fault = new NpgsqlException("no way", new SocketException((int)error));

        var direct = DatabaseErrors.Describe(fault, "postgres@db.abcdefgh.supabase.co:5432/postgres");
        var other = DatabaseErrors.Describe(fault, "postgres@db.example.com:5432/postgres");

        Assert.Contains("only an IPv6 address, and this machine reaches no IPv6 network", direct.Action);
        Assert.Contains("6543", direct.Action);
        Assert.DoesNotContain("this machine reaches no IPv6", other.Action);
    }

    private static NpgsqlConnectionStringBuilder Parse(string text) => new(ConnectionText.Parse(new Secret(text)));

    private static (string? User, string? Password, string? Host, int Port, string? Database) Everything(
        NpgsqlConnectionStringBuilder parts
    ) => (parts.Username, parts.Password, parts.Host, parts.Port, parts.Database);
}
