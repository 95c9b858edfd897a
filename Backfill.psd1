@{
    # Nested and not the root: help is looked for beside the dll of a nested module, else only beside this file.
    NestedModules        = @('bin/Backfill.Cmdlets.dll')
    ModuleVersion        = '0.1.0'
    GUID                 = '7b1a6b8e-6f0c-4c50-9f2d-2f5f6f0f6a51'
    Author               = 'The Backfill contributors'
    Copyright            = '(c) The Backfill contributors'
    Description          = 'Copies a GitHub repository into PostgreSQL, embeds every item, refreshes workspace metrics and proves that nothing is missing.'
    PowerShellVersion    = '7.6'
    CompatiblePSEditions = @('Core')
    RequiredAssemblies   = @('bin/Backfill.Contracts.dll')
    FormatsToProcess     = @('bin/Backfill.Format.ps1xml')
    CmdletsToExport      = @(
        'Connect-Backfill'
        'Find-SimilarItem'
        'Get-BackfillContext'
        'Get-BackfillRateLimit'
        'Get-RepoSync'
        'Initialize-BackfillDatabase'
        'Invoke-EmbeddingBackfill'
        'Register-BackfillRepository'
        'Start-RepoSync'
        'Stop-BackfillDatabase'
        'Stop-RepoSync'
        'Test-BackfillCoverage'
        'Update-WorkspaceMetrics'
        'Wait-RepoSync'
    )
    FunctionsToExport    = @()
    VariablesToExport    = @()
    AliasesToExport      = @()
    PrivateData          = @{
        PSData = @{
            Tags       = @('GitHub', 'PostgreSQL', 'Supabase', 'Embeddings', 'Backfill')
            ReleaseNotes = 'docs/CHANGELOG.md'
        }
    }
}
