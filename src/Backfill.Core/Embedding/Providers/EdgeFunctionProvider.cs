using System.Text.Encodings.Web;
using System.Text.Json;

namespace Backfill.Core.Embedding.Providers;

/// <summary>
/// The app's own Edge Function <c>embed-query</c>, which search uses: one text a request, answered with
/// <c>{"embedding":[...]}</c> of all-MiniLM-L6-v2, mean-pooled and of length 1. The key is the service role's.
/// </summary>
/// <param name="transport">Sends the requests.</param>
/// <param name="concurrency">Requests at once.</param>
internal sealed class EdgeFunctionProvider(OpenAITransport transport, int concurrency) : IEmbeddingProvider
{
    /// <summary>The provider's name in the settings.</summary>
    public const string ProviderName = "Supabase";

    private const int Length = 384;
    private static readonly JsonSerializerOptions Plain = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <inheritdoc/>
    public string Name => ProviderName;

    /// <inheritdoc/>
    public string Model => "all-MiniLM-L6-v2";

    /// <inheritdoc/>
    public int? Dimensions => Length;

    /// <summary>One batch is many requests already.</summary>
    public int Concurrency => 2;

    /// <summary>An estimate: the function counts nothing and charges nothing.</summary>
    public int CountTokens(string text) => OpenAIProvider.CountWords(text);

    /// <inheritdoc/>
    public async Task<EmbeddingBatch> EmbedAsync(IReadOnlyList<string> texts, CancellationToken cancellationToken)
    {
        var made = new EmbeddedText[texts.Count];
        Array.Fill(made, EmbeddedText.Unanswered);
        Exception? failure = null;
        try
        {
            await Parallel.ForAsync(
                0,
                texts.Count,
                new ParallelOptions { MaxDegreeOfParallelism = concurrency, CancellationToken = cancellationToken },
                async (place, token) => made[place] = await EmbedAsync(texts[place], token)
            );
        }
        catch (Exception error)
            when (error is BackfillException or OperationCanceledException
                && Array.Exists(made, text => text.Vector is not null)
            )
        {
            failure = error;
        }

        return new EmbeddingBatch(
            made,
            texts.Where((_, place) => made[place].Vector is not null).Sum(text => (long)CountTokens(text))
        )
        {
            Failure = failure,
        };
    }

    private async Task<EmbeddedText> EmbedAsync(string text, CancellationToken cancellationToken)
    {
        float[]? vector = null;
        var answer = await transport.SendAsync(
            () => JsonSerializer.SerializeToUtf8Bytes(new { text }, Plain),
            CountTokens(text),
            body => (vector = Read(body)) is null ? "the answer is not what the function promises." : null,
            cancellationToken
        );
        return answer.Verdict == OpenAIVerdict.Unusable ? throw transport.Unavailable(answer.Reason)
            : answer.Verdict != OpenAIVerdict.Good ? new EmbeddedText(null, answer.Reason)
            : vector!.Length == Length ? EmbeddedText.Checked(vector)
            : throw new BackfillException(
                ErrorIds.EmbeddingDimensionMismatch,
                ErrorKind.Data,
                FormattableString.Invariant(
                    $"The function at {transport.Host} answers with {vector.Length} numbers where {Length} are wanted."
                ),
                "Look at what is deployed as embed-query.",
                transport.Host
            );
    }

    private static float[]? Read(byte[] body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            return
            [
                .. document.RootElement.GetProperty("embedding").EnumerateArray().Select(number => number.GetSingle()),
            ];
        }
        catch (Exception error)
            when (error is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            // Told as a fault of the answer, which is asked for again.
            return null;
        }
    }
}
