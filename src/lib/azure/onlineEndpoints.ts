import { Refused } from '../core/errors.ts';
import { sameRouting, type Routing } from '../core/lifecycle.ts';
import { routingOf, type TrafficChange } from '../core/step.ts';
import type { Endpoints, WorkspaceId } from '../ports.ts';
import { openArm, type Arm, type ArmOptions } from './arm.ts';
import { createDeployment, deleteDeployment, listDeployments } from './deployments.ts';
import { bodyWithTraffic } from './onlineEndpointsBody.ts';
import { busy, busyInstead, endpointFact, endpointOf, endpointPath, marksOf, stateOf } from './onlineEndpointsState.ts';

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
  const { generation } = change;
  const expected = { split: change.expected, mirror: change.mirror?.expected ?? {} };
  const desired = { split: change.desired, mirror: change.mirror?.desired ?? {} };
  const endpoint = await endpointOf(arm, workspace, name);
  if (endpoint === undefined) throw new Refused('notFound', 'Azure ML', `There is no endpoint ${name}`);
  const marks = marksOf(endpoint);
  if (marks.generation !== undefined && marks.generation > generation) {
    const message = `Endpoint ${name} carries generation ${marks.generation}, newer than ${generation}`;
    throw new Refused('stale', 'Azure ML', message);
  }
  if (stateOf(endpoint) === 'busy') throw busy(name);
  const live = routingOf(endpointFact(endpoint));
  const isOurs =
    marks.generation === generation &&
    marks.split !== undefined &&
    sameRouting({ ...marks, split: marks.split }, desired);
  if (isOurs && sameRouting(live, desired)) return;
  if (!sameRouting(live, expected)) {
    const message = `Endpoint ${name} has traffic ${told(live)}, not ${told(expected)} as expected`;
    throw new Refused('foreign', 'Azure ML', message);
  }
  try {
    const body = bodyWithTraffic(endpoint, desired, generation);
    const done = await arm.change(workspace, 'PUT', endpointPath(name), body);
    if (done === undefined) throw new Refused('notFound', 'Azure ML', `There is no endpoint ${name}`);
  } catch (error) {
    throw await busyInstead(arm, workspace, name, error);
  }
}

function told({ split, mirror = {} }: Routing): string {
  const copied = Object.values(mirror).some((percent) => percent > 0);
  return `${JSON.stringify(split)}${copied ? ` mirrored to ${JSON.stringify(mirror)}` : ''}`;
}
