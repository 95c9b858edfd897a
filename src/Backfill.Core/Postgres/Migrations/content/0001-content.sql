-- The content tables for a database that has none: the names and meanings of the app that the tool serves, without
-- what only the app itself uses. {embedding_type} is vector(384) where pgvector is installed, else real[].

CREATE TABLE repositories (
  id                  uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
  github_id           bigint      NOT NULL UNIQUE,
  full_name           text        NOT NULL UNIQUE,
  owner               text        NOT NULL,
  name                text        NOT NULL,
  description         text,
  homepage            text,
  language            text,
  stargazers_count    integer     DEFAULT 0,
  watchers_count      integer     DEFAULT 0,
  forks_count         integer     DEFAULT 0,
  open_issues_count   integer     DEFAULT 0,
  size                integer     DEFAULT 0,
  default_branch      text        DEFAULT 'main',
  is_fork             boolean     DEFAULT false,
  is_archived         boolean     DEFAULT false,
  is_disabled         boolean     DEFAULT false,
  is_private          boolean     DEFAULT false,
  is_template         boolean     DEFAULT false,
  has_issues          boolean     DEFAULT true,
  has_projects        boolean     DEFAULT true,
  has_wiki            boolean     DEFAULT true,
  has_discussions     boolean     DEFAULT false,
  license             text,
  topics              text[],
  avatar_url          text,
  github_created_at   timestamptz,
  github_updated_at   timestamptz,
  github_pushed_at    timestamptz,
  first_tracked_at    timestamptz NOT NULL DEFAULT now(),
  last_updated_at     timestamptz NOT NULL DEFAULT now(),
  is_active           boolean     DEFAULT true,
  sync_status         text        DEFAULT 'idle'
                      CHECK (sync_status IN ('idle', 'syncing', 'completed', 'failed', 'partial')),
  last_synced_at      timestamptz,
  total_pull_requests integer     DEFAULT 0,
  UNIQUE (owner, name)
);

CREATE TABLE tracked_repositories (
  id                uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
  repository_id     uuid        NOT NULL UNIQUE REFERENCES repositories (id) ON DELETE CASCADE,
  organization_name text,
  repository_name   text,
  tracking_enabled  boolean     DEFAULT true,
  last_sync_at      timestamptz,
  created_at        timestamptz NOT NULL DEFAULT now(),
  updated_at        timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE contributors (
  id                uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
  github_id         bigint      NOT NULL UNIQUE,
  username          text        NOT NULL UNIQUE,
  display_name      text,
  avatar_url        text,
  profile_url       text,
  email             text,
  company           text,
  location          text,
  bio               text,
  blog              text,
  public_repos      integer     DEFAULT 0,
  public_gists      integer     DEFAULT 0,
  followers         integer     DEFAULT 0,
  following         integer     DEFAULT 0,
  github_created_at timestamptz,
  first_seen_at     timestamptz NOT NULL DEFAULT now(),
  last_updated_at   timestamptz NOT NULL DEFAULT now(),
  is_bot            boolean     DEFAULT false,
  is_active         boolean     DEFAULT true
);

CREATE TABLE pull_requests (
  id                     uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
  github_id              bigint      NOT NULL UNIQUE,
  number                 integer     NOT NULL,
  title                  text        NOT NULL,
  body                   text,
  state                  text        NOT NULL CHECK (state IN ('open', 'closed', 'merged')),
  repository_id          uuid        REFERENCES repositories (id) ON DELETE CASCADE,
  author_id              uuid        REFERENCES contributors (id),
  assignee_id            uuid        REFERENCES contributors (id) ON DELETE SET NULL,
  base_branch            text        NOT NULL DEFAULT 'main',
  head_branch            text        NOT NULL,
  draft                  boolean     DEFAULT false,
  mergeable              boolean,
  merged                 boolean     DEFAULT false,
  merged_by_id           uuid        REFERENCES contributors (id) ON DELETE SET NULL,
  created_at             timestamptz NOT NULL,
  updated_at             timestamptz NOT NULL,
  merged_at              timestamptz,
  closed_at              timestamptz,
  additions              integer     DEFAULT 0,
  deletions              integer     DEFAULT 0,
  changed_files          integer     DEFAULT 0,
  commits                integer     DEFAULT 0,
  html_url               text,
  labels                 jsonb       DEFAULT '[]',
  repository_full_name   text        NOT NULL,
  author_login           text,
  author_github_id       bigint,
  last_synced_at         timestamptz DEFAULT now(),
  embedding              {embedding_type},
  embedding_generated_at timestamptz,
  content_hash           text,
  UNIQUE (repository_id, number)
);

CREATE TABLE issues (
  id                     uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
  github_id              bigint      NOT NULL UNIQUE,
  repository_id          uuid        NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
  number                 integer     NOT NULL,
  title                  text        NOT NULL,
  body                   text,
  state                  text        CHECK (state IN ('open', 'closed')),
  author_id              uuid        REFERENCES contributors (id),
  created_at             timestamptz NOT NULL,
  updated_at             timestamptz NOT NULL,
  closed_at              timestamptz,
  labels                 jsonb       DEFAULT '[]',
  assignees              jsonb       DEFAULT '[]',
  milestone              jsonb,
  comments_count         integer     DEFAULT 0,
  is_pull_request        boolean     DEFAULT false,
  last_synced_at         timestamptz DEFAULT now(),
  embedding              {embedding_type},
  embedding_generated_at timestamptz,
  content_hash           text,
  UNIQUE (repository_id, number)
);

CREATE TABLE reviews (
  id              uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
  github_id       bigint      NOT NULL UNIQUE,
  pull_request_id uuid        NOT NULL REFERENCES pull_requests (id) ON DELETE CASCADE,
  repository_id   uuid        NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
  author_id       uuid        NOT NULL REFERENCES contributors (id) ON DELETE CASCADE,
  reviewer_id     uuid        REFERENCES contributors (id) ON DELETE SET NULL,
  state           text        NOT NULL
                  CHECK (state IN ('PENDING', 'APPROVED', 'CHANGES_REQUESTED', 'COMMENTED', 'DISMISSED')),
  body            text,
  submitted_at    timestamptz NOT NULL,
  commit_id       text
);

-- GitHub numbers issue comments and review comments apart: one id can stand for one of each.
CREATE TABLE comments (
  id                 uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
  github_id          bigint      NOT NULL,
  repository_id      uuid        NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
  pull_request_id    uuid        REFERENCES pull_requests (id) ON DELETE CASCADE,
  issue_id           uuid        REFERENCES issues (id) ON DELETE CASCADE,
  commenter_id       uuid        REFERENCES contributors (id) ON DELETE SET NULL,
  body               text        NOT NULL,
  created_at         timestamptz NOT NULL,
  updated_at         timestamptz NOT NULL,
  comment_type       text        NOT NULL CHECK (comment_type IN ('issue_comment', 'review_comment')),
  in_reply_to_id     uuid        REFERENCES comments (id) ON DELETE SET NULL,
  position           integer,
  original_position  integer,
  diff_hunk          text,
  path               text,
  commit_id          text,
  original_commit_id text,
  UNIQUE (github_id, comment_type),
  CHECK ((pull_request_id IS NULL) <> (issue_id IS NULL))
);

CREATE TABLE discussions (
  id                     varchar     PRIMARY KEY,
  github_id              bigint      NOT NULL UNIQUE,
  repository_id          uuid        REFERENCES repositories (id) ON DELETE CASCADE,
  number                 integer     NOT NULL,
  title                  text        NOT NULL,
  body                   text,
  category_id            varchar,
  category_name          varchar,
  category_description   text,
  category_emoji         varchar,
  author_id              bigint,
  author_login           varchar,
  created_at             timestamptz NOT NULL,
  updated_at             timestamptz NOT NULL,
  is_answered            boolean     DEFAULT false,
  answer_id              varchar,
  answer_chosen_at       timestamptz,
  answer_chosen_by       varchar,
  upvote_count           integer     DEFAULT 0,
  comment_count          integer     DEFAULT 0,
  url                    varchar     NOT NULL,
  locked                 boolean     DEFAULT false,
  synced_at              timestamptz DEFAULT now(),
  embedding              {embedding_type},
  embedding_generated_at timestamptz,
  content_hash           text,
  UNIQUE (repository_id, number)
);

CREATE TABLE discussion_comments (
  id                varchar     PRIMARY KEY,
  github_id         bigint      NOT NULL UNIQUE,
  discussion_id     varchar     NOT NULL REFERENCES discussions (id) ON DELETE CASCADE,
  discussion_number integer     NOT NULL,
  parent_comment_id varchar     REFERENCES discussion_comments (id) ON DELETE CASCADE,
  author_id         bigint,
  author_login      varchar,
  body              text,
  created_at        timestamptz NOT NULL,
  updated_at        timestamptz NOT NULL,
  is_answer         boolean     DEFAULT false,
  upvote_count      integer     DEFAULT 0,
  reply_count       integer     DEFAULT 0,
  synced_at         timestamptz DEFAULT now()
);

CREATE TABLE workspaces (
  id                       uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
  name                     text        NOT NULL,
  slug                     text        NOT NULL UNIQUE,
  description              text,
  is_active                boolean     DEFAULT true,
  current_repository_count integer     DEFAULT 0,
  total_repositories       integer     NOT NULL DEFAULT 0,
  total_contributors       integer     NOT NULL DEFAULT 0,
  total_pull_requests      integer     NOT NULL DEFAULT 0,
  total_issues             integer     NOT NULL DEFAULT 0,
  created_at               timestamptz NOT NULL DEFAULT now(),
  updated_at               timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE workspace_repositories (
  id            uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
  workspace_id  uuid        NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  repository_id uuid        NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
  added_at      timestamptz NOT NULL DEFAULT now(),
  UNIQUE (workspace_id, repository_id)
);

CREATE INDEX pull_requests_repository_created  ON pull_requests (repository_id, created_at DESC);
CREATE INDEX pull_requests_author              ON pull_requests (author_id);
CREATE INDEX issues_repository_created         ON issues (repository_id, created_at DESC);
CREATE INDEX issues_author                     ON issues (author_id);
CREATE INDEX reviews_pull_request              ON reviews (pull_request_id);
CREATE INDEX reviews_repository                ON reviews (repository_id);
CREATE INDEX comments_pull_request             ON comments (pull_request_id);
CREATE INDEX comments_issue                    ON comments (issue_id) WHERE issue_id IS NOT NULL;
CREATE INDEX comments_repository               ON comments (repository_id);
CREATE INDEX discussion_comments_discussion    ON discussion_comments (discussion_id);
CREATE INDEX workspace_repositories_repository ON workspace_repositories (repository_id);

-- Without the LIMIT that the app's own view has inside: filtered by a repository, this one shows all of it.
CREATE VIEW items_needing_embeddings_priority WITH (security_invoker = true) AS
WITH item AS (
  SELECT 'issue' AS item_type, id::text AS id, repository_id, title, body, created_at, updated_at,
         embedding IS NULL AS bare, embedding_generated_at, content_hash, 3 AS priority_score
    FROM issues
  UNION ALL
  SELECT 'pull_request', id::text, repository_id, title, body, created_at, updated_at,
         embedding IS NULL, embedding_generated_at, content_hash, 2
    FROM pull_requests
  UNION ALL
  SELECT 'discussion', id::text, repository_id, title, body, created_at, updated_at,
         embedding IS NULL, embedding_generated_at, content_hash, 1
    FROM discussions
)
SELECT item_type, id, repository_id, title, body, created_at, updated_at, embedding_generated_at, content_hash,
       priority_score
  FROM item
 WHERE (bare OR embedding_generated_at IS NULL OR embedding_generated_at < updated_at)
   AND EXISTS (SELECT FROM workspace_repositories wr
                 JOIN workspaces w ON w.id = wr.workspace_id
                WHERE wr.repository_id = item.repository_id AND w.is_active)
 ORDER BY priority_score DESC, updated_at DESC;
