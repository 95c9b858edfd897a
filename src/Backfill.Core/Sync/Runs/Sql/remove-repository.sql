-- Deletes every row of a repository and what the tool recorded about them. Contributors stay, because they belong to no
-- repository. The records of its runs stay as its history. PostgreSQL checks the foreign keys at the end of the statement.
WITH reviews_gone AS (
  DELETE FROM reviews WHERE repository_id = @repository_id RETURNING github_id
), comments_gone AS (
  DELETE FROM comments WHERE repository_id = @repository_id RETURNING github_id
), pull_requests_gone AS (
  DELETE FROM pull_requests WHERE repository_id = @repository_id RETURNING github_id
), issues_gone AS (
  DELETE FROM issues WHERE repository_id = @repository_id RETURNING github_id
--? begin discussions discussion_comments
), discussion_comments_gone AS (
  DELETE FROM discussion_comments m USING discussions d
   WHERE d.id = m.discussion_id AND d.repository_id = @repository_id RETURNING m.github_id
--? end
--? begin discussions
), discussions_gone AS (
  DELETE FROM discussions WHERE repository_id = @repository_id RETURNING github_id
--? end
), memberships_gone AS (
  DELETE FROM workspace_repositories WHERE repository_id = @repository_id
), mark_gone AS (
  DELETE FROM tracked_repositories WHERE repository_id = @repository_id
), repository_gone AS (
  DELETE FROM repositories WHERE id = @repository_id RETURNING github_id
), proofs_gone AS (
  DELETE FROM backfill.row_proof p
   USING (SELECT github_id, ARRAY['r']::"char"[] AS entities FROM reviews_gone
          UNION ALL SELECT github_id, ARRAY['c', 'v']::"char"[] FROM comments_gone
          UNION ALL SELECT github_id, ARRAY['p']::"char"[] FROM pull_requests_gone
          UNION ALL SELECT github_id, ARRAY['i']::"char"[] FROM issues_gone
          UNION ALL SELECT github_id, ARRAY['m']::"char"[] FROM discussion_comments_gone --? discussions discussion_comments
          UNION ALL SELECT github_id, ARRAY['d']::"char"[] FROM discussions_gone --? discussions
          UNION ALL SELECT github_id, ARRAY['o']::"char"[] FROM repository_gone) gone
   WHERE p.github_id = gone.github_id AND p.entity = ANY (gone.entities)
), windows_gone AS (
  DELETE FROM backfill.sync_window WHERE repository_id = @repository_id
), lists_gone AS (
  DELETE FROM backfill.sync_list WHERE repository_id = @repository_id
), contributors_gone AS (
  DELETE FROM backfill.sync_contributors WHERE repository_id = @repository_id
), audits_gone AS (
  DELETE FROM backfill.sync_audit WHERE repository_id = @repository_id
), gaps_gone AS (
  DELETE FROM backfill.sync_gap WHERE repository_id = @repository_id
), counts_gone AS (
  DELETE FROM backfill.child_count WHERE repository_id = @repository_id
), activities_gone AS (
  DELETE FROM backfill.repository_activity WHERE repository_id = @repository_id
), held_gone AS (
  DELETE FROM backfill.held_comment WHERE repository_id = @repository_id
), tombstones_gone AS (
  DELETE FROM backfill.tombstone WHERE repository_id = @repository_id
), texts_gone AS (
  DELETE FROM backfill.source_text WHERE repository_id = @repository_id
), names_gone AS (
  DELETE FROM backfill.repository_name WHERE repository_id = @repository_id
), accounts_free AS (
  UPDATE backfill.actor SET repository_id = NULL WHERE repository_id = @repository_id
), vectors_gone AS (
  DELETE FROM backfill.embedding_state WHERE repository_id = @repository_id
), batches_gone AS (
  DELETE FROM backfill.embedding_batch_item WHERE repository_id = @repository_id
)
SELECT (SELECT count(*) FROM reviews_gone)
     + (SELECT count(*) FROM comments_gone)
     + (SELECT count(*) FROM pull_requests_gone)
     + (SELECT count(*) FROM issues_gone)
     + (SELECT count(*) FROM discussion_comments_gone) --? discussions discussion_comments
     + (SELECT count(*) FROM discussions_gone) --? discussions
     + (SELECT count(*) FROM repository_gone) AS removed
