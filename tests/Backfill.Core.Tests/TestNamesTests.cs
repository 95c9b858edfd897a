using System.Text.RegularExpressions;

namespace Backfill.Core.Tests;

/// <summary>The name of a test is one sentence: <c>Every_item_gets_its_vector_once</c>.</summary>
public sealed partial class TestNamesTests
{
    private const int FewestWords = 3;

    // Products, protocols, types, cmdlets and parameters keep their capitals. Every other word after the first has none.
    private static readonly HashSet<string> Names = new(StringComparer.Ordinal)
    {
        "API",
        "App",
        "Automation",
        "Azure",
        "Backfill",
        "Batch",
        "C",
        "Confirm",
        "Connect",
        "Debug",
        "Embedding",
        "Engine",
        "ErrorAction",
        "GitHub",
        "GitHubs",
        "GraphQL",
        "Help",
        "IPv6",
        "Include",
        "Information",
        "Inngest",
        "JSON",
        "JUnit",
        "NoWait",
        "OpenAI",
        "OpenAIs",
        "Postgres",
        "PowerShell",
        "README",
        "REST",
        "SDK",
        "SQL",
        "ScreenText",
        "SkipGitHub",
        "Stop",
        "Stopped",
        "Supabase",
        "TLS",
        "Unregister",
        "Wait",
        "WhatIf",
    };

    [Fact]
    public void The_name_of_every_test_is_a_sentence_with_underscores()
    {
        var names = Directory
            .EnumerateFiles(Path.Combine(Checkout.Root, "tests"), "*.cs", SearchOption.AllDirectories)
            .Where(file => !Built().IsMatch(file))
            .SelectMany(file => Test().Matches(File.ReadAllText(file)))
            .Select(match => match.Groups["name"].Value)
            .ToArray();
        Assert.True(names.Length > 800, $"Only {names.Length} tests were found.");

        Assert.All(names, name => Assert.True(IsSentence(name), $"{name} is no sentence."));
    }

    [Theory]
    [InlineData("Every_item_gets_its_vector_once", true)]
    [InlineData("GitHub_accepts_every_query", true)]
    [InlineData("F04_an_answer_of_another_length_is_not_written", true)]
    [InlineData("EveryItemGetsItsVectorOnce", false)]
    [InlineData("Every_Item_gets_its_vector", false)]
    [InlineData("Every_itemGets_its_vector", false)]
    [InlineData("every_item_gets_its_vector", false)]
    [InlineData("Every_item", false)]
    public void A_sentence_has_three_words_and_a_capital_at_its_beginning(string name, bool expected) =>
        Assert.Equal(expected, IsSentence(name));

    private static bool IsSentence(string name)
    {
        var words = name.Split('_');
        return words.Length >= FewestWords
            && (FirstWord().IsMatch(words[0]) || Names.Contains(words[0]))
            && words.Skip(1).All(word => Word().IsMatch(word) || Names.Contains(word));
    }

    // A method behind an attribute that makes it a test, with other attributes between the two.
    [GeneratedRegex(
        @"^\s*\[(Fact|Theory)\b(?:(?!\b(Fact|Theory)\b|^    \}).)*?^\s*public (static )?(async )?(void|Task|ValueTask) (?<name>\w+)\(",
        RegexOptions.Multiline | RegexOptions.Singleline | RegexOptions.ExplicitCapture
    )]
    private static partial Regex Test();

    [GeneratedRegex("^[A-Z][a-z0-9]*$")]
    private static partial Regex FirstWord();

    [GeneratedRegex("^[a-z0-9]+$")]
    private static partial Regex Word();

    [GeneratedRegex(@"[/\\](bin|obj)[/\\]")]
    private static partial Regex Built();
}
