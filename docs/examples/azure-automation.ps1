<#
.SYNOPSIS
    An Azure Automation runbook (PowerShell 7) that keeps repositories complete.
.DESCRIPTION
    Import the module Backfill into the Automation account. Make the credentials BackfillDatabase (the password is the connection
    string), BackfillGitHub (the password is the token) and, for embeddings by OpenAI, BackfillOpenAI. A job ends as Failed when
    a check failed, so that an alert on failed jobs is enough.
.PARAMETER Repository
    Repositories, as owner/name, with commas between them.
#>
param(
    [Parameter(Mandatory)] [string] $Repository
)

$ErrorActionPreference = 'Stop'
$settings = @{
    Database    = Get-AutomationPSCredential -Name 'BackfillDatabase'
    GitHubToken = Get-AutomationPSCredential -Name 'BackfillGitHub'
}
$provider = Get-AutomationPSCredential -Name 'BackfillOpenAI'
if ($provider) { $settings.OpenAIKey = $provider }
Connect-Backfill @settings | Out-Null

$names = @($Repository -split '[,\s]+').Where{ $_ }
$checks = @(
    Start-RepoSync $names -Track -ErrorAction Continue |
        Wait-RepoSync -ErrorAction Continue |
        Invoke-EmbeddingBackfill -ErrorAction Continue |
        Update-WorkspaceMetrics -ErrorAction Continue |
        Test-BackfillCoverage -ErrorAction Continue
)
$failed = @($checks | Where-Object Status -EQ Failed)
"$($checks.Count) checks, $($failed.Count) failed"
$failed | ForEach-Object { "$($_.Repository) $($_.Check): $($_.Actual), expected $($_.Expected). $($_.Advice)" }
if ($failed.Count -gt 0 -or $checks.Count -eq 0) { throw "$($failed.Count) checks failed." }
