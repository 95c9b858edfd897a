-- Null means that GitHub did not send the value, so the stored value stays.
WITH written AS (
INSERT INTO repositories AS t (
  github_id, full_name, owner, name,
  description, --? repositories.description
  homepage, --? repositories.homepage
  language, --? repositories.language
  stargazers_count, --? repositories.stargazers_count
  watchers_count, --? repositories.watchers_count
  forks_count, --? repositories.forks_count
  open_issues_count, --? repositories.open_issues_count
  size, --? repositories.size
  default_branch, --? repositories.default_branch
  is_fork, --? repositories.is_fork
  is_archived, --? repositories.is_archived
  is_disabled, --? repositories.is_disabled
  is_private, --? repositories.is_private
  is_template, --? repositories.is_template
  has_issues, --? repositories.has_issues
  has_projects, --? repositories.has_projects
  has_wiki, --? repositories.has_wiki
  has_discussions, --? repositories.has_discussions
  license, --? repositories.license
  topics, --? repositories.topics
  avatar_url, --? repositories.avatar_url
  github_created_at, --? repositories.github_created_at
  github_pushed_at, --? repositories.github_pushed_at
  github_updated_at)
VALUES (
  @github_id, @full_name, @owner, @name,
  @description, --? repositories.description
  @homepage, --? repositories.homepage
  @language, --? repositories.language
  @stars, --? repositories.stargazers_count
  coalesce(@watchers, 0), --? repositories.watchers_count
  @forks, --? repositories.forks_count
  coalesce(@open_issues, 0), --? repositories.open_issues_count
  coalesce(@size, 0), --? repositories.size
  coalesce(@default_branch, 'main'), --? repositories.default_branch
  @is_fork, --? repositories.is_fork
  @is_archived, --? repositories.is_archived
  @is_disabled, --? repositories.is_disabled
  @is_private, --? repositories.is_private
  @is_template, --? repositories.is_template
  @has_issues, --? repositories.has_issues
  @has_projects, --? repositories.has_projects
  @has_wiki, --? repositories.has_wiki
  @has_discussions, --? repositories.has_discussions
  @license, --? repositories.license
  coalesce(@topics, '{}'), --? repositories.topics
  @avatar_url, --? repositories.avatar_url
  @github_created_at, --? repositories.github_created_at
  @github_pushed_at, --? repositories.github_pushed_at
  @github_updated_at)
ON CONFLICT (github_id) DO UPDATE SET
  full_name = excluded.full_name,
  owner = excluded.owner,
  name = excluded.name,
  description = excluded.description, --? repositories.description
  homepage = excluded.homepage, --? repositories.homepage
  language = excluded.language, --? repositories.language
  stargazers_count = excluded.stargazers_count, --? repositories.stargazers_count
  watchers_count = coalesce(@watchers, t.watchers_count), --? repositories.watchers_count
  forks_count = excluded.forks_count, --? repositories.forks_count
  open_issues_count = coalesce(@open_issues, t.open_issues_count), --? repositories.open_issues_count
  size = coalesce(@size, t.size), --? repositories.size
  default_branch = coalesce(@default_branch, t.default_branch), --? repositories.default_branch
  is_fork = excluded.is_fork, --? repositories.is_fork
  is_archived = excluded.is_archived, --? repositories.is_archived
  is_disabled = excluded.is_disabled, --? repositories.is_disabled
  is_private = excluded.is_private, --? repositories.is_private
  is_template = excluded.is_template, --? repositories.is_template
  has_issues = excluded.has_issues, --? repositories.has_issues
  has_projects = excluded.has_projects, --? repositories.has_projects
  has_wiki = excluded.has_wiki, --? repositories.has_wiki
  has_discussions = excluded.has_discussions, --? repositories.has_discussions
  license = excluded.license, --? repositories.license
  topics = coalesce(@topics, t.topics), --? repositories.topics
  avatar_url = coalesce(excluded.avatar_url, t.avatar_url), --? repositories.avatar_url
  github_created_at = coalesce(excluded.github_created_at, t.github_created_at), --? repositories.github_created_at
  github_pushed_at = coalesce(excluded.github_pushed_at, t.github_pushed_at), --? repositories.github_pushed_at
  github_updated_at = coalesce(excluded.github_updated_at, t.github_updated_at)
RETURNING id, xmax = 0 AS added, t.github_id,
  --? include Postgres/digest-repositories
  AS digest
--? begin backfill.row_proof
), proven AS (
  INSERT INTO backfill.row_proof (github_id, entity, digest, shape)
  SELECT github_id, 'o', digest,
    --? include Postgres/shape-repositories
    FROM written
  ON CONFLICT (github_id, entity) DO UPDATE SET
    digest = excluded.digest, shape = excluded.shape, read_at = excluded.read_at
--? end
)
SELECT id, added FROM written
