/** The whole of lib over twins in memory, on a virtual clock: a test takes messages when it wants and breaks what it wants. */
import { publishTo } from '../../src/cli/policy/publication.ts';
import { deliveryJson, readJson } from '../../src/lib/azure/lifecyclesRows.ts';
import { partitionOf } from '../../src/lib/azure/rowKeys.ts';
import type { Delivery } from '../../src/lib/core/notice.ts';
import type { HistoryDeps } from '../../src/lib/history.ts';
import type { IntakeDeps } from '../../src/lib/intake.ts';
import { createLog } from '../../src/lib/log.ts';
import { publishedPolicies } from '../../src/lib/policies.ts';
import type { OutboxRow } from '../../src/lib/ports.ts';
import { reconcile } from '../../src/lib/reconcile.ts';
import type { ReconcileDeps } from '../../src/lib/reconcile/situation.ts';
import { unpoison } from '../../src/lib/reconcile/unpoison.ts';
import { sweep, type SweepDeps } from '../../src/lib/sweep.ts';
import { listPlaces, type ListPlacesDeps } from '../../src/lib/sweep/listPlaces.ts';
import { artifactsTwin, type ArtifactsTwin } from '../twins/artifacts.ts';
import { dataAssetsTwin, type DataAssetsTwin } from '../twins/dataAssets.ts';
import { capacityTwin, type CapacityTwin } from '../twins/capacity.ts';
import { batchRunsTwin, type BatchRunsTwin } from '../twins/batchRuns.ts';
import { endpointsTwin, type EndpointsTwin } from '../twins/endpoints.ts';
import { jobsTwin, type JobsTwin } from '../twins/jobs.ts';
import { loggedAnswersTwin, type LoggedAnswersTwin } from '../twins/loggedAnswers.ts';
import { memoryStore, type MemoryStore } from '../twins/memoryStore.ts';
import { memoryWorkQueue, type MemoryWorkQueue } from '../twins/memoryWorkQueue.ts';
import { modelsTwin, type ModelsTwin } from '../twins/models.ts';
import { monitorsTwin, type MonitorsTwin } from '../twins/monitors.ts';
import { runsTwin, type RunsTwin } from '../twins/runs.ts';
import { scoringTwin, type ScoringTwin } from '../twins/scoring.ts';
import { trafficMetricsTwin, type TrafficMetricsTwin } from '../twins/trafficMetrics.ts';
import { trainingsTwin, type TrainingsTwin } from '../twins/trainings.ts';
import { DAY_MS, KEY, modelId, OLD, T0 } from './core/given.ts';
import { estateFrom, policyFrom, workspaceId } from './core/policy/given.ts';

export const WORKSPACE = workspaceId('ml-prod');
export const ESTATE = `steward: 1
workspaces: {ml-prod: {id: ${WORKSPACE}, environment: prod}}
channels:
  oncall: {email: {to: [oncall@example.com]}}
`;
export const POLICY = `steward: 1
model: spam-filter
owners: [ml-oncall@example.com]
environments: {prod: {workspace: ml-prod, endpoint: spam-online}}
evaluation: {job: evaluate-spam, data: spam-holdout}
gate: {metric: accuracy, better: higher}
rollout: {smokeTest: {request: smoke.json, expect: {status: 200}}, bake: 10m, watch: 10m, keepPrevious: 30m, canary: {negligible: 10%}}
`;
/** Ports whose calls change the world or the row, in the order in which they came. */
const EFFECTS = [
  'save',
  'setTraffic',
  'createDeployment',
  'deleteDeployment',
  'submitEvaluation',
  'submit',
  'register',
  'collect',
  'cancel',
  'ask',
  'bring',
  'start',
];

interface Twins {
  readonly models: ModelsTwin;
  readonly jobs: JobsTwin;
  readonly runs: RunsTwin;
  readonly artifacts: ArtifactsTwin;
  readonly endpoints: EndpointsTwin;
  readonly batchEndpoints: EndpointsTwin;
  readonly batchRuns: BatchRunsTwin;
  readonly trafficMetrics: TrafficMetricsTwin;
  readonly trafficLog: TrafficMetricsTwin;
  readonly capacity: CapacityTwin;
  readonly loggedAnswers: LoggedAnswersTwin;
  readonly scoring: ScoringTwin;
  readonly trainings: TrainingsTwin;
  readonly monitors: MonitorsTwin;
  readonly dataAssets: DataAssetsTwin;
}

export type Rig = Awaited<ReturnType<typeof newRig>>;

/** Version 6 serves `spam-online`; the policy was published a day ago; nothing has happened yet. */
export async function newRig(given: { readonly policy?: string; readonly estate?: string } = {}) {
  const clock = { nowMs: T0.getTime(), now: () => new Date(clock.nowMs) };
  const store = memoryStore(() => clock.nowMs);
  const queue = memoryWorkQueue(() => clock.nowMs);
  const twins = newTwins(clock.now);
  const effects: string[] = [];
  const logged: { readonly message: string; readonly level: string }[] = [];
  const files = { 'smoke.json': '{"text": "hello"}' };
  const publish = async (text: string, at: Date): Promise<void> => {
    const published = await publishTo(store.policies, [policyFrom(text, 'p.yaml', files)], estateFrom(given.estate ?? ESTATE), at); // prettier-ignore
    if (published.kind !== 'published') throw new Error(JSON.stringify(published));
  };
  await publish(given.policy ?? POLICY, new Date(clock.nowMs - DAY_MS));
  arrange(twins);
  const deps: ReconcileDeps & SweepDeps & ListPlacesDeps & IntakeDeps & HistoryDeps = {
    ...twins,
    models: noted(twins.models, effects),
    jobs: noted(twins.jobs, effects),
    endpoints: noted(twins.endpoints, effects),
    updates: noted(twins.endpoints.updates, effects),
    batchEndpoints: noted(twins.batchEndpoints, effects),
    batchRuns: noted(twins.batchRuns, effects),
    scoring: noted(twins.scoring, effects),
    trainings: noted(twins.trainings, effects),
    dataAssets: noted(twins.dataAssets, effects),
    lifecycles: noted(store.lifecycles, effects),
    history: store.history,
    index: store.index,
    refused: store.refused,
    queue,
    policies: publishedPolicies(store.policies, clock),
    clock,
    chance: () => 0.5,
    log: createLog((level, line) => void logged.push({ level, message: JSON.parse(line).message })),
  };
  return {
    clock,
    store,
    queue,
    twins,
    effects,
    logged,
    deps,
    /** From now on, but for what is remembered of the one before. */
    publish: (text: string) => publish(text, clock.now()),
    row: async () => (await store.lifecycles.load(KEY)).lifecycle,
    /** With the deliveries that its outbox rows hold. */
    load: async () => {
      const loaded = await store.lifecycles.load(KEY);
      return {
        ...loaded,
        outbox: await Promise.all(
          loaded.outbox.map(async (row) => ({ ...row, delivery: await deliveryIn(store, row) })),
        ),
      };
    },
    ...runner(clock, queue, twins, deps),
  };
}

async function deliveryIn({ table }: MemoryStore, { rowKey }: OutboxRow): Promise<Delivery> {
  const row = await table.get(partitionOf(KEY), rowKey);
  if (!row) throw new Error(`${rowKey} is gone`);
  return readJson(row, deliveryJson);
}

function newTwins(now: () => Date): Twins {
  const models = modelsTwin();
  const dataAssets = dataAssetsTwin(now);
  const trainings = trainingsTwin(models, dataAssets);
  const jobs = jobsTwin();
  const cancel: JobsTwin['cancel'] = async (workspace, name) => {
    const training = trainings.all.get(`${workspace}|${name}`);
    if (training?.state === 'waiting' || training?.state === 'running') training.state = 'canceled';
    return jobs.cancel(workspace, name);
  };
  const ours: JobsTwin['ours'] = async (workspace) => {
    const here = [...trainings.all].filter(([at, { state }]) => at.startsWith(`${workspace}|`) && (state === 'waiting' || state === 'running')); // prettier-ignore
    const training = here.flatMap(([at, { tags: { stewardId } }]) => (stewardId === undefined ? [] : [{ name: at.slice(workspace.length + 1), stewardId }])); // prettier-ignore
    return [...(await jobs.ours(workspace)), ...training];
  };
  const artifacts = artifactsTwin(models);
  models.artifacts = artifacts;
  return {
    models, dataAssets, trainings, jobs: { ...jobs, cancel, ours }, runs: runsTwin(), artifacts, endpoints: endpointsTwin(models), batchEndpoints: endpointsTwin(models, 'batch'), batchRuns: batchRunsTwin(jobs), monitors: monitorsTwin(),
    trafficMetrics: trafficMetricsTwin(), trafficLog: trafficMetricsTwin(), capacity: capacityTwin(), loggedAnswers: loggedAnswersTwin(), scoring: scoringTwin(),
  };
} // prettier-ignore

function arrange({ models, jobs, endpoints, scoring }: Twins): void {
  models.register(WORKSPACE, 'spam-filter', '6', { at: new Date(T0.getTime() - 10 * DAY_MS) });
  jobs.all.set(`${WORKSPACE}|evaluate-1`, { state: 'completed', at: T0, tags: { 'steward.template': 'evaluate-spam' }, inputs: ['champion', 'challenger', 'data'] });
  jobs.data.set(`${WORKSPACE}|spam-holdout`, ['4']);
  const serving = { name: OLD, state: 'ready', version: '6', model: modelId('6') } as const;
  endpoints.all.set(`${WORKSPACE}|spam-online`, { state: 'ready', traffic: { [OLD]: 100 }, mirror: {}, deployments: new Map([[OLD, serving]]) });
  scoring.all.set(`${WORKSPACE}|spam-online`, new Map());
} // prettier-ignore

/** The port, with each call that has effects written down before it is made. */
function noted<T extends object>(port: T, effects: string[]): T {
  const methods = Object.entries(port).map(([name, member]) => [
    name,
    typeof member === 'function' && EFFECTS.includes(name)
      ? (...given: unknown[]) => {
          effects.push(name);
          return member.apply(port, given);
        }
      : member,
  ]);
  return Object.assign(Object.create(Object.getPrototypeOf(port)), port, Object.fromEntries(methods));
}

function runner(
  clock: { nowMs: number; now(): Date },
  queue: MemoryWorkQueue,
  { endpoints, batchEndpoints, jobs, runs, scoring, trafficMetrics }: Twins,
  deps: ReconcileDeps & SweepDeps & ListPlacesDeps,
) {
  /** Takes what is visible now, one after the other; returns how many messages there were. */
  const drain = async (): Promise<number> => {
    for (let count = 0; ; count += 1) {
      const body = queue.take('reconcile', clock.nowMs);
      if (body === undefined) return count;
      if (count > 50) throw new Error('more than 50 messages without any time going by');
      const { environment = '', model = '', look } = body;
      await reconcile({ key: { environment, model }, ...(look === undefined ? {} : { look }) }, deps);
    }
  };
  /** Operations end, jobs complete with a better challenger, deployments answer. */
  const settle = (): void => {
    endpoints.settle();
    batchEndpoints.settle();
    for (const [name, job] of jobs.all) {
      if (job.state !== 'running') continue;
      job.state = 'completed';
      runs.all.set(name, { data: 'spam-holdout', dataVersion: '4', metrics: {}, predictions: better() });
    }
    for (const [at, { deployments }] of endpoints.all)
      for (const name of deployments.keys())
        scoring.all.get(at)?.set(name, () => ({ status: 200, latencyMs: 20, body: '{}' }));
  };
  return {
    drain,
    settle,
    unpoison: () => unpoison(KEY, deps),
    /** What the timers run at this minute. */
    async sweep(): Promise<void> {
      await sweep(deps);
      if (clock.now().getUTCMinutes() % 15 === 0) await listPlaces(deps);
    },
    /** Lets `ms` go by in steps of 10 s, serving healthy traffic. */
    async live(ms: number): Promise<void> {
      for (let gone = 0; gone < ms; gone += 10_000) {
        clock.nowMs += 10_000;
        serve(clock.nowMs);
        settle();
        await drain();
      }
    },
  };

  function serve(nowMs: number): void {
    for (const [at, { traffic, mirror }] of endpoints.all) {
      const [workspace = '', endpoint = ''] = at.split('|');
      for (const [deployment, percent] of [...Object.entries(traffic), ...Object.entries(mirror)])
        for (let request = 0; request < percent; request += 4)
          trafficMetrics.served.push({ workspace, endpoint, deployment, at: new Date(nowMs), status: 200, durationMs: 20 }); // prettier-ignore
    }
  }
}

function better(): string[] {
  return Array.from({ length: 100 }, (_, id) =>
    JSON.stringify({ id, label: 'ham', champion: id < 20 ? 'spam' : 'ham', challenger: id < 2 ? 'spam' : 'ham' }),
  );
}

/** Breaks a port's method once, before or after it did its work. */
export function breakOnce<T extends object>(port: T, method: keyof T & string, error: Error, when: 'before' | 'after' = 'before'): void {
  const whole = port[method];
  if (typeof whole !== 'function') throw new TypeError(method);
  const call = whole.bind(port);
  Object.assign(port, {
    [method]: async (...given: unknown[]) => {
      Object.assign(port, { [method]: whole });
      if (when === 'after') await call(...given);
      throw error;
    },
  });
} // prettier-ignore
