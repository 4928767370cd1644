import { activeIndexOn } from '../../src/lib/azure/activeIndex.ts';
import { historyOn } from '../../src/lib/azure/history.ts';
import { lifecyclesOn } from '../../src/lib/azure/lifecycles.ts';
import { outboxOn } from '../../src/lib/azure/outbox.ts';
import { policyStoreOn } from '../../src/lib/azure/policyStore.ts';
import { refusedStoreOn } from '../../src/lib/azure/refusedStore.ts';
import type { Blobs } from '../../src/lib/azure/storageBlobs.ts';
import type { Table } from '../../src/lib/azure/storageTable.ts';
import type { ActiveIndex, History, Lifecycles, Outbox, PolicyStore, RefusedStore } from '../../src/lib/ports.ts';
import { memoryBlobs } from './memoryBlobs.ts';
import { memoryTable } from './memoryTable.ts';

export interface MemoryStore {
  readonly lifecycles: Lifecycles;
  readonly outbox: Outbox;
  readonly history: History;
  readonly index: ActiveIndex;
  readonly policies: PolicyStore;
  readonly refused: RefusedStore;
  /** What lies below, to be looked at or broken by a test. */
  readonly table: Table;
  readonly indexTable: Table;
  readonly blobs: Blobs;
}

/** All of storage but the queues, in memory. The ports' rules are the app's own; only the services are replaced. */
export function memoryStore(realNow: () => number): MemoryStore {
  const table = memoryTable();
  const indexTable = memoryTable();
  const blobs = memoryBlobs();
  return {
    lifecycles: lifecyclesOn(table),
    outbox: outboxOn(table, realNow),
    history: historyOn(table),
    index: activeIndexOn(indexTable),
    policies: policyStoreOn(blobs),
    refused: refusedStoreOn(blobs),
    table,
    indexTable,
    blobs,
  };
}
