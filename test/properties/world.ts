/** A small pure world: one endpoint, its deployments, jobs and minutes. It fails and lags in the ways Azure does. */
import type { Minute } from '../../src/lib/core/canary/state.ts';
import type { Outcome } from '../../src/lib/core/inbox.ts';
import { sameRouting, type Routing, type Split } from '../../src/lib/core/lifecycle.ts';
import { stewardId } from '../../src/lib/core/names.ts';
import type {
  Action,
  DeploymentFact,
  EndpointFact,
  Facts,
  JobFact,
  Needs,
  TrafficChange,
  Unreachable,
} from '../../src/lib/core/step.ts';
import { arm, KEY, modelId } from '../unit/core/given.ts';

const SECOND_MS = 1000;
const MINUTE_MS = 60_000;

/** What a version is like: offline (gate) and live (share of failed requests). */
export type Quality = 'good' | 'equal' | 'bad' | 'failsLive';
export type Refusal = 'quota' | 'invalid' | 'forbidden' | 'notFound' | 'conflict';

export class World {
  nowMs: number;
  state: EndpointFact['state'] = 'ready';
  traffic: Split;
  generation: number | undefined;
  split: Split | undefined;
  mirror: Split = {};
  splitMirror: Split | undefined;
  readonly deployments = new Map<string, DeploymentFact & { readonly readyAtMs: number }>();
  readonly jobs = new Map<string, { state: JobFact['state']; readonly endsAtMs: number }>();
  /** How jobs end 3 minutes after their submission. */
  jobsEnd: JobFact['state'] = 'completed';
  readonly minutes: Minute[] = [];
  readonly qualities = new Map<string, Quality>();
  readonly away = { azure: 0, metrics: 0 };
  /** Writes that were answered with a time-out and arrive later, unasked. */
  readonly #late: ({ readonly atMs: number; readonly generation: number } & Required<Routing>)[] = [];
  #pending: ({ readonly atMs: number } & Required<Routing>) | undefined;
  refuseNext: Refusal | undefined;
  timeoutNext = false;
  losesMinutes = false;
  deploymentsFail = false;
  smokeStatus = 200;
  smokeGetsLost = false;
  /** How often somebody wrote over the files of the versions. */
  rewritten = 0;
  /** Of a batch endpoint: jobs that tested a deployment, by its name, and what they left (nothing where smoke tests would fail). */
  readonly tests = new Map<string, { readonly job: string; files?: number }>();
  readonly #serves: 'online' | 'batch';

  constructor(nowMs: number, champion: string | undefined, serves: 'online' | 'batch' = 'online') {
    this.nowMs = nowMs;
    this.#serves = serves;
    if (champion !== undefined) this.put('by-hand', champion);
    this.traffic = champion === undefined ? {} : { 'by-hand': 100 };
  }

  put(name: string, version: string, change: Partial<DeploymentFact & { readyAtMs: number }> = {}): void {
    this.deployments.set(name, { name, state: 'ready', model: modelId(version), version, readyAtMs: 0, ...change });
  }

  advanceTo(toMs: number): void {
    // Days in which nothing is looked at need no minutes.
    if (toMs - this.nowMs > 6 * 60 * MINUTE_MS) this.nowMs = toMs - 60 * MINUTE_MS;
    while (this.nowMs < toMs) {
      const minute = Math.floor(this.nowMs / MINUTE_MS) * MINUTE_MS;
      const next = Math.min(toMs, minute + MINUTE_MS);
      if (next === minute + MINUTE_MS && !this.losesMinutes) this.#serve(minute);
      this.nowMs = next;
      this.#settle();
    }
  }

  #serve(atMs: number): void {
    const shares = [...Object.entries(this.traffic), ...Object.entries(this.mirror)].filter(
      ([, percent]) => percent > 0,
    );
    const arms = shares.map(([name, percent]) => {
      const failing = this.qualities.get(this.deployments.get(name)?.version ?? '') === 'failsLive';
      const requests = percent * 10;
      return [name, arm(requests, Math.round(requests * (failing ? 0.3 : 0.01)))] as const;
    });
    if (arms.length > 0) this.minutes.push({ at: new Date(atMs).toISOString(), arms: Object.fromEntries(arms) });
  }

  #settle(): void {
    if (this.#pending && this.#pending.atMs <= this.nowMs) {
      this.traffic = this.#pending.split;
      this.mirror = this.#pending.mirror;
      this.#pending = undefined;
      this.state = 'ready';
    }
    for (const write of this.#late.filter(({ atMs }) => atMs <= this.nowMs)) {
      this.#late.splice(this.#late.indexOf(write), 1);
      const { split, mirror, generation } = write;
      Object.assign(this, { traffic: split, split, mirror, splitMirror: mirror, generation });
    }
    for (const job of this.jobs.values())
      if (job.state === 'running' && job.endsAtMs <= this.nowMs) job.state = this.jobsEnd;
    for (const [name, fact] of this.deployments) {
      if (fact.readyAtMs > this.nowMs) continue;
      if (fact.state === 'creating')
        this.deployments.set(name, { ...fact, state: this.deploymentsFail ? 'failed' : 'ready' });
      if (fact.state === 'deleting') this.deployments.delete(name);
    }
  }

  observe(needs: Needs): Facts | { readonly unreachable: Unreachable } {
    const { minutes, evidence, job, evaluationPlan, version, testOutput } = needs;
    if (minutes && this.#serves === 'batch') throw new Error('nothing counts minutes of a batch endpoint');
    const azure =
      needs.endpoint ||
      needs.deployments ||
      evidence ||
      job ||
      evaluationPlan ||
      version ||
      needs.artifact ||
      testOutput;
    if (azure && this.away.azure > this.nowMs) return unreachable('Azure ML');
    if (minutes && this.away.metrics > this.nowMs) return unreachable('Azure Monitor');
    return {
      ...(needs.endpoint ? { endpoint: this.#endpoint() } : {}),
      ...(needs.deployments ? { deployments: [...this.deployments.values()] } : {}),
      ...(version === undefined ? {} : { version: { version, id: modelId(version), archived: false, tags: {}, registeredBy: 'starter' } }),
      ...(evaluationPlan ? { evaluationPlan: { template: 'job-1', dataVersion: '4' } } : {}),
      ...(needs.artifact === undefined ? {} : { artifact: { digest: `files of ${needs.artifact} (${this.rewritten})`, files: 1, verifiable: true } }),
      ...(job === undefined ? {} : { job: this.#job(job) }),
      ...(testOutput ? { testOutput: this.#testOutput(testOutput.job) } : {}),
      ...(evidence ? { evidence: this.#evidence(evidence.job) } : {}),
      ...(minutes ? { minutes: this.minutes.filter(({ at }) => at >= minutes.from && at < minutes.to) } : {}),
    }; // prettier-ignore
  }

  #endpoint(): EndpointFact {
    const { state, traffic, mirror, generation, split, splitMirror } = this;
    return {
      state, traffic, ...(Object.keys(mirror).length > 0 ? { mirror } : {}), ...(generation === undefined ? {} : { stewardGeneration: generation }),
      ...(split ? { stewardSplit: split } : {}), ...(splitMirror ? { stewardMirror: splitMirror } : {}),
      ...(this.#serves === 'batch' ? { serves: 'batch' as const } : {}),
    }; // prettier-ignore
  }

  #testOutput(job: string): Facts['testOutput'] & object {
    const files = this.smokeStatus === 200 ? 1 : 0;
    for (const test of this.tests.values()) if (test.job === job) test.files = files;
    return { files };
  }

  #job(name: string): JobFact | 'absent' {
    const found = this.jobs.get(name);
    return found ? { name, state: found.state } : 'absent';
  }

  /** Which version a job judged is told by its submission. */
  readonly judged = new Map<string, string>();

  #evidence(job: string): Facts['evidence'] & object {
    const quality = this.qualities.get(this.judged.get(job) ?? '') ?? 'good';
    const [b, c] = { good: [2, 40], failsLive: [2, 40], equal: [10, 11], bad: [40, 2] }[quality] as [number, number];
    const paired = { n: 1000, bothRight: 900, championOnly: b, challengerOnly: c, bothWrong: 100 - b - c, majority: 700, majorityLabel: 'ham' }; // prettier-ignore
    return { job, data: 'spam-holdout', dataVersion: '4', n: 1000, metrics: {}, paired, faults: [] };
  }

  perform(action: Action): Outcome | undefined {
    // Trainings and hand-overs have worlds of their own; updates in place are lived in the simulation.
    if (
      action.do === 'handOver' ||
      action.do === 'updateDeployment' ||
      action.do === 'submitTraining' ||
      action.do === 'registerModel' ||
      action.do === 'collectData' ||
      action.do === 'handOverVersion' ||
      action.do === 'bringVersion'
    )
      throw new Error(`nobody does that here: ${action.do}`);
    const of = action.do === 'submitEvaluation' ? 'submitJob' : action.do;
    const refused = (code: string): Outcome =>
      of === 'smokeTest' ? unavailable(of, code) : { of, result: 'refused', code, message: code };
    if (this.away.azure > this.nowMs) return unavailable(of, 'HTTP 503');
    if (this.refuseNext) {
      const code = this.refuseNext;
      this.refuseNext = undefined;
      return refused(code);
    }
    switch (action.do) {
      case 'submitEvaluation':
        if (!this.jobs.has(action.job))
          this.jobs.set(action.job, { state: 'running', endsAtMs: this.nowMs + 3 * MINUTE_MS });
        this.judged.set(action.job, action.challenger);
        return undefined;
      case 'cancelJob':
        this.jobs.set(action.job, { state: 'canceled', endsAtMs: 0 });
        return undefined;
      case 'createDeployment': {
        const { deployment: name, version } = action;
        if (this.deployments.has(name)) return undefined;
        if (this.state === 'busy') return unavailable(of, 'busy');
        this.put(name, version, { state: 'creating', stewardId: stewardId(KEY, name), readyAtMs: this.nowMs + 3 * MINUTE_MS }); // prettier-ignore
        return undefined;
      }
      case 'deleteDeployment': {
        const found = this.deployments.get(action.deployment);
        if ((this.traffic[action.deployment] ?? 0) + (this.mirror[action.deployment] ?? 0) > 0)
          return refused('conflict');
        if (found) this.deployments.set(found.name, { ...found, state: 'deleting', readyAtMs: this.nowMs + MINUTE_MS });
        return undefined;
      }
      case 'smokeTest':
        if (this.smokeGetsLost) return undefined;
        return { of: 'smokeTest', result: 'answered', deployment: action.deployment, attempt: action.attempt, status: this.smokeStatus, latencyMs: 20, excerpt: '' }; // prettier-ignore
      case 'testRun': {
        const { deployment } = action;
        const { job } = this.tests.get(deployment) ?? { job: `batch-${this.tests.size + 1}` };
        if (!this.tests.has(deployment)) this.jobs.set(job, { state: 'running', endsAtMs: this.nowMs + 3 * MINUTE_MS });
        this.tests.set(deployment, { ...this.tests.get(deployment), job });
        if (this.smokeGetsLost) return undefined;
        return { of: 'testRun', result: 'answered', deployment, job, data: 'mails:1' };
      }
      case 'setTraffic':
        return this.#write(action, refused);
    }
  }

  #write(
    { expected, desired, mirror = { expected: {}, desired: {} }, generation }: TrafficChange,
    refused: (code: string) => Outcome,
  ): Outcome | undefined {
    if ((this.generation ?? -1) > generation) return refused('stale');
    if (this.state === 'busy') return unavailable('setTraffic', 'busy');
    const live = { split: this.traffic, mirror: this.mirror };
    if (!sameRouting(live, { split: expected, mirror: mirror.expected })) return refused('foreign');
    if (Object.keys({ ...desired, ...mirror.desired }).some((name) => !this.deployments.has(name)))
      return refused('invalid');
    if (this.#serves === 'batch' && (Object.keys(desired).length > 1 || Object.keys(mirror.desired).length > 0))
      throw new Error('a batch endpoint has one default deployment');
    const want = { split: desired, mirror: mirror.desired };
    if (this.timeoutNext) {
      this.timeoutNext = false;
      this.#late.push({ atMs: this.nowMs + 90 * SECOND_MS, ...want, generation });
      return unavailable('setTraffic', 'time-out');
    }
    Object.assign(this, { generation, split: desired, splitMirror: mirror.desired, state: 'busy' });
    this.#pending = { ...want, atMs: this.nowMs + 20 * SECOND_MS };
    return undefined;
  }
}

function unreachable(provider: string): { readonly unreachable: Unreachable } {
  return { unreachable: { provider, reason: 'HTTP 503' } };
}

function unavailable(of: Outcome['of'], message: string): Outcome {
  return { of, result: 'unavailable', provider: 'Azure ML', message };
}
