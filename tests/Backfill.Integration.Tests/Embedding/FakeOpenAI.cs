using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Backfill.Core.Embedding.Providers;

namespace Backfill.Integration.Tests.Embedding;

/// <summary>What the server was asked.</summary>
internal sealed record OpenAICall(
    string? Authorization,
    string Model,
    int? Dimensions,
    string Encoding,
    string[] Input,
    string Path,
    string? ApiKey
);

/// <summary>What the server answers instead of vectors.</summary>
internal sealed record OpenAIFault(int Status, string Body, params (string Name, string Value)[] Headers)
{
    public static OpenAIFault Error(int status, string message, string? code = null) =>
        new(
            status,
            JsonSerializer.Serialize(
                new
                {
                    error = new
                    {
                        message,
                        type = "error",
                        code,
                    },
                }
            )
        );
}

/// <summary>
/// A server with OpenAI's embeddings API on loopback, whose vectors are the offline provider's, sent in reverse order as
/// the API allows. A fault decides about each request before it is answered.
/// </summary>
internal sealed class FakeOpenAI : IAsyncDisposable
{
    private const string Function = "/functions/v1/embed-query";

    private readonly HttpListener listener = new();
    private readonly Task loop;

    public FakeOpenAI()
    {
        using (var free = new TcpListener(IPAddress.Loopback, 0))
        {
            free.Start();
            Address = new Uri($"http://127.0.0.1:{((IPEndPoint)free.LocalEndpoint).Port}/v1/");
        }

        listener.Prefixes.Add(new Uri(Address, "/").AbsoluteUri);
        listener.Start();
        loop = Task.Run(LoopAsync);
    }

    public Uri Address { get; }

    /// <summary>Its files and batches.</summary>
    public FakeBatches Batches { get; } = new();

    public ConcurrentQueue<OpenAICall> Calls { get; } = new();

    /// <summary>Called once an answer has gone out.</summary>
    public Action<OpenAICall> Answered { get; set; } = _ => { };

    public Func<OpenAICall, OpenAIFault?> Fault { get; set; } = _ => null;

    /// <summary>True for an input that the answer leaves out, though it is charged; the number is its place in the request.</summary>
    public Func<OpenAICall, int, bool> LeavesOut { get; set; } = (_, _) => false;

    /// <summary>The length of the vectors where it shall not be the asked one.</summary>
    public int? Dimensions { get; set; }

    /// <summary>What a text is charged.</summary>
    public Func<string, int> CountTokens { get; set; } = _ => 10;

    public HttpClient Client { get; } = new();

    public IEmbeddingProvider Provider(
        string? key = "sk-test",
        string model = "text-embedding-3-small",
        TimeProvider? time = null,
        EmbeddingRequest? request = null,
        KnownServers? known = null
    ) =>
        EmbeddingProviders.Create(
            new BackfillSettings
            {
                OpenAIKey = key is null ? null : new Secret(key),
                OpenAIBaseUrl = Address,
                EmbeddingModel = model,
                EmbeddingProvider = "OpenAI",
            },
            Client,
            request ?? new EmbeddingRequest(),
            null,
            time,
            known
        );

    public async ValueTask DisposeAsync()
    {
        // Close alone: after Stop, Close binds the port once more, which another test may have by then.
        listener.Close();
        await loop;
        Client.Dispose();
    }

    private async Task LoopAsync()
    {
        while (listener.IsListening)
        {
            HttpListenerContext context;
            try
            {
                context = await listener.GetContextAsync();
            }
            catch (Exception error) when (error is HttpListenerException or ObjectDisposedException)
            {
                return;
            }

            try
            {
                await AnswerAsync(context);
            }
            catch (Exception error) when (error is HttpListenerException or IOException or JsonException)
            {
                // A run that ended cut its requests off: the server goes on with the next one.
                context.Response.Abort();
            }
        }
    }

    private async Task AnswerAsync(HttpListenerContext context)
    {
        if (FakeBatches.Serves(context.Request.Url!))
        {
            await Batches.AnswerAsync(context, this);
            return;
        }

        using var document = await JsonDocument.ParseAsync(context.Request.InputStream);
        var root = document.RootElement;
        var path = context.Request.Url!.PathAndQuery;
        var call =
            path == Function
                ? new OpenAICall(
                    context.Request.Headers["Authorization"],
                    "",
                    null,
                    "float",
                    [root.GetProperty("text").GetString()!],
                    path,
                    null
                )
                : new OpenAICall(
                    context.Request.Headers["Authorization"],
                    root.GetProperty("model").GetString()!,
                    root.TryGetProperty("dimensions", out var dimensions) ? dimensions.GetInt32() : null,
                    root.GetProperty("encoding_format").GetString()!,
                    [.. root.GetProperty("input").EnumerateArray().Select(input => input.GetString()!)],
                    path,
                    context.Request.Headers["api-key"]
                );
        Calls.Enqueue(call);
        var fault = context.Request.Url!.AbsolutePath
            is "/v1/embeddings"
                or Function
                or "/openai/deployments/text-embedding-3-small/embeddings"
            ? Fault(call)
            : OpenAIFault.Error(404, "no such path");
        foreach (var (name, value) in fault?.Headers ?? [])
        {
            context.Response.Headers[name] = value;
        }

        context.Response.StatusCode = fault?.Status ?? 200;
        var body = fault is null ? await VectorsAsync(call) : System.Text.Encoding.UTF8.GetBytes(fault.Body);
        await context.Response.OutputStream.WriteAsync(body);
        context.Response.Close();
        Answered(call);
    }

    /// <summary>The body of the answer to a call without a fault.</summary>
    internal async Task<byte[]> VectorsAsync(OpenAICall call)
    {
        var made = await new LexicalProvider(Dimensions ?? call.Dimensions ?? 384).EmbedAsync(call.Input, default);
        var data = made
            .Texts.Select(
                (text, index) =>
                    new { index, embedding = call.Encoding == "base64" ? (object)Base64(text.Vector!) : text.Vector! }
            )
            .Where(one => !LeavesOut(call, one.index));
        if (call.Path == Function)
        {
            return JsonSerializer.SerializeToUtf8Bytes(
                new
                {
                    embedding = made.Texts[0].Vector,
                    dimensions = 384,
                    elapsed_ms = 1,
                }
            );
        }

        return JsonSerializer.SerializeToUtf8Bytes(
            new { data = data.Reverse(), usage = new { total_tokens = call.Input.Sum(CountTokens) } }
        );
    }

    private static string Base64(float[] vector)
    {
        var bytes = new byte[vector.Length * sizeof(float)];
        Buffer.BlockCopy(vector, 0, bytes, 0, bytes.Length);
        return Convert.ToBase64String(bytes);
    }
}
