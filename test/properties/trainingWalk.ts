/** A model whose trainings are asked for, held, submitted and ended at random, over a small world: jobs, data and a monitor. */
import assert from 'node:assert/strict';
import { decide, needs, type Decision } from '../../src/lib/core/decide.ts';
import type { Happening, InboxItem } from '../../src/lib/core/inbox.ts';
import { record, recorded, rebuild, verifyChain } from '../../src/lib/core/ledger.ts';
import type { AuditRow } from '../../src/lib/core/audit.ts';
import type { Lifecycle } from '../../src/lib/core/lifecycle.ts';
import type {
  Action,
  Facts,
  MonitorRunFact,
  TrainingFacts,
  TrainingJobFact,
  TrainingNeeds,
  TrainingResultFact,
} from '../../src/lib/core/step.ts';
import type { Breach, EndedTraining } from '../../src/lib/core/training/state.ts';
import { OLD, endpoint, served } from '../unit/core/given.ts';
import { trains } from '../unit/core/training/given.ts';
import type { CollectedData } from './collectedData.ts';
import { ended, type Fate } from './fate.ts';
import { TeamRuns, type Left } from './teamRuns.ts';

const MINUTE_MS = 60_000;
const NO_ESTATE = { calendars: {}, computes: {} };
const AWAY = { provider: 'MLflow', reason: 'HTTP 503' };
const MOST_AT_ONCE = 30;
/** Far more than deadlines, cooldown and budget need; a request that only new data would end looks for thirty days. */
const MOST_LOOKS = 150;
const ROW_CHARS = 24 * 1024;

export const COOLDOWN_MS = 60 * MINUTE_MS;
export const BUDGET = { runs: 3, perMs: 600 * MINUTE_MS };
const TRAINING =
  'from: {job: train-spam}, unregistered: register, when: {drift: {breaches: 1 of 2}, newData: mails, schedule: {cron: "0 3 * * *"}}, cooldown: 60m, budget: {runs: 3, per: 10h}, deadline: {start: 30m, finish: 90m}';
const POLICY = trains(TRAINING);
const COLLECTS = trains(`${TRAINING}, collected: {data: asked, window: 2d}`);

interface Submitted {
  /** When it was decided. */
  readonly atMs: number;
  readonly byPerson: boolean;
  readonly attempt: number;
  fact: TrainingJobFact;
  endsAtMs: number;
}

export class TrainingWalk {
  nowMs: number;
  readonly collected: CollectedData | undefined;
  lifecycle: Lifecycle = served();
  readonly jobs = new Map<string, Submitted>();
  readonly team = new TeamRuns(() => String((this.#version += 1)));
  readonly ledger: EndedTraining[] = [];
  readonly audit: AuditRow[] = [];
  fate: Fate = 'completed';
  registers = true;
  dataVersion = 1;
  unreachableUntilMs = 0;
  runs: MonitorRunFact[] = [];
  crashNext = false;
  #inbox: InboxItem[] = [];
  #seen = new Set<string>();
  #nextLookMs: number | undefined;
  #passesNow = 0;
  #facts = 0;
  #version = 6;

  /** With `collected`, what the endpoint is asked is trained on as well. */
  constructor(startMs: number, collected?: CollectedData) {
    this.nowMs = startMs;
    this.collected = collected;
  }

  tell(happening: Happening, factKey = `fact-${++this.#facts}`): void {
    if (!this.#seen.has(factKey))
      this.#inbox.push({ factKey, receivedAt: new Date(this.nowMs).toISOString(), happening });
    this.#seen.add(factKey);
  }

  /** The monitor ran now and told of it. */
  monitorRan(kinds: readonly Breach['kind'][], told: number): void {
    const at = new Date(this.nowMs).toISOString();
    const run = `root-${this.runs.length}`;
    const breaches = kinds.map((kind): Breach => ({
      signal: kind,
      kind,
      run,
      at,
      features: [{ feature: 'f', value: 1, threshold: 0.5 }],
      more: 0,
    }));
    this.runs = [{ run, at, ended: true, breaches }, ...this.runs];
    for (let time = 0; time < told; time += 1) this.tell({ kind: 'monitorTold', run: `${run}-step` });
  }

  /** A run of the team's own has ended, and so many events said so. */
  teamRan(left: Left, told: number): void {
    const run = this.team.end(left);
    for (let time = 0; time < told; time += 1) this.tell({ kind: 'outsideRun', run });
  }

  /** A run that ended some time ago is told again. */
  tellAgain(index: number): void {
    const run = [...this.team.all.keys()].at(-index);
    if (run !== undefined) this.tell({ kind: 'outsideRun', run });
  }

  runTo(toMs: number): void {
    for (;;) {
      if (this.#inbox.length > 0) this.#pass();
      if (this.#nextLookMs === undefined || this.#nextLookMs > toMs) break;
      if (this.#nextLookMs > this.nowMs) this.#passesNow = 0;
      this.nowMs = Math.max(this.nowMs, this.#nextLookMs);
      this.#pass();
    }
    if (toMs > this.nowMs) this.#passesNow = 0;
    this.nowMs = Math.max(this.nowMs, toMs);
  }

  /** Nothing goes in any more and everything answers: no training stays, and what is refused says why and looks again. */
  comeToRest(): void {
    Object.assign(this, { fate: 'completed', unreachableUntilMs: 0 });
    if (this.collected) this.collected.next = 'nothing';
    for (let look = 0; look < MOST_LOOKS && this.#nextLookMs !== undefined; look += 1) this.runTo(this.#nextLookMs);
    assert.equal(this.lifecycle.training, undefined, 'a training that never ends');
    if (this.lifecycle.request) assert.ok(this.lifecycle.request.refused, 'a request that waits for nothing');
    assert.deepEqual(this.lifecycle.trained?.outside ?? [], [], 'a run that is never read');
    this.team.check(new Set(this.audit.flatMap(({ rules }) => rules)), this.ledger);
    if (this.audit.length === 0) return;
    assert.deepEqual(verifyChain(this.audit, this.lifecycle.auditDigest), []);
    assert.deepEqual(rebuild(this.audit), JSON.parse(JSON.stringify(recorded(this.lifecycle))));
  }

  #pass(): void {
    this.#passesNow += 1;
    assert.ok(
      this.#passesNow <= MOST_AT_ONCE,
      `passes without any time going by: ${JSON.stringify(this.audit.slice(-3).map(({ rules }) => rules))}`,
    );
    const items = this.#inbox.splice(0);
    const now = new Date(this.nowMs);
    const before = this.lifecycle;
    const known = { lifecycle: before, items, policy: this.collected ? COLLECTS : POLICY, estate: NO_ESTATE, now };
    const decision = decide({ ...known, facts: this.#observe(needs(known).training), policyHash: 'p1' });
    this.#check(before, decision);
    const { row, lifecycle } = record(this.audit.length === 0 ? undefined : before, decision.next, {
      at: now.toISOString(),
      items,
      refused: decision.refused,
      facts: {},
      rules: decision.rules,
      actions: decision.actions,
      notices: [],
    });
    this.audit.push(row);
    this.lifecycle = lifecycle;
    this.#nextLookMs = decision.lookInMs === undefined ? undefined : this.nowMs + decision.lookInMs;
    if (decision.ledger) this.ledger.push(decision.ledger);
    if (!this.crashNext) for (const action of decision.actions) this.#perform(action, decision.rules);
    this.crashNext = false;
  }

  #observe(wanted: TrainingNeeds | undefined): Facts {
    const facts = { endpoint: endpoint({ [OLD]: 100 }), deployments: [], version: 'absent' } as const;
    if (!wanted) return facts;
    if (this.nowMs < this.unreachableUntilMs)
      return { ...facts, training: { away: Object.fromEntries(Object.keys(wanted).map((part) => [part, AWAY])) } };
    return { ...facts, training: this.#trainingFacts(wanted) };
  }

  #trainingFacts(wanted: TrainingNeeds): TrainingFacts {
    const { monitor, plan, job, result } = wanted;
    const asked = this.collected ? [{ input: 'asked', data: 'asked', version: this.collected.newest }] : [];
    const pins = [{ input: 'data', data: 'mails', version: String(this.dataVersion) }, ...asked];
    return {
      ...this.collected?.facts(wanted),
      ...(monitor
        ? {
            monitor: {
              found: 'one',
              name: 'm',
              runs: this.runs.slice(0, monitor.runs),
              rootOf: Object.fromEntries(monitor.hints.map((hint) => [hint, hint.replace(/-step$/, '')])),
            },
          }
        : {}),
      ...(plan ? { plan: { source: 'train-1', pins, unpinned: [], onCompute: 0 } } : {}),
      ...(job === undefined ? {} : { job: this.#job(job) }),
      ...(result ? { result: this.#result(result.job) } : {}),
    };
  }

  #result(job: string): TrainingResultFact {
    return this.team.result(job) ?? (this.registers ? { version: String(this.#version + 1) } : {});
  }

  #job(name: string): TrainingJobFact | 'absent' {
    const team = this.team.job(name);
    if (team) return team;
    const job = this.jobs.get(name);
    if (job && job.fact.state === 'running' && this.nowMs >= job.endsAtMs) job.fact = ended(name, this.fate);
    return job?.fact ?? 'absent';
  }

  #perform(action: Action, rules: readonly string[]): void {
    if (action.do === 'cancelJob') {
      const job = this.jobs.get(action.job);
      if (job && job.fact.state !== 'completed' && job.fact.state !== 'failed')
        job.fact = { name: action.job, state: 'canceled' };
    }
    const outcome = action.do === 'collectData' ? this.collected?.make(action, this.nowMs, rules.includes('collect.begin')) : undefined; // prettier-ignore
    if (outcome) this.tell({ kind: 'outcome', outcome });
    if (action.do === 'registerModel') this.team.register(action.job);
    if (action.do !== 'submitTraining' || this.jobs.has(action.job)) return;
    for (const [name] of this.jobs) this.#job(name);
    const live = [...this.jobs].filter(([, { fact }]) => fact.state === 'waiting' || fact.state === 'running');
    assert.deepEqual(live, [], 'two trainings at once');
    const waits = this.fate === 'neverStarts';
    const endsAtMs = this.fate === 'neverEnds' ? Number.POSITIVE_INFINITY : this.nowMs + 20 * MINUTE_MS;
    const byPerson = action.causes.some(({ kind }) => kind === 'command');
    this.jobs.set(action.job, {
      // As the row has it: a process that dies after the save submits later than it decided to.
      atMs: Date.parse(this.lifecycle.training?.submittedAt ?? ''),
      byPerson,
      attempt: action.attempt,
      endsAtMs,
      fact: { name: action.job, state: waits ? 'waiting' : 'running' },
    });
    this.#checkSubmissions();
  }

  #check(before: Lifecycle, { next, actions, lookInMs }: Decision): void {
    assert.ok(new Set(actions.map((action) => action.do)).size <= 1, 'more than one kind of action in one pass');
    if (next.training || next.request || (next.trained?.hints ?? []).length > 0)
      assert.notEqual(lookInMs, undefined, 'something waits without a next look');
    assert.ok(JSON.stringify(next).length < ROW_CHARS, 'the row grew too long');
    const gone =
      before.training && next.training?.number !== before.training.number ? before.training.number : undefined;
    if (gone !== undefined) assert.equal(next.trained?.ended[0]?.number, gone, 'a training left without an end');
    if (next.waiting) this.#version = Math.max(this.#version, Number(next.waiting.version));
  }

  #checkSubmissions(): void {
    const all = [...this.jobs.values()];
    const last = all.at(-1);
    if (!last) return;
    const within = all.filter(({ atMs }) => last.atMs - atMs < BUDGET.perMs);
    assert.ok(within.length <= BUDGET.runs, `${within.length} jobs in a window of ${BUDGET.runs}`);
    const previous = all.at(-2);
    if (previous && last.attempt === 1 && !last.byPerson)
      assert.ok(last.atMs - previous.atMs >= COOLDOWN_MS, 'trained again before the cooldown was over');
  }
}
