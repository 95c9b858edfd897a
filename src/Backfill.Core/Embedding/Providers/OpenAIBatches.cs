using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Backfill.Core.Embedding.Providers;

/// <summary>A batch as the provider tells of it.</summary>
/// <param name="Id">The provider's id.</param>
/// <param name="Status">validating, in_progress, finalizing, completed, failed, expired, cancelling or cancelled.</param>
/// <param name="OutputFile">Answers; also of a batch that expired or was cancelled, as far as it came.</param>
/// <param name="ErrorFile">Requests without an answer, each with its reason.</param>
/// <param name="Done">Requests that have an answer or a reason.</param>
/// <param name="ExpiresAt">When the provider gives up.</param>
/// <param name="Fault">Why it failed.</param>
/// <param name="FaultCode">The same as a word for programs.</param>
internal sealed record OpenAIBatch(
    string Id,
    string Status,
    string? OutputFile,
    string? ErrorFile,
    long Done,
    DateTimeOffset? ExpiresAt,
    string? Fault,
    string? FaultCode
)
{
    private const string TokenLimitExceeded = "token_limit_exceeded";

    /// <summary>True while the provider still works on it.</summary>
    public bool IsUnderWay => Status is "validating" or "in_progress" or "finalizing" or "cancelling";

    /// <summary>True for a batch that was not begun because too many tokens wait already.</summary>
    public bool IsOverLimit => Status == "failed" && FaultCode == TokenLimitExceeded;
}

/// <summary>
/// OpenAI's Batch API: a file of requests is uploaded, a batch is made of it, and within 24 hours its answers lie in another
/// file. Statuses, limits and file forms are those of the API's reference; that it sends vectors as base64 where asked, and
/// lists the newest batches first, is not said there, and nothing here depends on either.
/// </summary>
/// <param name="provider">The provider of the same vectors without the Batch API.</param>
/// <param name="transport">Sends the requests.</param>
/// <param name="api">Base address, with a slash at the end.</param>
/// <param name="time">For the pauses before a lost answer is looked for.</param>
internal sealed partial class OpenAIBatches(
    OpenAIProvider provider,
    OpenAITransport transport,
    Uri api,
    TimeProvider time
)
{
    /// <summary>Requests of one batch, and inputs of all its requests, at most.</summary>
    public const int MostRequests = 50_000;

    /// <summary>Bytes of one file at most: 200 MB, whichever way they are counted.</summary>
    public const long MostBytes = 200_000_000;

    private const string KeyName = "backfill_batch";
    private const int BatchesAPage = 100;
    private const int MostTries = 4;

    private static readonly TimeSpan FilePatience = TimeSpan.FromMinutes(30);
    private static readonly TimeSpan LookPause = TimeSpan.FromSeconds(2);

    /// <summary>The server, without anything secret.</summary>
    public string Host => transport.Host;

    /// <summary>Writes the request of a text, as a line of the file to upload.</summary>
    public void WriteRequest(IBufferWriter<byte> target, string textHash, string text) =>
        OpenAIBatchLine.Write(target, provider, textHash, text);

    /// <summary>Reads the responses of a downloaded file.</summary>
    /// <returns>One entry per line. A refusal that says how the text must be sent is an entry without a response: the text is free for the next batch.</returns>
    public async IAsyncEnumerable<OpenAIBatchLine> ReadResponsesAsync(
        StreamReader reader,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        var (tokensAnInput, mightTakeBase64) = (provider.Server.TokensAnInput, provider.Server.MayTakeBase64);
        while (await reader.ReadLineAsync(cancellationToken) is { } line)
        {
            if (line.Length == 0)
            {
                continue;
            }

            var read = OpenAIBatchLine.Read(line, provider.Dimensions!.Value);
            var isLesson =
                read.Made?.Refusal is { } refusal && provider.Server.Learn(refusal, tokensAnInput, mightTakeBase64);
            yield return isLesson ? read with { Made = null } : read;
        }
    }

    /// <summary>Returns whether only the beginning of a text is sent.</summary>
    public bool IsShortened(string text) => provider.Sent(text).Length < text.Length;

    /// <summary>Fails where the server has no Batch API, or the key may not use it.</summary>
    /// <exception cref="BackfillException">It has none.</exception>
    public async Task RequireAsync(CancellationToken cancellationToken)
    {
        var answer = await transport.SendAsync(
            new OpenAIRequest(HttpMethod.Get, new Uri(api, "batches?limit=1")),
            (_, _) => Task.FromResult<string?>(null),
            cancellationToken
        );
        if (answer.Verdict != OpenAIVerdict.Good)
        {
            throw transport.Refused(
                $"it has no Batch API, or not for this key: {answer.Reason}",
                "Leave -Batch out: the same items are embedded at once, for the full price."
            );
        }
    }

    /// <summary>Uploads a file of requests.</summary>
    /// <param name="lines">Read from its beginning for every try.</param>
    /// <returns>The file's id.</returns>
    /// <exception cref="BackfillException">The server refuses it or does not answer.</exception>
    public async Task<string> UploadAsync(FileStream lines, string name, CancellationToken cancellationToken)
    {
        string? id = null;
        await RequireGoodAsync(
            new OpenAIRequest(
                HttpMethod.Post,
                new Uri(api, "files"),
                () =>
                {
                    lines.Position = 0;
                    return new MultipartFormDataContent
                    {
                        { new StringContent("batch"), "purpose" },
                        { new UnownedContent(lines), "file", name },
                    };
                }
            )
            {
                Patience = FilePatience,
            },
            answer => (id = Text(answer, "id")) is null ? "the answer names no file." : null,
            cancellationToken
        );
        return id!;
    }

    /// <summary>Makes a batch of an uploaded file. A lost answer is looked for before the request is sent again, since a second batch would be paid too.</summary>
    /// <param name="key">Stands in the batch's metadata.</param>
    /// <exception cref="BackfillException">The server refuses it or does not answer.</exception>
    public async Task<OpenAIBatch> CreateAsync(string inputFile, Guid key, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            OpenAIBatch? made = null;
            var answer = await transport.SendAsync(
                new OpenAIRequest(
                    HttpMethod.Post,
                    new Uri(api, "batches"),
                    () =>
                        OpenAITransport.Json(
                            JsonSerializer.SerializeToUtf8Bytes(
                                new
                                {
                                    input_file_id = inputFile,
                                    endpoint = OpenAIBatchLine.Endpoint,
                                    completion_window = "24h",
                                    metadata = new Dictionary<string, string> { [KeyName] = key.ToString() },
                                }
                            )
                        )
                )
                {
                    IsRepeatable = false,
                },
                (body, token) => ReadAsync(body, root => (made = Batch(root)) is null ? NoBatch : null, token),
                cancellationToken
            );
            switch (answer.Verdict)
            {
                case OpenAIVerdict.Good:
                    return made!;
                case OpenAIVerdict.Transient when attempt < MostTries:
                    await Task.Delay(LookPause * attempt, time, cancellationToken);
                    if (await FindAsync(key, cancellationToken) is { } found)
                    {
                        return found;
                    }

                    break;
                case OpenAIVerdict.Transient:
                    throw transport.Unavailable(answer.Reason);
                default:
                    throw NotTaken(answer);
            }
        }
    }

    /// <summary>The batch with a key in its metadata; null when there is none.</summary>
    /// <exception cref="BackfillException">The server refuses or does not answer.</exception>
    public async Task<OpenAIBatch?> FindAsync(Guid key, CancellationToken cancellationToken)
    {
        string? after = null;
        do
        {
            OpenAIBatch? found = null;
            var query = $"batches?limit={BatchesAPage}{(after is null ? "" : $"&after={Uri.EscapeDataString(after)}")}";
            after = null;
            await RequireGoodAsync(
                new OpenAIRequest(HttpMethod.Get, new Uri(api, query)),
                root =>
                {
                    if (!root.TryGetProperty("data", out var page) || page.ValueKind != JsonValueKind.Array)
                    {
                        return "the answer is no list of batches.";
                    }

                    foreach (var one in page.EnumerateArray())
                    {
                        if (KeyOf(one) == key.ToString())
                        {
                            found = Batch(one);
                        }

                        after = Text(one, "id");
                    }

                    after =
                        root.TryGetProperty("has_more", out var more) && more.ValueKind == JsonValueKind.True
                            ? after
                            : null;
                    return null;
                },
                cancellationToken
            );
            if (found is not null)
            {
                return found;
            }
        } while (after is not null);

        return null;
    }

    /// <summary>How a batch stands; null when the server does not know it.</summary>
    /// <exception cref="BackfillException">The server refuses or does not answer.</exception>
    public async Task<OpenAIBatch?> GetAsync(string id, CancellationToken cancellationToken)
    {
        OpenAIBatch? batch = null;
        var answer = await transport.SendAsync(
            new OpenAIRequest(HttpMethod.Get, new Uri(api, $"batches/{Uri.EscapeDataString(id)}")),
            (body, token) => ReadAsync(body, root => (batch = Batch(root)) is null ? NoBatch : null, token),
            cancellationToken
        );
        return answer.Verdict switch
        {
            OpenAIVerdict.Good => batch,
            OpenAIVerdict.Missing => null,
            _ => throw NotTaken(answer),
        };
    }

    /// <summary>Fetches a file, from its beginning for every try.</summary>
    /// <exception cref="BackfillException">The server refuses it or does not answer.</exception>
    public async Task DownloadAsync(string file, FileStream target, CancellationToken cancellationToken)
    {
        var answer = await transport.SendAsync(
            new OpenAIRequest(HttpMethod.Get, new Uri(api, $"files/{Uri.EscapeDataString(file)}/content"))
            {
                Patience = FilePatience,
            },
            async (body, token) =>
            {
                target.SetLength(0);
                await body.CopyToAsync(target, token);
                return null;
            },
            cancellationToken
        );
        if (answer.Verdict != OpenAIVerdict.Good)
        {
            throw NotTaken(answer);
        }

        target.Position = 0;
    }

    /// <summary>Tokens that may wait at once, where the reason of a refused batch names them.</summary>
    public static long? LimitIn(string? fault) =>
        fault is not null
        && Limit().Match(fault) is { Success: true } match
        && long.TryParse(
            match.Groups["tokens"].Value.Replace(",", "", StringComparison.Ordinal),
            System.Globalization.CultureInfo.InvariantCulture,
            out var tokens
        )
            ? tokens
            : null;

    private const string NoBatch = "the answer is no batch.";

    private async Task RequireGoodAsync(
        OpenAIRequest request,
        Func<JsonElement, string?> read,
        CancellationToken cancellationToken
    )
    {
        var answer = await transport.SendAsync(
            request,
            (body, token) => ReadAsync(body, read, token),
            cancellationToken
        );
        if (answer.Verdict != OpenAIVerdict.Good)
        {
            throw NotTaken(answer);
        }
    }

    private BackfillException NotTaken(OpenAIAnswer answer) =>
        transport.Refused(
            answer.Reason,
            "Look at the batches and files in the provider's own pages, then run the same command again."
        );

    private static async Task<string?> ReadAsync(
        Stream body,
        Func<JsonElement, string?> read,
        CancellationToken cancellationToken
    )
    {
        try
        {
            using var document = await JsonDocument.ParseAsync(body, cancellationToken: cancellationToken);
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? read(document.RootElement)
                : "the answer is no object.";
        }
        catch (JsonException)
        {
            return "the answer is no JSON.";
        }
    }

    private static OpenAIBatch? Batch(JsonElement root)
    {
        if (Text(root, "id") is not { } id || Text(root, "status") is not { } status)
        {
            return null;
        }

        var fault =
            Object(root, "errors") is { } errors
            && errors.TryGetProperty("data", out var list)
            && list.ValueKind == JsonValueKind.Array
            && list.GetArrayLength() > 0
                ? list[0]
                : default;
        var counts = Object(root, "request_counts");
        return new OpenAIBatch(
            id,
            status,
            Text(root, "output_file_id"),
            Text(root, "error_file_id"),
            (Number(counts, "completed") ?? 0) + (Number(counts, "failed") ?? 0),
            Number(root, "expires_at") is { } seconds ? DateTimeOffset.FromUnixTimeSeconds(seconds) : null,
            Text(fault, "message"),
            Text(fault, "code")
        );
    }

    private static string? KeyOf(JsonElement batch) =>
        Object(batch, "metadata") is { } metadata ? Text(metadata, KeyName) : null;

    private static JsonElement? Object(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Object ? value : null;

    private static string? Text(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object
        && element.TryGetProperty(name, out var value)
        && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;

    private static long? Number(JsonElement? element, string name) =>
        element?.TryGetProperty(name, out var value) == true
        && value.ValueKind == JsonValueKind.Number
        && value.TryGetInt64(out var number)
            ? number
            : null;

    [GeneratedRegex(
        @"Limit: (?<tokens>[\d,]+) enqueued tokens",
        RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant,
        matchTimeoutMilliseconds: 1000
    )]
    private static partial Regex Limit();

    // A stream content would close the file with the first try.
    private sealed class UnownedContent(FileStream file) : HttpContent
    {
        protected override Task SerializeToStreamAsync(Stream stream, System.Net.TransportContext? context) =>
            file.CopyToAsync(stream);

        protected override Task SerializeToStreamAsync(
            Stream stream,
            System.Net.TransportContext? context,
            CancellationToken cancellationToken
        ) => file.CopyToAsync(stream, cancellationToken);

        protected override bool TryComputeLength(out long length)
        {
            length = file.Length;
            return true;
        }
    }
}
