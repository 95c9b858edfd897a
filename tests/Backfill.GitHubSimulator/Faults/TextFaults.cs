using System.Text;
using Backfill.Simulation.Data;

namespace Backfill.Simulation.Faults;

/// <summary>What stands in bodies and breaks those who store them. Each puts something before the first body of an answer.</summary>
internal static class TextFaults
{
    public static IReadOnlyList<Fault> All { get; } =
    [
        Before("half-emoji", "the first body begins with the first half of an emoji, as an escape", @"\ud83d "),
        Before("other-half-emoji", "the first body begins with the second half of an emoji, as an escape", @"\ude00 "),
        Before("nul-body", "the first body begins with a NUL, as an escape", @"\u0000 "),
        Before("copy-end-body", "the first body begins with the marks of PostgreSQL's COPY", @"\\.\n\\N\t\\x "),
        Before("rtl-body", "the first body begins with text from right to left", "\u202Eשלום עולם\u202C "),
        Before("crlf-body", "the first body begins with line ends of Windows", @"a\r\nb\r\n"),
        Before(
            "huge-body",
            "the first body begins with as much text as GitHub takes",
            new string('x', BodyText.LongestBody)
        ),
    ];

    // As it stands in JSON.
    private static Fault Before(string name, string description, string text) =>
        Fault.After(
            name,
            description,
            (answer, call) =>
            {
                const string Body = "\"body\":\"";
                var json = Encoding.UTF8.GetString(answer.Body);
                var at = json.IndexOf(Body, StringComparison.Ordinal);
                return at < 0
                    ? call.Pass(answer)
                    : answer with
                    {
                        Body = Encoding.UTF8.GetBytes(json.Insert(at + Body.Length, text)),
                    };
            }
        );
}
