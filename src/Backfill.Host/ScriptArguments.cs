using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;

namespace Backfill.Host;

/// <summary>A script's arguments as the shell hands them over, all of them texts.</summary>
/// <param name="Named">For splatting: <c>-Name value</c>, <c>-Name:value</c> and switches.</param>
/// <param name="Positional">What stands alone.</param>
internal sealed record ScriptArguments(Hashtable Named, IReadOnlyList<object> Positional)
{
    /// <summary>Tells switches, which take no value, from the other parameters by the script's own declarations.</summary>
    public static ScriptArguments Read(ScriptBlockAst script, IReadOnlyList<string> arguments)
    {
        var switches = (script.ParamBlock?.Parameters ?? Enumerable.Empty<ParameterAst>())
            .Where(parameter => parameter.StaticType == typeof(SwitchParameter))
            .Select(parameter => parameter.Name.VariablePath.UserPath)
            .Concat(["WhatIf", "Confirm", "Verbose", "Debug"])
            .ToHashSet(StringComparer.OrdinalIgnoreCase);
        var (named, positional) = (new Hashtable(StringComparer.OrdinalIgnoreCase), new List<object>());
        for (var at = 0; at < arguments.Count; at++)
        {
            var argument = arguments[at];
            if (argument.Length < 2 || argument[0] != '-' || !char.IsLetter(argument[1]))
            {
                positional.Add(argument);
                continue;
            }

            var colon = argument.IndexOf(':', StringComparison.Ordinal);
            var name = colon < 0 ? argument[1..] : argument[1..colon];
            if (colon >= 0)
            {
                var value = argument[(colon + 1)..];
                named[name] = switches.Contains(name) ? IsTrue(value) : value;
            }
            else if (switches.Contains(name) || at + 1 == arguments.Count)
            {
                named[name] = true;
            }
            else
            {
                named[name] = arguments[++at];
            }
        }

        return new ScriptArguments(named, positional);
    }

    private static bool IsTrue(string value) =>
        !value.TrimStart('$').Equals("false", StringComparison.OrdinalIgnoreCase) && value != "0";
}
