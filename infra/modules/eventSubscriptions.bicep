metadata description = 'Second phase: the events of one workspace, delivered to the functions of the deployed app.'

param topicName string
param functionAppName string
@description('ARM id of the resource group that holds the app.')
param functionAppGroup string
param storageId string

var prefix = 'Microsoft.MachineLearningServices'

var wanted = [
  {
    name: 'runs'
    function: 'runEvents'
    types: ['${prefix}.RunCompleted', '${prefix}.RunStatusChanged']
    advancedFilters: [
      {
        // Only what no finding and no end can be in is left out. No filter on runType: a model monitor's finding is a tag on
        // a *child step*, set while it runs. None on the tag either: how keys are compared is undocumented, and most keys of
        // tags hold a dot, which no filter can name. RunCompleted has no status: NotIn lets an absent key pass.
        operatorType: 'StringNotIn'
        key: 'data.runStatus'
        values: ['NotStarted', 'Queued', 'Preparing', 'Provisioning', 'Starting']
      }
    ]
  }
  {
    name: 'models'
    function: 'modelEvents'
    types: ['${prefix}.ModelRegistered', '${prefix}.ModelDeployed']
    advancedFilters: []
  }
  {
    // Monitors of version 1 only, retired in 2025; those of version 2 speak through runs.
    name: 'drift'
    function: 'driftEvents'
    types: ['${prefix}.DatasetDriftDetected']
    advancedFilters: []
  }
]

resource topic 'Microsoft.EventGrid/systemTopics@2025-02-15' existing = { name: topicName }

resource subscriptions 'Microsoft.EventGrid/systemTopics/eventSubscriptions@2025-02-15' = [
  for each in wanted: {
    parent: topic
    // With the app's name: a topic that others use too, or two Stewards, must not collide.
    name: '${functionAppName}-${each.name}'
    properties: {
      // The schema of which real deliveries are known.
      eventDeliverySchema: 'EventGridSchema'
      destination: {
        // By function and not by web hook: the platform does the handshake and keeps the key.
        endpointType: 'AzureFunction'
        properties: {
          resourceId: resourceId(
            split(functionAppGroup, '/')[2],
            split(functionAppGroup, '/')[4],
            'Microsoft.Web/sites/functions',
            functionAppName,
            each.function
          )
          // One event that fails fails its whole batch, so a batch is one event.
          maxEventsPerBatch: 1
          preferredBatchSizeInKilobytes: 64
        }
      }
      // Said, since null means all types of the source, also those that come to exist later.
      filter: { includedEventTypes: each.types, advancedFilters: each.advancedFilters }
      // A day, which the service also allows at most; then, or at once after 400, 403 and 413, it is a dead letter.
      retryPolicy: { maxDeliveryAttempts: 30, eventTimeToLiveInMinutes: 1440 }
      deadLetterWithResourceIdentity: {
        identity: { type: 'SystemAssigned' }
        deadLetterDestination: {
          endpointType: 'StorageBlob'
          properties: { resourceId: storageId, blobContainerName: 'dead-letters' }
        }
      }
    }
  }
]
