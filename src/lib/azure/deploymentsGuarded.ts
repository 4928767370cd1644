/** How deployments of either kind of endpoint are made and deleted so that twice is once, and a namesake is left alone. */
import { Refused } from '../core/errors.ts';
import type { DeploymentFact } from '../core/step.ts';
import type { WorkspaceId } from '../ports.ts';
import type { Arm } from './arm.ts';

export const deploymentStates = {
  Creating: 'creating',
  Scaling: 'updating',
  Updating: 'updating',
  Deleting: 'deleting',
  Succeeded: 'ready',
  Failed: 'failed',
  Canceled: 'failed',
} as const satisfies Record<string, DeploymentFact['state']>;
export const provisioningStates = Object.keys(deploymentStates) as [keyof typeof deploymentStates];

interface Found {
  readonly tags?: Readonly<Record<string, string>> | null | undefined;
  readonly properties: { readonly provisioningState: string };
}

/** One deployment, and what its kind of endpoint knows of it. */
export interface Guarded {
  readonly arm: Arm;
  readonly workspace: WorkspaceId;
  readonly endpoint: string;
  readonly name: string;
  readonly path: string;
  readonly read: () => Promise<Found | undefined>;
  /** What a refusal says once the endpoint has been looked at. */
  readonly busyInstead: (error: unknown) => Promise<unknown>;
}

/** Is it there, and ours? */
export async function isOurs({ name, read }: Guarded, stewardId: string): Promise<boolean> {
  const found = await read();
  if (found === undefined) return false;
  if (found.tags?.['stewardId'] === stewardId) return true;
  throw new Refused('foreign', 'Azure ML', `There is a deployment ${name} already that is not ours`);
}

export async function putDeployment(guarded: Guarded, stewardId: string, body: unknown): Promise<void> {
  const { arm, workspace, endpoint, path } = guarded;
  try {
    const done = await arm.change(workspace, 'PUT', path, body);
    if (done === undefined) throw new Refused('notFound', 'Azure ML', `There is no endpoint ${endpoint}`);
  } catch (error) {
    if (!(error instanceof Refused) || error.code === 'quota') throw error;
    // A no may mean that somebody (a late call of ours, too) was first under this name.
    if (await isOurs(guarded, stewardId)) return;
    throw await guarded.busyInstead(error);
  }
}

/** Gone already is fine. `isFree` throws while it serves; false: its endpoint is gone. */
export async function removeDeployment(
  guarded: Guarded,
  allowed: { readonly foreign?: boolean } | undefined,
  isFree: () => Promise<boolean>,
): Promise<void> {
  const { arm, workspace, endpoint, name, path } = guarded;
  const found = await guarded.read();
  if (found === undefined || found.properties.provisioningState === 'Deleting') return;
  if (found.tags?.['stewardId'] === undefined && allowed?.foreign !== true) {
    throw new Refused('foreign', 'Azure ML', `Deployment ${name} of ${endpoint} was not made by Steward`);
  }
  if (!(await isFree())) return;
  try {
    await arm.change(workspace, 'DELETE', path);
  } catch (error) {
    throw await guarded.busyInstead(error);
  }
}
