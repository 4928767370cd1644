import { Refused } from '../core/errors.ts';
import type { Split } from '../core/lifecycle.ts';
import type { TrafficChange } from '../core/step.ts';
import type { Endpoints, WorkspaceId } from '../ports.ts';
import { openArm, type Arm, type ArmOptions } from './arm.ts';
import { createBatchDeployment, deleteBatchDeployment, listBatchDeployments } from './batchDeployments.ts';
import { batchBusyInstead, batchEndpointFact, batchEndpointOf, batchEndpointPath, bodyWithDefault } from './batchEndpointsState.ts'; // prettier-ignore
import { mayWrite } from './trafficFence.ts';

/** Batch endpoints: a default deployment is a split of 100 to nothing. See docs/decisions/0012-batch-endpoints.md. */
export function armBatchEndpoints(options: ArmOptions): Endpoints {
  const arm = openArm(options);
  return {
    async endpoint(workspace, endpoint) {
      const found = await batchEndpointOf(arm, workspace, endpoint);
      return found === undefined ? 'absent' : batchEndpointFact(found);
    },
    deployments: (workspace, endpoint) => listBatchDeployments(arm, workspace, endpoint),
    setTraffic: (workspace, endpoint, change) => setDefault(arm, workspace, endpoint, change),
    createDeployment: (workspace, endpoint, plan) => createBatchDeployment(arm, workspace, endpoint, plan),
    deleteDeployment: (workspace, endpoint, deployment, allowed) =>
      deleteBatchDeployment(arm, workspace, endpoint, deployment, allowed),
  };
}

/** One GET and one PUT, as for online endpoints: what is left between them is one round trip. */
async function setDefault(arm: Arm, workspace: WorkspaceId, name: string, change: TrafficChange): Promise<void> {
  const endpoint = await batchEndpointOf(arm, workspace, name);
  if (endpoint === undefined) throw new Refused('notFound', 'Azure ML', `There is no batch endpoint ${name}`);
  if (!mayWrite(name, batchEndpointFact(endpoint), change)) return;
  const deployment = onlyOne(name, change);
  try {
    const body = bodyWithDefault(endpoint, deployment, change.generation);
    const done = await arm.change(workspace, 'PUT', batchEndpointPath(name), body);
    if (done === undefined) throw new Refused('notFound', 'Azure ML', `There is no batch endpoint ${name}`);
  } catch (error) {
    throw await batchBusyInstead(arm, workspace, name, error);
  }
}

function onlyOne(endpoint: string, { desired, mirror }: TrafficChange): string | undefined {
  const served = positive(desired);
  const copied = positive(mirror?.desired ?? {});
  const [first] = served;
  const whole = served.length === 0 || (served.length === 1 && first?.[1] === 100);
  if (whole && copied.length === 0) return first?.[0];
  const message = `Batch endpoint ${endpoint} has one default deployment: it cannot share or copy anything`;
  throw new Refused('invalid', 'Azure ML', message);
}

function positive(split: Split): [string, number][] {
  return Object.entries(split).filter(([, percent]) => percent > 0);
}
