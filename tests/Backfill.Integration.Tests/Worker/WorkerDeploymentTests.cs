using System.Globalization;
using System.Text.RegularExpressions;
using Backfill.Worker.Operations;
using YamlDotNet.RepresentationModel;

namespace Backfill.Integration.Tests.Worker;

/// <summary>The files of docs/examples/worker fit the worker. Docker, systemd and Kubernetes themselves are not run.</summary>
public sealed partial class WorkerDeploymentTests
{
    private static readonly string Folder = Path.Combine(Checkout.Root, "docs/examples/worker");

    private static string Read(string file) => File.ReadAllText(Path.Combine(Folder, file));

    [Fact]
    public void The_compose_file_gives_the_workers_what_they_need()
    {
        var services = Documents("compose.yaml").Single()["services"];
        var worker = services["worker"];
        var environment = ((YamlMappingNode)worker["environment"]).Children.ToDictionary(
            one => $"{one.Key}",
            one => $"{one.Value}",
            StringComparer.Ordinal
        );
        var options = Backfill.Worker.WorkerOptions.Read(name =>
            environment.GetValueOrDefault(name) switch
            {
                null => null,
                "${INNGEST_SIGNING_KEY:?}" => "0123456789abcdef",
                var value => Variable().Replace(value, "value"),
            }
        );

        Assert.Equal("worker", options.ServeOrigin!.Host);
        Assert.Equal("inngest", options.Settings.Inngest.ApiUrl.Host);
        Assert.True(options.Settings.Inngest is { EventKey: not null, SigningKey: not null, Dev: false });
        Assert.Contains("@postgres:5432/", options.Settings.Database!.Reveal());
        Assert.True(Seconds(worker["stop_grace_period"]) > StopSignal.HostPatience);
        Assert.Equal(
            ["inngest", "postgres"],
            ((YamlMappingNode)worker["depends_on"]).Children.Keys.Select(key => $"{key}").Order()
        );
        Assert.True(File.Exists(Path.Combine(Checkout.Root, $"{worker["build"]["dockerfile"]}")));
        Assert.Contains($":{options.ServeOrigin.Port}", Read("Dockerfile"));
    }

    [Fact]
    public void The_deployment_probes_the_addresses_of_the_worker_and_lets_it_stop()
    {
        var documents = Documents("kubernetes.yaml").ToDictionary(one => $"{one["kind"]}");
        var pod = documents["Deployment"]["spec"]["template"]["spec"];
        var container = pod["containers"][0];

        Assert.Equal("/health/live", $"{container["livenessProbe"]["httpGet"]["path"]}");
        Assert.Equal("/health/ready", $"{container["readinessProbe"]["httpGet"]["path"]}");
        Assert.True(Seconds(pod["terminationGracePeriodSeconds"]) > StopSignal.HostPatience);
        var origin = new Uri($"{container["env"][0]["value"]}");
        Assert.Equal("INNGEST_SERVE_ORIGIN", $"{container["env"][0]["name"]}");
        Assert.Equal($"{documents["Service"]["metadata"]["name"]}", origin.Host);
        Assert.Equal(
            $"{documents["Service"]["spec"]["ports"][0]["port"]}",
            origin.Port.ToString(CultureInfo.InvariantCulture)
        );
        Assert.Equal(
            $"{documents["Deployment"]["spec"]["selector"]["matchLabels"]["app"]}",
            $"{documents["Service"]["spec"]["selector"]["app"]}"
        );
    }

    [Fact]
    public void The_image_and_the_unit_start_the_worker()
    {
        Assert.Contains("src/Backfill.Worker", Read("Dockerfile"));
        Assert.Contains("\"Backfill.Worker.dll\"", Read("Dockerfile"));
        Assert.Matches("(?m)^USER ", Read("Dockerfile"));
        var unit = Read("backfill-worker.service")
            .Split('\n')
            .Where(line => line.Contains('=', StringComparison.Ordinal) && !line.StartsWith('#'))
            .Select(line => line.Split('=', 2))
            .ToLookup(pair => pair[0], pair => pair[1], StringComparer.Ordinal);

        Assert.EndsWith("Backfill.Worker.dll", unit["ExecStart"].Single(), StringComparison.Ordinal);
        Assert.True(
            TimeSpan.FromSeconds(int.Parse(unit["TimeoutStopSec"].Single(), CultureInfo.InvariantCulture))
                > StopSignal.HostPatience
        );
        Assert.Contains("/etc/backfill-worker.env", unit["EnvironmentFile"]);
        Assert.Equal(3, Sections().Count(Read("backfill-worker.service")));
    }

    private static IEnumerable<YamlNode> Documents(string file)
    {
        var stream = new YamlStream();
        using var reader = new StringReader(Read(file));
        stream.Load(reader);
        return stream.Documents.Select(document => document.RootNode);
    }

    private static TimeSpan Seconds(YamlNode node) =>
        TimeSpan.FromSeconds(int.Parse($"{node}".TrimEnd('s'), CultureInfo.InvariantCulture));

    [GeneratedRegex(@"\$\{\w+:\?\}")]
    private static partial Regex Variable();

    [GeneratedRegex(@"(?m)^\[\w+\]$")]
    private static partial Regex Sections();
}
