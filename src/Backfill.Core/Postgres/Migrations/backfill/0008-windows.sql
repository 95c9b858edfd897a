-- sync_window had four kinds of rows. Each kind has a table with the columns that it needs.

-- REST's lists of comments: everything that was updated between two times. plan: 'listed' where the comments come from
-- this list, 'nested' where they come with their pull requests and issues.
CREATE TABLE backfill.sync_list (
  repository_id     uuid        NOT NULL,
  list              text        NOT NULL,
  listed_from       timestamptz,
  listed_until      timestamptz,
  reached_beginning boolean     NOT NULL DEFAULT false,
  etag              text,
  plan              text,
  PRIMARY KEY (repository_id, list)
);

-- The repository's last push when the people with commits were listed.
CREATE TABLE backfill.sync_contributors (
  repository_id uuid        PRIMARY KEY,
  pushed_at     timestamptz,
  etag          text
);

-- How far the comparison of a lane with GitHub is. unexplained_total and unexplained_stored: GitHub's count and the
-- number of rows, where the comparison could not explain why they differ.
CREATE TABLE backfill.sync_audit (
  repository_id      uuid        NOT NULL,
  lane               text        NOT NULL,
  began_at           timestamptz NOT NULL,
  cursor             text,
  is_complete        boolean     NOT NULL DEFAULT false,
  unexplained_total  bigint,
  unexplained_stored bigint,
  PRIMARY KEY (repository_id, lane)
);

INSERT INTO backfill.sync_list
SELECT repository_id, lane, oldest_at, newest_at, reached_beginning, etag, plan
  FROM backfill.sync_window
 WHERE lane IN ('review_comments', 'issue_comments');

INSERT INTO backfill.sync_contributors
SELECT repository_id, newest_at, etag
  FROM backfill.sync_window
 WHERE lane = 'contributors' AND reached_beginning;

INSERT INTO backfill.sync_audit
SELECT repository_id, substr(lane, length('audit_') + 1), newest_at, newest_cursor, reached_beginning,
       substring(etag FROM 'GitHub counts ([0-9]+)')::bigint, substring(etag FROM 'stored are ([0-9]+)')::bigint
  FROM backfill.sync_window
 WHERE starts_with(lane, 'audit_') AND newest_at IS NOT NULL;

DELETE FROM backfill.sync_window WHERE lane NOT IN ('pull_requests', 'issues', 'discussions');
ALTER TABLE backfill.sync_window DROP COLUMN etag, DROP COLUMN plan;
