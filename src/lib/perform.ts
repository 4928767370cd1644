import { BadInput, Refused, Unavailable } from './core/errors.ts';
import type { Outcome } from './core/inbox.ts';
import type { Key, Lifecycle } from './core/lifecycle.ts';
import { factKey, stewardId } from './core/names.ts';
import type { EnvironmentPolicy } from './core/policy/policy.ts';
import type { Action } from './core/step.ts';
import type { Log } from './log.ts';
import type { Clock, Endpoints, Jobs, Lifecycles, Scoring, WorkQueue, WorkspaceId } from './ports.ts';

export interface PerformDeps {
  readonly jobs: Jobs;
  readonly endpoints: Endpoints;
  readonly scoring: Scoring;
  readonly lifecycles: Pick<Lifecycles, 'etag' | 'append'>;
  readonly queue: Pick<WorkQueue, 'look'>;
  readonly clock: Clock;
  readonly log: Log;
}

/** What a pass saved and under which ETag: the right to act, until somebody else saves. */
export interface Mandate {
  readonly lifecycle: Lifecycle;
  readonly etag: string;
  readonly policy: EnvironmentPolicy;
  readonly workspace: WorkspaceId;
}

/**
 * Acts on the world. Before each call the row's ETag is read again: if another pass has saved meanwhile, this one is
 * over. Success is read back at the next look; what no look can show (a refusal, a smoke answer) goes into the inbox.
 */
export async function perform(actions: readonly Action[], mandate: Mandate, deps: PerformDeps): Promise<void> {
  const key: Key = mandate.lifecycle;
  for (const action of actions) {
    if ((await deps.lifecycles.etag(key)) !== mandate.etag)
      return deps.log.info('Another pass has taken over', { action: action.do });
    const outcome = await attempt(action, mandate, deps);
    deps.log.info('Action performed', { action: action.do, result: outcome?.result ?? 'done' });
    if (outcome) await report(outcome, action, mandate, deps);
  }
}

async function attempt(action: Action, mandate: Mandate, deps: PerformDeps): Promise<Outcome | undefined> {
  const of = action.do === 'submitEvaluation' ? 'submitJob' : action.do;
  try {
    return await act(action, mandate, deps);
  } catch (error) {
    if (error instanceof Unavailable) {
      const { provider, message, retryAfterMs } = error;
      return { of, result: 'unavailable', provider, message, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
    }
    if (error instanceof BadInput) return { of, result: 'unavailable', provider: 'Azure', message: error.message };
    if (!(error instanceof Refused)) throw error;
    if (of === 'smokeTest') return { of, result: 'unavailable', provider: error.provider, message: error.message };
    return { of, result: 'refused', code: error.code, message: error.message };
  }
}

async function act(
  action: Action,
  { lifecycle, policy, workspace }: Mandate,
  deps: PerformDeps,
): Promise<Outcome | undefined> {
  const { jobs, endpoints, scoring } = deps;
  const { endpoint, model } = policy;
  switch (action.do) {
    case 'submitEvaluation':
      await jobs.submitEvaluation(workspace, { ...action, model, stewardId: stewardId(lifecycle, action.job) });
      return undefined;
    case 'cancelJob':
      await jobs.cancel(workspace, action.job);
      return undefined;
    case 'createDeployment':
      await endpoints.createDeployment(workspace, endpoint, {
        ...action,
        model,
        stewardId: stewardId(lifecycle, action.deployment),
      });
      return undefined;
    case 'setTraffic':
      await endpoints.setTraffic(workspace, endpoint, action);
      return undefined;
    case 'deleteDeployment':
      // Only former champions, made by hand or not, and challengers of our own are ever kept to be deleted.
      await endpoints.deleteDeployment(workspace, endpoint, action.deployment, { foreign: true });
      return undefined;
    case 'smokeTest': {
      const answer = await scoring.ask(workspace, endpoint, action.deployment, action.request);
      return { of: 'smokeTest', result: 'answered', deployment: action.deployment, attempt: action.attempt, ...answer };
    }
  }
}

async function report(outcome: Outcome, action: Action, { lifecycle }: Mandate, deps: PerformDeps): Promise<void> {
  const happening = {
    kind: 'outcome',
    outcome,
    ...(lifecycle.release ? { release: lifecycle.release.number } : {}),
  } as const;
  const item = {
    factKey: factKey.outcome(lifecycle.sequence, action.do),
    receivedAt: deps.clock.now().toISOString(),
    happening,
  };
  await deps.lifecycles.append(lifecycle, item);
  await deps.queue.look(lifecycle);
}
