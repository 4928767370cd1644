import { BadInput, Refused, Unavailable } from './core/errors.ts';
import type { InboxItem, Outcome } from './core/inbox.ts';
import type { Key, Lifecycle } from './core/lifecycle.ts';
import { factKey, stewardId, trainingOf } from './core/names.ts';
import type { EnvironmentPolicy } from './core/policy/policy.ts';
import { ofKind } from './core/policy/serves.ts';
import { requestsOf, whatIsWrong } from './core/smoke/answer.ts';
import type { Action } from './core/step.ts';
import type { Cause } from './core/training/state.ts';
import type { Log } from './log.ts';
import type {
  ActiveIndex,
  Clock,
  DeploymentUpdates,
  Endpoints,
  Jobs,
  Lifecycles,
  Models,
  Scoring,
  WorkQueue,
  WorkspaceId,
} from './ports.ts';
import type { BatchRuns } from './ports/batch.ts';
import type { DataAssets, TrainingJob, Trainings } from './ports/training.ts';

/** What was handed over and never looked at is found by the sweep this soon. */
const HAND_OVER_CHECK_MS = 120_000;

export interface PerformDeps {
  readonly jobs: Jobs;
  readonly models: Pick<Models, 'bring'>;
  readonly endpoints: Endpoints;
  readonly updates: DeploymentUpdates;
  readonly batchEndpoints: Endpoints;
  readonly batchRuns: Pick<BatchRuns, 'start'>;
  readonly scoring: Scoring;
  readonly trainings: Pick<Trainings, 'submit' | 'register'>;
  readonly dataAssets: Pick<DataAssets, 'collect'>;
  readonly lifecycles: Pick<Lifecycles, 'etag' | 'append'>;
  readonly index: Pick<ActiveIndex, 'promise'>;
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
  const outages = new Set<string>();
  for (const [at, action] of actions.entries()) {
    if ((await deps.lifecycles.etag(key)) !== mandate.etag)
      return deps.log.info('Another pass has taken over', { action: action.do });
    // Storage is ours: what it does not take is no answer of the world, and the message comes back.
    const outcome = action.do === 'handOver' || action.do === 'handOverVersion' ? await handOver(action, mandate, deps) : await attempt(action, mandate, deps); // prettier-ignore
    deps.log.info('Action performed', { action: action.do, result: outcome?.result ?? 'done' });
    if (!outcome || isToldOutage(outcome, action, mandate, outages)) continue;
    await report(outcome, { action, at }, mandate, deps);
  }
}

/** An outage is one, however many calls of a kind met it: each that is told makes the next look later. */
function isToldOutage(outcome: Outcome, action: Action, { lifecycle }: Mandate, told: Set<string>): boolean {
  if (outcome.result !== 'unavailable') return false;
  const what = `${action.do} ${trainingBy(action, lifecycle) ?? ''}`;
  if (told.has(what)) return true;
  told.add(what);
  return false;
}

type HandOver = Extract<Action, { do: 'handOver' | 'handOverVersion' }>;
type Attempt = Exclude<Action, HandOver>;

async function attempt(action: Attempt, mandate: Mandate, deps: PerformDeps): Promise<Outcome | undefined> {
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

async function act(action: Attempt, mandate: Mandate, deps: PerformDeps): Promise<Outcome | undefined> {
  const { lifecycle, policy, workspace } = mandate;
  const { jobs, models, scoring, batchRuns, trainings, dataAssets } = deps;
  const { endpoint, model } = policy;
  switch (action.do) {
    case 'submitEvaluation':
      await jobs.submitEvaluation(workspace, { ...action, model, stewardId: stewardId(lifecycle, action.job) });
      return undefined;
    case 'submitTraining':
      await trainings.submit(workspace, trainingJob(action, mandate));
      return undefined;
    case 'registerModel':
      await trainings.register(workspace, model, { ...action, stewardId: stewardId(lifecycle, action.job) });
      return undefined;
    case 'collectData':
      await dataAssets.collect(workspace, endpoint, { ...action, stewardId: stewardId(lifecycle, `${action.data}:${action.version}`) }); // prettier-ignore
      return undefined;
    case 'bringVersion':
      await models.bring(workspace, model, action);
      return { of: 'bringVersion', result: 'done' };
    case 'cancelJob':
      await jobs.cancel(workspace, action.job);
      return undefined;
    case 'createDeployment':
    case 'updateDeployment':
    case 'setTraffic':
    case 'deleteDeployment':
      await deploy(action, mandate, deps);
      return undefined;
    case 'smokeTest':
      return smokeTest(action, mandate, scoring);
    case 'testRun':
      return testRun(action, mandate, batchRuns);
  }
}

type Deploying = Extract<Action, { do: 'createDeployment' | 'updateDeployment' | 'setTraffic' | 'deleteDeployment' }>;

async function deploy(action: Deploying, { lifecycle, policy, workspace }: Mandate, deps: PerformDeps): Promise<void> {
  const { updates } = deps;
  const endpoints = ofKind(policy, { online: deps.endpoints, batch: deps.batchEndpoints });
  const { endpoint, model } = policy;
  switch (action.do) {
    case 'createDeployment': {
      const plan = { ...action, model, stewardId: stewardId(lifecycle, action.deployment) };
      return endpoints.createDeployment(workspace, endpoint, plan);
    }
    case 'updateDeployment':
      return updates.update(workspace, endpoint, { ...action, model });
    case 'setTraffic':
      return endpoints.setTraffic(workspace, endpoint, action);
    case 'deleteDeployment':
      // Only former champions, made by hand or not, and challengers of our own are ever kept to be deleted.
      return endpoints.deleteDeployment(workspace, endpoint, action.deployment, { foreign: true });
  }
}

/** One after another; the first that is not answered as expected is what is told, else the last. */
async function smokeTest(
  { deployment, attempt: number }: Extract<Action, { do: 'smokeTest' }>,
  { policy, workspace }: Mandate,
  scoring: Scoring,
): Promise<Outcome> {
  const { smokeTest: test } = policy.rollout;
  if (!test) throw new Error('A smoke test was asked for that the policy does not have');
  const { bodyFaults } = await import('./core/smoke/body.ts');
  const requests = requestsOf(test);
  for (const [which, request] of requests.entries()) {
    const { body, ...answer } = await scoring.ask(workspace, policy.endpoint, deployment, request.request);
    const faults = bodyFaults(request.expect, body);
    if (which < requests.length - 1 && !whatIsWrong(request, { ...answer, faults })) continue;
    return { of: 'smokeTest', result: 'answered', deployment, attempt: number, ...answer, which, faults };
  }
  throw new Error('A smoke test has at least one request');
}

async function testRun(
  action: Extract<Action, { do: 'testRun' }>,
  { lifecycle, policy, workspace }: Mandate,
  batchRuns: PerformDeps['batchRuns'],
): Promise<Outcome> {
  const { deployment } = action;
  // Of all attempts the same: one of them is found by the next.
  const testId = stewardId(lifecycle, `test of ${deployment}`);
  const started = await batchRuns.start(workspace, policy.endpoint, { ...action, testId });
  return { of: 'testRun', result: 'answered', deployment, ...started };
}

function trainingJob(
  { job, source, from: saved, pins, causes, attempt: number }: Extract<Action, { do: 'submitTraining' }>,
  { lifecycle, policy: { training, model } }: Mandate,
): TrainingJob {
  // As the row has it; one that an older version wrote has it not.
  const from = saved ?? training?.from;
  if (!from) throw new Refused('invalid', 'policy', 'The policy says no more what a training is made from');
  const tags = {
    'steward.training': `${trainingOf(lifecycle, job) ?? ''}/${number}`,
    'steward.causes': kindsOf(causes),
  };
  return { job, source, from, pins, model, tags, stewardId: stewardId(lifecycle, job) };
}

/** As a person reads them in the studio: `monitor, newData`. Well below the 256 characters of a tag. */
function kindsOf(causes: readonly Cause[]): string {
  return [...new Set(causes.map(({ kind }) => kind))].join(', ');
}

/** The index learns of it before the inbox does: only the next look of this lifecycle would tell it again. */
async function handOver(
  action: HandOver,
  { lifecycle, workspace }: Mandate,
  { lifecycles, index, queue, clock }: PerformDeps,
): Promise<undefined> {
  const key = { environment: action.to, model: lifecycle.model };
  const now = clock.now();
  await index.promise(key, new Date(now.getTime() + HAND_OVER_CHECK_MS));
  const item = { ...handedOver(action, lifecycle, workspace), receivedAt: now.toISOString() };
  const { known, unread } = await lifecycles.append(key, item);
  if (!known || unread) await queue.look(key);
}

function handedOver(action: HandOver, from: Key, workspace: WorkspaceId): Omit<InboxItem, 'receivedAt'> {
  if (action.do === 'handOver') {
    const { number, causes, more } = action;
    return { factKey: factKey.handOver(from, number), happening: { kind: 'handOver', from: from.environment, causes, more } };
  }
  const { do: _, to: __, ...version } = action;
  const happening = { kind: 'versionHandedOver', from: from.environment, workspace, ...version } as const;
  return { factKey: factKey.versionHandedOver(from, action.release, action.version), happening };
} // prettier-ignore

async function report(
  outcome: Outcome,
  { action, at }: { readonly action: Action; readonly at: number },
  { lifecycle }: Mandate,
  deps: PerformDeps,
): Promise<void> {
  const training = trainingBy(action, lifecycle);
  const release = lifecycle.release?.number;
  const about = training === undefined ? (release === undefined ? {} : { release }) : { training };
  const item = {
    factKey: factKey.outcome(lifecycle.sequence, at, action.do),
    receivedAt: deps.clock.now().toISOString(),
    happening: { kind: 'outcome', outcome: { ...outcome, ...(action.do === 'bringVersion' ? { about: `${action.stewardId} ${action.as}` } : {}) }, ...about } as const, // prettier-ignore
  };
  await deps.lifecycles.append(lifecycle, item);
  // A training has a look of its own on its way: asking at once what was just refused would be a loop.
  const ends = outcome.of === 'submitTraining' && outcome.result === 'refused';
  const trains = training !== undefined || outcome.of === 'collectData';
  if (!trains || ends) await deps.queue.look(lifecycle);
}

/** The training whose job it acts on: the name of ours says it, that of a run of the team's own does not. */
function trainingBy(action: Action, lifecycle: Lifecycle): number | undefined {
  if (!('job' in action)) return undefined;
  const { training } = lifecycle;
  return training?.job === action.job ? training.number : trainingOf(lifecycle, action.job);
}
