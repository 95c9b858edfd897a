namespace Backfill.Integration.Tests.Support;

/// <summary>What is stored, without what differs from run to run: ids that the database made and the times of writing.</summary>
internal static class StoredRows
{
    private static readonly string[] Tables =
    [
        "SELECT github_id, full_name FROM repositories",
        "SELECT github_id, username, display_name, is_bot, bio, followers FROM contributors",
        "SELECT p.github_id, (SELECT full_name FROM repositories r WHERE r.id = p.repository_id), number, title, body, state, merged, a.github_id, m.github_id, p.created_at, p.updated_at, merged_at, closed_at, base_branch, head_branch, additions, deletions, commits, to_jsonb(p) -> 'labels', embedding, content_hash FROM pull_requests p LEFT JOIN contributors a ON a.id = author_id LEFT JOIN contributors m ON m.id = merged_by_id",
        "SELECT i.github_id, number, title, body, state, is_pull_request, a.github_id, i.created_at, i.updated_at, closed_at, labels, assignees, comments_count, embedding, content_hash FROM issues i LEFT JOIN contributors a ON a.id = author_id",
        "SELECT r.github_id, p.number, a.github_id, r.state, r.body, submitted_at, commit_id FROM reviews r JOIN pull_requests p ON p.id = pull_request_id LEFT JOIN contributors a ON a.id = r.author_id",
        // Of an issue comment and a review comment with the same id, the one that was read later has the negative id.
        "SELECT abs(c.github_id), c.comment_type, p.number, i.number, a.github_id, c.body, c.created_at, c.updated_at, abs(r.github_id), c.path, c.diff_hunk, c.commit_id, to_jsonb(c) -> 'position', to_jsonb(c) -> 'original_position' FROM comments c LEFT JOIN pull_requests p ON p.id = c.pull_request_id LEFT JOIN issues i ON i.id = c.issue_id LEFT JOIN contributors a ON a.id = commenter_id LEFT JOIN comments r ON r.id = c.in_reply_to_id",
        "SELECT id, github_id, number, title, body, author_id, created_at, updated_at, is_answered, comment_count, embedding, content_hash FROM discussions",
        "SELECT id, github_id, discussion_id, parent_comment_id, author_id, body, created_at, updated_at, reply_count FROM discussion_comments",
        "SELECT entity, github_id, field, original FROM backfill.source_text",
        "SELECT entity, parent, cursor, cause FROM backfill.sync_gap",
    ];

    /// <summary>Holds two databases to the same rows; the message names the first that differ.</summary>
    /// <param name="told">What led there.</param>
    public static async Task AssertEqualAsync(Bench expected, Bench actual, string told = "")
    {
        if (await DigestAsync(expected) == await DigestAsync(actual))
        {
            return;
        }

        foreach (var table in Tables)
        {
            var rows = $"SELECT coalesce(string_agg(row::text, E'\n' ORDER BY row::text), '') FROM ({table}) AS row";
            var (left, right) = (
                (await expected.TextAsync(rows)).Split('\n'),
                (await actual.TextAsync(rows)).Split('\n')
            );
            Assert.True(
                left.SequenceEqual(right, StringComparer.Ordinal),
                $"{told}\n{table}\nexpected: {string.Join('\n', left.Except(right, StringComparer.Ordinal).Take(3))}\nactual: {string.Join('\n', right.Except(left, StringComparer.Ordinal).Take(3))}"
            );
        }
    }

    /// <summary>One line a table: how many rows, and a digest of them all.</summary>
    public static async Task<string> DigestAsync(Bench bench)
    {
        var lines = new List<string>();
        foreach (var table in Tables)
        {
            lines.Add(
                await bench.TextAsync(
                    $"SELECT count(*) || ' ' || coalesce(md5(string_agg(row::text, E'\\n' ORDER BY row::text)), '') FROM ({table}) AS row"
                ) + $" {table[(table.IndexOf(" FROM ", StringComparison.Ordinal) + 6)..].Split(' ')[0]}"
            );
        }

        return string.Join('\n', lines);
    }
}
