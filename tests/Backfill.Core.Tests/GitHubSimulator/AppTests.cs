using System.Buffers.Text;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Backfill.Simulation;
using Microsoft.Extensions.Time.Testing;

namespace Backfill.Core.Tests.Simulation;

public sealed class AppTests : IDisposable
{
    private const string Path = "app/installations/77/access_tokens";
    private static readonly DateTimeOffset Noon = new(2026, 7, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly FakeTimeProvider time = new(Noon);
    private readonly RSA key = RSA.Create(2_048);

    [Fact]
    public async Task An_installation_gets_a_token_that_lasts_an_hour()
    {
        await using var simulator = await StartAsync();
        var minted = await PostAsync(simulator, Path, Assertion("12", -60, 600));
        Assert.Equal(
            (HttpStatusCode.Created, Noon.AddHours(1)),
            (minted.Status, minted.At("expires_at").GetDateTimeOffset())
        );
        var token = minted.At("token").GetString()!;
        Assert.StartsWith("ghs_", token, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, await AskAsync(simulator, token));
        Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync(simulator, "ghs_another"));
        Assert.Equal(HttpStatusCode.OK, await AskAsync(simulator, "fixed"));
        time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync(simulator, token));
        var renewed = (await PostAsync(simulator, Path, Assertion("12", 0, 60))).At("token").GetString()!;
        Assert.NotEqual(token, renewed);
        Assert.Equal(HttpStatusCode.OK, await AskAsync(simulator, renewed));
    }

    [Theory]
    [InlineData("12", 0, 601, 401, "'Expiration time' claim ('exp') is too far in the future")]
    [InlineData("12", -700, 0, 401, "'Expiration time' claim ('exp') must be a numeric value")]
    [InlineData("12", 1, 60, 401, "'Issued at' claim ('iat') must be an Integer")]
    [InlineData("13", 0, 60, 404, "Integration not found")]
    public async Task A_wrong_claim_is_named(string issuer, int issued, int expires, int status, string text)
    {
        await using var simulator = await StartAsync();
        var refused = await PostAsync(simulator, Path, Assertion(issuer, issued, expires));
        Assert.Equal(status, (int)refused.Status);
        Assert.StartsWith(text, refused.At("message").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_key_another_algorithm_and_another_installation_are_refused()
    {
        await using var simulator = await StartAsync();
        using var other = RSA.Create(2_048);
        foreach (
            var assertion in new[]
            {
                Assertion("12", 0, 60, signer: other),
                Assertion("12", 0, 60, algorithm: "none"),
                "no.jwt",
                "a.b.c",
                "",
            }
        )
        {
            var refused = await PostAsync(simulator, Path, assertion);
            Assert.Equal(
                (HttpStatusCode.Unauthorized, "A JSON web token could not be decoded"),
                (refused.Status, refused.At("message").GetString())
            );
        }

        Assert.Equal(
            HttpStatusCode.NotFound,
            (await PostAsync(simulator, "app/installations/78/access_tokens", Assertion("12", 0, 60))).Status
        );
    }

    [Fact]
    public async Task Every_token_has_budgets_of_its_own()
    {
        await using var simulator = await SimulatorCalls.StartAsync(
            new SimulatorOptions
            {
                PullRequests = 12,
                Tokens = ["one", "two"],
                Token = "three",
            }
        );
        async Task<string> Remaining(string token) =>
            (await simulator.GetAsync("repos/octo/hello", ("Authorization", $"Bearer {token}"))).Headers[
                "X-RateLimit-Remaining"
            ];
        Assert.Equal(
            ["4999", "4998", "4999", "4999"],
            [await Remaining("one"), await Remaining("one"), await Remaining("two"), await Remaining("three")]
        );
        Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync(simulator, "four"));
    }

    public void Dispose() => key.Dispose();

    private Task<GitHubSimulator> StartAsync() =>
        SimulatorCalls.StartAsync(
            new SimulatorOptions
            {
                PullRequests = 12,
                Time = time,
                Tokens = ["fixed"],
                App = new SimulatedApp("12", 77, key.ExportSubjectPublicKeyInfoPem()),
            }
        );

    private string Assertion(string issuer, int issued, int expires, RSA? signer = null, string algorithm = "RS256")
    {
        static string Part(object value) => Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(value));
        var signed =
            $"{Part(new { alg = algorithm, typ = "JWT" })}.{Part(new { iat = Noon.AddSeconds(issued + Later).ToUnixTimeSeconds(), exp = Noon.AddSeconds(expires + Later).ToUnixTimeSeconds(), iss = issuer })}";
        var signature = (signer ?? key).SignData(
            Encoding.ASCII.GetBytes(signed),
            HashAlgorithmName.SHA256,
            RSASignaturePadding.Pkcs1
        );
        return $"{signed}.{Base64Url.EncodeToString(signature)}";
    }

    private double Later => (time.GetUtcNow() - Noon).TotalSeconds;

    private static Task<Reply> PostAsync(GitHubSimulator simulator, string path, string assertion)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri(simulator.Url, path));
        request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {assertion}");
        return SimulatorCalls.SendAsync(request);
    }

    private static async Task<HttpStatusCode> AskAsync(GitHubSimulator simulator, string token) =>
        (await simulator.GetAsync("repos/octo/hello", ("Authorization", $"Bearer {token}"))).Status;
}
