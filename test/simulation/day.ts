/** One simulated day: the whole app over ports in memory, on a virtual clock, in the order that the plan makes. */
import { Unavailable } from '../../src/lib/core/errors.ts';
import { rebuild, recorded, verifyChain } from '../../src/lib/core/ledger.ts';
import { digest } from '../../src/lib/core/names.ts';
import { deliver } from '../../src/lib/deliver.ts';
import type { Deps } from '../../src/lib/deps.ts';
import { reconcile } from '../../src/lib/reconcile.ts';
import { unpoison } from '../../src/lib/reconcile/unpoison.ts';
import { sweep } from '../../src/lib/sweep.ts';
import { App } from './app.ts';
import { MODEL, SimulatedAzure, type Wrong } from './azure.ts';
import { Calls, type Worker } from './calls.ts';
import { Happenings } from './happenings.ts';
import { Oracle, type Seen } from './oracle.ts';
import { ENVIRONMENTS, type Environment, type Plan } from './plan.ts';
import type { Taken } from './queue.ts';

export const START_MS = Date.parse('2026-03-02T10:00:00.000Z');
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const LISTING_MS = 15 * MINUTE_MS;
/** After the last thing that happens: longer than any deadline of the policies. */
const REST_MS = 6 * HOUR_MS;
/** So long after the last thing that happens somebody clears up. */
const MENDED_MS = HOUR_MS;
const MOST_AT_ONCE = 400;
/** The longest days make a tenth of them. */
const MOST_CALLS = 100_000;

/** Schedules of the policies are due at noon and at six; the sweep takes them in, once for each clock. */
const SLOTS_MS = [2, 8].flatMap((hours) => [0, 1, 3].map((minutes) => START_MS + hours * HOUR_MS + minutes * MINUTE_MS)); // prettier-ignore

export interface Outcome {
  readonly violations: readonly string[];
  /** Of each lifecycle. */
  readonly passes: readonly number[];
  readonly calls: number;
  readonly effects: Readonly<Record<string, number>>;
  /** What was done, line by line, where that was asked for. */
  readonly trace: readonly string[];
}

export interface Then {
  readonly done?: (answer: unknown) => void;
  readonly threw?: (error: unknown, worker: Worker) => void;
  readonly died?: () => void;
}

interface Timed {
  readonly atMs: number;
  readonly run: () => void | Promise<void>;
}

/** `spoil`: a fault put in, so that tests see it found. */
export async function simulate(plan: Plan, options: { readonly traced?: boolean; readonly spoil?: (deps: Deps) => Deps } = {}): Promise<Outcome> {
  const day = new Day(plan, options.traced ?? false, options.spoil);
  await day.live();
  await day.close();
  const { oracle, calls, trace } = day;
  return { violations: oracle.violations, passes: oracle.passes(), calls: calls.count, effects: oracle.effects, trace };
} // prettier-ignore

export class Day {
  readonly trace: string[] = [];
  readonly oracle = new Oracle();
  readonly calls: Calls;
  readonly azure: SimulatedAzure;
  readonly app: App;
  readonly plan: Plan;
  nowMs = START_MS;
  handsUntilMs = 0;
  /** Something may have happened that only a listing finds. */
  unlisted = true;
  readonly #traced: boolean;
  readonly #spoil: ((deps: Deps) => Deps) | undefined;
  readonly #happenings: Happenings;
  /** What runs or sleeps, and what becomes of its message when it dies. */
  readonly #workers = new Map<Worker, () => void>();
  #timed: Timed[] = [];
  #names = 0;
  #ticks = 0;
  #lastMs = START_MS;
  /** When a call last came to its end after a stall. */
  #wokeMs = START_MS;
  /** The index holds something: the sweep is what may still bring it on. */
  #isExpected = false;
  #isMended = false;

  constructor(plan: Plan, traced: boolean, spoil: ((deps: Deps) => Deps) | undefined) {
    this.plan = plan;
    this.#traced = traced;
    this.#spoil = spoil;
    const nowMs = () => this.nowMs;
    const note = (line: string) => this.note(line);
    this.azure = new SimulatedAzure(START_MS, noiseOf(plan.noise));
    this.azure.fate = { fate: plan.fate, quality: 'good' };
    this.calls = new Calls(plan, {
      nowMs,
      note,
      kill: (what) => this.#kill(what),
      later: (atMs, effect) => this.at(atMs, async () => void (await effect().catch(() => undefined))),
    });
    const { azure, oracle, calls } = this;
    azure.onLost = (environment, job) => oracle.lost(environment, job);
    this.app = new App({ plan, azure, oracle, calls, nowMs, seen: () => this.#seen(), note });
    this.#happenings = new Happenings(this);
    let atMs = START_MS;
    for (const { afterMinutes, happening } of plan.happenings) {
      atMs += afterMinutes * MINUTE_MS;
      this.at(atMs, () => this.#happenings.happen(happening));
    }
    this.#lastMs = atMs;
  }

  note(line: string): void {
    if (this.#traced) this.trace.push(`${new Date(this.nowMs).toISOString().slice(5, 19)} ${line}`);
  }

  at(atMs: number, run: Timed['run']): void {
    this.#timed.push({ atMs, run });
  }

  /** The next number in the order of everything that happens. */
  tick(): number {
    return ++this.#ticks;
  }

  #seen(): Seen {
    const { azure, calls, app } = this;
    const [dev, prod] = [azure.endpoint('dev'), azure.endpoint('prod')];
    const away = Math.max(...['azure', 'metrics'].map((who) => azure.wrongUntilMs.get(who as Wrong) ?? 0));
    const troubledUntilMs = Math.max(calls.troubledUntilMs, away, this.handsUntilMs, app.other?.untilMs ?? 0);
    const versionOf = (environment: Environment, name: string) =>
      azure.endpoint(environment).deployments.get(name)?.version;
    const isReady = (environment: Environment, name: string) =>
      azure.endpoint(environment).deployments.get(name)?.state === 'ready';
    return { nowMs: this.nowMs, versionOf, isReady, live: { dev: dev.traffic, prod: prod.traffic }, copied: { dev: dev.mirror, prod: prod.mirror }, troubledUntilMs }; // prettier-ignore
  }

  /** Until nothing is left to do, or for a long while after the last thing that happened. */
  async live(): Promise<void> {
    for (;;) {
      await this.#now();
      if (this.calls.count > MOST_CALLS) this.oracle.blame('dev', `goes on and on: ${this.calls.count} calls in a day`);
      if (this.oracle.violations.length > 0) return;
      let nextMs = this.#nextMs();
      if (!this.#isMended && this.#timed.length === 0) {
        // Nothing more happens by itself.
        const mendMs = this.#lastMs + MENDED_MS;
        if (nextMs > mendMs) {
          nextMs = Math.max(this.nowMs, mendMs);
          this.#isMended = true;
          this.at(nextMs, () => this.#happenings.mend());
        }
      }
      if (nextMs === Number.POSITIVE_INFINITY) return;
      if (nextMs > this.#restsMs() && this.#timed.length === 0) return;
      this.nowMs = nextMs;
      this.azure.nowMs = nextMs;
    }
  }

  /** What woke late has its time, too; what still sleeps will wake. */
  #restsMs(): number {
    for (const { asleep } of this.#workers.keys()) if (asleep.size > 0) return Number.POSITIVE_INFINITY;
    return Math.max(this.#lastMs + REST_MS, this.#wokeMs + HOUR_MS);
  }

  #nextMs(): number {
    const active = this.unlisted || this.#isExpected;
    const minute = (Math.floor(this.nowMs / MINUTE_MS) + 1) * MINUTE_MS;
    let next = Math.min(this.app.queue.nextMs(), this.azure.nextMs(), active ? minute : this.#nextSlotMs());
    for (const { atMs } of this.#timed) next = Math.min(next, atMs);
    for (const { asleep } of this.#workers.keys()) for (const { untilMs } of asleep) next = Math.min(next, untilMs);
    return next;
  }

  #nextSlotMs(): number {
    return SLOTS_MS.find((ms) => ms > this.nowMs) ?? Number.POSITIVE_INFINITY;
  }

  /** All that is due at this instant, in an order that depends on nothing but the plan. */
  async #now(): Promise<void> {
    this.azure.settle();
    for (let round = 0; ; round += 1) {
      if (round > MOST_AT_ONCE) return this.oracle.blame('dev', 'something goes on without any time going by');
      if (await this.#timedOnce()) continue;
      if (await this.#wakeOnce()) continue;
      const message = this.app.queue.take(this.nowMs);
      if (!message) break;
      await this.#handle(message);
    }
    if (this.nowMs % MINUTE_MS === 0) await this.#minute();
    this.#isExpected = (await this.app.store.index.keys()).length > 0;
    this.oracle.look(this.#seen());
  }

  async #timedOnce(): Promise<boolean> {
    const due = this.#timed.find(({ atMs }) => atMs <= this.nowMs);
    if (!due) return false;
    this.#timed = this.#timed.filter((each) => each !== due);
    this.#lastMs = Math.max(this.#lastMs, this.nowMs);
    await due.run();
    return true;
  }

  async #wakeOnce(): Promise<boolean> {
    for (const { asleep } of this.#workers.keys())
      for (const call of asleep) {
        if (call.untilMs > this.nowMs) continue;
        asleep.delete(call);
        this.#wokeMs = this.nowMs;
        call.wake();
        await restful();
        return true;
      }
    return false;
  }

  async #minute(): Promise<void> {
    const { index } = this.app.store;
    // By the clock of the instance that would sweep.
    const skewMs = this.plan.skewMinutes[this.#nextInstance()] * MINUTE_MS;
    const listing = (this.nowMs + skewMs) % LISTING_MS === 0;
    const overdue = await index.overdue(new Date(this.nowMs + skewMs), 1);
    const wanted = listing && (this.unlisted || this.#isExpected);
    if (!wanted && !SLOTS_MS.includes(this.nowMs) && overdue.length === 0) return;
    if (listing) this.unlisted = false;
    await this.begin('sweep', (deps) => sweep(deps));
    for (let message = this.app.queue.take(this.nowMs); message; message = this.app.queue.take(this.nowMs)) await this.#handle(message); // prettier-ignore
  }

  async #handle(message: Taken): Promise<void> {
    const { environment = '', model = '', look, row = '' } = message.body;
    const key = { environment, model };
    const at = environment as Environment;
    const run = (deps: Deps) =>
      message.queue === 'notify'
        ? deliver({ key, rowKey: row }, deps)
        : reconcile({ key, ...(look === undefined ? {} : { look }) }, deps);
    const isPass = message.queue === 'reconcile';
    await this.begin(`${message.queue} ${environment}`, run, {
      done: () => this.app.queue.done(message),
      threw: (error, { puzzled }) => {
        // What its version of the app does not know is another's to read.
        if (!(error instanceof Unavailable) && !puzzled) this.oracle.blame(at, `a pass threw: ${String(error)}`);
        if (this.app.queue.failed(message, this.nowMs) && message.queue === 'reconcile')
          this.at(this.nowMs, () => void this.begin(`poison ${environment}`, (deps) => unpoison(key, deps)));
      },
      died: () => this.app.queue.abandoned(message, this.nowMs),
    }, isPass ? at : undefined);
  } // prettier-ignore

  /** Runs it until it rests: it has ended, sleeps or is dead. */
  async begin(what: string, run: (deps: Deps) => Promise<unknown>, then: Then = {}, passOf?: Environment): Promise<Worker> {
    const instance = this.#nextInstance();
    this.#names += 1;
    const worker: Worker = { name: `#${this.#names} ${what}`, instance, tick: this.tick(), passOf, dead: false, puzzled: false, asleep: new Set() };
    this.#workers.set(worker, then.died ?? (() => {}));
    this.note(`${worker.name} begins`);
    const deps = this.app.depsOf(worker);
    run(this.#spoil ? this.#spoil(deps) : deps).then(
      (answer) => this.#ended(worker, () => then.done?.(answer)),
      (error: unknown) => this.#ended(worker, () => {
        this.note(`${worker.name} threw ${error instanceof Error ? error.message : String(error)}`);
        then.threw?.(error, worker);
      }),
    );
    await restful();
    return worker;
  } // prettier-ignore

  /** Both in turn. */
  #nextInstance(): 0 | 1 {
    return this.#names % 2 === 0 ? 1 : 0;
  }

  #ended(worker: Worker, then: () => void): void {
    if (this.#workers.delete(worker)) then();
  }

  #kill(what: Worker | 0 | 1): void {
    for (const [worker, died] of this.#workers) {
      if (worker !== what && worker.instance !== what) continue;
      worker.dead = true;
      this.#workers.delete(worker);
      died();
    }
  }

  /** Nothing goes wrong any more, and time went by: what is left then? */
  async close(): Promise<void> {
    const { oracle, app } = this;
    if (oracle.violations.length > 0) return;
    for (const environment of ENVIRONMENTS) {
      const key = { environment, model: MODEL };
      const { lifecycle, unread, outbox } = await app.store.lifecycles.load(key);
      const held = await app.held(key);
      oracle.rest(environment, this.#seen(), held.map(({ factKey }) => factKey)); // prettier-ignore
      if (unread.length > 0) oracle.blame(environment, `${unread.length} items were never read`);
      if (outbox.length > 0) oracle.blame(environment, `${outbox.length} notices were never sent`);
      if (!lifecycle) continue;
      const audit = await app.store.history.audit(key, 1, lifecycle.sequence);
      for (const { sequence, fault } of verifyChain(audit, lifecycle.auditDigest)) oracle.blame(environment, `audit row ${sequence}: ${fault}`); // prettier-ignore
      if (digest(rebuild(audit)) !== digest(JSON.parse(JSON.stringify(recorded(lifecycle))))) oracle.blame(environment, 'the patches lead to another row'); // prettier-ignore
    }
    for (const [id, times] of app.sent) if (times > 1 + this.plan.troubles.length) oracle.blame('dev', `${id} was sent ${times} times`); // prettier-ignore
  }
}

/** All that runs has come to where it waits for something: an answer, its end, or for ever. */
function restful(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** From 0 to 1, the same for a seed (mulberry32). */
function noiseOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
