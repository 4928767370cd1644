metadata description = 'What Steward may do in one existing Azure ML workspace, and the system topic of its events.'

import { roleIds } from 'roles.bicep'

param workspaceName string
param topicName string
@description('A workspace can have one system topic only: the one it has is taken, and needs a system-assigned identity.')
param topicExists bool
param tags { *: string }
param appPrincipalId string

resource workspace 'Microsoft.MachineLearningServices/workspaces@2024-10-01' existing = { name: workspaceName }

var appRoles = [
  roleIds.azureMlDataScientist
  // Requests and latencies of endpoints: Data Scientist does not cover Azure Monitor.
  roleIds.monitoringReader
]

resource appRoleAssignments 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for role in appRoles: {
    name: guid(workspace.id, appPrincipalId, role)
    scope: workspace
    properties: {
      principalId: appPrincipalId
      principalType: 'ServicePrincipal'
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role)
    }
  }
]

module topic 'systemTopic.bicep' = {
  params: {
    workspaceId: workspace.id
    // A system topic must be in the region of its source.
    location: workspace.location
    name: topicName
    exists: topicExists
    tags: tags
  }
}

output topicPrincipalId string = topic.outputs.principalId
