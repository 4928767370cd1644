/** What the app of a simulated day stands on: its storage, queues and policies, and the ports of each of its workers. */
import { CorruptRow } from '../../src/lib/azure/lifecyclesRows.ts';
import { Unavailable } from '../../src/lib/core/errors.ts';
import type { InboxItem } from '../../src/lib/core/inbox.ts';
import type { Key } from '../../src/lib/core/lifecycle.ts';
import { sha256 } from '../../src/lib/core/names.ts';
import type { Deps } from '../../src/lib/deps.ts';
import { createLog } from '../../src/lib/log.ts';
import type { Lifecycles, Loaded } from '../../src/lib/ports.ts';
import { memoryStore, type MemoryStore } from '../twins/memoryStore.ts';
import type { SimulatedAzure, Wrong } from './azure.ts';
import type { Calls, Worker } from './calls.ts';
import type { Oracle, Seen } from './oracle.ts';
import type { Environment, Plan, Unread } from './plan.ts';
import { SIGN_IN } from './people.ts';
import { SimulatedPolicies } from './policies.ts';
import { SimulatedQueue } from './queue.ts';
import { witnessed } from './witnessed.ts';

const MINUTE_MS = 60_000;
const SILENT = createLog(() => {});
const NOBODY: Deps['log'] = { ...SILENT, debug: () => {}, info: () => {}, warn: () => {}, error: () => {}, bind: () => NOBODY }; // prettier-ignore

const NO_ROOM = { instanceType: 'x', family: 'x', neededCores: 4, freeCores: 0 };

/** No policy of a day has answers looked at. */
const NO_ANSWERS: Deps['loggedAnswers'] = {
  compare: async () => ({ copies: 0, requests: 0, unanswered: 0, unmatched: 0, unreadable: 0 }),
};

/** No policy of a day names a batch endpoint. */
const NO_BATCH: Deps['batchRuns'] = {
  start: async () => {
    throw new Error('nothing is tested by a job');
  },
  output: async () => ({ files: 0 }),
};

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
  readonly policies: SimulatedPolicies;
  /** Which instances run another version, until when, and what that does not know. */
  other: { readonly instances: readonly number[]; readonly untilMs: number; readonly cannotRead: Unread } | undefined;
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
    this.policies = new SimulatedPolicies(nowMs(), plan.policy);
    const seen = witnessed(azure, oracle, {
      note: (line) => around.note(line),
      troubled: () => around.seen().troubledUntilMs >= around.nowMs(),
    });
    const reachable = <P extends object>(name: string, port: P, who: Wrong = 'azure') =>
      calls.between(name, unless(port, who, azure));
    this.#ports = {
      outbox: calls.between('outbox', this.store.outbox),
      index: calls.between('index', this.store.index),
      queue: calls.between('queue', this.queue.port(nowMs)),
      models: reachable('models', seen.models),
      artifacts: reachable('artifacts', azure.artifacts),
      jobs: reachable('jobs', azure.cancelling()),
      runs: reachable('runs', azure.runs()),
      endpoints: reachable('endpoints', seen.endpoints),
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
    const endpoints = ports.endpoints(worker);
    return {
      clock: { now: () => new Date(this.#around.nowMs() + skewMs) },
      chance: () => 0.5,
      log: NOBODY,
      signIn: SIGN_IN,
      policies: this.#policiesOf(worker),
      lifecycles: this.#around.calls.between('lifecycles', this.#lifecycles(worker))(worker),
      outbox: ports.outbox(worker),
      index: ports.index(worker),
      queue: ports.queue(worker),
      models: ports.models(worker),
      artifacts: ports.artifacts(worker),
      jobs: ports.jobs(worker),
      runs: ports.runs(worker),
      endpoints,
      batchEndpoints: endpoints,
      batchRuns: NO_BATCH,
      loggedAnswers: NO_ANSWERS,
      updates: ports.updates(worker),
      scoring: ports.scoring(worker),
      trafficMetrics: ports.metrics(worker),
      trafficLog: ports.trafficLog(worker),
      trainings: ports.trainings(worker),
      monitors: ports.monitors(worker),
      dataAssets: ports.dataAssets(worker),
      capacity: { room: async () => (this.#around.azure.isWrong('quota') ? NO_ROOM : 'unknown') },
      policyStore: this.store.policies,
      history: this.store.history,
      refused: this.store.refused,
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

/** The port, which answers nobody while it is away. */
function unless<P extends object>(port: P, who: Wrong, azure: SimulatedAzure): P {
  const methods: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(port))
    methods[name] =
      typeof member === 'function'
        ? async (...given: unknown[]) => {
            if (azure.isWrong(who)) throw new Unavailable('serverError', who, `${who} is away`);
            return member.apply(port, given);
          }
        : member;
  return methods as P;
}

export function environmentIn({ environment }: Key): Environment {
  return environment === 'prod' ? 'prod' : 'dev';
}
