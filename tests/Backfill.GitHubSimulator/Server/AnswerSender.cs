using System.Globalization;
using System.IO.Compression;
using Microsoft.AspNetCore.Http;

namespace Backfill.Simulation.Server;

/// <summary>Puts answers on the wire: headers, compression, and the ways in which a stream breaks.</summary>
internal sealed class AnswerSender(TimeProvider time)
{
    // Below this, compressing costs more than it saves.
    private const int LeastCompressed = 1_024;

    private long requests;

    /// <summary>The body as it leaves, and its encoding in the headers.</summary>
    public static byte[] Encode(HttpContext context, Answer answer)
    {
        var accepted = context.Request.Headers.AcceptEncoding.ToString().Contains("gzip", StringComparison.Ordinal);
        if (!(answer.IsCompressed ?? (answer.Body.Length >= LeastCompressed && accepted)))
        {
            return answer.Body;
        }

        context.Response.Headers.ContentEncoding = "gzip";
        using var compressed = new MemoryStream(answer.Body.Length / 2);
        using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest))
        {
            gzip.Write(answer.Body);
        }

        return compressed.ToArray();
    }

    /// <summary>Everything that is said before the body.</summary>
    public void WriteHeaders(HttpResponse response, Answer answer, RateBudget budget)
    {
        var number = Interlocked.Increment(ref requests);
        response.StatusCode = answer.Status;
        response.Headers.Date = (time.GetUtcNow() + answer.ClockOffset).ToString("R", CultureInfo.InvariantCulture);
        response.Headers["Server"] = "github.com";
        response.Headers["X-GitHub-Request-Id"] = FormattableString.Invariant($"51AB:{number:X4}:{number * 7919:X}");
        if (answer.HasRateHeaders)
        {
            response.Headers["X-RateLimit-Limit"] = Text(budget.Limit);
            response.Headers["X-RateLimit-Remaining"] = Text(budget.Remaining);
            response.Headers["X-RateLimit-Used"] = Text(budget.Used);
            response.Headers["X-RateLimit-Reset"] = Text((budget.ResetsAt + answer.ClockOffset).ToUnixTimeSeconds());
            response.Headers["X-RateLimit-Resource"] = budget.Resource;
        }

        foreach (var (name, value) in answer.Headers)
        {
            response.Headers[name] = value;
        }
    }

    public static async Task WriteBodyAsync(HttpContext context, Answer answer, byte[] body)
    {
        var (response, aborted) = (context.Response, context.RequestAborted);
        if (answer.Status is 204 or 304)
        {
            return;
        }

        response.ContentType = answer.ContentType;
        response.ContentLength = answer.Sending switch
        {
            Sending.Cut => body.Length / 2,
            Sending.TooShort => body.Length + 16,
            _ => body.Length,
        };
        if (answer.Sending is Sending.Whole or Sending.TooShort)
        {
            // Of one that is too short the server says so to nobody and closes.
            await response.Body.WriteAsync(body, aborted);
            await response.Body.FlushAsync(aborted);
            return;
        }

        await response.Body.WriteAsync(body.AsMemory(0, body.Length / 2), aborted);
        await response.Body.FlushAsync(aborted);
        if (answer.Sending == Sending.Reset)
        {
            context.Abort();
        }
        else if (answer.Sending == Sending.Stalled)
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, aborted);
        }
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
