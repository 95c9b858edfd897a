@{
    # Nested and not the root: PowerShell looks for the help of a nested module beside its dll, and for that of a root only beside this file.
    NestedModules        = @('bin/Backfill.Cmdlets.dll')
    ModuleVersion        = '0.2.0'
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
        'Disconnect-Backfill'
        'Export-BackfillReport'
        'Find-SimilarItem'
        'Get-BackfillContext'
        'Get-BackfillRateLimit'
        'Get-BackfillRepository'
        'Get-RepoSync'
        'Initialize-BackfillDatabase'
        'Invoke-EmbeddingBackfill'
        'Measure-Backfill'
        'Register-BackfillRepository'
        'Start-RepoSync'
        'Stop-BackfillDatabase'
        'Stop-RepoSync'
        'Test-BackfillCoverage'
        'Unregister-BackfillRepository'
        'Update-WorkspaceMetrics'
        'Wait-RepoSync'
    )
    FunctionsToExport    = @()
    VariablesToExport    = @()
    AliasesToExport      = @()
    PrivateData          = @{
        PSData = @{
            Prerelease   = 'preview1'
            Tags         = @('GitHub', 'PostgreSQL', 'Supabase', 'Embeddings', 'PSEdition_Core', 'Linux', 'Windows', 'MacOS')
            ReleaseNotes = '0.2.0: installs with Install-PSResource; local ONNX models need the module Backfill.OnnxRuntime as well. Start-RepoSync -Wait stays until the sync has ended, and a sync that ends with its process says so. docs/CHANGELOG.md has every change.'
        }
    }
}
