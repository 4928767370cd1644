import { QueueClient } from '@azure/storage-queue';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { tableActiveIndex } from '../../../src/lib/azure/activeIndex.ts';
import { deadLettersOn } from '../../../src/lib/azure/deadLetters.ts';
import { tableHistory } from '../../../src/lib/azure/history.ts';
import { tableLifecycles } from '../../../src/lib/azure/lifecycles.ts';
import { tableOutbox } from '../../../src/lib/azure/outbox.ts';
import { blobPolicyStore } from '../../../src/lib/azure/policyStore.ts';
import { blobRefusedStore } from '../../../src/lib/azure/refusedStore.ts';
import { azureBlobs } from '../../../src/lib/azure/storageBlobs.ts';
import { azureTable } from '../../../src/lib/azure/storageTableClient.ts';
import { storageWorkQueue } from '../../../src/lib/azure/workQueue.ts';
import { startAzurite, type TestAzurite } from '../../azurite.ts';
import { storeContracts } from './contracts.ts';
import { newKey } from './samples.ts';
import type { TestStore } from './store.ts';

const FACTOR = 60;

describe('store in Azurite', () => {
  let azurite: TestAzurite;
  let store: TestStore;

  beforeAll(async () => {
    azurite = await startAzurite();
    store = openStore(azurite.connectionString);
  });
  afterAll(() => azurite.stop());

  storeContracts(() => store);

  test('a delay is virtual time, rounded up to whole real seconds', async () => {
    const key = newKey();
    const sentAtMs = performance.now();
    await store.queue.look(key, { delayMs: 30_000 });
    expect(await store.received('reconcile')).toEqual(key);
    // Half a second at this pace; the queue knows whole ones.
    expect(performance.now() - sentAtMs).toBeGreaterThan(900);
  });
});

function openStore(connectionString: string): TestStore {
  const address = { connectionString };
  const real = { nowMs: Date.parse('2026-03-01T10:00:00.000Z') };
  const blobs = azureBlobs(address);
  const undelivered = azureBlobs(address, 'dead-letters');
  return {
    lifecycles: tableLifecycles(address),
    outbox: tableOutbox(address, () => real.nowMs),
    history: tableHistory(address),
    index: tableActiveIndex(address),
    policies: blobPolicyStore(address),
    refused: blobRefusedStore(address),
    queue: storageWorkQueue(address, { realDelayMs: (virtualMs) => virtualMs / FACTOR }),
    table: azureTable(address, 'lifecycles'),
    indexTable: azureTable(address, 'active'),
    deadLetters: deadLettersOn(undelivered, blobs),
    deadLetter: (name, text) => undelivered.write(name, text),
    real,
    received: (name) => receive(new QueueClient(connectionString, name)),
    kept: async (name) => (await blobs.read(`refused/${name}`))?.text,
  };
}

async function receive(queue: QueueClient): Promise<unknown> {
  const message = await vi.waitUntil(async () => (await queue.receiveMessages()).receivedMessageItems[0], {
    timeout: 5000,
    interval: 50,
  });
  await queue.deleteMessage(message.messageId, message.popReceipt);
  return JSON.parse(Buffer.from(message.messageText, 'base64').toString());
}
