<#
.SYNOPSIS
    Registers scheduled-task.ps1 as a task of the Windows Task Scheduler, every night.
.DESCRIPTION
    The task runs as the account of -Credential, whether or not that account is signed in. Give that account the settings as
    environment variables of its own, or as names of secrets, for example GITHUB_TOKEN=secret:GitHub. The task's history shows
    the exit code of the script: 0 for success, 1 for a failed check, 2 when something could not be done.
.PARAMETER Repository
    The repositories, as owner/name.
.PARAMETER Credential
    The account of the task.
.PARAMETER At
    The time of the day.
.EXAMPLE
    .\register-scheduled-task.ps1 octo/hello, octo/world -Credential (Get-Credential)
#>
#Requires -Modules ScheduledTasks
[CmdletBinding(SupportsShouldProcess)]
param(
    [Parameter(Mandatory, Position = 0)] [string[]] $Repository,
    [Parameter(Mandatory)] [pscredential] $Credential,
    [datetime] $At = '03:15'
)

$script = Join-Path $PSScriptRoot 'scheduled-task.ps1'
$log = Join-Path $env:ProgramData 'Backfill\backfill.log'
New-Item (Split-Path $log) -ItemType Directory -Force | Out-Null
$task = @{
    TaskName    = 'Backfill'
    Description = 'Keeps repositories complete in PostgreSQL.'
    Action      = New-ScheduledTaskAction -Execute 'pwsh.exe' -Argument "-NoProfile -NonInteractive -Command `"`$env:BACKFILL_LOG = '$log'; & '$script' $($Repository -join ' '); exit `$LASTEXITCODE`""
    Trigger     = New-ScheduledTaskTrigger -Daily -At $At
    # A second task would find the lease of the first one and fail.
    Settings    = New-ScheduledTaskSettingsSet -MultipleInstances IgnoreNew -StartWhenAvailable -ExecutionTimeLimit (New-TimeSpan -Hours 12)
}
if ($PSCmdlet.ShouldProcess($task.TaskName, 'Register the scheduled task')) {
    Register-ScheduledTask @task -User $Credential.UserName -Password $Credential.GetNetworkCredential().Password -Force
}
