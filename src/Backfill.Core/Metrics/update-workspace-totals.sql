-- Sets the totals of the workspace's row that operators read. An app's table may lack any of these columns.
UPDATE workspaces
   SET
       total_repositories = cardinality(@repositories), --? workspaces.total_repositories
       total_contributors = @contributors, --? workspaces.total_contributors
       total_pull_requests = @pulls, --? workspaces.total_pull_requests
       total_issues = @issues, --? workspaces.total_issues
       name = name
 WHERE id = @workspace_id
