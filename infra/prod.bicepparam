using 'main.bicep'

// The whole estate: one Steward looks after all workspaces of estate.yaml, since versions walk from one to the next.
param name = 'steward-prod'
param workspaces = [
  {
    id: '/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/ml-test/providers/Microsoft.MachineLearningServices/workspaces/ml-test'
    predictionContainers: [
      '/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/ml-test/providers/Microsoft.Storage/storageAccounts/mlteststorage/blobServices/default/containers/azureml-blobstore-00000000-0000-0000-0000-000000000000'
    ]
  }
  {
    id: '/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/ml-prod/providers/Microsoft.MachineLearningServices/workspaces/ml-prod'
    // This workspace raises events for others already: its topic is taken as it is.
    systemTopic: 'ml-prod-events'
    predictionContainers: [
      '/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/ml-prod/providers/Microsoft.Storage/storageAccounts/mlprodstorage/blobServices/default/containers/azureml-blobstore-00000000-0000-0000-0000-000000000000'
    ]
  }
]
param storageSku = 'Standard_ZRS'
param logRetentionDays = 90
// Commands of people, and the pass that takes traffic back, do not wait for an instance to start.
param alwaysReady = [
  { name: 'http', instanceCount: 1 }
  { name: 'function:reconcile', instanceCount: 1 }
]
// Ten mails an hour are too few for a bad day: a domain of your own sends 100 (docs/deploy.md).
param emailDomain = 'steward.example.com'
param emailDomainVerified = false
// Policies here ask for approvals: people sign in to this app registration (docs/deploy.md, Approvals).
param signInClientId = '00000000-0000-0000-0000-000000000000'
param tags = { application: 'steward', stage: 'prod' }
