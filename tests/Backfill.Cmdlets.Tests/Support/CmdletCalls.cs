using System.Management.Automation;
using System.Management.Automation.Language;

namespace Backfill.Cmdlets.Tests.Support;

/// <summary>The calls of the module's cmdlets in a script.</summary>
internal static class CmdletCalls
{
    public static IEnumerable<(string Name, IReadOnlyList<string> Parameters)> In(ScriptBlock script) =>
        script
            .Ast.FindAll(ast => ast is CommandAst, searchNestedScriptBlocks: true)
            .Cast<CommandAst>()
            .Where(call => CmdletTypes.All.Any(type => CmdletTypes.Name(type) == call.GetCommandName()))
            .Select(call =>
                (
                    call.GetCommandName(),
                    (IReadOnlyList<string>)
                        [.. call.CommandElements.OfType<CommandParameterAst>().Select(one => one.ParameterName)]
                )
            );
}
