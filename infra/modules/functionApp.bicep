metadata description = 'The function app on Flex Consumption with its settings.'

@export()
@description('Instances that are always there, by scale group: http, or function:<name> for a queue, timer or event function.')
type alwaysReadyType = {
  name: string
  @minValue(0)
  instanceCount: int
}

param name string
param location string
param tags { *: string }
param identityName string
param storageName string
param deploymentContainerUrl string
param insightsName string
param emailEndpoint string
param emailSender string
param nodeVersion string
param instanceMemoryMB int
param maximumInstanceCount int
param alwaysReady alwaysReadyType[]
param signInClientId string
@secure()
param channelSettings { *: string }

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' existing = { name: identityName }

resource insights 'Microsoft.Insights/components@2020-02-02' existing = { name: insightsName }

resource plan 'Microsoft.Web/serverfarms@2025-03-01' = {
  name: name
  location: location
  tags: tags
  kind: 'functionapp'
  sku: { name: 'FC1', tier: 'FlexConsumption' }
  // Linux: Flex Consumption has nothing else.
  properties: { reserved: true }
}

resource app 'Microsoft.Web/sites@2025-03-01' = {
  name: name
  location: location
  tags: tags
  kind: 'functionapp,linux'
  identity: { type: 'UserAssigned', userAssignedIdentities: { '${identity.id}': {} } }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    // References to Key Vault in settings are read with this identity; the platform would take the system's, and there is none.
    keyVaultReferenceIdentity: identity.id
    siteConfig: { minTlsVersion: '1.2', ftpsState: 'Disabled' }
    functionAppConfig: {
      deployment: {
        storage: {
          type: 'blobContainer'
          value: deploymentContainerUrl
          authentication: { type: 'UserAssignedIdentity', userAssignedIdentityResourceId: identity.id }
        }
      }
      // On Flex the runtime is said here; FUNCTIONS_WORKER_RUNTIME and its kin are refused as settings.
      runtime: { name: 'node', version: nodeVersion }
      scaleAndConcurrency: {
        instanceMemoryMB: instanceMemoryMB
        maximumInstanceCount: maximumInstanceCount
        alwaysReady: alwaysReady
      }
    }
  }

  // Code comes with a token, never with a publishing password.
  resource scmPassword 'basicPublishingCredentialsPolicies' = { name: 'scm', properties: { allow: false } }

  resource ftpPassword 'basicPublishingCredentialsPolicies' = { name: 'ftp', properties: { allow: false } }
}

// Whoever brings a token is signed in, and all others pass as nobody: events come with a key of their own, commands with a
// function key. From then on the platform alone writes the headers that say who asks.
resource authentication 'Microsoft.Web/sites/config@2025-03-01' = if (!empty(signInClientId)) {
  parent: app
  name: 'authsettingsV2'
  properties: {
    platform: { enabled: true }
    globalValidation: { requireAuthentication: false, unauthenticatedClientAction: 'AllowAnonymous' }
    identityProviders: {
      azureActiveDirectory: {
        enabled: true
        registration: {
          clientId: signInClientId
          openIdIssuer: '${environment().authentication.loginEndpoint}${tenant().tenantId}/v2.0'
        }
        validation: { allowedAudiences: [signInClientId, 'api://${signInClientId}'] }
      }
    }
    login: { tokenStore: { enabled: false } }
  }
}

var signIn = empty(signInClientId)
  ? {}
  : { STEWARD_ENTRA_TENANT: tenant().tenantId, STEWARD_ENTRA_CLIENT_ID: signInClientId }

var settings = union(signIn, {
  // The host and the app reach storage by name and identity.
  AzureWebJobsStorage__accountName: storageName
  AzureWebJobsStorage__credential: 'managedidentity'
  AzureWebJobsStorage__clientId: identity.properties.clientId
  APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identity.properties.clientId};Authorization=AAD'
  // A user-assigned identity is found only when it is named.
  AZURE_CLIENT_ID: identity.properties.clientId
  STEWARD_EMAIL_ENDPOINT: emailEndpoint
  STEWARD_EMAIL_SENDER: emailSender
  // Of the account above: modules/eventSubscriptions.bicep has what could not be delivered put there.
  STEWARD_DEAD_LETTERS: 'dead-letters'
  // Read back: the platform may put a hash and the region into the host name.
  STEWARD_BASE_URL: 'https://${app.properties.defaultHostName}'
})

// A child and not siteConfig: only so can a setting name the app's own host name. It replaces all settings at each deployment.
resource appSettings 'Microsoft.Web/sites/config@2025-03-01' = {
  parent: app
  name: 'appsettings'
  // The app believes the headers once nobody else can write them.
  dependsOn: [authentication]
  properties: union(channelSettings, settings, {
    APPLICATIONINSIGHTS_CONNECTION_STRING: insights.properties.ConnectionString
  })
}

output name string = app.name
output endpoint string = 'https://${app.properties.defaultHostName}'
output settings { *: string } = settings
