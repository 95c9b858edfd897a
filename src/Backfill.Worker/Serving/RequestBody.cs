using System.Buffers;
using Microsoft.AspNetCore.Http.Features;

namespace Backfill.Worker.Serving;

/// <summary>Reads the body of a request within a bound of bytes and of time.</summary>
internal static class RequestBody
{
    // Inngest sends at most 4 MiB of results and one event of at most 3 MiB.
    private const int MostBytes = 8 * 1024 * 1024;
    private const int Piece = 64 * 1024;
    private static readonly TimeSpan Within = TimeSpan.FromSeconds(10);

    /// <summary>Reads the body.</summary>
    /// <returns>The body, or the status with which the request is refused: 413 for too many bytes, 408 for a body that does not arrive in time, 400 for one that breaks off.</returns>
    public static async Task<(ReadOnlyMemory<byte> Body, int? Refusal)> ReadAsync(
        HttpContext context,
        TimeProvider time
    )
    {
        if (context.Request.ContentLength > MostBytes)
        {
            return (default, StatusCodes.Status413PayloadTooLarge);
        }

        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } bound)
        {
            bound.MaxRequestBodySize = MostBytes;
        }

        using var limit = new CancellationTokenSource(Within, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, context.RequestAborted);
        var body = new ArrayBufferWriter<byte>();
        try
        {
            while (true)
            {
                var read = await context.Request.Body.ReadAsync(body.GetMemory(Piece), either.Token);
                if (read == 0)
                {
                    return (body.WrittenMemory, null);
                }

                body.Advance(read);
                if (body.WrittenCount > MostBytes)
                {
                    return (default, StatusCodes.Status413PayloadTooLarge);
                }
            }
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            return (default, StatusCodes.Status408RequestTimeout);
        }
        catch (BadHttpRequestException refused)
        {
            // Kestrel refuses a body that is too long, too slow or malformed.
            return (default, refused.StatusCode);
        }
        catch (Exception broken) when (broken is IOException or OperationCanceledException)
        {
            return (default, StatusCodes.Status400BadRequest);
        }
    }
}
