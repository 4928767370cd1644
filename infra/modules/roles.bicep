metadata description = 'The built-in roles that may be given out; test/unit/infra holds the same list with a reason for each.'

@export()
var roleIds = {
  // Blobs of the app: host leases and keys, the deployment package, policies, audit.
  storageBlobDataOwner: 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b'
  storageBlobDataContributor: 'ba92f5b4-2d11-453d-a403-e96b0029c9fe'
  storageBlobDataReader: '2a2b9908-6ea1-4ae2-8e65-a410df84e7d1'
  storageQueueDataContributor: '974c5e8b-45b9-4653-ba55-5f855dd0fb88'
  storageTableDataContributor: '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3'
  // Jobs, models, endpoints, deployments and MLflow; neither compute nor the workspace itself.
  azureMlDataScientist: 'f6c7c914-8db3-469d-8ca1-694a8f32e121'
  monitoringReader: '43d0d8ad-25c7-4714-9337-8ba259a9fe05'
  monitoringMetricsPublisher: '3913510d-42f4-4e42-8a64-420c390055eb'
  // No narrower built-in role that sends mail is known.
  communicationAndEmailServiceOwner: '09976791-48a7-449e-bb21-39d1a415f350'
  eventGridDataSender: 'd5a91429-5739-47e2-a06b-3470a27159e7'
}
