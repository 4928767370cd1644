import { partitionOf, UNREAD } from '../../../src/lib/azure/rowKeys.ts';
import type { Table } from '../../../src/lib/azure/storageTable.ts';
import type { Key } from '../../../src/lib/core/lifecycle.ts';
import type {
  ActiveIndex,
  DeadLetters,
  History,
  Lifecycles,
  Outbox,
  PolicyStore,
  RefusedStore,
  WorkQueue,
} from '../../../src/lib/ports.ts';

/** What the contract suites need of a store: its ports, and a way to look behind them. */
export interface TestStore {
  readonly lifecycles: Lifecycles;
  readonly outbox: Outbox;
  readonly history: History;
  readonly index: ActiveIndex;
  readonly policies: PolicyStore;
  readonly refused: RefusedStore;
  readonly deadLetters: DeadLetters;
  readonly queue: WorkQueue;
  /** The table `lifecycles` itself. */
  readonly table: Table;
  /** The table `active` itself. */
  readonly indexTable: Table;
  /** Real time as the outbox sees it. */
  readonly real: { nowMs: number };
  /** The next visible message, waited for and deleted. */
  received(queue: 'reconcile' | 'notify'): Promise<unknown>;
  /** Puts one where Event Grid would. */
  deadLetter(name: string, text: string): Promise<void>;
  /** What was kept under a name in `refused/`. */
  kept(name: string): Promise<string | undefined>;
}

/** Unread items, however many. */
export async function waitingItems({ table }: TestStore, key: Key): Promise<number> {
  return (await table.range(partitionOf(key), { ...UNREAD, keysOnly: true }, Number.POSITIVE_INFINITY)).length;
}
