metadata description = 'Lets the app publish to one custom topic, for channels of kind eventGrid that name no key.'

import { roleIds } from 'roles.bicep'

param topicName string
param appPrincipalId string

resource topic 'Microsoft.EventGrid/topics@2025-02-15' existing = { name: topicName }

resource sender 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(topic.id, appPrincipalId, roleIds.eventGridDataSender)
  scope: topic
  properties: {
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roleIds.eventGridDataSender)
  }
}
