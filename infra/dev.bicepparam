using 'main.bicep'

// One workspace to try Steward on: as cheap as it goes, nothing is kept warm.
param name = 'steward-dev'
param workspaces = [
  {
    id: '/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/ml-dev/providers/Microsoft.MachineLearningServices/workspaces/ml-dev'
    predictionContainers: [
      '/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/ml-dev/providers/Microsoft.Storage/storageAccounts/mldevstorage/blobServices/default/containers/azureml-blobstore-00000000-0000-0000-0000-000000000000'
    ]
  }
]
param tags = { application: 'steward', stage: 'dev' }
