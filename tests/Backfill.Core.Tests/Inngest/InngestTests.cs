using System.Text.Json;
using Backfill.Core.Inngest;

namespace Backfill.Core.Tests.Inngest;

/// <summary>The parts of the Inngest engine that need no server.</summary>
public sealed class InngestTests
{
    [Theory]
    // The vector of the protocol page, which Inngest's SDK was seen to send.
    [InlineData(
        "signkey-test-0123456789abcdef",
        "signkey-test-55c53f5d490297900cefa825d0c8e8e9532ee8a118abe7d8570762cd38be9818"
    )]
    // Of the bytes, not of the letters.
    [InlineData(
        "signkey-test-0123456789ABCDEF",
        "signkey-test-55c53f5d490297900cefa825d0c8e8e9532ee8a118abe7d8570762cd38be9818"
    )]
    // A server of one's own may have keys without the prefix.
    [InlineData("0123456789abcdef", "55c53f5d490297900cefa825d0c8e8e9532ee8a118abe7d8570762cd38be9818")]
    public void A_signing_key_is_shown_as_the_hash_of_its_bytes(string key, string bearer) =>
        Assert.Equal($"Bearer {bearer}", SigningKey.Bearer(new Secret(key)).ToString());

    [Theory]
    [InlineData("signkey-test-")]
    [InlineData("signkey-test-012")]
    [InlineData("signkey-test-not hexadecimal")]
    [InlineData("evt_0123456789")]
    public void A_text_that_is_no_signing_key_is_refused_without_being_shown(string key)
    {
        var error = Assert.Throws<BackfillException>(() => SigningKey.Bearer(new Secret(key)));

        Assert.Equal(ErrorIds.SettingMalformed, error.ErrorId);
        Assert.DoesNotContain(key, error.ToString());
    }

    [Theory]
    [InlineData("Completed", true)]
    [InlineData("COMPLETED", true)]
    [InlineData("Failed", true)]
    [InlineData("Cancelled", true)]
    [InlineData("Skipped", true)]
    [InlineData("Overflowed", true)]
    [InlineData("Scheduled", false)]
    [InlineData("Running", false)]
    [InlineData("QUEUED", false)]
    [InlineData("Unknown", false)]
    [InlineData("", false)]
    [InlineData("a word of tomorrow", false)]
    public void Only_known_end_states_are_final(string status, bool isFinal) =>
        Assert.Equal(isFinal, new FunctionRun("01", status, null, HasEnded: true).IsFinal);

    [Theory]
    [InlineData("Completed")]
    [InlineData("Failed")]
    [InlineData("Cancelled")]
    [InlineData("Skipped")]
    public void A_run_without_the_time_of_its_end_has_not_ended(string status)
    {
        var run = new FunctionRun("01", status, null, HasEnded: false);

        Assert.False(run.IsFinal || run.IsCompleted || run.IsFailed || run.IsCancelled || run.IsDropped);
    }

    [Theory]
    [InlineData("10s", 10)]
    [InlineData("1h30m", 5400)]
    [InlineData("7d", 604_800)]
    [InlineData("24h0m0s", 86_400)]
    [InlineData("500ms", 0.5)]
    [InlineData("1x", 0)]
    [InlineData("", 0)]
    [InlineData(null, 0)]
    public void Periods_are_read_as_Inngest_writes_them(string? period, double seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), EventHandling.Duration(period));

    [Theory]
    [InlineData("""{"config":{"triggers":[{"event":"a/b"}],"debounce":{"period":"10s"}}}""", 10, "debounced")]
    [InlineData(
        """{"config":{"triggers":[{"event":"a/b"}],"batchEvents":{"maxSize":5,"timeout":"5s"}}}""",
        5,
        "run in batches"
    )]
    [InlineData("""{"config":{"triggers":[{"event":"a/b"}],"singleton":{"mode":"skip"}}}""", 0, "a singleton")]
    [InlineData(
        """{"Config":"{\"triggers\":[{\"event\":\"a/b\"}],\"debounce\":{\"period\":\"1m\"}}"}""",
        60,
        "debounced"
    )]
    [InlineData("""{"triggers":[{"event":"a/b"}],"singleton":{"key":"x","mode":"skip"}}""", 0, "a singleton")]
    // The older run is cancelled, and the event has its own.
    [InlineData("""{"config":{"triggers":[{"event":"a/b"}],"singleton":{"mode":"cancel"}}}""", 0, null)]
    [InlineData("""{"config":{"triggers":[{"event":"other"}],"debounce":{"period":"10s"}}}""", 0, null)]
    [InlineData(
        """{"config":{"triggers":[{"event":"a/b"}],"debounce":null,"rateLimit":{"limit":1,"period":"5m"}}}""",
        0,
        null
    )]
    public void A_function_whose_run_may_stand_under_another_event_is_known(
        string function,
        int seconds,
        string? reason
    )
    {
        using var document = JsonDocument.Parse(function);

        Assert.Equal(
            new EventHandling(TimeSpan.FromSeconds(seconds), reason),
            EventHandling.Of("a/b", [document.RootElement])
        );
    }

    [Theory]
    [InlineData("01KA0000000000000000000001", true)]
    [InlineData("6ba7b810-9dad-11d1-80b4-00c04fd430c8", false)]
    [InlineData("91KA0000000000000000000001", false)]
    [InlineData("", false)]
    public void An_id_that_the_API_does_not_accept_is_recognized(string id, bool taken) =>
        Assert.Equal(taken, RunReader.IsEventId(id));

    [Theory]
    [InlineData("""{"triggers":[{"event":"a/b"},{"cron":"0 3 * * *"}]}""", "a/b")]
    [InlineData("""{"Config":"{\"triggers\":[{\"event\":\"a/b\",\"expression\":\"x\"}]}"}""", "a/b")]
    [InlineData("""{"config":{"triggers":[{"event":"a/b"}]}}""", "a/b")]
    [InlineData("""{"name":"no triggers"}""", "")]
    [InlineData("""{"triggers":null}""", "")]
    public void Triggers_are_found_wherever_a_server_puts_them(string function, string events)
    {
        using var document = JsonDocument.Parse(function);

        Assert.Equal(events, string.Join(" ", FunctionTriggers.Of(document.RootElement)));
    }

    [Theory]
    [InlineData("\"plain\"", "plain")]
    [InlineData("""{"name":"Error","message":"out of memory","stack":"at x"}""", "out of memory")]
    [InlineData("""{"error":{"message":"inner"}}""", "inner")]
    [InlineData("""{"error":"text","status":404}""", "text")]
    [InlineData("""{"data":{"error":"deep"}}""", "deep")]
    [InlineData("12", null)]
    [InlineData("null", null)]
    public void A_failure_shows_its_message(string output, string? message)
    {
        using var document = JsonDocument.Parse(output);

        Assert.Equal(message, InngestErrors.Message(document.RootElement));
    }

    [Fact]
    public void A_sync_from_the_beginning_is_requested_as_days_since_GitHub_began()
    {
        var now = new DateTimeOffset(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);
        var all = InngestEvent.Sync(Guid.Empty, "a", Guid.Empty, RepositoryName.Parse("octo/hello"), null, now);
        var week = InngestEvent.Sync(
            Guid.Empty,
            "a",
            Guid.Empty,
            RepositoryName.Parse("octo/hello"),
            now.AddDays(-7),
            now
        );

        // 2008-01-01 to 2026-01-01: eighteen years, five of them leap years, and half a day.
        Assert.Equal((18 * 365) + 5 + 1, all.Data["days"]!.GetValue<int>());
        Assert.Equal(7, week.Data["timeRange"]!.GetValue<int>());
    }
}
