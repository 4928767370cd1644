import { z } from 'zod';
import { Refused } from '../core/errors.ts';
import type { WorkspaceId } from '../ports.ts';
import type { Arm } from './arm.ts';
import { parsed } from './armErrors.ts';

const workspaceFacts = z.object({ mlFlowTrackingUri: z.string() });
const blobStore = z.object({
  properties: z.object({
    datastoreType: z.literal('AzureBlob', 'files can be read from blob datastores only'),
    accountName: z.string(),
    containerName: z.string(),
  }),
});

/** Address of the workspace's MLflow REST interface, without trailing slash. It must be asked for: private workspaces have other hosts. */
export async function mlflowAddress(arm: Arm, workspace: WorkspaceId): Promise<string> {
  const asked = 'GET workspace';
  const answer = await arm.facts(workspace, asked, ({ client, group, workspace: name, options }) =>
    client.workspaces.get(group, name, options),
  );
  const { mlFlowTrackingUri } = parsed('Azure ML', asked, workspaceFacts, answer);
  const [address = ''] = mlFlowTrackingUri.replace(/^azureml:/, 'https:').split('?');
  return `${address.replace(/\/$/, '')}/api/2.0/mlflow`;
}

/** Where a blob datastore keeps its files. */
export async function blobDatastore(
  arm: Arm,
  workspace: WorkspaceId,
  datastore: string,
): Promise<{ readonly account: string; readonly container: string }> {
  const asked = `GET datastore ${datastore}`;
  const answer = await arm.factsOrAbsent(workspace, asked, ({ client, group, workspace: name, options }) =>
    client.datastores.get(group, name, datastore, options),
  );
  if (answer === undefined) throw new Refused('notFound', 'Azure ML', `The workspace has no datastore "${datastore}"`);
  const { accountName, containerName } = parsed('Azure ML', asked, blobStore, answer).properties;
  return { account: accountName, container: containerName };
}
