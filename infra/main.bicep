metadata description = 'Steward in one resource group, beside the Azure ML workspaces that it looks after (docs/deploy.md).'

targetScope = 'resourceGroup'

import { alwaysReadyType } from 'modules/functionApp.bicep'

type workspaceType = {
  @description('ARM id of an existing Azure ML workspace, in any resource group of the tenant.')
  id: string
  @description('The system topic of the workspace, where it has one already; it needs a system-assigned identity.')
  systemTopic: string?
  @description('ARM ids of the blob containers that evaluation jobs write predictions to.')
  predictionContainers: string[]?
  @description('ARM ids of the blob containers that the app may write to: for training.collected, and for versions that come from another environment.')
  writableContainers: string[]?
}

@description('Begins every name: small letters, digits and hyphens.')
@minLength(3)
@maxLength(20)
param name string

param location string = resourceGroup().location
param tags { *: string } = {}

@minLength(1)
param workspaces workspaceType[]

@description('Second phase: true once the code is deployed, since Event Grid delivers only to a function that exists.')
param eventsEnabled bool = false

@description('Zone-redundant for what must not be lost: lifecycles and audit are nowhere else.')
@allowed(['Standard_LRS', 'Standard_ZRS', 'Standard_GZRS'])
param storageSku string = 'Standard_LRS'

@allowed(['22', '24'])
param nodeVersion string = '22'

@allowed([512, 2048, 4096])
param instanceMemoryMB int = 2048

@description('Flex Consumption takes no less than 40; each function scales by itself up to it.')
@minValue(40)
@maxValue(1000)
param maximumInstanceCount int = 40

param alwaysReady alwaysReadyType[] = []

@minValue(30)
@maxValue(730)
param logRetentionDays int = 30

@description('Where mail data rests.')
param emailDataLocation string = 'Europe'
@description('Empty: mail comes from the domain that Azure manages, at most 10 an hour.')
param emailDomain string = ''
@description('True once the DNS records of emailDomain were verified; only then can it send.')
param emailDomainVerified bool = false

@description('ARM ids of the custom topics that channels of kind eventGrid publish to by identity.')
param eventTopics string[] = []

@description('Client id of the app registration that people sign in to, so that their approvals count (docs/deploy.md). Empty: nobody can approve.')
param signInClientId string = ''

@description('Settings that channels of the estate name (`setting: NAME`); give references to Key Vault rather than secrets.')
@secure()
param channelSettings { *: string } = {}

var suffix = uniqueString(resourceGroup().id, name)
// Global names: unique by the suffix, the same at each deployment.
var globalName = '${name}-${suffix}'
var storageName = '${take(replace(name, '-', ''), 11)}${suffix}'
// Names of topics know no underscore, names of workspaces do. In an ARM id, subscription, group and name are parts 2, 4, 8.
var topicNames = map(
  workspaces,
  workspace => workspace.?systemTopic ?? 'steward-${replace(split(workspace.id, '/')[8], '_', '-')}'
)

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: name
  location: location
  tags: tags
}

module storage 'modules/storage.bicep' = {
  params: {
    name: storageName
    location: location
    tags: tags
    sku: storageSku
    appPrincipalId: identity.properties.principalId
  }
}

module monitoring 'modules/monitoring.bicep' = {
  params: {
    name: name
    location: location
    tags: tags
    retentionDays: logRetentionDays
    appPrincipalId: identity.properties.principalId
  }
}

module email 'modules/email.bicep' = {
  params: {
    name: globalName
    tags: tags
    dataLocation: emailDataLocation
    customDomain: emailDomain
    customDomainVerified: emailDomainVerified
    appPrincipalId: identity.properties.principalId
  }
}

module app 'modules/functionApp.bicep' = {
  params: {
    name: globalName
    location: location
    tags: tags
    identityName: identity.name
    storageName: storageName
    deploymentContainerUrl: storage.outputs.deploymentContainerUrl
    insightsName: monitoring.outputs.insightsName
    emailEndpoint: email.outputs.endpoint
    emailSender: email.outputs.sender
    nodeVersion: nodeVersion
    instanceMemoryMB: instanceMemoryMB
    maximumInstanceCount: maximumInstanceCount
    alwaysReady: alwaysReady
    signInClientId: signInClientId
    channelSettings: channelSettings
  }
}

module estate 'modules/workspace.bicep' = [
  for (workspace, i) in workspaces: {
    scope: resourceGroup(split(workspace.id, '/')[2], split(workspace.id, '/')[4])
    params: {
      workspaceName: split(workspace.id, '/')[8]
      topicName: topicNames[i]
      topicExists: workspace.?systemTopic != null
      tags: tags
      appPrincipalId: identity.properties.principalId
    }
  }
]

// In the first phase, so that the role has spread when the second makes subscriptions that need it.
module deadLetterWriters 'modules/deadLetterWriter.bicep' = [
  for (workspace, i) in workspaces: {
    dependsOn: [storage]
    params: { storageName: storageName, topicPrincipalId: estate[i].outputs.topicPrincipalId }
  }
]

// The name of a container is part 12 of its ARM id.
var predictionContainers = union(flatten(map(workspaces, workspace => workspace.?predictionContainers ?? [])), [])

module predictionReaders 'modules/predictionReader.bicep' = [
  for container in predictionContainers: {
    scope: resourceGroup(split(container, '/')[2], split(container, '/')[4])
    params: {
      storageName: split(container, '/')[8]
      containerName: split(container, '/')[12]
      appPrincipalId: identity.properties.principalId
    }
  }
]

var writableContainers = union(flatten(map(workspaces, workspace => workspace.?writableContainers ?? [])), [])

module containerWriters 'modules/containerWriter.bicep' = [
  for container in writableContainers: {
    scope: resourceGroup(split(container, '/')[2], split(container, '/')[4])
    params: {
      storageName: split(container, '/')[8]
      containerName: split(container, '/')[12]
      appPrincipalId: identity.properties.principalId
    }
  }
]

module topicSenders 'modules/topicSender.bicep' = [
  for topic in eventTopics: {
    scope: resourceGroup(split(topic, '/')[2], split(topic, '/')[4])
    params: { topicName: split(topic, '/')[8], appPrincipalId: identity.properties.principalId }
  }
]

module events 'modules/eventSubscriptions.bicep' = [
  for (workspace, i) in workspaces: if (eventsEnabled) {
    scope: resourceGroup(split(workspace.id, '/')[2], split(workspace.id, '/')[4])
    dependsOn: [app, estate, deadLetterWriters]
    params: {
      topicName: topicNames[i]
      functionAppName: globalName
      functionAppGroup: resourceGroup().id
      storageId: resourceId('Microsoft.Storage/storageAccounts', storageName)
    }
  }
]

output appName string = app.outputs.name
output endpoint string = app.outputs.endpoint
output principalId string = identity.properties.principalId
output storageName string = storageName
output emailSender string = email.outputs.sender
@description('As the app reads them; what Key Vault or Application Insights would show is left out.')
output settings { *: string } = app.outputs.settings
