using System.Management.Automation;
using System.Management.Automation.Language;

namespace Backfill.Host;

/// <summary>A script's arguments as the shell hands them over, all of them texts.</summary>
internal static class ScriptArguments
{
    /// <summary>Binds <c>-Name value</c>, <c>-Name:value</c>, switches and what stands alone.</summary>
    public static void Bind(PowerShell shell, ScriptBlockAst script, IReadOnlyList<string> arguments)
    {
        var switches = (script.ParamBlock?.Parameters ?? Enumerable.Empty<ParameterAst>())
            .Where(parameter => parameter.StaticType == typeof(SwitchParameter))
            .Select(parameter => parameter.Name.VariablePath.UserPath)
            .Concat(["WhatIf", "Confirm", "Verbose", "Debug"])
            .ToHashSet(StringComparer.OrdinalIgnoreCase);
        for (var at = 0; at < arguments.Count; at++)
        {
            var argument = arguments[at];
            if (argument.Length < 2 || argument[0] != '-' || !char.IsLetter(argument[1]))
            {
                shell.AddArgument(argument);
                continue;
            }

            var colon = argument.IndexOf(':', StringComparison.Ordinal);
            var name = colon < 0 ? argument[1..] : argument[1..colon];
            if (colon >= 0)
            {
                var value = argument[(colon + 1)..];
                shell.AddParameter(name, switches.Contains(name) ? IsTrue(value) : value);
            }
            else if (switches.Contains(name) || at + 1 == arguments.Count)
            {
                shell.AddParameter(name);
            }
            else
            {
                shell.AddParameter(name, arguments[++at]);
            }
        }
    }

    private static bool IsTrue(string value) =>
        !value.TrimStart('$').Equals("false", StringComparison.OrdinalIgnoreCase) && value != "0";
}
