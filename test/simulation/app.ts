/** What the app of a simulated day stands on: its storage, queues and policies, and the ports of each of its workers. */
import { deadLettersOn } from '../../src/lib/azure/deadLetters.ts';
import { CorruptRow } from '../../src/lib/azure/lifecyclesRows.ts';
import type { InboxItem } from '../../src/lib/core/inbox.ts';
import type { Key } from '../../src/lib/core/lifecycle.ts';
import { sha256 } from '../../src/lib/core/names.ts';
import type { Deps } from '../../src/lib/deps.ts';
import { createLog } from '../../src/lib/log.ts';
import type { Lifecycles, Loaded } from '../../src/lib/ports.ts';
import { memoryBlobs } from '../twins/memoryBlobs.ts';
import { memoryStore, type MemoryStore } from '../twins/memoryStore.ts';
import { MODEL, type SimulatedAzure } from './azure.ts';
import type { Calls, Worker } from './calls.ts';
import type { Oracle, Seen } from './oracle.ts';
import { ENVIRONMENTS, type Away, type Environment, type Plan, type Unread } from './plan.ts';
import { SIGN_IN } from './people.ts';
import { SimulatedPolicies } from './policies.ts';
import { SimulatedQueue } from './queue.ts';
import { witnessed } from './witnessed.ts';

const MINUTE_MS = 60_000;
const SILENT = createLog(() => {});
const NOBODY: Deps['log'] = { ...SILENT, debug: () => {}, info: () => {}, warn: () => {}, error: () => {}, bind: () => NOBODY }; // prettier-ignore

const NO_ROOM = { instanceType: 'x', family: 'x', neededCores: 4, freeCores: 0 };

export interface Surroundings {
  readonly plan: Plan;
  readonly azure: SimulatedAzure;
  readonly oracle: Oracle;
  readonly calls: Calls;
  nowMs(): number;
  seen(): Seen;
  note(line: string): void;
}

export class App {
  readonly store: MemoryStore;
  readonly queue = new SimulatedQueue();
  readonly #undelivered = memoryBlobs();
  #dead = 0;
  readonly policies: SimulatedPolicies;
  /** Which instances run another version, until when, and what that does not know. */
  other: { readonly instances: readonly number[]; readonly untilMs: number; readonly cannotRead: Unread } | undefined;
  /** What Event Grid gave up to deliver. */
  readonly deadLetters = deadLettersOn(this.#undelivered, memoryBlobs());
  /** Ids of deliveries that were saved. */
  readonly told = new Set<string>();
  /** Delivery id -> how often it was sent. */
  readonly sent = new Map<string, number>();
  readonly #around: Surroundings;
  /** Each for any worker. */
  readonly #ports;

  constructor(around: Surroundings) {
    const { azure, oracle, plan, calls } = around;
    const nowMs = () => around.nowMs();
    this.#around = around;
    this.store = memoryStore(nowMs);
    this.policies = new SimulatedPolicies(nowMs(), plan);
    const seen = witnessed(azure, oracle, {
      note: (line) => around.note(line),
      troubled: () => around.seen().troubledUntilMs >= around.nowMs(),
    });
    const reachable = <P extends object>(name: string, port: P, of: Away = 'azure') => calls.between(name, port, of);
    this.#ports = {
      outbox: reachable('outbox', this.store.outbox, 'storage'),
      index: reachable('index', this.store.index, 'storage'),
      queue: reachable('queue', this.queue.port(nowMs), 'storage'),
      history: reachable('history', this.store.history, 'storage'),
      refused: reachable('refused', this.store.refused, 'storage'),
      deadLetters: reachable('deadLetters', this.deadLetters, 'storage'),
      policyStore: reachable('policyStore', this.store.policies, 'storage'),
      capacity: reachable('capacity', { room: async () => (azure.isWrong('quota') ? NO_ROOM : ('unknown' as const)) }),
      models: reachable('models', seen.models),
      artifacts: reachable('artifacts', azure.artifacts),
      jobs: reachable('jobs', azure.cancelling()),
      runs: reachable('runs', azure.runs()),
      endpoints: reachable('endpoints', seen.endpoints),
      batchEndpoints: reachable('batchEndpoints', seen.batchEndpoints),
      batchRuns: reachable('batchRuns', seen.batchRuns),
      loggedAnswers: reachable('loggedAnswers', azure.loggedAnswers()),
      updates: reachable('updates', seen.updates),
      scoring: reachable('scoring', azure.scoring),
      metrics: reachable('metrics', azure.live.port(nowMs), 'metrics'),
      trafficLog: reachable('trafficLog', azure.live.port(nowMs), 'metrics'),
      trainings: reachable('trainings', seen.trainings),
      monitors: reachable('monitors', azure.monitors),
      dataAssets: reachable('dataAssets', azure.dataAssets),
      email: reachable('email', { send: this.#mail }, 'mail'),
    };
  }

  /** What a worker sees of the world. */
  depsOf(worker: Worker): Deps {
    const ports = this.#ports;
    const skewMs = this.#around.plan.skewMinutes[worker.instance] * MINUTE_MS;
    return {
      clock: { now: () => new Date(this.#around.nowMs() + skewMs) },
      chance: () => 0.5,
      log: NOBODY,
      signIn: SIGN_IN,
      policies: this.#around.calls.between('policies', this.#policiesOf(worker), 'storage')(worker),
      lifecycles: this.#around.calls.between('lifecycles', this.#lifecycles(worker), 'storage')(worker),
      outbox: ports.outbox(worker),
      index: ports.index(worker),
      queue: ports.queue(worker),
      models: ports.models(worker),
      artifacts: ports.artifacts(worker),
      jobs: ports.jobs(worker),
      runs: ports.runs(worker),
      endpoints: ports.endpoints(worker),
      batchEndpoints: ports.batchEndpoints(worker),
      batchRuns: ports.batchRuns(worker),
      loggedAnswers: ports.loggedAnswers(worker),
      updates: ports.updates(worker),
      scoring: ports.scoring(worker),
      trafficMetrics: ports.metrics(worker),
      trafficLog: ports.trafficLog(worker),
      trainings: ports.trainings(worker),
      monitors: ports.monitors(worker),
      dataAssets: ports.dataAssets(worker),
      capacity: ports.capacity(worker),
      deadLetters: ports.deadLetters(worker),
      policyStore: ports.policyStore(worker),
      history: ports.history(worker),
      refused: ports.refused(worker),
      channels: { email: ports.email(worker), eventGrid: { send: async () => {} }, github: { send: async () => {} } },
    };
  }

  /** The estate is asked for once a pass. */
  #policiesOf(worker: Worker): Deps['policies'] {
    const port = this.policies.port(() => this.#cannotRead('policies', worker));
    const { passOf } = worker;
    if (passOf === undefined) return port;
    return { ...port, estate: (options) => (this.#around.oracle.passed(passOf), port.estate(options)) };
  }

  #cannotRead(what: Unread, worker: Worker): boolean {
    const { other } = this;
    const is = other?.cannotRead === what && other.untilMs > this.#around.nowMs() && other.instances.includes(worker.instance); // prettier-ignore
    if (is) worker.puzzled = true;
    return is;
  }

  #lifecycles(worker: Worker): Lifecycles {
    const { lifecycles } = this.store;
    const { oracle } = this.#around;
    return {
      ...lifecycles,
      load: async (key) => this.#asRead(await lifecycles.load(key), worker),
      append: async (key, item) => {
        const answer = await lifecycles.append(key, item);
        if (!answer.known) oracle.takenIn(key, item);
        return answer;
      },
      save: async (key, save) => {
        const etag = await lifecycles.save(key, save);
        for (const { notice, channel } of save.deliveries)
          this.told.add([key.environment, key.model, notice.id, channel].join('/'));
        this.#around.note(`  saved ${key.environment} ${save.lifecycle.sequence}: ${save.audit?.rules.join(', ') ?? 'the next look'} -> ${save.lifecycle.release?.phase ?? 'idle'}${save.lifecycle.training ? `, training ${save.lifecycle.training.phase}` : ''}`); // prettier-ignore
        oracle.saved(key, save, this.#around.seen(), worker);
        return etag;
      },
    };
  }

  /** Rows with a release, or every second item, hold words that the worker's version of the app does not know. */
  #asRead(loaded: Loaded, worker: Worker): Loaded {
    if (loaded.lifecycle?.release && this.#cannotRead('rows', worker)) throw new CorruptRow('0a', 'release.phase: a word of a newer version'); // prettier-ignore
    if (!loaded.unread.some(({ item }) => isNewer(item)) || !this.#cannotRead('items', worker)) return loaded;
    return { ...loaded, unread: loaded.unread.map(({ rowKey, item }) => ({ rowKey, item: isNewer(item) ? unreadable(item) : item })) }; // prettier-ignore
  }

  readonly #mail: Deps['channels']['email']['send'] = async (_delivery, id) => {
    this.sent.set(id, (this.sent.get(id) ?? 0) + 1);
    this.#around.oracle.count('mail');
  };

  /** Event Grid leaves a dead letter. */
  async left(event: object): Promise<void> {
    this.#dead += 1;
    this.#around.oracle.count('deadLetter');
    await this.#undelivered.write(`${this.#dead}.json`, JSON.stringify([event]), undefined);
  }

  /** Ids of deliveries that were given up. */
  async undelivered(): Promise<ReadonlySet<string>> {
    const keys = ENVIRONMENTS.map((environment) => ({ environment, model: MODEL }));
    const all = await Promise.all(keys.map((key) => this.store.history.undelivered(key, Number.POSITIVE_INFINITY)));
    return new Set(
      all
        .flat()
        .map(({ delivery: { notice, channel } }) => [notice.environment, notice.model, notice.id, channel].join('/')),
    );
  }

  /** Everything that was taken in for the lifecycle and set aside. */
  async held(key: Key): Promise<readonly InboxItem[]> {
    return this.store.history.heldItems(key);
  }
}

function isNewer({ factKey }: InboxItem): boolean {
  return Number.parseInt(sha256(factKey).slice(0, 1), 16) % 2 === 0;
}

function unreadable(item: InboxItem): InboxItem {
  const { factKey, receivedAt } = item;
  return { factKey, receivedAt, happening: { kind: 'unreadable', text: JSON.stringify(item), why: 'kind: a word of a newer version' } }; // prettier-ignore
}

export function environmentIn({ environment }: Key): Environment {
  return environment === 'prod' ? 'prod' : 'dev';
}
