using System.Globalization;
using GraphQL.Types;
using GraphQLParser.AST;

namespace Backfill.Simulation.GraphQL;

/// <summary>A scalar of GitHub's that is a string on the wire: URI, GitObjectID, and BigInt, so that no reader loses digits.</summary>
internal sealed class TextScalar : ScalarGraphType
{
    public TextScalar(string name) => Name = name;

    public override object? ParseLiteral(GraphQLValue value) =>
        value is GraphQLStringValue text ? text.Value.ToString()
        : value is GraphQLNullValue ? null
        : ThrowLiteralConversionError(value);

    public override object? ParseValue(object? value) => value;

    public override object? Serialize(object? value) => Convert.ToString(value, CultureInfo.InvariantCulture);
}

/// <summary>ISO 8601 in UTC, to the second.</summary>
internal sealed class TimeScalar : ScalarGraphType
{
    public TimeScalar() => Name = "DateTime";

    public override object? ParseLiteral(GraphQLValue value) =>
        value switch
        {
            GraphQLStringValue text => ParseValue(text.Value.ToString()),
            GraphQLNullValue => null,
            _ => ThrowLiteralConversionError(value),
        };

    public override object? ParseValue(object? value) =>
        value switch
        {
            null => null,
            DateTimeOffset time => time,
            DateTime time => new DateTimeOffset(time.ToUniversalTime()),
            string text
                when DateTimeOffset.TryParse(
                    text,
                    CultureInfo.InvariantCulture,
                    DateTimeStyles.AssumeUniversal,
                    out var time
                ) => time,
            _ => ThrowValueConversionError(value),
        };

    public override object? Serialize(object? value) =>
        value is DateTimeOffset time ? Server.JsonBody.Text(time) : null;
}
