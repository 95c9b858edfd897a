using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Backfill.Integration.Tests.Support;
using Backfill.Integration.Tests.Worker.Executor;
using Backfill.Simulation;

namespace Backfill.Integration.Tests.Worker;

/// <summary>A worker with one repository, which bad requests may not change.</summary>
public sealed class IdleWorker(TestPostgres postgres) : IAsyncLifetime
{
    private WorkerBench? bench;

    internal WorkerBench Bench => bench!;

    internal HttpClient Http { get; } = new();

    public async ValueTask InitializeAsync() =>
        bench = await WorkerBench.SetUpAsync(postgres, new SimulatorOptions { PullRequests = 1 });

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await bench!.DisposeAsync();
    }
}

/// <summary>Whatever comes from the network: it writes no row, ends no service, and is answered within its bound.</summary>
public sealed class WorkerInputTests(IdleWorker idle) : IClassFixture<IdleWorker>
{
    private const int Mutations = 1_000;

    private static readonly byte[] Body = Encoding.UTF8.GetBytes(
        """{"ctx":{"attempt":0,"max_attempts":3,"disable_immediate_execution":false,"use_api":false,"run_id":"01KC9","stack":{"stack":[],"current":0}},"event":{"id":"1","name":"github/repository.sync","data":{"owner":"octo","repo":"absent"},"user":{},"ts":1},"events":[{}],"steps":{},"version":-1,"use_api":false}"""
    );

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private Uri Address =>
        new(WorkerBench.OriginOf(idle.Bench.Workers[0]), "/api/inngest?fnId=backfill-sync&stepId=step");

    private static long Now => DateTimeOffset.UtcNow.ToUnixTimeSeconds();

    [Theory]
    [InlineData("none", 401)]
    [InlineData("right", 400)]
    [InlineData("wrong key", 401)]
    [InlineData("other body", 401)]
    [InlineData("six minutes old", 401)]
    [InlineData("six minutes ahead", 401)]
    [InlineData("four minutes old", 400)]
    [InlineData("malformed", 401)]
    [InlineData("time of another", 401)]
    [InlineData("very long", 401)]
    public async Task Only_a_fresh_signature_over_the_raw_body_is_accepted(string kind, int status)
    {
        var right = ExecutorOptions.Sign(ExecutorOptions.SigningKey, Body, Now);
        var signature = kind switch
        {
            "none" => null,
            "right" => right,
            "wrong key" => ExecutorOptions.Sign("signkey-test-ffff456789abcdef", Body, Now),
            "other body" => ExecutorOptions.Sign(ExecutorOptions.SigningKey, [.. Body, 32], Now),
            "six minutes old" => ExecutorOptions.Sign(ExecutorOptions.SigningKey, Body, Now - 360),
            "six minutes ahead" => ExecutorOptions.Sign(ExecutorOptions.SigningKey, Body, Now + 360),
            "four minutes old" => ExecutorOptions.Sign(ExecutorOptions.SigningKey, Body, Now - 240),
            "malformed" => right.Replace("&s=", "&x=", StringComparison.Ordinal),
            "time of another" => $"t={Now - 1}{right[right.IndexOf('&', StringComparison.Ordinal)..]}",
            _ => $"t={new string('1', 5000)}&s={new string('a', 64)}",
        };

        using var response = await PostAsync(Body, signature);

        // The repository of the call does not exist, so an accepted call fails for good.
        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal(status != 401, response.Headers.Contains("X-Inngest-Sdk"));
        if (status == 400)
        {
            Assert.Equal("true", response.Headers.GetValues("X-Inngest-No-Retry").Single());
        }

        await AssertUntouchedAsync();
    }

    [Fact]
    public async Task The_signature_of_the_documented_vector_is_made_and_accepted()
    {
        Assert.Equal(
            "t=1700000000&s=f61d6b0396c98b6560be07a25bf1a66fe082449cdb2f02532b75beaa71b314f7",
            ExecutorOptions.Sign("signkey-test-0123456789abcdef", "{}"u8.ToArray(), 1_700_000_000)
        );
        var settings = new InngestSettings
        {
            SigningKey = new Secret("signkey-prod-aaaa"),
            SigningKeyFallback = new Secret("signkey-test-0123456789abcdef"),
        };
        var check = new Backfill.Worker.Serving.SignatureCheck(settings, TimeProvider.System);
        Assert.True(
            check.IsGood("t=1700000000&s=f61d6b0396c98b6560be07a25bf1a66fe082449cdb2f02532b75beaa71b314f7", "{}"u8)
        );
        Assert.False(
            check.IsGood("t=1700000001&s=f61d6b0396c98b6560be07a25bf1a66fe082449cdb2f02532b75beaa71b314f7", "{}"u8)
        );
        await AssertUntouchedAsync();
    }

    [Fact]
    public async Task Mutated_requests_write_no_row_and_end_no_service()
    {
        var random = new Random(7);
        var statuses = new Dictionary<int, int>();
        for (var number = 0; number < Mutations; number++)
        {
            var body = Mutate(random, Body);
            // Every second one is signed as it is, so that what is behind the signature meets it too.
            var signature = ExecutorOptions.Sign(ExecutorOptions.SigningKey, number % 2 == 0 ? body : Body, Now);
            using var response = await PostAsync(
                body,
                signature,
                random.Next(10) == 0 ? Garbled(random, Address) : Address
            );
            var status = (int)response.StatusCode;
            statuses[status] = statuses.GetValueOrDefault(status) + 1;
        }

        Assert.Empty(statuses.Keys.Except([206, 400, 401, 404, 500]));
        Assert.InRange(statuses[401], 300, Mutations);
        await AssertUntouchedAsync();
    }

    [Fact]
    public async Task A_body_that_is_too_large_is_refused_without_being_read()
    {
        var watch = Stopwatch.StartNew();
        using var known = await PostAsync(
            new byte[9 * 1024 * 1024],
            ExecutorOptions.Sign(ExecutorOptions.SigningKey, [], Now)
        );
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, known.StatusCode);

        // The same without a length, in pieces.
        using var request = new HttpRequestMessage(HttpMethod.Post, Address)
        {
            Content = new StreamContent(new MemoryStream(new byte[9 * 1024 * 1024])),
        };
        request.Headers.TransferEncodingChunked = true;
        request.Headers.TryAddWithoutValidation(
            "X-Inngest-Signature",
            ExecutorOptions.Sign(ExecutorOptions.SigningKey, [], Now)
        );
        try
        {
            using var chunked = await idle.Http.SendAsync(request, Token);
            Assert.Equal(HttpStatusCode.RequestEntityTooLarge, chunked.StatusCode);
        }
        catch (HttpRequestException)
        {
            // The worker closed the connection while the rest was being sent.
        }

        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(20));
        await AssertUntouchedAsync();
    }

    [Fact]
    public async Task A_body_that_comes_slowly_is_answered_within_its_bound()
    {
        var watch = Stopwatch.StartNew();
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, Address.Port, Token);
        await using var stream = client.GetStream();
        await stream.WriteAsync(
            Encoding.ASCII.GetBytes(
                $"POST {Address.PathAndQuery} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\nX-Inngest-Signature: {ExecutorOptions.Sign(ExecutorOptions.SigningKey, [], Now)}\r\n\r\n"
            ),
            Token
        );
        var answer = new byte[4096];
        var reading = stream.ReadAsync(answer, Token).AsTask();
        while (!reading.IsCompleted)
        {
            await Task.WhenAny(reading, Task.Delay(500, Token));
            if (!reading.IsCompleted)
            {
                await stream.WriteAsync(new byte[200], Token);
            }
        }

        Assert.StartsWith("HTTP/1.1 408", Encoding.ASCII.GetString(answer, 0, await reading), StringComparison.Ordinal);
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(20));
        await AssertUntouchedAsync();
    }

    [Theory]
    [InlineData("localhost")]
    [InlineData("127.0.0.1")]
    public async Task Both_names_of_this_machine_are_taken(string host)
    {
        var address = new UriBuilder(Address) { Host = host }.Uri;
        using var response = await PostAsync(
            Body,
            ExecutorOptions.Sign(ExecutorOptions.SigningKey, Body, Now),
            address
        );
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
    }

    private async Task<HttpResponseMessage> PostAsync(byte[] body, string? signature, Uri? address = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, address ?? Address)
        {
            Content = new ByteArrayContent(body),
        };
        if (signature is not null)
        {
            request.Headers.TryAddWithoutValidation("X-Inngest-Signature", signature);
        }

        return await idle.Http.SendAsync(request, Token);
    }

    // The worker is there, and nothing was written.
    private async Task AssertUntouchedAsync()
    {
        using var live = await idle.Http.GetAsync(
            new Uri(WorkerBench.OriginOf(idle.Bench.Workers[0]), "/health/live"),
            Token
        );
        Assert.Equal(HttpStatusCode.OK, live.StatusCode);
        Assert.Equal(0, await idle.Bench.Bench.CountAsync("SELECT count(*) FROM backfill.sync_run"));
        Assert.Equal(0, await idle.Bench.Bench.CountAsync("SELECT count(*) FROM pull_requests"));
    }

    private static byte[] Mutate(Random random, byte[] body)
    {
        var mutated = body.ToList();
        for (var change = 0; change <= random.Next(4); change++)
        {
            var at = random.Next(mutated.Count);
            switch (random.Next(5))
            {
                case 0:
                    mutated[at] = (byte)random.Next(256);
                    break;
                case 1:
                    mutated.RemoveRange(at, Math.Min(random.Next(40), mutated.Count - at - 1));
                    break;
                case 2:
                    mutated.InsertRange(at, Encoding.UTF8.GetBytes(Pieces[random.Next(Pieces.Length)]));
                    break;
                case 3:
                    var (first, count) = (random.Next(mutated.Count), random.Next(30));
                    mutated.InsertRange(at, mutated.Skip(first).Take(count).ToArray());
                    break;
                default:
                    mutated.Reverse(at, Math.Min(random.Next(10), mutated.Count - at));
                    break;
            }
        }

        return [.. mutated];
    }

    private static readonly string[] Pieces =
    [
        "null",
        "{",
        "]",
        "\"",
        "-1",
        "1e999",
        "\\u0000",
        "true",
        "[[[[[[[[",
        ",\"run_id\":{}",
        ",\"steps\":[]",
        "\"attempt\":99999999999,",
    ];

    private static Uri Garbled(Random random, Uri address) =>
        new UriBuilder(address)
        {
            Query = random.Next(3) switch
            {
                0 => "",
                1 => "fnId=backfill-nothing&stepId=step",
                _ => $"fnId=backfill-sync&stepId={new string('x', random.Next(1, 3000))}",
            },
        }.Uri;
}
