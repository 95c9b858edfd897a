using System.Globalization;
using System.Text.RegularExpressions;

namespace Backfill.Simulation.Faults;

/// <summary>
/// A fault that is switched on, and for which requests. As text: <c>[graphql[.OPERATION]/|rest/]NAME[:PARAMETER][@N][xCOUNT]</c>,
/// for example <c>http-502@3</c> (the third request only), <c>rest/timeout@2x5</c> (five REST requests from the second
/// on), <c>page-too-heavy:25</c> (every request with a larger page).
/// </summary>
/// <param name="Name">One of <see cref="FaultTable"/>.</param>
public sealed partial record FaultRule(string Name)
{
    /// <summary>What the fault's description in the table says.</summary>
    public int? Parameter { get; init; }

    /// <summary>Only requests of this kind; null is both.</summary>
    public RequestKind? Kind { get; init; }

    /// <summary>Only GraphQL operations of this name; null is all.</summary>
    public string? Operation { get; init; }

    /// <summary>The first request that meets it, counted from 1 among those that the rule is for.</summary>
    public int From { get; init; } = 1;

    /// <summary>How many meet it; null is all from <see cref="From"/> on.</summary>
    public int? Count { get; init; }

    /// <exception cref="FormatException">The text is no rule, or its name is not in the table.</exception>
    public static FaultRule Parse(string text)
    {
        var match = Form().Match(text);
        if (!match.Success)
        {
            throw new FormatException($"'{text}' is not [graphql[.OPERATION]/|rest/]NAME[:PARAMETER][@N][xCOUNT].");
        }

        if (!FaultTable.Names.Contains(match.Groups["name"].Value))
        {
            throw new FormatException(
                $"No fault '{match.Groups["name"].Value}'. There are: {string.Join(", ", FaultTable.Names)}."
            );
        }

        return new FaultRule(match.Groups["name"].Value)
        {
            Kind = match.Groups["kind"].Value switch
            {
                "" => null,
                "rest" => RequestKind.Rest,
                _ => RequestKind.GraphQL,
            },
            Operation = match.Groups["operation"] is { Success: true, Value: var operation } ? operation : null,
            Parameter = Number(match.Groups["parameter"]),
            From = Number(match.Groups["from"]) ?? 1,
            // The n-th request is one request, unless a count says otherwise.
            Count = Number(match.Groups["count"]) ?? (match.Groups["from"].Success ? 1 : null),
        };
    }

    /// <summary>The rule as text.</summary>
    public override string ToString()
    {
        var kind = (Kind, Operation) switch
        {
            (RequestKind.Rest, _) => "rest/",
            (_, { } operation) => $"graphql.{operation}/",
            (RequestKind.GraphQL, _) => "graphql/",
            _ => "",
        };
        var parameter = Parameter is { } number ? FormattableString.Invariant($":{number}") : "";
        // A place without a count is one request.
        var place = (From, Count) switch
        {
            (1, null) => "",
            (_, null) => FormattableString.Invariant($"@{From}x{int.MaxValue}"),
            (_, 1) => FormattableString.Invariant($"@{From}"),
            _ => FormattableString.Invariant($"@{From}x{Count}"),
        };
        return kind + Name + parameter + place;
    }

    private static int? Number(Group group) =>
        group.Success ? int.Parse(group.ValueSpan, CultureInfo.InvariantCulture) : null;

    [GeneratedRegex(
        @"^((?<kind>graphql(\.(?<operation>\w+))?|rest)/)?(?<name>[a-z0-9-]+?)(:(?<parameter>\d+))?(@(?<from>\d+))?(x(?<count>\d+))?$",
        RegexOptions.ExplicitCapture
    )]
    private static partial Regex Form();
}
