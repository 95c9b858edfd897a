using System.Runtime.InteropServices;
using System.Text;

namespace Backfill.Simulation.Data;

/// <summary>From what a text is made again whenever it is asked for. The default makes an empty one.</summary>
/// <param name="Value">0 is the empty text.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct TextSeed(ulong Value);

/// <summary>Texts as people and programs write them, with everything that has broken a reader of them before.</summary>
public static class BodyText
{
    /// <summary>The longest body that GitHub takes, in characters.</summary>
    public const int LongestBody = 65_536;

    private static readonly string[] Words =
    [
        "the",
        "a",
        "when",
        "this",
        "parser",
        "cache",
        "request",
        "timeout",
        "fails",
        "returns",
        "null",
        "handler",
        "should",
        "retry",
        "after",
        "before",
        "connection",
        "pool",
        "index",
        "query",
        "slow",
        "memory",
        "leak",
        "fix",
        "refactor",
        "document",
        "upgrade",
        "dependency",
        "release",
        "branch",
        "merge",
        "conflict",
        "test",
        "flaky",
        "build",
        "pipeline",
        "Windows",
        "Linux",
        "macOS",
        "container",
        "token",
        "limit",
        "page",
        "cursor",
        "webhook",
        "schema",
        "migration",
        "column",
        "vector",
        "search",
        "label",
        "review",
        "comment",
        "user",
        "session",
        "config",
        "option",
        "default",
        "value",
        "error",
        "message",
        "log",
        "trace",
        "metric",
        "dashboard",
        "alert",
        "deploy",
    ];

    // What goes wrong in other people's tools: emoji of several code points, combining marks, right-to-left text,
    // Chinese, Base64, the end mark and the null of PostgreSQL's COPY, quotes, tags and templates.
    private static readonly string[] Oddities =
    [
        "👩‍👩‍👧‍👦 👍🏽 🇩🇪",
        "Zoe\u0308 na\u00efve façade",
        "שלום עולם",
        "مرحبا بالعالم",
        "修复并发问题",
        "コメントありがとう",
        "\\.",
        "\\N",
        "C:\\temp\\new\\table",
        "O'Brien said \"hi\"",
        "<script>alert(1)</script>",
        "{{ template }} ${x} $1 %s",
        "\u202Eright to left override\u202C",
        "line\u2028separator",
        "tab\tand\u00a0space",
        "\u0001\u001f control",
        "a\u200bb zero width",
        "'; DROP TABLE issues; --",
    ];

    /// <summary>The text of a seed.</summary>
    public static string Of(TextSeed seed)
    {
        if (seed.Value == 0)
        {
            return "";
        }

        var dice = new Dice(seed.Value);
        var size = dice.Share();
        if (size < 0.03)
        {
            return "";
        }

        var length = size switch
        {
            < 0.75 => 20 + dice.Below(200),
            < 0.96 => 200 + dice.Below(1_500),
            < 0.9985 => 2_000 + dice.Below(8_000),
            _ => LongestBody,
        };
        var newLine = dice.Chance(0.4) ? "\r\n" : "\n";
        var text = new StringBuilder(length + 64);
        if (dice.Chance(0.12))
        {
            text.Append(dice.Pick(Oddities)).Append(newLine);
        }

        if (dice.Chance(0.01))
        {
            text.Append("a nul \0 inside ");
        }

        if (dice.Chance(0.01))
        {
            // Half of an emoji: an editor cut it, and GitHub sends it escaped.
            text.Append(dice.Chance(0.5) ? "cut \ud83d here " : "rest \ude00 of it ");
        }

        while (text.Length < length)
        {
            Sentence(ref dice, text);
            text.Append(dice.Chance(0.15) ? newLine + newLine : " ");
            if (dice.Chance(0.03))
            {
                text.Append("```csharp")
                    .Append(newLine)
                    .Append("var x = items[0]; // ")
                    .Append(dice.Below(1000))
                    .Append(newLine)
                    .Append("```")
                    .Append(newLine);
            }
        }

        // Not in the middle of a pair.
        text.Length = char.IsHighSurrogate(text[length - 1]) ? length - 1 : length;
        return text.ToString();
    }

    /// <summary>One line for a title.</summary>
    public static string Title(ref Dice dice)
    {
        var text = new StringBuilder();
        for (var words = 3 + dice.Below(7); words > 0; words--)
        {
            text.Append(dice.Pick(Words)).Append(words == 1 ? "" : " ");
        }

        text[0] = char.ToUpperInvariant(text[0]);
        if (dice.Chance(0.04))
        {
            text.Append(' ').Append(dice.Pick(Oddities));
        }

        if (dice.Chance(0.004))
        {
            text.Append(" \ud83d");
        }

        return text.ToString();
    }

    private static void Sentence(ref Dice dice, StringBuilder text)
    {
        var start = text.Length;
        for (var words = 4 + dice.Below(12); words > 0; words--)
        {
            text.Append(dice.Pick(Words)).Append(words == 1 ? '.' : ' ');
        }

        text[start] = char.ToUpperInvariant(text[start]);
    }
}
