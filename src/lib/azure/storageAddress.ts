import type { TableClient } from '@azure/data-tables';
import type { TokenCredential } from '@azure/identity';
import type { ContainerClient } from '@azure/storage-blob';
import type { QueueClient } from '@azure/storage-queue';

/** Where Steward keeps its state: a plain connection string, or three addresses that the app's identity may enter. */
export type StorageAddress =
  | { readonly connectionString: string }
  | {
      readonly tableUri: string;
      readonly queueUri: string;
      readonly blobUri: string;
      readonly credential: TokenCredential;
    };

// The clients are loaded with their first use: an instance that only takes in events never pays for blobs.

export async function openTable(address: StorageAddress, table: string): Promise<TableClient> {
  const { TableClient } = await import('@azure/data-tables');
  if (!('connectionString' in address)) return new TableClient(address.tableUri, table, address.credential);
  // The client refuses http unless told; an account key is never sent, it only signs.
  return TableClient.fromConnectionString(address.connectionString, table, { allowInsecureConnection: true });
}

export async function openQueue(address: StorageAddress, queue: string): Promise<QueueClient> {
  const { QueueClient, QueueServiceClient } = await import('@azure/storage-queue');
  if ('connectionString' in address) return new QueueClient(address.connectionString, queue);
  return new QueueServiceClient(address.queueUri, address.credential).getQueueClient(queue);
}

export async function openContainer(address: StorageAddress, container: string): Promise<ContainerClient> {
  const { BlobServiceClient } = await import('@azure/storage-blob');
  const account =
    'connectionString' in address
      ? BlobServiceClient.fromConnectionString(address.connectionString)
      : new BlobServiceClient(address.blobUri, address.credential);
  return account.getContainerClient(container);
}
