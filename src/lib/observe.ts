import { BadInput, Refused, Unavailable } from './core/errors.ts';
import type { EnvironmentPolicy } from './core/policy/policy.ts';
import type { Facts, Needs, Unreachable } from './core/step.ts';
import type { Endpoints, Jobs, Models, Runs, TrafficMetrics, WorkspaceId } from './ports.ts';

export interface ObserveDeps {
  readonly models: Models;
  readonly jobs: Jobs;
  readonly runs: Runs;
  readonly endpoints: Endpoints;
  readonly trafficMetrics: TrafficMetrics;
}

/** Reads the facts that a stage named, no others. What cannot be reached is an answer too; only bugs throw. */
export async function observe(
  needs: Needs,
  policy: EnvironmentPolicy,
  workspace: WorkspaceId,
  deps: ObserveDeps,
): Promise<Facts | { readonly unreachable: Unreachable }> {
  try {
    return await read(needs, policy, workspace, deps);
  } catch (error) {
    // A read that is refused (a role not granted yet, a workspace gone) heals or runs into the phase's deadline.
    if (error instanceof Refused) return { unreachable: { provider: error.provider, reason: error.message } };
    // An answer of a shape that we do not know: people are told, and the phase's deadline ends it.
    if (error instanceof BadInput) return { unreachable: { provider: 'Azure', reason: error.message } };
    if (!(error instanceof Unavailable)) throw error;
    const { provider, message, retryAfterMs } = error;
    return { unreachable: { provider, reason: message, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) } };
  }
}

async function read(
  needs: Needs,
  policy: EnvironmentPolicy,
  workspace: WorkspaceId,
  deps: ObserveDeps,
): Promise<Facts> {
  const { version, job, evidence, evaluationPlan: plan, minutes } = needs;
  const { model, endpoint } = policy;
  // Side by side: a pass waits for the slowest answer, not for the sum.
  const parts: Promise<Facts>[] = [];
  if (version !== undefined)
    parts.push(deps.models.version(workspace, model, version).then((fact) => ({ version: fact })));
  if (needs.endpoint) parts.push(deps.endpoints.endpoint(workspace, endpoint).then((fact) => ({ endpoint: fact })));
  if (needs.deployments)
    parts.push(deps.endpoints.deployments(workspace, endpoint).then((fact) => ({ deployments: fact })));
  if (plan)
    parts.push(
      deps.jobs.evaluationPlan(workspace, plan.template, plan.data).then((fact) => ({ evaluationPlan: fact })),
    );
  if (job !== undefined) parts.push(deps.jobs.job(workspace, job).then((fact) => ({ job: fact })));
  if (evidence)
    parts.push(deps.runs.evidence(workspace, evidence.job, evidence.metrics).then((fact) => ({ evidence: fact })));
  if (minutes)
    parts.push(
      deps.trafficMetrics
        .minutes(workspace, endpoint, new Date(minutes.from), new Date(minutes.to))
        .then((fact) => ({ minutes: fact })),
    );
  return Object.assign({}, ...(await Promise.all(parts)));
}
