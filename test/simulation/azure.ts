/** The simulated Azure of one day: the twins, what takes how long, and how it ends. */
import type { Evidence } from '../../src/lib/core/gate/evidence.ts';
import type { Runs } from '../../src/lib/ports.ts';
import type { LoggedAnswers } from '../../src/lib/ports/loggedAnswers.ts';
import { artifactsTwin } from '../twins/artifacts.ts';
import { dataAssetsTwin } from '../twins/dataAssets.ts';
import { batchRunsTwin } from '../twins/batchRuns.ts';
import { endpointsTwin, type EndpointsTwin, type TwinEndpoint } from '../twins/endpoints.ts';
import { jobsTwin, type JobsTwin } from '../twins/jobs.ts';
import { modelsTwin } from '../twins/models.ts';
import { monitorsTwin } from '../twins/monitors.ts';
import { scoringTwin } from '../twins/scoring.ts';
import { trainingsTwin, type TwinTraining } from '../twins/trainings.ts';
import { LiveTraffic } from './liveTraffic.ts';
import { ENVIRONMENTS, type Away, type Environment, type Fate, type Plan, type Quality, type Start } from './plan.ts';

export const MODEL = 'spam-filter';
export const MONITOR = 'spam-monitor';
/** Tag of jobs that trainings are made from. */
export const TEMPLATE = 'train-spam';
const MINUTE_MS = 60_000;
const JOB_MS = 3 * MINUTE_MS;
const WRITE_MS = 20_000;
const CREATE_MS = 3 * MINUTE_MS;
const DELETE_MS = MINUTE_MS;
const START_MS = 2 * MINUTE_MS;
const TRAIN_MS = 10 * MINUTE_MS;
const COPIES_PER_MINUTE = 60;

export interface Place {
  readonly workspace: string;
  readonly endpoint: string;
}

export const PLACES: Readonly<Record<Environment, Place>> = {
  dev: { workspace: workspaceId('ml-dev'), endpoint: 'spam-dev' },
  prod: { workspace: workspaceId('ml-prod'), endpoint: 'spam-online' },
};

export function environmentOf(workspace: string): Environment {
  return ENVIRONMENTS.find((name) => workspace === PLACES[name].workspace) ?? 'dev';
}

function workspaceId(name: string): string {
  return `/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/${name}`;
}

/** Where there is no endpoint. */
const NOWHERE: TwinEndpoint = { state: 'ready', traffic: {}, mirror: {}, deployments: new Map() };

/** What is wrong with it now: until when, in virtual ms. */
export type Wrong = Away | 'jobsFail' | 'deploymentsFail' | 'smokeFails' | 'quota';

export class SimulatedAzure {
  readonly #now = () => new Date(this.nowMs);
  readonly models = modelsTwin(this.#now);
  readonly artifacts = artifactsTwin(this.models);
  readonly jobs = jobsTwin(this.#now);
  readonly endpoints = endpointsTwin(this.models);
  readonly batchEndpoints = endpointsTwin(this.models, 'batch');
  readonly batchRuns = batchRunsTwin(this.jobs);
  readonly scoring = scoringTwin();
  readonly dataAssets = dataAssetsTwin(this.#now);
  readonly trainings = trainingsTwin(this.models, this.dataAssets, this.#now);
  readonly monitors = monitorsTwin();
  readonly live: LiveTraffic;
  readonly wrongUntilMs = new Map<Wrong, number>();
  readonly qualities = new Map<string, Quality>();
  /** `<workspace>|<version>` -> how often its evaluation has changed what it says. */
  readonly measuredAnew = new Map<string, number>();
  /** Of training jobs that begin from now on. */
  fate: { readonly fate: Fate; readonly quality: Quality } = { fate: 'output', quality: 'good' };
  onLost: (environment: Environment, job: string) => void = () => {};
  nowMs: number;
  readonly #fates = new Map<string, SimulatedAzure['fate']>();
  /** Names of what ends some day, and when. */
  readonly #due = new Map<string, number>();
  /** What a hand does right after what is being written now. */
  readonly #afterwards = new Map<string, () => void>();

  constructor(nowMs: number, { starts, batch }: Pick<Plan, 'starts' | 'batch'>, noise: () => number) {
    this.nowMs = nowMs;
    this.models.artifacts = this.artifacts;
    this.live = new LiveTraffic(nowMs, noise, (endpoint, deployment) => {
      const version = this.endpointNamed(endpoint)?.deployments.get(deployment)?.version;
      return this.#qualityOf(endpoint.split('|')[0] ?? '', version);
    });
    for (const environment of ENVIRONMENTS)
      this.#arrange(
        PLACES[environment],
        starts[environment],
        environment === 'prod' && batch ? this.batchEndpoints : this.endpoints,
      );
  }

  isWrong(what: Wrong): boolean {
    return (this.wrongUntilMs.get(what) ?? 0) > this.nowMs;
  }

  /** Version 1 serves all traffic, or nothing does yet, and a monitor watches it. */
  #arrange({ workspace, endpoint }: Place, start: Start, { all }: Pick<EndpointsTwin, 'all'>): void {
    const at = new Date(this.nowMs - 30 * 24 * 60 * MINUTE_MS);
    this.models.register(workspace, MODEL, '1', { at, jobName: 'train-1' });
    this.jobs.all.set(`${workspace}|evaluate-1`, { state: 'completed', at, tags: { 'steward.template': 'evaluate-spam' }, inputs: ['champion', 'challenger', 'data'] }); // prettier-ignore
    this.jobs.data.set(`${workspace}|spam-holdout`, ['4']).set(`${workspace}|mails-sample`, ['2']);
    this.trainings.all.set(`${workspace}|train-1`, {
      state: 'completed', at, tags: { 'steward.template': TEMPLATE }, inputs: { data: 'azureml:mails@latest' }, outputs: { model: 'mlflow_model' },
    }); // prettier-ignore
    this.dataAssets.all.set(`${workspace}|mails`, [{ version: '14', createdAt: at.toISOString() }]);
    this.monitors.all.set(`${workspace}|${MONITOR}`, {
      endpoint,
      runs: [],
      signals: ['drift', 'performance', 'quality'],
    });
    this.scoring.all.set(`${workspace}|${endpoint}`, new Map());
    if (start === 'nothing') return;
    const model = `${workspace}/models/${MODEL}/versions/1`;
    const first = { name: 'first', state: 'ready', version: '1', model } as const;
    const serving: TwinEndpoint = start === 'serving'
      ? { state: 'ready', traffic: { first: 100 }, mirror: {}, deployments: new Map([['first', first]]) }
      : { state: 'ready', traffic: {}, mirror: {}, deployments: new Map() }; // prettier-ignore
    all.set(`${workspace}|${endpoint}`, serving);
    this.live.remember(`${workspace}|${endpoint}`, 0, serving);
  }

  endpoint(environment: Environment): TwinEndpoint {
    const { workspace, endpoint } = PLACES[environment];
    return this.endpointNamed(`${workspace}|${endpoint}`) ?? NOWHERE;
  }

  /** `<workspace>|<endpoint>`, of either kind. */
  endpointNamed(name: string): TwinEndpoint | undefined {
    return this.endpoints.all.get(name) ?? this.batchEndpoints.all.get(name);
  }

  /** Live traffic of the environment is now as its endpoint says. */
  moved(environment: Environment): void {
    const { workspace, endpoint } = PLACES[environment];
    this.live.remember(`${workspace}|${endpoint}`, this.nowMs, this.endpoint(environment));
  }

  /** Right after the write that is under way; at once where there is none. */
  afterwards(environment: Environment, hand: () => void): void {
    const { workspace, endpoint } = PLACES[environment];
    if (this.endpoint(environment).state === 'busy') this.#afterwards.set(`${workspace}|${endpoint}`, hand);
    else hand();
  }

  /** When something ends by itself next. */
  nextMs(): number {
    this.#note();
    let next = Number.POSITIVE_INFINITY;
    for (const dueMs of this.#due.values()) next = Math.min(next, dueMs);
    return next;
  }

  /** Ends what is due. */
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
    for (const [name, { state }] of this.trainings.all) {
      if (state === 'waiting' && this.#fateOf(name).fate !== 'neverStarts') begin(`start ${name}`, START_MS);
      if (state === 'running') begin(`train ${name}`, TRAIN_MS);
    }
    for (const [name, { state, deployments }] of [...this.endpoints.all, ...this.batchEndpoints.all]) {
      if (state === 'busy') begin(`write ${name}`, WRITE_MS);
      for (const { name: deployment, state: now } of deployments.values()) {
        if (now === 'creating') begin(`create ${name} ${deployment}`, CREATE_MS);
        if (now === 'updating') begin(`update ${name} ${deployment}`, CREATE_MS);
        if (now === 'deleting') begin(`delete ${name} ${deployment}`, DELETE_MS);
      }
    }
  }

  /** Decided as it begins, whatever may be decided of others later. */
  #fateOf(job: string): SimulatedAzure['fate'] {
    const fate = this.#fates.get(job) ?? this.fate;
    this.#fates.set(job, fate);
    return fate;
  }

  #end(what: string): void {
    const [verb = '', ...rest] = what.split(' ');
    const name = rest[0] ?? '';
    if (verb === 'job') {
      const job = this.jobs.all.get(name);
      if (job?.state === 'running') job.state = this.isWrong('jobsFail') ? 'failed' : 'completed';
      return;
    }
    const training = this.trainings.all.get(name);
    if (training) return this.#train(verb, name, training);
    const endpoint = this.endpointNamed(name);
    if (!endpoint) return;
    if (verb === 'write') this.#live(name, endpoint);
    const deployment = endpoint.deployments.get(rest[1] ?? '');
    if (!deployment) return;
    if ((verb === 'create' && deployment.state === 'creating') || (verb === 'update' && deployment.state === 'updating'))
      endpoint.deployments.set(deployment.name, { ...deployment, state: this.isWrong('deploymentsFail') ? 'failed' : 'ready' }); // prettier-ignore
    if (verb === 'delete') endpoint.deployments.delete(deployment.name);
    this.#answering(name, endpoint);
  }

  #train(verb: string, name: string, training: TwinTraining): void {
    const { fate, quality } = this.#fateOf(name);
    if (verb === 'start' && training.state === 'waiting') training.state = 'running';
    if (verb !== 'train' || training.state !== 'running') return;
    if (fate === 'lost') {
      this.trainings.all.delete(name);
      return this.onLost(environmentOf(name.split('|')[0] ?? ''), name.split('|')[1] ?? '');
    }
    const at = this.#now().toISOString();
    const failed = fate === 'code' || fate === 'platform';
    training.state = failed ? 'failed' : 'completed';
    training.facts = { startedAt: at, endedAt: at, computeMinutes: 10, ...(failed ? { failure: { platform: fate === 'platform', message: fate } } : {}) }; // prettier-ignore
    if (fate === 'nothing') this.trainings.all.set(name, { ...training, outputs: {} });
    if (fate !== 'registers') return;
    const [workspace = '', job = ''] = name.split('|');
    const version = String(this.highest(workspace) + 1);
    this.models.register(workspace, MODEL, version, { jobName: job });
    this.qualities.set(`${workspace}|${version}`, quality);
  }

  highest(workspace: string): number {
    return Math.max(0, ...this.models.versions(workspace, MODEL).map(({ version }) => Number(version)));
  }

  #live(name: string, endpoint: TwinEndpoint): void {
    endpoint.state = 'ready';
    if (endpoint.pending) Object.assign(endpoint, { traffic: endpoint.pending.split, mirror: endpoint.pending.mirror });
    delete endpoint.pending;
    this.live.remember(name, this.nowMs, endpoint);
    const hand = this.#afterwards.get(name);
    this.#afterwards.delete(name);
    hand?.();
  }

  #answering(name: string, { deployments }: TwinEndpoint): void {
    const answers = this.scoring.all.get(name);
    for (const deployment of deployments.keys())
      answers?.set(deployment, () => ({ status: this.isWrong('smokeFails') ? 503 : 200, latencyMs: 20, body: '{}' }));
  }

  /** The quality of what a deployment serves. */
  #qualityOf(workspace: string, version: string | undefined): Quality {
    return this.qualities.get(`${workspace}|${version ?? ''}`) ?? 'good';
  }

  answersOtherwise(environment: Environment, version: string): boolean {
    return this.#qualityOf(PLACES[environment].workspace, version) === 'answersOtherwise';
  }

  /** What both logged of as many copies as there were minutes. */
  loggedAnswers(): LoggedAnswers {
    return {
      compare: async (workspace, endpoint, { challenger, from, to }) => {
        const version = this.endpointNamed(`${workspace}|${endpoint}`)?.deployments.get(challenger)?.version;
        const requests = COPIES_PER_MINUTE * Math.max(0, Math.floor((Date.parse(to) - Date.parse(from)) / MINUTE_MS));
        const share = this.#qualityOf(workspace, version) === 'answersOtherwise' ? 0.5 : 0.02;
        const found = { copies: requests, requests, unanswered: 0, unmatched: 0, unreadable: 0 };
        return requests === 0 ? found : { ...found, flips: { n: requests, share } };
      },
    };
  }

  /** Evaluations and trainings are jobs alike. */
  cancelling(): JobsTwin {
    return {
      ...this.jobs,
      cancel: async (workspace, name) => {
        const training = this.trainings.all.get(`${workspace}|${name}`);
        if (training?.state === 'waiting' || training?.state === 'running') training.state = 'canceled';
        return this.jobs.cancel(workspace, name);
      },
    };
  }

  /** What a job of ours found: better, or worse. */
  runs(): Runs {
    return {
      evidence: async (workspace, job): Promise<Evidence> => {
        const judged = this.jobs.all.get(`${workspace}|${job}`)?.evaluates;
        const anew = this.measuredAnew.get(`${workspace}|${judged?.challenger ?? ''}`) ?? 0;
        const better = this.#qualityOf(workspace, judged?.challenger) !== 'bad';
        const [championOnly, challengerOnly] = better ? [2, 40] : [40, 2];
        const paired = { n: 1000, bothRight: 900 - anew, championOnly, challengerOnly, bothWrong: 58 + anew, majority: 700, majorityLabel: 'ham' }; // prettier-ignore
        return {
          job,
          data: 'spam-holdout',
          dataVersion: '4',
          n: 1000,
          metrics: { accuracy: { champion: (paired.bothRight + championOnly) / 1000, challenger: (paired.bothRight + challengerOnly) / 1000 } }, // prettier-ignore
          paired,
          faults: [],
        };
      },
      measured: async (_workspace, _model, version) => ({ version, runs: [] }),
    };
  }
}
