namespace Backfill.Simulation.Server;

/// <summary>How an answer leaves.</summary>
public enum Sending
{
    /// <summary>As HTTP has it.</summary>
    Whole,

    /// <summary>The length of all of it, half of it, and the connection reset.</summary>
    Reset,

    /// <summary>Half of it as if that were all: the length fits, the content does not.</summary>
    Cut,

    /// <summary>A length that is larger than what follows before the connection is closed.</summary>
    TooShort,

    /// <summary>Half of it, and then nothing until the client gives up.</summary>
    Stalled,

    /// <summary>Nothing, until the client gives up.</summary>
    Never,
}

/// <summary>What an answer says about the client's limits beside its headers.</summary>
public enum Limit
{
    None,

    /// <summary>The hour's budget of one interface.</summary>
    Primary,

    /// <summary>Too much at once.</summary>
    Secondary,
}

/// <summary>An answer before it leaves; faults change it.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="Body">The body, uncompressed.</param>
public sealed record Answer(int Status, byte[] Body)
{
    public string ContentType { get; init; } = "application/json; charset=utf-8";

    /// <summary>Headers of its own, beside those that every answer has.</summary>
    public Dictionary<string, string> Headers { get; init; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>False for an answer that a proxy gave, which knows no limits.</summary>
    public bool HasRateHeaders { get; init; } = true;

    public Limit Limit { get; init; }

    /// <summary>How far the clock of the headers is off.</summary>
    public TimeSpan ClockOffset { get; init; }

    public Sending Sending { get; init; } = Sending.Whole;

    /// <summary>Whether it leaves compressed; null is as the client takes it.</summary>
    public bool? IsCompressed { get; init; }

    public static Answer Json(int status, byte[] body) => new(status, body);

    /// <summary>GitHub's form of a refusal.</summary>
    public static Answer Message(int status, string message, string documentation = "https://docs.github.com/rest") =>
        Json(
            status,
            JsonBody.Of(
                new Dictionary<string, object?>
                {
                    ["message"] = message,
                    ["documentation_url"] = documentation,
                    ["status"] = status.ToString(System.Globalization.CultureInfo.InvariantCulture),
                }
            )
        );

    public static Answer Html(int status, string title) =>
        new(
            status,
            System.Text.Encoding.UTF8.GetBytes(
                $"<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
            )
        )
        {
            ContentType = "text/html; charset=utf-8",
            HasRateHeaders = false,
        };
}
