metadata description = 'Lets the app write into one blob container of a datastore: copies of what was collected, and of versions from elsewhere.'

import { roleIds } from 'roles.bicep'

param storageName string
param containerName string
param appPrincipalId string

resource container 'Microsoft.Storage/storageAccounts/blobServices/containers@2025-06-01' existing = {
  name: '${storageName}/default/${containerName}'
}

resource writer 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(container.id, appPrincipalId, roleIds.storageBlobDataContributor)
  scope: container
  properties: {
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roleIds.storageBlobDataContributor)
  }
}
