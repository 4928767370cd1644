metadata description = 'Where Steward keeps its state, its queues and its code; entered by identity only.'

import { roleIds } from 'roles.bicep'

param name string
param location string
param tags { *: string }
param sku string
param appPrincipalId string

// The names are the app's: test/unit/infra compares them with the source.
var tables = ['lifecycles', 'active']
// The host makes poison queues when it needs them; made here, they can be watched from the first day.
var queues = ['reconcile', 'notify', 'reconcile-poison', 'notify-poison']
var containers = ['steward', 'app-package', 'dead-letters']

resource account 'Microsoft.Storage/storageAccounts@2025-06-01' = {
  name: name
  location: location
  tags: tags
  sku: { name: sku }
  kind: 'StorageV2'
  properties: {
    accessTier: 'Hot'
    // No keys, no connection strings: the app, Event Grid and people come with an identity.
    allowSharedKeyAccess: false
    defaultToOAuthAuthentication: true
    allowBlobPublicAccess: false
    allowCrossTenantReplication: false
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
  }

  resource blobs 'blobServices' = {
    name: 'default'
    properties: {
      // Policies and audit anchors survive a slip of the hand for two weeks.
      deleteRetentionPolicy: { enabled: true, days: 14 }
      containerDeleteRetentionPolicy: { enabled: true, days: 14 }
    }

    resource each 'containers' = [for container in containers: { name: container }]
  }

  resource queueService 'queueServices' = {
    name: 'default'

    resource each 'queues' = [for queue in queues: { name: queue }]
  }

  resource tableService 'tableServices' = {
    name: 'default'

    resource each 'tables' = [for table in tables: { name: table }]
  }
}

// On the account, not on single queues or containers: the Functions host makes and leases containers of its own there.
var appRoles = [roleIds.storageBlobDataOwner, roleIds.storageQueueDataContributor, roleIds.storageTableDataContributor]

resource appRoleAssignments 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for role in appRoles: {
    name: guid(account.id, appPrincipalId, role)
    scope: account
    properties: {
      principalId: appPrincipalId
      // Said, so that an identity made a moment ago is not looked up before it has spread.
      principalType: 'ServicePrincipal'
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role)
    }
  }
]

output deploymentContainerUrl string = '${account.properties.primaryEndpoints.blob}app-package'
