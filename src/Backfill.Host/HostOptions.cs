namespace Backfill.Host;

/// <summary>What the command line asks for.</summary>
/// <param name="Command">Text to run; null when there is none.</param>
/// <param name="File">Script to run; null when there is none.</param>
/// <param name="Arguments">The script's own arguments.</param>
/// <param name="NoWait">Do not wait for runs that are left at the end.</param>
/// <param name="Help">Only show the usage.</param>
/// <param name="Version">Only show the version.</param>
/// <param name="Mistake">What cannot be understood.</param>
internal sealed record HostOptions(
    string? Command,
    string? File,
    IReadOnlyList<string> Arguments,
    bool NoWait,
    bool Help,
    bool Version,
    string? Mistake
)
{
    /// <summary>The usage.</summary>
    public const string Usage = """
        Backfill.Host: a PowerShell console with the Backfill module.

          Backfill.Host                               an interactive prompt
          Backfill.Host [-NoWait] -Command TEXT       runs a command and ends
          Backfill.Host [-NoWait] -File PATH [args]   runs a script with its arguments and ends

        -NoWait   end at once, also where syncs of this process are still at work
        -Version  show the version
        -Help     show this

        The exit code is 0, 1 after an error, N after 'exit N', and 130 after Ctrl+C.
        """;

    /// <summary>Reads the command line. Everything behind -Command is its text, everything behind the path of -File belongs to the script.</summary>
    public static HostOptions Parse(IReadOnlyList<string> arguments)
    {
        var options = new HostOptions(null, null, [], NoWait: false, Help: false, Version: false, Mistake: null);
        for (var at = 0; at < arguments.Count; at++)
        {
            switch (arguments[at].TrimStart('-').ToLowerInvariant())
            {
                case "nowait":
                    options = options with { NoWait = true };
                    break;
                case "help" or "h" or "?":
                    return options with { Help = true };
                case "version" or "v":
                    return options with { Version = true };
                case "command" or "c" when at + 1 < arguments.Count:
                    return options with { Command = string.Join(' ', arguments.Skip(at + 1)) };
                case "file" or "f" when at + 1 < arguments.Count:
                    return options with { File = arguments[at + 1], Arguments = [.. arguments.Skip(at + 2)] };
                case "command" or "c" or "file" or "f":
                    return options with { Mistake = $"{arguments[at]} needs a value." };
                default:
                    return options with { Mistake = $"'{arguments[at]}' is not an option." };
            }
        }

        return options;
    }
}
