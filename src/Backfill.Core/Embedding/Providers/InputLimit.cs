using System.Globalization;
using System.Text.RegularExpressions;

namespace Backfill.Core.Embedding.Providers;

/// <summary>
/// Reads what a server says of an input that is too long. Each server has its own words: TEI "must have less than 512 tokens.
/// Given: 600", vLLM "maximum context length is 512 tokens. However, you requested 1451", NIM "Input length 704 exceeds
/// maximum allowed token size 512", llama.cpp "input (842 tokens) is too large to process (current batch size: 512)", Ollama
/// "the input length exceeds the context length" without a number.
/// </summary>
internal static partial class InputLimit
{
    // The counts of two tokenizers for one text differ by less than this.
    private const int MostDifference = 4;

    /// <summary>True where a refusal is about the length of an input in tokens.</summary>
    public static bool IsNamedIn(string reason) => Subject().IsMatch(reason) && Excess().IsMatch(reason);

    /// <summary>Returns the tokens that an input may have; null where the server does not say.</summary>
    /// <param name="tokens">Tokens of the longest input that was refused: a limit far above them is one of whole requests.</param>
    public static int? Stated(string reason, int tokens) =>
        Limits()
            .Select(limit => limit.Match(reason))
            .Where(match => match.Success)
            .Select(match => Number(match.Groups["most"].Value))
            .FirstOrDefault(most => most > 0 && most <= (long)tokens * MostDifference);

    /// <summary>Returns how many tokens the server counted in an input; null where it does not say.</summary>
    /// <param name="stated">The tokens that an input may have.</param>
    /// <param name="tokens">Our count of the same input.</param>
    public static int? Counted(string reason, int stated, int tokens) =>
        Numbers()
            .Matches(reason)
            .Select(match => Number(match.Value))
            .Where(number => number > stated && number <= (long)tokens * MostDifference)
            .Max();

    private static int? Number(string digits) =>
        int.TryParse(
            digits.Replace(",", "", StringComparison.Ordinal),
            NumberStyles.None,
            CultureInfo.InvariantCulture,
            out var number
        )
            ? number
            : null;

    private static Regex[] Limits() => [Most(), Window(), PhysicalBatch(), Interval()];

    [GeneratedRegex(
        "token|context|input length|physical batch",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant,
        matchTimeoutMilliseconds: 1000
    )]
    private static partial Regex Subject();

    [GeneratedRegex(
        "exceed|less than|maximum|max |too (?:large|long|many)|larger than|longer than|at most|only|should be",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant,
        matchTimeoutMilliseconds: 1000
    )]
    private static partial Regex Excess();

    // "maximum allowed batch size 32" is the number of inputs.
    [GeneratedRegex(
        @"(?:less than|maximum|max|at most|only|up to|limit of)(?:(?!batch size)[^0-9]){0,40}?(?<most>\d[\d,]*)",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant,
        matchTimeoutMilliseconds: 1000
    )]
    private static partial Regex Most();

    [GeneratedRegex(
        @"context (?:length|size|window)[^0-9]{0,20}(?<most>\d[\d,]*)",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant,
        matchTimeoutMilliseconds: 1000
    )]
    private static partial Regex Window();

    [GeneratedRegex(
        @"physical batch size[^0-9]{0,30}(?<most>\d[\d,]*)",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant,
        matchTimeoutMilliseconds: 1000
    )]
    private static partial Regex PhysicalBatch();

    [GeneratedRegex(
        @"length should be \[\d+, ?(?<most>\d[\d,]*)\]",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant,
        matchTimeoutMilliseconds: 1000
    )]
    private static partial Regex Interval();

    [GeneratedRegex(@"\d[\d,]*", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Numbers();
}
