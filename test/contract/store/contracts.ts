import { activeIndexContract } from './activeIndex.contract.ts';
import { blobsContract } from './blobs.contract.ts';
import { historyContract } from './history.contract.ts';
import { lifecyclesContract } from './lifecycles.contract.ts';
import { outboxContract } from './outbox.contract.ts';
import { refusalsContract } from './refusals.contract.ts';
import type { TestStore } from './store.ts';
import { tableContract } from './table.contract.ts';
import { trainingsContract } from './trainings.contract.ts';
import { workQueueContract } from './workQueue.contract.ts';

/** All that any store must hold to. `store` is one that is empty at the start; the tests share it. */
export function storeContracts(store: () => TestStore): void {
  tableContract(store);
  lifecyclesContract(store);
  refusalsContract(store);
  outboxContract(store);
  historyContract(store);
  trainingsContract(store);
  activeIndexContract(store);
  workQueueContract(store);
  blobsContract(store);
}
