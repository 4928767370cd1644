import { instanceKey, instances, type ModelAnswer } from '../../runtime/instances.ts';
import { requestLimits } from '../../runtime/onlineDeployment.ts';
import type { Deployment, World } from '../../world.ts';

/** What the front answers, and what the model itself said (0 = it said nothing). */
export interface FrontAnswer {
  readonly status: number;
  readonly modelStatus: number;
  readonly body: Buffer | string;
  readonly contentType: string;
}

export interface ScoringRequest {
  readonly body: Buffer;
  readonly contentType: string;
}

/** Passes a request to a deployment's process and puts its answer in the front's words. */
export async function askDeployment(
  world: World,
  deployment: Deployment,
  request: ScoringRequest,
): Promise<FrontAnswer> {
  const instance = instances(world).get(instanceKey(deployment));
  if (instance === undefined || !instance.alive) return failure(503, 0, 'No instance of the deployment is running.');
  const limits = requestLimits(deployment);
  if (instance.pending >= limits.pending) return failure(429, 0, 'Too many pending requests.');
  return inFrontWords(await instance.ask({ ...request, ...limits }));
}

function inFrontWords(answer: ModelAnswer): FrontAnswer {
  if (answer.kind === 'timedOut') return failure(408, 0, 'The model did not answer within the request timeout.');
  if (answer.kind === 'gone') return failure(424, 502, 'The model container ended before it answered.');
  const { status: modelStatus, body, contentType } = answer;
  return { status: modelStatus === 200 ? 200 : 424, modelStatus, body, contentType };
}

function failure(status: number, modelStatus: number, message: string): FrontAnswer {
  return { status, modelStatus, body: JSON.stringify({ error: { message } }), contentType: 'application/json' };
}
