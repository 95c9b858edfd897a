using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Backfill.Core.Embedding.Providers;

namespace Backfill.Benchmarks;

/// <summary>
/// An embedding server on loopback that enforces tokens and requests a minute by buckets, as OpenAI does, says in its headers
/// what is left, and takes half a second to two seconds for an answer. Its vectors mean nothing.
/// </summary>
internal sealed class EmbeddingBenchmarkServer : IDisposable
{
    // A bucket holds so many seconds' worth, and is full at the start.
    private const double BurstSeconds = 10;
    private const int Length = 384;
    private static readonly string Vector = Convert.ToBase64String(
        Enumerable.Range(0, Length).SelectMany(_ => BitConverter.GetBytes((float)(1 / Math.Sqrt(Length)))).ToArray()
    );

    private readonly HttpListener listener = new();
    private readonly Lock door = new();
    private readonly Random dice = new(1);
    private readonly double tokensPerMinute;
    private readonly double requestsPerMinute;
    private readonly bool waits;
    private double tokensLeft;
    private double requestsLeft;
    private long at;

    public EmbeddingBenchmarkServer(double tokensPerMinute, double requestsPerMinute, bool waits = true)
    {
        this.tokensPerMinute = tokensPerMinute;
        this.requestsPerMinute = requestsPerMinute;
        this.waits = waits;
        using (var free = new TcpListener(IPAddress.Loopback, 0))
        {
            free.Start();
            Address = new Uri($"http://127.0.0.1:{((IPEndPoint)free.LocalEndpoint).Port}/v1/");
        }

        listener.Prefixes.Add(Address.AbsoluteUri);
        listener.Start();
        Reset();
        _ = LoopAsync();
    }

    public Uri Address { get; }

    /// <summary>Tokens of answered requests.</summary>
    public long Tokens { get; private set; }

    /// <summary>Requests, refused ones too.</summary>
    public int Requests { get; private set; }

    /// <summary>Requests that were over a limit.</summary>
    public int Limited { get; private set; }

    /// <summary>Texts for which the answer is refused.</summary>
    public Func<string, bool> IsPoison { get; set; } = _ => false;

    /// <summary>Tokens that could have been used in a time since the last reset.</summary>
    public double Allowed(TimeSpan elapsed) => tokensPerMinute / 60 * (BurstSeconds + elapsed.TotalSeconds);

    /// <summary>Fills the buckets and counts from nothing.</summary>
    public void Reset()
    {
        lock (door)
        {
            (Tokens, Requests, Limited) = (0, 0, 0);
            tokensLeft = tokensPerMinute / 60 * BurstSeconds;
            requestsLeft = requestsPerMinute / 60 * BurstSeconds;
            at = TimeProvider.System.GetTimestamp();
        }
    }

    public void Dispose() => listener.Close();

    private async Task LoopAsync()
    {
        while (listener.IsListening)
        {
            try
            {
                var context = await listener.GetContextAsync();
                _ = Task.Run(() => AnswerAsync(context));
            }
            catch (Exception ended) when (ended is HttpListenerException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private async Task AnswerAsync(HttpListenerContext context)
    {
        using var document = await JsonDocument.ParseAsync(context.Request.InputStream);
        var texts = document
            .RootElement.GetProperty("input")
            .EnumerateArray()
            .Select(text => text.GetString()!)
            .ToArray();
        var tokens = texts.Sum(text => (long)OpenAIProvider.CountWords(text));
        var response = context.Response;
        var (admitted, latency) = Admit(tokens, response);
        if (waits)
        {
            await Task.Delay(latency);
        }

        var poisoned = texts.Any(IsPoison);
        response.StatusCode =
            !admitted ? 429
            : poisoned ? 400
            : 200;
        await using (var json = new Utf8JsonWriter(response.OutputStream))
        {
            json.WriteStartObject();
            if (admitted && !poisoned)
            {
                json.WriteStartArray("data");
                for (var index = 0; index < texts.Length; index++)
                {
                    json.WriteStartObject();
                    json.WriteNumber("index", index);
                    json.WriteString("embedding", Vector);
                    json.WriteEndObject();
                }

                json.WriteEndArray();
                json.WriteStartObject("usage");
                json.WriteNumber("total_tokens", tokens);
                json.WriteEndObject();
            }
            else
            {
                json.WriteStartObject("error");
                json.WriteString("message", poisoned ? "cannot embed this" : "Rate limit reached");
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        response.Close();
    }

    private (bool Admitted, TimeSpan Latency) Admit(long tokens, HttpListenerResponse response)
    {
        lock (door)
        {
            Requests++;
            var seconds = TimeProvider.System.GetElapsedTime(at).TotalSeconds;
            at = TimeProvider.System.GetTimestamp();
            tokensLeft = Math.Min(tokensPerMinute / 60 * BurstSeconds, tokensLeft + (seconds * tokensPerMinute / 60));
            requestsLeft = Math.Min(
                requestsPerMinute / 60 * BurstSeconds,
                requestsLeft + (seconds * requestsPerMinute / 60)
            );
            var admitted = tokensLeft >= tokens && requestsLeft >= 1;
            if (admitted)
            {
                tokensLeft -= tokens;
                requestsLeft--;
                Tokens += tokens;
            }
            else
            {
                Limited++;
                response.Headers["retry-after-ms"] = FormattableString.Invariant(
                    $"{Math.Max(0, tokens - tokensLeft) * 60_000 / tokensPerMinute:0}"
                );
            }

            response.Headers["x-ratelimit-limit-tokens"] = FormattableString.Invariant($"{tokensPerMinute:0}");
            response.Headers["x-ratelimit-remaining-tokens"] = FormattableString.Invariant($"{tokensLeft:0}");
            response.Headers["x-ratelimit-limit-requests"] = FormattableString.Invariant($"{requestsPerMinute:0}");
            response.Headers["x-ratelimit-remaining-requests"] = FormattableString.Invariant($"{requestsLeft:0}");
            return (admitted, TimeSpan.FromSeconds(0.5 + (1.5 * dice.NextDouble())));
        }
    }
}
