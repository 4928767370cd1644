/** One simulated day: the whole app over ports in memory, on a virtual clock, in the order that the plan makes. */
import { takeEvent } from '../../src/lib/intake.ts';
import { takeCommand } from '../../src/lib/intake/commands.ts';
import { meantRelease } from '../../src/lib/core/command.ts';
import { Unavailable } from '../../src/lib/core/errors.ts';
import { rebuild, recorded, verifyChain } from '../../src/lib/core/ledger.ts';
import { newLifecycle } from '../../src/lib/core/lifecycle.ts';
import { deliver } from '../../src/lib/deliver.ts';
import { createLog } from '../../src/lib/log.ts';
import { reconcile } from '../../src/lib/reconcile.ts';
import { unpoison } from '../../src/lib/reconcile/unpoison.ts';
import { sweep } from '../../src/lib/sweep.ts';
import type { Deps } from '../../src/lib/deps.ts';
import { digest } from '../../src/lib/core/names.ts';
import { memoryStore, type MemoryStore } from '../twins/memoryStore.ts';
import { MODEL, PLACES, SimulatedAzure, type Wrong } from './azure.ts';
import { Calls, type Worker } from './calls.ts';
import { Oracle, type Seen } from './oracle.ts';
import { ENVIRONMENTS, type Environment, type Happening, type Plan } from './plan.ts';
import { SimulatedPolicies } from './policies.ts';
import { SimulatedQueue, type Taken } from './queue.ts';

export const START_MS = Date.parse('2026-03-02T10:00:00.000Z');
const MINUTE_MS = 60_000;
const LISTING_MS = 15 * MINUTE_MS;
/** After the last thing that happens: longer than any deadline of the policies. */
const REST_MS = 12 * 60 * MINUTE_MS;
const MOST_AT_ONCE = 400;
/** The longest days make a tenth of them. */
const MOST_CALLS = 100_000;
const REDELIVERED_MS = 30_000;
const NOBODY = createLog(() => {});

export interface Outcome {
  readonly violations: readonly string[];
  readonly passes: number;
  readonly calls: number;
  readonly effects: Readonly<Record<string, number>>;
  /** What was done, line by line, where that was asked for. */
  readonly trace: readonly string[];
}

interface Timed {
  readonly atMs: number;
  readonly run: () => void | Promise<void>;
}

export async function simulate(plan: Plan, options: { readonly traced?: boolean } = {}): Promise<Outcome> {
  const day = new Day(plan, options.traced ?? false);
  await day.live();
  await day.close();
  const { oracle, calls, trace } = day;
  return { violations: oracle.violations, passes: oracle.passes, calls: calls.count, effects: oracle.effects, trace };
}

class Day {
  readonly trace: string[] = [];
  readonly oracle = new Oracle();
  readonly calls: Calls;
  readonly #plan: Plan;
  readonly #traced: boolean;
  readonly #azure: SimulatedAzure;
  readonly #store: MemoryStore;
  readonly #queue = new SimulatedQueue();
  readonly #policies = new SimulatedPolicies(START_MS);
  /** What runs or sleeps, and what becomes of its message when it dies. */
  readonly #workers = new Map<Worker, () => void>();
  readonly #sent = new Map<string, number>();
  #timed: Timed[] = [];
  #nowMs = START_MS;
  #names = 0;
  #versions: Record<Environment, number> = { dev: 1, prod: 1 };
  #commands = 0;
  #handsUntilMs = 0;
  /** The index holds something: the sweep is what may still bring it on. */
  #isExpected = false;
  /** Something may have happened that only a listing finds. */
  #unlisted = true;

  constructor(plan: Plan, traced: boolean) {
    this.#plan = plan;
    this.#traced = traced;
    this.#azure = new SimulatedAzure(START_MS, noiseOf(plan.noise));
    this.#store = memoryStore(() => this.#nowMs);
    this.calls = new Calls(plan, {
      nowMs: () => this.#nowMs,
      note: (line) => this.#note(line),
      kill: (what) => this.#kill(what),
      later: (atMs, effect) => this.#at(atMs, async () => void (await effect().catch(() => undefined))),
    });
    let atMs = START_MS;
    for (const { afterMinutes, happening } of plan.happenings) {
      atMs += afterMinutes * MINUTE_MS;
      this.#at(atMs, () => this.#happen(happening));
    }
    this.#lastMs = atMs;
  }

  #lastMs: number;

  #note(line: string): void {
    if (this.#traced) this.trace.push(`${new Date(this.#nowMs).toISOString().slice(5, 19)} ${line}`);
  }

  #at(atMs: number, run: Timed['run']): void {
    this.#timed.push({ atMs, run });
  }

  #seen(): Seen {
    const live = Object.fromEntries(ENVIRONMENTS.map((name) => [name, this.#azure.endpoint(name).traffic])) as Seen['live']; // prettier-ignore
    const copied = Object.fromEntries(ENVIRONMENTS.map((name) => [name, this.#azure.endpoint(name).mirror])) as Seen['copied']; // prettier-ignore
    const away = Math.max(...['azure', 'metrics'].map((who) => this.#azure.wrongUntilMs.get(who as Wrong) ?? 0));
    return {
      nowMs: this.#nowMs,
      live,
      copied,
      troubledUntilMs: Math.max(this.calls.troubledUntilMs, away, this.#handsUntilMs),
    };
  }

  /** Until nothing is left to do, or for a long while after the last thing that happened. */
  async live(): Promise<void> {
    for (;;) {
      await this.#now();
      if (this.calls.count > MOST_CALLS) this.oracle.blame('dev', `goes on and on: ${this.calls.count} calls in a day`);
      if (this.oracle.violations.length > 0) return;
      const nextMs = this.#nextMs();
      if (nextMs === Number.POSITIVE_INFINITY) return;
      if (nextMs > this.#lastMs + REST_MS && this.#timed.length === 0) return;
      this.#nowMs = nextMs;
      this.#azure.nowMs = nextMs;
    }
  }

  #nextMs(): number {
    const active = this.#unlisted || this.#isExpected;
    const minute = (Math.floor(this.#nowMs / MINUTE_MS) + 1) * MINUTE_MS;
    let next = Math.min(this.#queue.nextMs(), this.#azure.nextMs(), active ? minute : Number.POSITIVE_INFINITY);
    for (const { atMs } of this.#timed) next = Math.min(next, atMs);
    for (const { asleep } of this.#workers.keys()) for (const { untilMs } of asleep) next = Math.min(next, untilMs);
    return next;
  }

  /** All that is due at this instant, in an order that depends on nothing but the plan. */
  async #now(): Promise<void> {
    this.#azure.settle();
    for (let round = 0; ; round += 1) {
      if (round > MOST_AT_ONCE) throw new Error(`something goes on without any time going by: ${this.trace.slice(-5).join('; ')}`); // prettier-ignore
      if (await this.#timedOnce()) continue;
      if (await this.#wakeOnce()) continue;
      const message = this.#queue.take(this.#nowMs);
      if (!message) break;
      await this.#handle(message);
    }
    if (this.#nowMs % MINUTE_MS === 0) await this.#minute();
    this.#isExpected = (await this.#store.index.keys()).length > 0;
    this.oracle.look(this.#seen());
  }

  async #timedOnce(): Promise<boolean> {
    const due = this.#timed.find(({ atMs }) => atMs <= this.#nowMs);
    if (!due) return false;
    this.#timed = this.#timed.filter((each) => each !== due);
    this.#lastMs = Math.max(this.#lastMs, this.#nowMs);
    await due.run();
    return true;
  }

  async #wakeOnce(): Promise<boolean> {
    for (const { asleep } of this.#workers.keys())
      for (const call of asleep) {
        if (call.untilMs > this.#nowMs) continue;
        asleep.delete(call);
        call.wake();
        await restful();
        return true;
      }
    return false;
  }

  async #minute(): Promise<void> {
    const listing = this.#nowMs % LISTING_MS === 0;
    const overdue = await this.#store.index.overdue(new Date(this.#nowMs + 4 * MINUTE_MS), 1);
    if (!(listing && (this.#unlisted || this.#isExpected)) && overdue.length === 0) return;
    if (listing) this.#unlisted = false;
    await this.#begin('sweep', (deps) => sweep(deps));
    for (let message = this.#queue.take(this.#nowMs); message; message = this.#queue.take(this.#nowMs)) await this.#handle(message); // prettier-ignore
  }

  async #handle(message: Taken): Promise<void> {
    const { environment = '', model = '', look, row = '' } = message.body;
    const key = { environment, model };
    const run = (deps: Deps) =>
      message.queue === 'notify'
        ? deliver({ key, rowKey: row }, deps)
        : reconcile({ key, ...(look === undefined ? {} : { look }) }, deps);
    await this.#begin(`${message.queue} ${environment}`, run, {
      done: () => this.#queue.done(message),
      threw: (error) => {
        if (!(error instanceof Unavailable))
          this.oracle.blame(environment as Environment, `a pass threw: ${String(error)}`);
        if (this.#queue.failed(message, this.#nowMs) && message.queue === 'reconcile')
          this.#at(this.#nowMs, () => this.#begin(`poison ${environment}`, (deps) => unpoison(key, deps)));
      },
      died: () => this.#queue.abandoned(message, this.#nowMs),
    });
  }

  /** Runs it until it rests: it has ended, sleeps or is dead. */
  async #begin(
    what: string,
    run: (deps: Deps) => Promise<unknown>,
    then: { readonly done?: (answer: unknown) => void; readonly threw?: (error: unknown) => void; readonly died?: () => void } = {},
  ): Promise<void> {
    this.#names += 1;
    const worker: Worker = { name: `#${this.#names} ${what}`, instance: this.#names % 2 === 0 ? 0 : 1, dead: false, asleep: new Set() };
    this.#workers.set(worker, then.died ?? (() => {}));
    this.#note(`${worker.name} begins`);
    run(this.#depsOf(worker)).then(
      (answer) => this.#ended(worker, () => then.done?.(answer)),
      (error: unknown) => this.#ended(worker, () => {
        this.#note(`${worker.name} threw ${error instanceof Error ? error.message : String(error)}`);
        then.threw?.(error);
      }),
    );
    await restful();
  } // prettier-ignore

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

  async #happen(happening: Happening): Promise<void> {
    this.#note(`happens: ${JSON.stringify(happening)}`);
    switch (happening.do) {
      case 'register':
        return this.#register(happening);
      case 'command':
        return this.#command(happening);
      case 'portal':
        this.#azure.move(happening.where, happening.pick);
        this.oracle.movedByHand(happening.where, this.#azure.endpoint(happening.where).traffic);
        this.#handsUntilMs = this.#nowMs;
        this.#unlisted = true;
        return;
      case 'away':
        this.#azure.wrongUntilMs.set(happening.who, this.#nowMs + happening.minutes * MINUTE_MS);
        return;
      case 'jobsFail':
      case 'deploymentsFail':
      case 'smokeFails':
      case 'quota':
        this.#azure.wrongUntilMs.set(happening.do, this.#nowMs + happening.minutes * MINUTE_MS);
        return;
      case 'policy':
        this.#policies.current = happening.which;
        return;
    }
  }

  #register({ where, quality, deliveries }: Extract<Happening, { do: 'register' }>): void {
    const { workspace } = PLACES[where];
    const highest = Math.max(...this.#azure.models.versions(workspace, MODEL).map(({ version }) => Number(version)));
    const version = String(Math.max(highest, this.#versions[where]) + 1);
    this.#versions[where] = Number(version);
    this.#azure.models.register(workspace, MODEL, version, { at: new Date(this.#nowMs) });
    this.#azure.qualities.set(`${workspace}|${version}`, quality);
    this.#unlisted = true;
    const event = {
      topic: workspace, subject: `models/${MODEL}:${version}`, eventType: 'Microsoft.MachineLearningServices.ModelRegistered', id: `event-${where}-${version}`,
      eventTime: new Date(this.#nowMs).toISOString(), data: { ModelName: MODEL, ModelVersion: Number(version), ModelTags: {}, ModelProperties: {} }, dataVersion: '', metadataVersion: '1',
    }; // prettier-ignore
    for (const minutes of deliveries) this.#at(this.#nowMs + minutes * MINUTE_MS, () => this.#deliver(event));
  }

  /** Until it is acknowledged. */
  async #deliver(event: { readonly id: string }): Promise<void> {
    const again = () => this.#at(this.#nowMs + REDELIVERED_MS, () => this.#deliver(event));
    await this.#begin(`event ${event.id}`, (deps) => takeEvent(event, deps), { threw: again, died: again });
  }

  async #command({ where, name, names, untilMinutes }: Extract<Happening, { do: 'command' }>): Promise<void> {
    const key = { environment: where, model: MODEL };
    const row = this.oracle.row(where) ?? newLifecycle(key);
    const current = meantRelease(row, name) ?? 1;
    const until = name === 'pause' && untilMinutes !== undefined ? { until: new Date(this.#nowMs + untilMinutes * MINUTE_MS).toISOString() } : {}; // prettier-ignore
    const body = { actor: 'ada', reason: 'because', ...(names === 'none' ? {} : { release: names === 'this' ? current : current + 1 }), ...until }; // prettier-ignore
    this.#commands += 1;
    const idempotencyKey = `command-${this.#commands}`;
    await this.#begin(`command ${name} ${where}`, (deps) => takeCommand({ key, name, body, idempotencyKey }, deps));
    if (name === 'adopt' || name === 'revert' || name === 'resume' || name === 'pause')
      this.#handsUntilMs = this.#nowMs;
  }

  #depsOf(worker: Worker): Deps {
    const azure = this.#azure;
    const between = <P extends object>(port: P, name: string) => this.calls.between(port, name, worker);
    const skewMs = this.#plan.skewMinutes[worker.instance] * MINUTE_MS;
    const reachable = <P extends object>(port: P, who: Wrong) => this.#unless(port, who);
    return {
      clock: { now: () => new Date(this.#nowMs + skewMs) },
      chance: () => 0.5,
      log: NOBODY,
      policies: this.#policies.port(),
      policyStore: this.#store.policies,
      lifecycles: between({ ...this.#store.lifecycles, save: this.#save }, 'lifecycles'),
      outbox: between(this.#store.outbox, 'outbox'),
      history: this.#store.history,
      index: between(this.#store.index, 'index'),
      queue: between(this.#queue.port(() => this.#nowMs), 'queue'),
      refused: this.#store.refused,
      models: between(reachable(azure.models, 'azure'), 'models'),
      artifacts: between(reachable(azure.artifacts, 'azure'), 'artifacts'),
      jobs: between(reachable(azure.jobs, 'azure'), 'jobs'),
      runs: between(reachable(azure.runs(), 'azure'), 'runs'),
      endpoints: between(reachable(this.#endpoints(), 'azure'), 'endpoints'),
      updates: between(reachable(azure.endpoints.updates, 'azure'), 'endpoints'),
      capacity: { room: async () => (azure.isWrong('quota') ? { instanceType: 'x', family: 'x', neededCores: 4, freeCores: 0 } : 'unknown') },
      scoring: between(reachable(azure.scoring, 'azure'), 'scoring'),
      trafficMetrics: between(reachable(azure.trafficMetrics(), 'metrics'), 'metrics'),
      trainings: azure.trainings,
      monitors: azure.monitors,
      dataAssets: azure.dataAssets,
      channels: { email: between(reachable({ send: this.#mail }, 'mail'), 'email'), eventGrid: { send: async () => {} }, github: { send: async () => {} } },
    };
  } // prettier-ignore

  /** The port, which answers nobody while it is away. */
  #unless<P extends object>(port: P, who: Wrong): P {
    const methods = Object.entries(port).map(([name, member]) => [
      name,
      typeof member === 'function'
        ? async (...given: unknown[]) => {
            if (this.#azure.isWrong(who)) throw new Unavailable('serverError', who, `${who} is away`);
            return member.apply(port, given);
          }
        : member,
    ]);
    return Object.fromEntries(methods) as P;
  }

  readonly #save: MemoryStore['lifecycles']['save'] = async (key, save) => {
    const etag = await this.#store.lifecycles.save(key, save);
    this.#note(`  saved ${key.environment} ${save.lifecycle.sequence}: ${save.audit?.rules.join(', ') ?? 'the next look'} -> ${save.lifecycle.release?.phase ?? 'idle'}`); // prettier-ignore
    this.oracle.saved(key, save, this.#seen());
    return etag;
  };

  #endpoints(): SimulatedAzure['endpoints'] {
    const { endpoints } = this.#azure;
    return {
      ...endpoints,
      createDeployment: async (workspace, endpoint, plan) => {
        endpoints.quota = this.#azure.isWrong('quota') ? 0 : 100;
        await endpoints.createDeployment(workspace, endpoint, plan);
        this.#note(`  azure: create ${plan.deployment}`);
      },
      setTraffic: async (workspace, endpoint, change) => {
        await endpoints.setTraffic(workspace, endpoint, change);
        const environment = ENVIRONMENTS.find((name) => PLACES[name].workspace === workspace) ?? 'dev';
        this.#note(
          `  azure: ${environment} ${JSON.stringify(change.desired)} ${JSON.stringify(change.mirror?.desired ?? {})}`,
        );
        this.oracle.wrote(environment, change.desired, change.mirror?.desired ?? {});
      },
    };
  }

  readonly #mail: Deps['channels']['email']['send'] = async (_delivery, id) => {
    this.#sent.set(id, (this.#sent.get(id) ?? 0) + 1);
    this.oracle.count('mail');
  };

  /** Nothing goes wrong any more, and time goes by: what is left then? */
  async close(): Promise<void> {
    const { oracle } = this;
    if (oracle.violations.length > 0) return;
    for (const environment of ENVIRONMENTS) {
      const key = { environment, model: MODEL };
      oracle.rest(environment, this.#seen());
      const { lifecycle, unread, outbox } = await this.#store.lifecycles.load(key);
      if (unread.length > 0) oracle.blame(environment, `${unread.length} items were never read`);
      if (outbox.length > 0) oracle.blame(environment, `${outbox.length} notices were never sent`);
      if (!lifecycle) continue;
      const audit = await this.#store.history.audit(key, 1, lifecycle.sequence);
      for (const { sequence, fault } of verifyChain(audit, lifecycle.auditDigest)) oracle.blame(environment, `audit row ${sequence}: ${fault}`); // prettier-ignore
      if (digest(rebuild(audit)) !== digest(JSON.parse(JSON.stringify(recorded(lifecycle))))) oracle.blame(environment, 'the patches lead to another row'); // prettier-ignore
    }
    for (const [id, times] of this.#sent) if (times > 1 + this.#plan.troubles.length) oracle.blame('dev', `${id} was sent ${times} times`); // prettier-ignore
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
