import { describe } from 'vitest';
import { deadLettersOn } from '../../../src/lib/azure/deadLetters.ts';
import { memoryBlobs } from '../../twins/memoryBlobs.ts';
import { memoryStore } from '../../twins/memoryStore.ts';
import { memoryWorkQueue } from '../../twins/memoryWorkQueue.ts';
import { storeContracts } from './contracts.ts';
import type { TestStore } from './store.ts';

describe('store in memory', () => {
  const real = { nowMs: Date.parse('2026-03-01T10:00:00.000Z') };
  const memory = memoryStore(() => real.nowMs);
  const undelivered = memoryBlobs();
  const queue = memoryWorkQueue(() => real.nowMs);
  const store: TestStore = {
    ...memory,
    queue,
    deadLetters: deadLettersOn(undelivered, memory.blobs),
    deadLetter: (name, text) => undelivered.write(name, text),
    real,
    received: async (name) => queue.take(name, real.nowMs),
    kept: async (name) => (await memory.blobs.read(`refused/${name}`))?.text,
  };
  storeContracts(() => store);
});
