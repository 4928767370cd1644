metadata description = 'The one system topic of a workspace: made, or taken as it is.'

param workspaceId string
param location string
param name string
param exists bool
param tags { *: string }

resource made 'Microsoft.EventGrid/systemTopics@2025-02-15' = if (!exists) {
  name: name
  location: location
  tags: tags
  // It writes dead letters as itself.
  identity: { type: 'SystemAssigned' }
  properties: { source: workspaceId, topicType: 'Microsoft.MachineLearningServices.Workspaces' }
}

resource found 'Microsoft.EventGrid/systemTopics@2025-02-15' existing = if (exists) {
  name: name
}

output principalId string = exists ? found!.identity!.principalId : made!.identity!.principalId
