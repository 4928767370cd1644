import { BlobServiceClient } from '@azure/storage-blob';
import { v5 as uuidOf } from 'uuid';
import type { Resource, StorageAddresses, Workspace } from './world.ts';

export interface WorkspaceOptions {
  readonly name: string;
  readonly subscriptionId?: string;
  readonly resourceGroup?: string;
  readonly region?: string;
  readonly tags?: Record<string, string>;
  readonly quota?: number;
}

/** An arbitrary constant: the same workspace id always gets the same guid, also after a restart. */
const guidNamespace = '6f1c3c1e-5d0a-4f6e-9c83-3a5f0c1f7a55';

export async function createWorkspace(
  options: WorkspaceOptions,
  storage: StorageAddresses,
  now: Date,
): Promise<Workspace> {
  const { name, subscriptionId = '00000000-0000-0000-0000-000000000001', resourceGroup = 'rg' } = options;
  const id = `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers/Microsoft.MachineLearningServices/workspaces/${name}`;
  const guid = uuidOf(id.toLowerCase(), guidNamespace);
  // Workspaces share the account, so that each needs containers of its own (in the cloud artifacts are in `azureml`).
  const datastores = [
    blobDatastore(id, { name: 'workspaceblobstore', containerName: `azureml-blobstore-${guid}` }, storage, now),
    blobDatastore(id, { name: 'workspaceartifactstore', containerName: `azureml-${guid}` }, storage, now),
  ];
  for (const { properties } of datastores) {
    await BlobServiceClient.fromConnectionString(storage.connectionString)
      .getContainerClient(String(properties['containerName']))
      .createIfNotExists();
  }
  return {
    id,
    name,
    subscriptionId,
    resourceGroup,
    region: options.region ?? 'westeurope',
    guid,
    tags: options.tags ?? {},
    datastores: new Map(datastores.map((datastore) => [datastore.name, datastore])),
    ...empty(),
    quota: options.quota ?? 1000,
    nodes: new Map(),
  };
}

function empty() {
  return {
    jobs: new Map(),
    runs: new Map(),
    experiments: new Map(),
    models: new Map(),
    data: new Map(),
    environments: new Map(),
    codes: new Map(),
    components: new Map(),
    schedules: new Map(),
    endpoints: new Map(),
    batchEndpoints: new Map(),
  };
}

/** Every workspace has a default datastore, and one for what runs leave behind. */
function blobDatastore(
  workspaceId: string,
  { name, containerName }: { readonly name: string; readonly containerName: string },
  storage: StorageAddresses,
  now: Date,
): Resource {
  const blob = new URL(storage.blob);
  return {
    id: `${workspaceId}/datastores/${name}`,
    name,
    type: 'Microsoft.MachineLearningServices/workspaces/datastores',
    tags: {},
    properties: {
      datastoreType: 'AzureBlob',
      accountName: storage.account,
      containerName,
      // In the cloud `core.windows.net`, and the address is https://{account}.blob.{endpoint}/{container}.
      endpoint: blob.host,
      protocol: blob.protocol.replace(':', ''),
      isDefault: name === 'workspaceblobstore',
      serviceDataAccessAuthIdentity: 'None',
      credentials: { credentialsType: 'AccountKey' },
    },
    createdAt: now,
    modifiedAt: now,
  };
}
