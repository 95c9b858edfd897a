using Backfill.Help;

// Writes the help that Get-Help reads from the pages of docs/en-US: one MAML file for all cmdlets, and one text per topic.
if (args is not [var source, var target])
{
    Console.Error.Write("Usage: Backfill.Help FOLDER-OF-PAGES OUTPUT-FOLDER\n");
    return 1;
}

Directory.CreateDirectory(target);
var pages = Directory.GetFiles(source, "*.md").Order(StringComparer.Ordinal).ToArray();
try
{
    var commands = new List<CommandPage>();
    foreach (var page in pages.Where(page => !Path.GetFileName(page).StartsWith("about_", StringComparison.Ordinal)))
    {
        commands.Add(CommandPage.Parse(Path.GetFileNameWithoutExtension(page), await File.ReadAllTextAsync(page)));
    }

    await File.WriteAllTextAsync(Path.Combine(target, "Backfill.Cmdlets.dll-Help.xml"), Maml.Write(commands));
    foreach (var page in pages.Where(page => Path.GetFileName(page).StartsWith("about_", StringComparison.Ordinal)))
    {
        var name = Path.GetFileNameWithoutExtension(page);
        await File.WriteAllTextAsync(
            Path.Combine(target, $"{name}.help.txt"),
            Topic.Write(name, await File.ReadAllTextAsync(page))
        );
    }

    return 0;
}
catch (FormatException error)
{
    Console.Error.Write($"{error.Message}\n");
    return 1;
}
