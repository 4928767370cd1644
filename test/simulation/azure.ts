/** The simulated Azure of one day: the twins, what takes how long, and what live requests meet. */
import type { Minute } from '../../src/lib/core/canary/state.ts';
import type { Evidence } from '../../src/lib/core/gate/evidence.ts';
import type { Split } from '../../src/lib/core/lifecycle.ts';
import type { Runs, TrafficMetrics } from '../../src/lib/ports.ts';
import { artifactsTwin } from '../twins/artifacts.ts';
import { dataAssetsTwin } from '../twins/dataAssets.ts';
import { endpointsTwin, type TwinEndpoint } from '../twins/endpoints.ts';
import { jobsTwin } from '../twins/jobs.ts';
import { modelsTwin } from '../twins/models.ts';
import { monitorsTwin } from '../twins/monitors.ts';
import { scoringTwin } from '../twins/scoring.ts';
import { trainingsTwin } from '../twins/trainings.ts';
import { ENVIRONMENTS, type Environment, type Quality } from './plan.ts';

export const MODEL = 'spam-filter';
const MINUTE_MS = 60_000;
const JOB_MS = 3 * MINUTE_MS;
const WRITE_MS = 20_000;
const CREATE_MS = 3 * MINUTE_MS;
const DELETE_MS = MINUTE_MS;
const REQUESTS_PER_MINUTE = 300;
const ERROR_RATE: Readonly<Record<Quality, number>> = { good: 0.005, bad: 0.005, failsLive: 0.3 };

export interface Place {
  readonly workspace: string;
  readonly endpoint: string;
}

export const PLACES: Readonly<Record<Environment, Place>> = {
  dev: { workspace: workspaceId('ml-dev'), endpoint: 'spam-dev' },
  prod: { workspace: workspaceId('ml-prod'), endpoint: 'spam-online' },
};

function workspaceId(name: string): string {
  return `/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/${name}`;
}

/** What is wrong with it now: until when, in virtual ms. */
export type Wrong = 'azure' | 'metrics' | 'mail' | 'jobsFail' | 'deploymentsFail' | 'smokeFails' | 'quota';

export class SimulatedAzure {
  readonly models = modelsTwin();
  readonly artifacts = artifactsTwin(this.models);
  readonly jobs = jobsTwin();
  readonly endpoints = endpointsTwin(this.models);
  readonly scoring = scoringTwin();
  readonly dataAssets;
  readonly trainings;
  readonly monitors = monitorsTwin();
  readonly wrongUntilMs = new Map<Wrong, number>();
  readonly qualities = new Map<string, Quality>();
  nowMs: number;
  readonly #noise: () => number;
  /** Names of what ends some day, and when. */
  readonly #due = new Map<string, number>();
  readonly #splits = new Map<string, { readonly atMs: number; readonly split: Split }[]>();
  readonly #minutes = new Map<string, Minute>();

  constructor(nowMs: number, noise: () => number) {
    this.nowMs = nowMs;
    this.#noise = noise;
    this.models.artifacts = this.artifacts;
    this.dataAssets = dataAssetsTwin(() => new Date(this.nowMs));
    this.trainings = trainingsTwin(this.models, this.dataAssets);
    for (const environment of ENVIRONMENTS) this.#arrange(PLACES[environment]);
  }

  isWrong(what: Wrong): boolean {
    return (this.wrongUntilMs.get(what) ?? 0) > this.nowMs;
  }

  /** Version 1 serves all traffic. */
  #arrange({ workspace, endpoint }: Place): void {
    const at = new Date(this.nowMs - 30 * 24 * 60 * MINUTE_MS);
    this.models.register(workspace, MODEL, '1', { at });
    this.qualities.set(`${workspace}|1`, 'good');
    this.jobs.all.set(`${workspace}|evaluate-1`, { state: 'completed', at, tags: { 'steward.template': 'evaluate-spam' }, inputs: ['champion', 'challenger', 'data'] }); // prettier-ignore
    this.jobs.data.set(`${workspace}|spam-holdout`, ['4']);
    const model = `${workspace}/models/${MODEL}/versions/1`;
    const first = { name: 'first', state: 'ready', version: '1', model } as const;
    this.endpoints.all.set(`${workspace}|${endpoint}`, { state: 'ready', traffic: { first: 100 }, mirror: {}, deployments: new Map([['first', first]]) }); // prettier-ignore
    this.scoring.all.set(`${workspace}|${endpoint}`, new Map());
    this.#splits.set(`${workspace}|${endpoint}`, [{ atMs: 0, split: { first: 100 } }]);
  }

  endpoint(environment: Environment): TwinEndpoint {
    const { workspace, endpoint } = PLACES[environment];
    const found = this.endpoints.all.get(`${workspace}|${endpoint}`);
    if (!found) throw new Error(`no endpoint in ${environment}`);
    return found;
  }

  /** When something ends by itself next. */
  nextMs(): number {
    this.#note();
    return Math.min(...this.#due.values(), Number.POSITIVE_INFINITY);
  }

  /** Ends what is due; answers whether live traffic changed anywhere. */
  settle(): void {
    this.#note();
    for (const [name, dueMs] of this.#due) {
      if (dueMs > this.nowMs) continue;
      this.#due.delete(name);
      this.#end(name);
    }
  }

  /** What began since the last look gets its time. */
  #note(): void {
    const begin = (name: string, ms: number) => this.#due.has(name) || this.#due.set(name, this.nowMs + ms);
    for (const [name, { state }] of this.jobs.all) if (state === 'running') begin(`job ${name}`, JOB_MS);
    for (const [name, { state, deployments }] of this.endpoints.all) {
      if (state === 'busy') begin(`write ${name}`, WRITE_MS);
      for (const { name: deployment, state: now } of deployments.values()) {
        if (now === 'creating') begin(`create ${name} ${deployment}`, CREATE_MS);
        if (now === 'deleting') begin(`delete ${name} ${deployment}`, DELETE_MS);
      }
    }
  }

  #end(what: string): void {
    const [verb = '', ...rest] = what.split(' ');
    const name = rest[0] ?? '';
    if (verb === 'job') {
      const job = this.jobs.all.get(rest.join(' '));
      if (job?.state === 'running') job.state = this.isWrong('jobsFail') ? 'failed' : 'completed';
      return;
    }
    const endpoint = this.endpoints.all.get(name);
    if (!endpoint) return;
    if (verb === 'write') this.#live(name, endpoint);
    const deployment = endpoint.deployments.get(rest[1] ?? '');
    if (!deployment) return;
    if (verb === 'create' && deployment.state === 'creating')
      endpoint.deployments.set(deployment.name, { ...deployment, state: this.isWrong('deploymentsFail') ? 'failed' : 'ready' }); // prettier-ignore
    if (verb === 'delete') endpoint.deployments.delete(deployment.name);
    this.#answering(name, endpoint);
  }

  #live(name: string, endpoint: TwinEndpoint): void {
    endpoint.state = 'ready';
    if (endpoint.pending) Object.assign(endpoint, { traffic: endpoint.pending.split, mirror: endpoint.pending.mirror });
    delete endpoint.pending;
    this.#remember(name, endpoint);
  }

  #answering(name: string, { deployments }: TwinEndpoint): void {
    const answers = this.scoring.all.get(name);
    for (const deployment of deployments.keys())
      answers?.set(deployment, () => ({ status: this.isWrong('smokeFails') ? 503 : 200, latencyMs: 20, body: '{}' }));
  }

  /** Copies are answered and counted like live requests. */
  #remember(name: string, { traffic, mirror }: TwinEndpoint): void {
    this.#splits.get(name)?.push({ atMs: this.nowMs, split: { ...traffic, ...mirror } });
  }

  /** Somebody moves live traffic; our marks stay on the endpoint. */
  move(environment: Environment, pick: number): void {
    const endpoint = this.endpoint(environment);
    if (endpoint.state === 'busy') return;
    const ready = [...endpoint.deployments.values()].filter(({ state }) => state === 'ready').map(({ name }) => name);
    const [one, two] = [ready[pick % ready.length], ready[(pick + 1) % ready.length]];
    if (one === undefined || two === undefined) return;
    endpoint.traffic = pick % 3 === 0 || one === two ? { [one]: 100 } : { [one]: 70, [two]: 30 };
    endpoint.mirror = Object.fromEntries(
      Object.entries(endpoint.mirror).filter(([copied]) => (endpoint.traffic[copied] ?? 0) === 0),
    );
    const { workspace, endpoint: name } = PLACES[environment];
    this.#remember(`${workspace}|${name}`, endpoint);
  }

  /** The quality of what a deployment serves. */
  qualityOf(workspace: string, version: string | undefined): Quality {
    return this.qualities.get(`${workspace}|${version ?? ''}`) ?? 'good';
  }

  /** What a job of ours found: better, or worse. */
  runs(): Runs {
    return {
      evidence: async (workspace, job): Promise<Evidence> => {
        const judged = this.jobs.all.get(`${workspace}|${job}`)?.evaluates;
        const better = this.qualityOf(workspace, judged?.challenger) !== 'bad';
        const [championOnly, challengerOnly] = better ? [2, 40] : [40, 2];
        const paired = { n: 1000, bothRight: 900, championOnly, challengerOnly, bothWrong: 58, majority: 700, majorityLabel: 'ham' }; // prettier-ignore
        return { job, data: 'spam-holdout', dataVersion: '4', n: 1000, metrics: {}, paired, faults: [] };
      },
      measured: async (_workspace, _model, version) => ({ version, runs: [] }),
    };
  }

  /** Whole minutes that are over, from what was live as each began. */
  trafficMetrics(): TrafficMetrics {
    return {
      minutes: async (workspace, endpoint, from, to) => {
        const name = `${workspace}|${endpoint}`;
        const first = Math.ceil(from.getTime() / MINUTE_MS);
        const last = Math.min(Math.ceil(to.getTime() / MINUTE_MS), Math.floor(this.nowMs / MINUTE_MS));
        return Array.from({ length: Math.max(0, last - first) }, (_, n) => this.#minute(name, workspace, first + n));
      },
    };
  }

  #minute(name: string, workspace: string, minute: number): Minute {
    const key = `${name} ${minute}`;
    const known = this.#minutes.get(key);
    if (known) return known;
    const atMs = minute * MINUTE_MS;
    const split = this.#splits.get(name)?.findLast((since) => since.atMs <= atMs)?.split ?? {};
    const versions = this.endpoints.all.get(name)?.deployments;
    const arms = Object.entries(split).filter(([, percent]) => percent > 0).map(([deployment, percent]) => {
      const requests = Math.round((REQUESTS_PER_MINUTE * percent) / 100);
      const rate = ERROR_RATE[this.qualityOf(workspace, versions?.get(deployment)?.version)];
      const errors = Math.min(requests, Math.floor(requests * rate + this.#noise()));
      return [deployment, { requests, errors, throttled: 0, meanLatencyMs: 20 + this.#noise(), failures: errors > 0 ? { 424: errors } : {} }];
    }); // prettier-ignore
    const made: Minute = { at: new Date(atMs).toISOString(), arms: Object.fromEntries(arms) };
    this.#minutes.set(key, made);
    return made;
  }
}
