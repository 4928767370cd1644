import { Refused } from '../core/errors.ts';
import type { TrafficChange } from '../core/step.ts';
import type { Endpoints, WorkspaceId } from '../ports.ts';
import { openArm, type Arm, type ArmOptions } from './arm.ts';
import { createDeployment, deleteDeployment, listDeployments } from './deployments.ts';
import { bodyWithTraffic } from './onlineEndpointsBody.ts';
import { busyInstead, endpointFact, endpointOf, endpointPath } from './onlineEndpointsState.ts';
import { mayWrite, sidesOf } from './trafficFence.ts';

/** Managed online endpoints: their traffic and their deployments. */
export function armEndpoints(options: ArmOptions): Endpoints {
  const arm = openArm(options);
  return {
    async endpoint(workspace, endpoint) {
      const found = await endpointOf(arm, workspace, endpoint);
      return found === undefined ? 'absent' : endpointFact(found);
    },
    deployments: (workspace, endpoint) => listDeployments(arm, workspace, endpoint),
    setTraffic: (workspace, endpoint, change) => setTraffic(arm, workspace, endpoint, change),
    createDeployment: (workspace, endpoint, plan) => createDeployment(arm, workspace, endpoint, plan),
    deleteDeployment: (workspace, endpoint, deployment, allowed) =>
      deleteDeployment(arm, workspace, endpoint, deployment, allowed),
  };
}

/** ARM has no ETags: what is left between this GET and this PUT is one round trip, and the next look finds it. */
async function setTraffic(arm: Arm, workspace: WorkspaceId, name: string, change: TrafficChange): Promise<void> {
  const endpoint = await endpointOf(arm, workspace, name);
  if (endpoint === undefined) throw new Refused('notFound', 'Azure ML', `There is no endpoint ${name}`);
  if (!mayWrite(name, endpointFact(endpoint), change)) return;
  try {
    const body = bodyWithTraffic(endpoint, sidesOf(change).desired, change.generation);
    const done = await arm.change(workspace, 'PUT', endpointPath(name), body);
    if (done === undefined) throw new Refused('notFound', 'Azure ML', `There is no endpoint ${name}`);
  } catch (error) {
    throw await busyInstead(arm, workspace, name, error);
  }
}
