import { randomUUID } from 'node:crypto';
import type { Mischief, World } from '../../world.ts';
import { deliver } from './delivery.ts';
import { envelope, type GridEvent, workspaceEvent } from './envelope.ts';
import { passes } from './filter.ts';
import { type EventRecord, type Summary, summarize } from './ledger.ts';
import { dueMischief, mischiefMaker } from './mischief.ts';
import { completed, shakeHands, type Subscription, type SubscriptionOptions } from './subscription.ts';
import { makeTopic, type Topic, type TopicOptions } from './topic.ts';

export interface EventGrid {
  /** Asks the endpoint first; rejects when it does not answer the handshake. A name again replaces what it had. */
  addSubscription(options: SubscriptionOptions): Promise<void>;
  /** A custom topic that the app publishes to; what arrives is kept in `received`. */
  addTopic(options: TopicOptions): Topic;
  readonly topics: ReadonlyMap<string, Topic>;
  /** Publishes an event of any make (a drift event, one of a foreign workspace, a malformed one), beside `raise`. */
  publish(event: Pick<GridEvent, 'topic' | 'subject' | 'type' | 'data'>): GridEvent;
  /** What happened to each event, oldest first. */
  readonly records: readonly EventRecord[];
  summary(): Summary;
}

function newRecord(event: GridEvent, mischief?: Mischief['kind']): EventRecord {
  return { event, ...(mischief && { mischief }), attempts: [], delivered: 0, deadLettered: 0, dropped: 0 };
}

/** Raised events go to a workspace by ARM id or by name. */
function topicOf(world: World, workspace: string): string {
  const known = [...world.workspaces.values()].find(
    ({ id, name }) => id.toLowerCase() === workspace.toLowerCase() || name === workspace,
  );
  return known?.id ?? workspace;
}

/** To every subscription of the event's workspace whose filter lets it pass. */
function sendToAll(world: World, subscriptions: ReadonlyMap<string, Subscription>, record: EventRecord): void {
  const { event } = record;
  for (const subscription of subscriptions.values()) {
    if (subscription.workspace.toLowerCase() !== event.topic.toLowerCase()) continue;
    const body = envelope(event, subscription.schema);
    if (!passes(body, event.type, event.subject, subscription.filter)) continue;
    deliver(subscription, record, world.clock, world.storage.connectionString);
  }
}

function connect(world: World): EventGrid {
  const subscriptions = new Map<string, Subscription>();
  const topics = new Map<string, Topic>();
  const records: EventRecord[] = [];
  const sendOn = mischiefMaker(world.clock, (record) => sendToAll(world, subscriptions, record));
  const accept = (event: GridEvent, mischief?: Mischief) => {
    const record = newRecord(event, mischief?.kind);
    records.push(record);
    sendOn(record, mischief);
  };
  world.onEvent((raised) => {
    const event = workspaceEvent(raised, topicOf(world, raised.workspace), world.clock.now());
    accept(event, dueMischief(world.mischief, raised.kind));
  });
  return {
    records,
    topics,
    summary: () => summarize(records),
    async addSubscription(options) {
      const subscription = completed({ ...options, workspace: topicOf(world, options.workspace) });
      await shakeHands(subscription);
      subscriptions.set(subscription.name.toLowerCase(), subscription);
    },
    addTopic(options) {
      const topic = makeTopic(options, world.origin);
      topics.set(topic.name.toLowerCase(), topic);
      return topic;
    },
    publish(made) {
      const event = { id: randomUUID(), time: world.clock.now(), ...made };
      accept(event);
      return event;
    },
  };
}

const grids = new WeakMap<World, EventGrid>();

/** The Event Grid of a world: one, made at the first call. */
export function gridOf(world: World): EventGrid {
  const grid = grids.get(world) ?? connect(world);
  grids.set(world, grid);
  return grid;
}
