/** One simulated day: the whole app over ports in memory, on a virtual clock, in the order that the plan makes. */
import { Unavailable } from '../../src/lib/core/errors.ts';
import { deliver } from '../../src/lib/deliver.ts';
import type { Key } from '../../src/lib/core/lifecycle.ts';
import type { Deps } from '../../src/lib/deps.ts';
import { retakeDeadLetters } from '../../src/lib/intake.ts';
import { reconcile } from '../../src/lib/reconcile.ts';
import { unpoison } from '../../src/lib/reconcile/unpoison.ts';
import { sweep } from '../../src/lib/sweep.ts';
import { listPlaces } from '../../src/lib/sweep/listPlaces.ts';
import { App } from './app.ts';
import { SimulatedAzure } from './azure.ts';
import { Calls } from './calls.ts';
import { lookBack } from './evening.ts';
import { Happenings } from './happenings.ts';
import { Oracle, type Seen } from './oracle.ts';
import { ENVIRONMENTS, type Environment, type Plan } from './plan.ts';
import { AFTER_FAILURE_MS, MOST_TRIES, type Taken } from './queue.ts';
import { Workers } from './workers.ts';

export const START_MS = Date.parse('2026-03-02T10:00:00.000Z');
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const LISTING_MS = 15 * MINUTE_MS;
/** After the last thing that happens: longer than any deadline of the policies. */
const REST_MS = 6 * HOUR_MS;
/** So long after the last thing that happens somebody clears up. */
const MENDED_MS = HOUR_MS;
const MOST_AT_ONCE = 400;
const EVER = new Date('9999-12-31T00:00:00.000Z');
/** The longest days make a tenth of them. */
const MOST_CALLS = 100_000;

/** Schedules of the policies are due at noon and at six; the sweep takes them in, once for each clock. */
const SLOTS_MS = [2, 8].flatMap((hours) => [0, 1, 3].map((minutes) => START_MS + hours * HOUR_MS + minutes * MINUTE_MS)); // prettier-ignore

/** Services without which traffic cannot be taken back. */
const IN_THE_WAY = ['azure', 'storage', 'metrics'] as const;

export interface Outcome {
  readonly violations: readonly string[];
  /** Of each lifecycle. */
  readonly passes: readonly number[];
  readonly calls: number;
  readonly effects: Readonly<Record<string, number>>;
  /** What was done, line by line, where that was asked for. */
  readonly trace: readonly string[];
}

interface Timed {
  readonly atMs: number;
  readonly run: () => void | Promise<void>;
}

/** `spoil`: a fault put in, so that tests see it found. */
export async function simulate(plan: Plan, options: { readonly traced?: boolean; readonly spoil?: (deps: Deps) => Deps } = {}): Promise<Outcome> {
  const day = new Day(plan, options.traced ?? false, options.spoil);
  await day.live();
  await lookBack(day);
  const { oracle, calls, trace } = day;
  return { violations: oracle.violations, passes: oracle.passes(), calls: calls.count, effects: oracle.effects, trace };
} // prettier-ignore

export class Day {
  readonly trace: string[] = [];
  readonly oracle: Oracle;
  readonly calls: Calls;
  readonly azure: SimulatedAzure;
  readonly app: App;
  readonly workers: Workers;
  readonly plan: Plan;
  nowMs = START_MS;
  handsUntilMs = 0;
  /** Something may have happened that only a listing finds. */
  unlisted = true;
  readonly #traced: boolean;
  readonly #happenings: Happenings;
  #timed: Timed[] = [];
  #ticks = 0;
  #lastMs = START_MS;
  /** When a call last came to its end after a stall. */
  #wokeMs = START_MS;
  /** What the index holds: the sweep is what may still bring it on. */
  #checkByMs: Seen['checkByMs'] = {};
  #isMended = false;

  constructor(plan: Plan, traced: boolean, spoil: ((deps: Deps) => Deps) | undefined) {
    this.plan = plan;
    this.#traced = traced;
    const nowMs = () => this.nowMs;
    const note = (line: string) => this.note(line);
    this.oracle = new Oracle(plan.starts);
    this.azure = new SimulatedAzure(START_MS, plan, noiseOf(plan.noise));
    this.azure.fate = { fate: plan.fate, quality: 'good' };
    this.calls = new Calls(plan, {
      nowMs,
      note,
      isAway: (who) => this.azure.isWrong(who),
      kill: (what) => this.workers.kill(what),
      later: (atMs, effect) => this.at(atMs, async () => void (await effect().catch(() => undefined))),
    });
    const { azure, oracle, calls } = this;
    oracle.answersOtherwise = (environment, version) => azure.answersOtherwise(environment, version);
    azure.onLost = (environment, job) => oracle.lost(environment, job);
    const app = new App({ plan, azure, oracle, calls, nowMs, seen: this.seen, note });
    this.app = app;
    const spoilt = (deps: Deps) => (spoil ? spoil(deps) : deps);
    this.workers = new Workers({ depsOf: (worker) => spoilt(app.depsOf(worker)), tick: () => this.tick(), note });
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

  readonly seen = (): Seen => {
    const { azure, calls, app } = this;
    const [dev, prod] = [azure.endpoint('dev'), azure.endpoint('prod')];
    const away = Math.max(...IN_THE_WAY.map((who) => azure.wrongUntilMs.get(who) ?? 0));
    const troubledUntilMs = Math.max(calls.troubledUntilMs, away, this.handsUntilMs, app.other?.untilMs ?? 0);
    const versionOf = (environment: Environment, name: string) =>
      azure.endpoint(environment).deployments.get(name)?.version;
    const isReady = (environment: Environment, name: string) =>
      azure.endpoint(environment).deployments.get(name)?.state === 'ready';
    return { nowMs: this.nowMs, versionOf, isReady, live: { dev: dev.traffic, prod: prod.traffic }, copied: { dev: dev.mirror, prod: prod.mirror }, troubledUntilMs, checkByMs: this.#checkByMs }; // prettier-ignore
  };

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
    if (this.workers.wakesMs() < Number.POSITIVE_INFINITY) return Number.POSITIVE_INFINITY;
    return Math.max(this.#lastMs + REST_MS, this.#wokeMs + HOUR_MS);
  }

  #nextMs(): number {
    const active = this.unlisted || this.#isExpected();
    const minute = (Math.floor(this.nowMs / MINUTE_MS) + 1) * MINUTE_MS;
    let next = Math.min(this.#nextMessageMs(), this.azure.nextMs(), active ? minute : this.#nextSlotMs());
    for (const { atMs } of this.#timed) next = Math.min(next, atMs);
    return Math.min(next, this.workers.wakesMs());
  }

  #isExpected(): boolean {
    return Object.keys(this.#checkByMs).length > 0;
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
      const message = this.#take();
      if (!message) break;
      await this.#handle(message);
    }
    if (this.nowMs % MINUTE_MS === 0) await this.#minute();
    const promises = await this.app.store.index.overdue(EVER, ENVIRONMENTS.length);
    this.#checkByMs = Object.fromEntries(promises.map(({ key, checkBy }) => [key.environment, checkBy.getTime()]));
    this.oracle.look(this.seen());
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
    const woke = await this.workers.wakeOne(this.nowMs);
    if (woke) this.#wokeMs = this.nowMs;
    return woke;
  }

  /** The timers of the app, each where it would find something to do. */
  async #minute(): Promise<void> {
    const { app, workers } = this;
    if ((await app.deadLetters.oldest(1)).length > 0) await workers.begin('dead letters', (deps) => retakeDeadLetters(deps));
    const overdue = await app.store.index.overdue(this.#timersNow(), 1, () => {});
    if (overdue.length > 0 || SLOTS_MS.includes(this.nowMs)) await workers.begin('sweep', (deps) => sweep(deps));
    if (this.#timersNow().getTime() % LISTING_MS === 0 && (this.unlisted || this.#isExpected())) {
      await workers.begin('listing', (deps) => listPlaces(deps));
      // Whatever was in its way may have hidden something.
      this.unlisted = this.seen().troubledUntilMs >= this.nowMs;
    }
    for (let message = this.#take(); message; message = this.#take()) await this.#handle(message);
  } // prettier-ignore

  /** By the clock of the instance that comes next. */
  #timersNow(): Date {
    return new Date(this.nowMs + this.plan.skewMinutes[this.workers.nextInstance()] * MINUTE_MS);
  }

  /** The host hands out nothing while storage is away. */
  #take(): Taken | undefined {
    return this.azure.isWrong('storage') ? undefined : this.app.queue.take(this.nowMs);
  }

  #nextMessageMs(): number {
    return Math.max(this.app.queue.nextMs(), this.azure.wrongUntilMs.get('storage') ?? 0);
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
    await this.workers.begin(`${message.queue} ${environment}`, run, {
      // What is done with and cannot be deleted comes again.
      done: () => (this.azure.isWrong('storage') ? this.app.queue.abandoned(message, this.nowMs) : this.app.queue.done(message)),
      threw: (error, { puzzled }) => {
        // What its version of the app does not know is another's to read.
        if (!(error instanceof Unavailable) && !puzzled) this.oracle.blame(at, `a pass threw: ${String(error)}`);
        if (this.app.queue.failed(message, this.nowMs) && message.queue === 'reconcile') this.#poisoned(key);
      },
      died: () => this.app.queue.abandoned(message, this.nowMs),
    }, isPass ? at : undefined);
  } // prettier-ignore

  /** The host tries it again, like any other message. */
  #poisoned(key: Key, tries = 1): void {
    this.at(Math.max(this.nowMs, this.azure.wrongUntilMs.get('storage') ?? 0), async () => {
      const again = () => tries < MOST_TRIES && this.at(this.nowMs + AFTER_FAILURE_MS, () => this.#poisoned(key, tries + 1));
      await this.workers.begin(`poison ${key.environment}`, (deps) => unpoison(key, deps), { threw: again, died: again });
    });
  } // prettier-ignore
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
