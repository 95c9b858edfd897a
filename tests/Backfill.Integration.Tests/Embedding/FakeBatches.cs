using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Backfill.Integration.Tests.Embedding;

/// <summary>A batch of the stand-in.</summary>
internal sealed class FakeBatch(string id, string? key, string inputFile, string[] lines)
{
    public string Id => id;

    public string? Key => key;

    public string InputFile => inputFile;

    /// <summary>The requests as they were uploaded.</summary>
    public string[] Lines => lines;

    public string Status { get; set; } = "validating";

    public string? OutputFile { get; set; }

    public string? ErrorFile { get; set; }

    public int Done { get; set; }

    public (string Code, string Message)? Error { get; set; }
}

/// <summary>
/// OpenAI's files and batches, as its reference tells of them: a batch is worked on when somebody asks for it, by what the
/// test decides, and is paid for when it is. A test may end a process, or lose an answer, at any request.
/// </summary>
internal sealed partial class FakeBatches
{
    private readonly Dictionary<string, byte[]> files = [];

    /// <summary>In the order of their creation.</summary>
    public List<FakeBatch> All { get; } = [];

    /// <summary>The texts that were embedded and charged.</summary>
    public List<string> Paid { get; } = [];

    /// <summary>Method and path of every request, in order, ids left out.</summary>
    public List<string> Requests { get; } = [];

    /// <summary>What becomes of a batch that is looked at while it is under way; by default it is completed.</summary>
    public Func<FakeBatch, string> Progress { get; set; } = _ => "completed";

    /// <summary>What happens elsewhere while a batch that is under way is looked at.</summary>
    public Func<FakeBatch, Task> Looked { get; set; } = _ => Task.CompletedTask;

    /// <summary>How many of a batch's requests have an answer when it ends as it does; by default all.</summary>
    public Func<FakeBatch, int> Answers { get; set; } = batch => batch.Lines.Length;

    /// <summary>Called when a request was done and before its answer leaves; true loses the answer.</summary>
    public Func<string, bool> Loses { get; set; } = _ => false;

    /// <summary>An answer instead, before anything is done.</summary>
    public Func<string, OpenAIFault?> Fault { get; set; } = _ => null;

    /// <summary>Changes a line of an output file.</summary>
    public Func<string, string> Line { get; set; } = line => line;

    /// <summary>Batches a page of the list.</summary>
    public int PageSize { get; set; } = 100;

    public static bool Serves(Uri address) =>
        address.AbsolutePath.StartsWith("/v1/files", StringComparison.Ordinal)
        || address.AbsolutePath.StartsWith("/v1/batches", StringComparison.Ordinal);

    public async Task AnswerAsync(HttpListenerContext context, FakeOpenAI server)
    {
        var path = context.Request.Url!.AbsolutePath;
        var name = $"{context.Request.HttpMethod} {Id().Replace(path, "/id")}";
        using var received = new MemoryStream();
        await context.Request.InputStream.CopyToAsync(received);
        Requests.Add(name);
        var fault = Fault(name);
        var (status, body) =
            fault is not null ? (fault.Status, Encoding.UTF8.GetBytes(fault.Body))
            : await DoAsync(name, path, context.Request, received.ToArray(), server) is { } done ? (200, done)
            : (404, """{"error":{"message":"No such object.","type":"invalid_request_error"}}"""u8.ToArray());
        if (Loses(name))
        {
            context.Response.Abort();
            return;
        }

        context.Response.StatusCode = status;
        await context.Response.OutputStream.WriteAsync(body);
        context.Response.Close();
    }

    private async Task<byte[]?> DoAsync(
        string name,
        string path,
        HttpListenerRequest request,
        byte[] body,
        FakeOpenAI server
    )
    {
        switch (name)
        {
            case "POST /v1/files":
                var file = $"file-{files.Count + 1}";
                files[file] = Lines(request, body);
                return Json(new { id = file, @object = "file" });
            case "POST /v1/batches":
                return Json(Shown(Create(body)));
            case "GET /v1/batches":
                return Page(request.QueryString["after"]);
            case "GET /v1/batches/id":
                if (All.Find(batch => batch.Id == path.Split('/')[^1]) is not { } asked)
                {
                    return null;
                }

                await AdvanceAsync(asked, server);
                return Json(Shown(asked));
            case "GET /v1/files/id/content":
                return files.GetValueOrDefault(path.Split('/')[^2]);
            default:
                return null;
        }
    }

    private FakeBatch Create(byte[] body)
    {
        using var document = JsonDocument.Parse(body);
        var root = document.RootElement;
        Assert.Equal("24h", root.GetProperty("completion_window").GetString());
        Assert.Equal("/v1/embeddings", root.GetProperty("endpoint").GetString());
        var input = root.GetProperty("input_file_id").GetString()!;
        var batch = new FakeBatch(
            $"batch_{All.Count + 1}",
            root.GetProperty("metadata").GetProperty("backfill_batch").GetString(),
            input,
            Encoding.UTF8.GetString(files[input]).Split('\n', StringSplitOptions.RemoveEmptyEntries)
        );
        All.Add(batch);
        return batch;
    }

    private async Task AdvanceAsync(FakeBatch batch, FakeOpenAI server)
    {
        if (batch.Status is "completed" or "failed" or "expired" or "cancelled")
        {
            return;
        }

        await Looked(batch);
        batch.Status = Progress(batch);
        if (batch.Status is not ("completed" or "expired" or "cancelled"))
        {
            return;
        }

        var output = new StringBuilder();
        var errors = new StringBuilder();
        // The order of the answers is not that of the requests.
        foreach (var (line, index) in batch.Lines.Select((line, index) => (line, index)).Reverse())
        {
            using var document = JsonDocument.Parse(line);
            var hash = document.RootElement.GetProperty("custom_id").GetString()!;
            Assert.Equal("/v1/embeddings", document.RootElement.GetProperty("url").GetString());
            var wanted = document.RootElement.GetProperty("body");
            var call = new OpenAICall(
                null,
                wanted.GetProperty("model").GetString()!,
                wanted.GetProperty("dimensions").GetInt32(),
                wanted.GetProperty("encoding_format").GetString()!,
                [wanted.GetProperty("input").GetString()!],
                "batch",
                null
            );
            if (index >= Answers(batch))
            {
                errors.Append(
                    $$$"""{"custom_id":"{{{hash}}}","response":null,"error":{"code":"batch_expired","message":"Not in time."}}"""
                );
                errors.Append('\n');
            }
            else if (server.Fault(call) is { } fault)
            {
                errors.Append(
                    $$$"""{"custom_id":"{{{hash}}}","response":{"status_code":{{{fault.Status}}},"body":{{{fault.Body}}} },"error":null}"""
                );
                errors.Append('\n');
            }
            else
            {
                Paid.Add(call.Input[0]);
                var vectors = Encoding.UTF8.GetString(await server.VectorsAsync(call));
                output.Append(
                    Line(
                        $$$"""{"custom_id":"{{{hash}}}","response":{"status_code":200,"body":{{{vectors}}} },"error":null}"""
                    )
                );
                output.Append('\n');
            }
        }

        batch.Done = batch.Lines.Length;
        batch.OutputFile = Keep(output);
        batch.ErrorFile = Keep(errors);
    }

    private string? Keep(StringBuilder lines)
    {
        if (lines.Length == 0)
        {
            return null;
        }

        var file = $"file-{files.Count + 1}";
        files[file] = Encoding.UTF8.GetBytes(lines.ToString());
        return file;
    }

    private byte[] Page(string? after)
    {
        var newest = All.AsEnumerable().Reverse().ToList();
        var start = after is null ? 0 : newest.FindIndex(batch => batch.Id == after) + 1;
        var page = newest.Skip(start).Take(PageSize).ToList();
        return Json(
            new
            {
                @object = "list",
                data = page.Select(Shown),
                has_more = start + page.Count < newest.Count,
            }
        );
    }

    private static object Shown(FakeBatch batch) =>
        new
        {
            id = batch.Id,
            @object = "batch",
            status = batch.Status,
            metadata = new Dictionary<string, string?> { ["backfill_batch"] = batch.Key },
            input_file_id = batch.InputFile,
            output_file_id = batch.OutputFile,
            error_file_id = batch.ErrorFile,
            expires_at = DateTimeOffset.UtcNow.AddHours(24).ToUnixTimeSeconds(),
            request_counts = new
            {
                total = batch.Lines.Length,
                completed = batch.Done,
                failed = 0,
            },
            errors = batch.Error is { } error
                ? new { data = new[] { new { code = error.Code, message = error.Message } } }
                : null,
        };

    // The part of the form that has a file name.
    private static byte[] Lines(HttpListenerRequest request, byte[] body)
    {
        var text = Encoding.UTF8.GetString(body);
        var boundary = request.ContentType!.Split("boundary=")[1].Trim('"');
        var parts = text.Split($"--{boundary}");
        Assert.Contains(
            parts,
            part =>
                part.Contains("name=purpose", StringComparison.Ordinal)
                && part.Contains("batch", StringComparison.Ordinal)
        );
        var file = Assert.Single(parts, part => part.Contains("filename=", StringComparison.Ordinal));
        return Encoding.UTF8.GetBytes(
            file[(file.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..].TrimEnd('\r', '\n') + "\n"
        );
    }

    private static byte[] Json(object value) => JsonSerializer.SerializeToUtf8Bytes(value);

    [GeneratedRegex("/(file-|batch_)[0-9]+", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Id();
}
