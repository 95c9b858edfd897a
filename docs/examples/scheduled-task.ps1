<#
.SYNOPSIS
    Keeps repositories complete, for cron, a scheduled task or a container's entry point.
.DESCRIPTION
    The settings come from the environment; nothing is asked for. Progress and errors go to standard error, the checks to a
    report. A repository that fails does not keep the others from being completed.

    The exit code is 0 when every check of every repository passed, 1 when one failed, 2 when something could not be done at
    all.

    cron:            15 3 * * *  dotnet /opt/backfill/Backfill.Host.dll -File /opt/backfill/scheduled-task.ps1 octo/hello
    Task Scheduler:  program dotnet.exe, arguments as above
.PARAMETER Repository
    Repositories, as owner/name.
.PARAMETER Report
    A file for the checks, one line each, with tabs between the fields.
#>
[CmdletBinding()]
param(
    [Parameter(Mandatory)] [string[]] $Repository,
    [string] $Report
)

try {
    $checks = Start-RepoSync $Repository -Track | Wait-RepoSync | Invoke-EmbeddingBackfill | Update-WorkspaceMetrics | Test-BackfillCoverage
}
catch {
    # An error after which nothing more could succeed: a missing setting, a database that cannot be reached.
    $Host.UI.WriteErrorLine("$_")
    exit 2
}

$failed = @($checks).Where{ $_ -and $_.Status -eq 'Failed' }
if ($Report) {
    [IO.File]::WriteAllLines(
        $Report,
        [string[]] @($checks).Where{ $_ }.ForEach{ $_.Repository, $_.Check, $_.Status, $_.Expected, $_.Actual, $_.Advice -join "`t" })
}

"$(@($checks).Count) checks, $($failed.Count) failed"
exit ($failed.Count -gt 0 ? 1 : 0)
