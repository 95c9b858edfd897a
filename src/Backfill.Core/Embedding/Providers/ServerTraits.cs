using System.Collections.Concurrent;

namespace Backfill.Core.Embedding.Providers;

/// <summary>
/// What one model's server showed of itself by its refusals. The engine keeps it for as long as the process lives, so that a
/// refusal is met once and not by every command.
/// </summary>
internal sealed class ServerTraits
{
    // Far below the 300,000 that a request may have, so that a lost answer costs little and several travel at once.
    private int tokensARequest = 64_000;
    private int inputsARequest = 256;
    private int tokensAnInput = int.MaxValue;
    private volatile bool refusesBase64;
    private volatile bool hasTakenBase64;

    /// <summary>Tokens per request at most.</summary>
    public int TokensARequest => Volatile.Read(ref tokensARequest);

    /// <summary>Inputs per request at most.</summary>
    public int InputsARequest => Volatile.Read(ref inputsARequest);

    /// <summary>Tokens per input at most; as many as there are where the server named no limit.</summary>
    public int TokensAnInput => Volatile.Read(ref tokensAnInput);

    /// <summary>True unless the server refused vectors as base64.</summary>
    public bool MayTakeBase64 => !refusesBase64;

    /// <summary>True once a request for base64 was answered: a later refusal is about something else.</summary>
    public bool HasTakenBase64 => hasTakenBase64;

    /// <summary>True where a refusal names the encoding, in whatever words: vLLM, FastChat, TEI and gateways each have their own.</summary>
    public static bool NamesEncoding(string reason) =>
        reason.Contains("encoding_format", StringComparison.OrdinalIgnoreCase)
        || reason.Contains("base64", StringComparison.OrdinalIgnoreCase);

    /// <summary>Learns from the refusal of a text that was sent in a batch, whose other answers may say the same.</summary>
    /// <param name="tokensAnInput">What was known of <see cref="TokensAnInput"/> before the batch was looked at.</param>
    /// <param name="mightTakeBase64">What was known of <see cref="MayTakeBase64"/> then.</param>
    /// <returns>True when the text may be taken the next time, as it will be sent then.</returns>
    public bool Learn(string refusal, int tokensAnInput, bool mightTakeBase64)
    {
        if (mightTakeBase64 && NamesEncoding(refusal))
        {
            RefuseBase64();
            return true;
        }

        if (
            InputLimit.IsNamedIn(refusal)
            && InputLimit.Stated(refusal, EmbeddingText.MaxLength) is { } stated
            && stated < tokensAnInput
        )
        {
            LimitTokensAnInput(stated);
            return true;
        }

        return false;
    }

    /// <summary>Remembers that vectors have to be asked for as numbers.</summary>
    public void RefuseBase64() => refusesBase64 = true;

    /// <summary>Remembers that a request for base64 was answered.</summary>
    public void TakeBase64() => hasTakenBase64 = true;

    /// <summary>Halves the tokens per request.</summary>
    public void HalveTokens() => Volatile.Write(ref tokensARequest, Math.Max(1000, TokensARequest / 2));

    /// <summary>Remembers that the server takes no more inputs per request.</summary>
    public void LimitInputs(int most) => Lower(ref inputsARequest, most);

    /// <summary>Remembers that the server takes no more tokens per input.</summary>
    public void LimitTokensAnInput(int most) => Lower(ref tokensAnInput, most);

    // Several requests may learn at once; the lowest limit stays.
    private static void Lower(ref int limit, int most)
    {
        var seen = Volatile.Read(ref limit);
        while (most < seen)
        {
            var before = Interlocked.CompareExchange(ref limit, most, seen);
            if (before == seen)
            {
                return;
            }

            seen = before;
        }
    }
}

/// <summary>The traits of each server and model that a process used.</summary>
internal sealed class KnownServers
{
    private readonly ConcurrentDictionary<(Uri Address, string Model), ServerTraits> servers = new();

    /// <summary>Returns what is known of a model at an address.</summary>
    public ServerTraits Of(Uri address, string model) => servers.GetOrAdd((address, model), _ => new ServerTraits());
}
