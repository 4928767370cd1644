import { DefaultAzureCredential, ManagedIdentityCredential } from '@azure/identity';
import { QueueClient } from '@azure/storage-queue';
import type { Environment } from './settings.ts';

export type OpenQueue = (connection: string, queueName: string) => QueueClient;

/** The host's own retries sit above the client's: few and quick here, the poll loop does the rest. */
const options = { retryOptions: { maxTries: 2, retryDelayInMs: 100, maxRetryDelayInMs: 1000 } };

/**
 * Opens queues by the name of a connection setting: a connection string, or identity-based settings
 * `NAME__queueServiceUri` (or `NAME__accountName`), `NAME__credential` and `NAME__clientId`. Clients refuse to
 * send a token to a plain http address.
 */
export function queueOpener(environment: Environment): OpenQueue {
  return (connection, queueName) => {
    const text = environment[connection];
    if (text !== undefined) return new QueueClient(text, queueName, options);
    const account = environment[`${connection}__accountName`];
    const address =
      environment[`${connection}__queueServiceUri`] ?? (account && `https://${account}.queue.core.windows.net`);
    if (!address) {
      throw new Error(
        `Storage connection "${connection}" is not configured: set ${connection} or ${connection}__queueServiceUri.`,
      );
    }
    const clientId = environment[`${connection}__clientId`];
    const managed = environment[`${connection}__credential`] === 'managedidentity';
    const credential = managed
      ? new ManagedIdentityCredential(clientId === undefined ? {} : { clientId })
      : new DefaultAzureCredential();
    return new QueueClient(`${address.replace(/\/$/, '')}/${queueName}`, credential, options);
  };
}
