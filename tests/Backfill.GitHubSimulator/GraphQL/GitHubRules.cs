using GraphQL.Validation;
using GraphQL.Validation.Rules;
using GraphQLParser.AST;

namespace Backfill.Simulation.GraphQL;

/// <summary>A field that does not exist, in the words of GitHub's server, which is written in Ruby.</summary>
internal sealed class UndefinedFieldRule : ValidationRuleBase
{
    private static readonly INodeVisitor Visitor = new MatchingNodeVisitor<GraphQLField>(
        static (field, context) =>
        {
            if (context.TypeInfo.GetParentType() is { } parent && context.TypeInfo.GetFieldDef() is null)
            {
                context.ReportError(new UndefinedFieldError(context, field, parent.Name));
            }
        }
    );

    public override ValueTask<INodeVisitor?> GetPreNodeVisitorAsync(ValidationContext context) => new(Visitor);
}

/// <summary>See <see cref="UndefinedFieldRule"/>.</summary>
internal sealed class UndefinedFieldError(ValidationContext context, GraphQLField field, string typeName)
    : ValidationError(
        context.Document.Source,
        "undefinedField",
        $"Field '{field.Name.StringValue}' doesn't exist on type '{typeName}'",
        field
    )
{
    public string TypeName { get; } = typeName;

    public string FieldName { get; } = field.Name.StringValue;
}

/// <summary>The rules of GraphQL, the first one in GitHub's words, and GitHub's codes for the others.</summary>
internal static class GitHubRules
{
    public static IReadOnlyList<IValidationRule> All { get; } =
    [new UndefinedFieldRule(), .. DocumentValidator.CoreRules.Where(rule => rule is not FieldsOnCorrectType)];

    /// <summary>GitHub's code for what a rule found.</summary>
    public static string Code(ValidationError error) =>
        error switch
        {
            UndefinedFieldError => "undefinedField",
            _ when error.GetType().Name.StartsWith("KnownArgumentNames", StringComparison.Ordinal) =>
                "argumentNotAccepted",
            _ when error.GetType().Name.StartsWith("ProvidedNonNullArguments", StringComparison.Ordinal) =>
                "missingRequiredArguments",
            _ when error.GetType().Name.StartsWith("ArgumentsOfCorrectType", StringComparison.Ordinal) =>
                "argumentLiteralsIncompatible",
            _ when error.GetType().Name.StartsWith("VariablesInAllowedPosition", StringComparison.Ordinal) =>
                "variableMismatch",
            _ when error.GetType().Name.StartsWith("NoUnusedVariables", StringComparison.Ordinal) => "variableNotUsed",
            _ when error.GetType().Name.StartsWith("NoUndefinedVariables", StringComparison.Ordinal) =>
                "variableNotDefined",
            _ when error.GetType().Name.StartsWith("ScalarLeafs", StringComparison.Ordinal) => "selectionMismatch",
            _ when error.GetType().Name.StartsWith("KnownTypeNames", StringComparison.Ordinal) => "undefinedType",
            _ => "invalid",
        };
}
