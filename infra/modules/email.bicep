metadata description = 'Communication Services with an e-mail domain; the app sends by identity.'

import { roleIds } from 'roles.bicep'

param name string
param tags { *: string }
@description('Where mail data rests, e.g. Europe, Switzerland, United States.')
param dataLocation string
@description('Empty: only the domain that Azure manages (5 mails a minute, 10 an hour, cannot be raised).')
param customDomain string
@description('A custom domain can be linked only after its DNS records were verified.')
param customDomainVerified bool
param appPrincipalId string

var hasCustomDomain = customDomain != ''
var sendsFromCustom = hasCustomDomain && customDomainVerified

resource emailService 'Microsoft.Communication/emailServices@2025-09-01' = {
  name: name
  // Global is the only location of these types; dataLocation says where data rests.
  #disable-next-line no-hardcoded-location
  location: 'global'
  tags: tags
  properties: { dataLocation: dataLocation }
}

resource managedDomain 'Microsoft.Communication/emailServices/domains@2025-09-01' = {
  parent: emailService
  // The name is fixed for a domain that Azure manages.
  name: 'AzureManagedDomain'
  #disable-next-line no-hardcoded-location
  location: 'global'
  tags: tags
  properties: {
    domainManagement: 'AzureManaged'
    // Operators' mails carry no tracking pixels.
    userEngagementTracking: 'Disabled'
  }
}

resource ownDomain 'Microsoft.Communication/emailServices/domains@2025-09-01' = if (hasCustomDomain) {
  parent: emailService
  name: hasCustomDomain ? customDomain : 'unused'
  #disable-next-line no-hardcoded-location
  location: 'global'
  tags: tags
  properties: {
    domainManagement: 'CustomerManaged'
    userEngagementTracking: 'Disabled'
  }
}

resource communication 'Microsoft.Communication/communicationServices@2025-09-01' = {
  name: name
  #disable-next-line no-hardcoded-location
  location: 'global'
  tags: tags
  properties: {
    dataLocation: dataLocation
    // A sender is refused unless its domain is linked here.
    linkedDomains: sendsFromCustom ? [managedDomain.id, ownDomain.id] : [managedDomain.id]
    disableLocalAuth: true
  }
}

resource sender 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(communication.id, appPrincipalId, roleIds.communicationAndEmailServiceOwner)
  scope: communication
  properties: {
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId(
      'Microsoft.Authorization/roleDefinitions',
      roleIds.communicationAndEmailServiceOwner
    )
  }
}

output endpoint string = 'https://${communication.properties.hostName}'
// DoNotReply is the user that every domain has from the start.
output sender string = 'DoNotReply@${sendsFromCustom ? ownDomain!.properties.mailFromSenderDomain : managedDomain.properties.mailFromSenderDomain}'
