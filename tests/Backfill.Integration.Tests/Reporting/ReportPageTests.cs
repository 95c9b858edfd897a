using System.Text.Json;
using Backfill.Cmdlets.Reporting;
using Backfill.Core;
using Backfill.Integration.Tests.Support;
using Backfill.Module.Tests.Support;

namespace Backfill.Integration.Tests.Reporting;

/// <summary>The page of a report in a real Chromium: what axe finds, what the page loads, and how wide it is. BACKFILL_PICTURES names a folder that keeps the screenshots and the pages on paper.</summary>
public sealed class ReportPageTests
{
    // Chromium has no screen here, and these are the names of its program.
    private static readonly string[] Browsers = ["chromium", "chromium-browser", "google-chrome"];

    [Fact]
    public async Task The_page_is_accessible_and_fits_a_phone_in_light_and_dark()
    {
        var browser = Browser();
        using var npm = await NpmFolder.InstallAsync("Reporting/Page", "axe-core");
        using var folder = new TemporaryFolder();
        await using var engine = new BackfillEngine();
        string[] pages =
        [
            Write("one", [ReportSamples.Failing("octo/hello")]),
            Write(
                "many",
                [
                    ReportSamples.Passing(
                        "octo/a-repository-with-a-name-that-is-as-long-as-github-lets-names-be-which-is-a-hundred-characters-long"
                    ),
                    ReportSamples.Failing("octo/hello"),
                    new RepositoryReport("octo/none", null, [ReportSamples.NotChecked("octo/none")], []),
                ]
            ),
        ];
        var pictures = Environment.GetEnvironmentVariable("BACKFILL_PICTURES") ?? "-";

        using var look = npm.Node(["look.mjs", browser, pictures, .. pages]);
        var errors = look.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var output = await look.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);

        Assert.True(output.StartsWith('['), $"Chromium showed nothing: {await errors}");
        var views = JsonSerializer.Deserialize<View[]>(output, JsonSerializerOptions.Web)!;
        Assert.Equal(12, views.Length);
        Assert.All(
            views,
            view =>
            {
                Assert.Empty(view.Violations);
                Assert.True(view.Passes > 30, $"axe judged only {view.Passes} rules.");
                Assert.True(view.Overflow <= 0, $"{view.Page} is {view.Overflow} pixels too wide ({view.Name}).");
                // The page itself, and nothing else.
                Assert.Equal(1, view.Requests);
                Assert.Equal((0, 0), (view.Scripts, view.Dialogs));
            }
        );

        string Write(string name, RepositoryReport[] reports)
        {
            var file = Path.Combine(folder.Path, $"{name}.html");
            File.WriteAllText(file, HtmlReport.Write(reports, engine.DrawChart, ReportSamples.Now));
            return file;
        }
    }

    private static string Browser()
    {
        var found = Browsers
            .SelectMany(name =>
                (Environment.GetEnvironmentVariable("PATH") ?? "")
                    .Split(Path.PathSeparator)
                    .Select(folder => Path.Combine(folder, name))
            )
            .FirstOrDefault(File.Exists);
        const string missing = "Chromium was not found, which shows the page.";
        Assert.False(found is null && Environment.GetEnvironmentVariable("CI") == "true", missing);
        Assert.SkipWhen(found is null, missing);
        return found!;
    }

    private sealed record View(
        string Page,
        [property: System.Text.Json.Serialization.JsonPropertyName("view")] string Name,
        int Requests,
        int Dialogs,
        int Scripts,
        int Overflow,
        int Passes,
        string[] Violations
    );
}
