using System.Text;

namespace Backfill.Core.Embedding.Providers;

/// <summary>
/// One batch on its way to a server with OpenAI's API: sends its texts, keeps every vector that comes, and asks again only
/// for texts that have none. What ends it early is handed on together with the vectors that were paid for.
/// </summary>
internal sealed class OpenAIExchange(
    OpenAIProvider provider,
    OpenAITransport transport,
    ServerTraits server,
    IReadOnlyList<string> texts
)
{
    // OpenAI judges a request's size by a quarter of its UTF-8 bytes and charges real tokens: both are kept.
    private const int BytesAToken = 4;

    // Requests for the texts of one request, while each brings some vectors and not all.
    private const int MostRounds = 3;

    // Where another tokenizer counts, a limit of 512 may be 360 of our tokens. A text that needs less is an exception,
    // and not a reason to cut all others.
    private const double LeastShareOfLimit = 0.7;
    private const double Step = 0.9;
    private const double BlindStep = 0.75;
    private const int LeastTokens = 64;

    private readonly EmbeddedText?[] made = new EmbeddedText?[texts.Count];
    private readonly Input[] inputs = [.. texts.Select(text => Input.Of(text, isShortened: false))];
    private long charged;
    private int cutAlone;

    /// <summary>Embeds the texts.</summary>
    /// <exception cref="BackfillException">The provider refuses or does not answer, before any text had its vector.</exception>
    public async Task<EmbeddingBatch> RunAsync(CancellationToken cancellationToken)
    {
        Exception? failure = null;
        try
        {
            var start = 0;
            while (start < inputs.Length)
            {
                Shorten(Enumerable.Range(start, inputs.Length - start), server.TokensAnInput);
                var end = EndOfRequest(start);
                await EmbedAsync([.. Enumerable.Range(start, end - start)], cancellationToken);
                start = end;
            }
        }
        catch (Exception error)
            when (error is BackfillException or OperationCanceledException
                && Array.Exists(made, text => text?.Vector is not null)
            )
        {
            failure = error;
        }

        return new EmbeddingBatch([.. made.Select(text => text ?? EmbeddedText.Unanswered)], charged)
        {
            Failure = failure,
        };
    }

    // A text of 2,000 UTF-16 units has at most 6,000 bytes and as many tokens: no single one breaks the limit of 8,191.
    // What is left of the batch is shared evenly by as many requests as it needs: one full and one nearly empty request
    // would take as long.
    private int EndOfRequest(int start)
    {
        var most = server.TokensARequest;
        var all = 0L;
        for (var place = start; place < inputs.Length; place++)
        {
            all += inputs[place].Budget;
        }

        var share = all / (double)Math.Max(1, (all + most - 1) / most);
        var budget = 0L;
        var end = start;
        while (end < inputs.Length && end - start < server.InputsARequest)
        {
            budget += inputs[end].Budget;
            if (end > start && (budget > most || budget - (inputs[end].Budget / 2) > share))
            {
                break;
            }

            end++;
        }

        return end;
    }

    // Every turn of the loop has fewer texts, shorter texts or another encoding than the one before.
    private async Task EmbedAsync(int[] places, CancellationToken cancellationToken)
    {
        var rounds = 0;
        var isGuessed = false;
        while (true)
        {
            Shorten(places, server.TokensAnInput);
            var asksForBase64 = server.MayTakeBase64;
            var answer = await SendAsync(places, asksForBase64, cancellationToken);
            if (answer.Verdict is OpenAIVerdict.Refused && asksForBase64)
            {
                if (ServerTraits.NamesEncoding(answer.Reason))
                {
                    server.RefuseBase64();
                    continue;
                }

                // Gateways hide the reason. One text is enough to see whether numbers are taken.
                if (places.Length == 1 && !server.HasTakenBase64)
                {
                    answer = await SendAsync(places, asksForBase64: false, cancellationToken);
                    if (answer.Verdict == OpenAIVerdict.Good)
                    {
                        server.RefuseBase64();
                    }
                }
            }

            switch (answer.Verdict)
            {
                case OpenAIVerdict.Good:
                    if (isGuessed)
                    {
                        server.LimitTokensAnInput(inputs[places[0]].Tokens);
                    }

                    places = [.. places.Where(place => made[place] is null)];
                    if (places.Length == 0)
                    {
                        return;
                    }

                    if (++rounds < MostRounds)
                    {
                        continue;
                    }

                    await AskEachAsync(places, answer.Reason, cancellationToken);
                    return;
                case OpenAIVerdict.Unusable:
                    await EndFruitlessAsync(places, answer.Reason, cancellationToken);
                    return;
                default:
                    if (InputLimit.IsNamedIn(answer.Reason) && Learn(places, answer.Reason, ref isGuessed))
                    {
                        continue;
                    }

                    await HalveAsync(places, answer, cancellationToken);
                    return;
            }
        }
    }

    // A good answer's reason says which vectors it lacks.
    private async Task<OpenAIAnswer> SendAsync(int[] places, bool asksForBase64, CancellationToken cancellationToken)
    {
        var lacks = "";
        var tokens = places.Sum(place => (long)inputs[place].Tokens);
        var answer = await transport.SendAsync(
            () =>
            {
                // It may have waited for its turn meanwhile.
                provider.RequireHope();
                return provider.Request(places.Select(place => inputs[place].Text), asksForBase64);
            },
            tokens,
            body =>
            {
                var vectors = OpenAIVectors.Read(body, places.Length, out var fault);
                if (vectors is null)
                {
                    return fault;
                }

                charged += vectors.Tokens ?? tokens;
                lacks =
                    vectors.Count < places.Length
                        ? FormattableString.Invariant(
                            $"its answers lack vectors, the last one has {vectors.Count} for {places.Length} texts."
                        )
                        : "";
                Accept(vectors, places);
                if (provider.IsPoor(places.Length - vectors.Count))
                {
                    throw provider.GiveUp(lacks);
                }

                return vectors.Count == 0 ? lacks : null;
            },
            cancellationToken
        );
        if (answer.Verdict != OpenAIVerdict.Good)
        {
            return answer;
        }

        if (asksForBase64)
        {
            server.TakeBase64();
        }

        return answer with
        {
            Reason = lacks,
        };
    }

    private void Accept(OpenAIVectors vectors, int[] places)
    {
        for (var index = 0; index < places.Length; index++)
        {
            if (vectors.Values[index] is { } vector)
            {
                made[places[index]] = provider.Accept(vector) with { IsShortened = inputs[places[index]].IsShortened };
            }
        }
    }

    private async Task EndFruitlessAsync(int[] places, string reason, CancellationToken cancellationToken)
    {
        if (provider.IsFruitless())
        {
            throw provider.GiveUp(reason);
        }

        if (places.Length == 1)
        {
            made[places[0]] = new EmbeddedText(null, "The provider answers without a vector for this text.");
            return;
        }

        await AskEachAsync(places, reason, cancellationToken);
    }

    private async Task AskEachAsync(int[] places, string reason, CancellationToken cancellationToken)
    {
        if (places.Length > OpenAIProvider.MostLeftOut)
        {
            throw provider.GiveUp(reason);
        }

        foreach (var place in places)
        {
            await EmbedAsync([place], cancellationToken);
        }
    }

    private async Task HalveAsync(int[] places, OpenAIAnswer answer, CancellationToken cancellationToken)
    {
        if (places.Length == 1)
        {
            made[places[0]] = new EmbeddedText(null, answer.Reason);
            return;
        }

        if (answer.Verdict == OpenAIVerdict.TooLarge && !InputLimit.IsNamedIn(answer.Reason))
        {
            server.HalveTokens();
        }

        var middle = (places.Length + 1) / 2;
        var cutBefore = cutAlone;
        await EmbedAsync(places[..middle], cancellationToken);
        await EmbedAsync(places[middle..], cancellationToken);
        if (cutAlone == cutBefore && Array.TrueForAll(places, place => made[place]!.Refusal is null))
        {
            // No text was to blame: the server takes fewer at once.
            server.LimitInputs(middle);
        }
    }

    // True when the texts are shorter now, so that the server may take them.
    private bool Learn(int[] places, string reason, ref bool isGuessed)
    {
        var longest = places.Max(place => inputs[place].Tokens);
        var stated = InputLimit.Stated(reason, longest);
        if (stated is { } limit && places.Length > 1)
        {
            var most = limit < longest ? limit : (int)(longest * Step);
            if (most >= limit * LeastShareOfLimit)
            {
                server.LimitTokensAnInput(most);
                return true;
            }
        }

        // Which of several is too long, and by how much, shows when each is alone.
        return places.Length == 1 && LearnAlone(places[0], reason, stated, ref isGuessed);
    }

    private bool LearnAlone(int place, string reason, int? stated, ref bool isGuessed)
    {
        var tokens = inputs[place].Tokens;
        int next;
        if (stated is { } limit)
        {
            server.LimitTokensAnInput(limit);
            var counted = InputLimit.Counted(reason, limit, tokens) ?? 0;
            next = Math.Min(
                limit < tokens ? limit : (int)(tokens * Step),
                counted > 0 ? (int)((long)tokens * limit / counted) : int.MaxValue
            );
        }
        else
        {
            // A guess counts for other texts once the server has taken it.
            isGuessed = true;
            next = (int)(tokens * BlindStep);
        }

        if (next < (stated / 4 ?? LeastTokens))
        {
            return false;
        }

        cutAlone++;
        Shorten([place], next);
        return true;
    }

    private void Shorten(IEnumerable<int> places, int most)
    {
        foreach (var place in places)
        {
            if (made[place] is null && inputs[place].Tokens > most)
            {
                inputs[place] = Input.Of(OpenAIProvider.Beginning(inputs[place].Text, most), isShortened: true);
            }
        }
    }

    // A text as it is sent, with the larger of both counts that a request is judged by.
    private sealed record Input(string Text, bool IsShortened, int Tokens, int Bytes)
    {
        public int Budget => Math.Max(Tokens, Bytes / BytesAToken);

        public static Input Of(string text, bool isShortened) =>
            new(text, isShortened, OpenAIProvider.CountWords(text), Encoding.UTF8.GetByteCount(text));
    }
}
