-- What each row was when the tool last wrote it: a hash over the columns that the tool writes, as they were stored, and when
-- that was. shape says which columns the hash is over. A row that differs from its hash was altered since by another program. entity: o repository, p pull request,
-- i issue, d discussion, r review, c comment of a pull request or issue, v review comment, m comment of a discussion,
-- u account, f profile.
CREATE TABLE backfill.row_proof (
  github_id bigint      NOT NULL,
  digest    bigint      NOT NULL,
  read_at   timestamptz NOT NULL DEFAULT now(),
  shape     integer     NOT NULL,
  entity    "char"      NOT NULL,
  PRIMARY KEY (github_id, entity)
);
