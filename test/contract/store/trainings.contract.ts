import { describe, expect, test } from 'vitest';
import { CorruptRow } from '../../../src/lib/azure/lifecyclesRows.ts';
import { partitionOf } from '../../../src/lib/azure/rowKeys.ts';
import type { HandedOver } from '../../../src/lib/core/handOver/state.ts';
import type { Happening, InboxItem } from '../../../src/lib/core/inbox.ts';
import type { Lifecycle } from '../../../src/lib/core/lifecycle.ts';
import type { Cause, EndedTraining, Training, TrainingMemory } from '../../../src/lib/core/training/state.ts';
import { at, audit, closed, delivery, event, lifecycle, newKey, save, upTo } from './samples.ts';
import type { TestStore } from './store.ts';

const breach = { signal: 'drift', kind: 'drift', run: 'm-1', at: at(1), features: [{ feature: 'length', value: 0.4 }], more: 2 } as const; // prettier-ignore
const pins = [{ input: 'data', data: 'mails', version: '14' }];

const CAUSES: readonly Cause[] = [
  { id: 'monitor|m-1', at: at(1), kind: 'monitor', monitor: 'spam-monitor', run: 'm-1', breaches: [breach] },
  { id: 'drift|e', at: at(2), from: 'prod', kind: 'datasetDrift', name: 'mails', coefficient: 0.2 },
  { id: 'data|mails|14', at: at(3), kind: 'newData', data: 'mails', version: '14' },
  { id: 'schedule|s', at: at(4), kind: 'schedule', slot: at(4) },
  { id: 'command|ada|1', at: at(5), kind: 'command', actor: 'ada', reason: 'because' },
  { id: 'outside|theirs-1', at: at(6), kind: 'outside', run: 'theirs-1' },
];

function ended(number: number, more: Partial<EndedTraining> = {}): EndedTraining {
  return {
    number, end: 'succeeded', cause: 'completed', sentence: 'It ran.', at: at(number), submittedAt: at(0), causes: CAUSES.slice(0, 3), more: 2,
    job: `stw-000000000000-t${number}-a1`, attempts: 1, pins, durationMs: 60_000, computeMinutes: 4.5, version: String(number), ...more,
  }; // prettier-ignore
}

const TRAINING: Training = {
  number: 3, phase: 'running', phaseSince: at(9), since: at(1), policy: 'p', causes: CAUSES, more: 0, job: 'stw-000000000000-t3-a2',
  attempt: 2, submittedAt: at(8), source: 'train-1', pins, unpinned: ['azureml://x'], spentMinutes: 1.5,
  ending: { end: 'failed', cause: 'notStarted', sentence: 'It never started.', retry: true, since: at(9) }, finished: { at: at(9), computeMinutes: 2 }, seen: true, missingSince: at(9), notBefore: at(9), trouble: 'HTTP 403', from: { kind: 'champion' },
}; // prettier-ignore

const TRAINED: TrainingMemory = {
  hints: ['child-1'], outside: [{ run: 'theirs-2', since: at(7) }], judgedRun: { run: 'm-1', at: at(1) }, badData: { ...breach, kind: 'quality', monitor: 'a' }, badDataToo: [{ ...breach, kind: 'quality', monitor: 'b' }], dataVersion: '14', starts: [at(8)],
  monitorTold: 'It is not there.', monitorTroubles: ['failing|a'], rejected: { version: '6', data: 'd1' }, ended: [ended(2), ended(1, { end: 'failed' })],
}; // prettier-ignore

const HANDED: HandedOver = { from: 'dev', release: 4, version: '12', workspace: 'w', artifact: 'd1', origin: { job: 'train-1', training: 3, causes: CAUSES, more: 1, from: { environment: 'lab', version: '2' } } }; // prettier-ignore
const ON_THE_WAY: Pick<Lifecycle, 'sending' | 'arriving' | 'arrived'> = {
  sending: { release: 3, version: '6', artifact: 'd1', origin: {}, to: ['next'] },
  arriving: { ...HANDED, since: at(3), as: '12', toldAt: at(4), taken: '11', bringingUntil: at(6), trouble: { sentence: 's', since: at(4), notBefore: at(5), refused: 'mendable' } },
  arrived: { from: 'dev', release: 3, version: '11', as: '11', origin: { job: 'train-1' } },
}; // prettier-ignore

/** A row in which everything of trainings and hand-overs is set. */
function training(row: Lifecycle): Lifecycle {
  const refused = { reason: 'cooldown', sentence: 'It trained a day ago.', since: at(2), until: at(90) } as const;
  return { ...row, counters: { ...row.counters, training: 3 }, request: { since: at(1), causes: CAUSES, more: 4, refused, handOver: { to: 'dev', number: 1, ids: ['monitor|m-1'], more: 1 }, told: { reason: 'budget', sentence: 's' } }, training: TRAINING, trained: TRAINED, ...ON_THE_WAY }; // prettier-ignore
}

const HAPPENINGS: readonly Happening[] = [
  { kind: 'monitorTold', run: 'child-1' },
  { kind: 'monitorRan', run: 'm-1' },
  { kind: 'monitorsSeen', found: 'several', names: ['a', 'b'] },
  { kind: 'outsideRun', run: 'theirs-1' },
  { kind: 'datasetDrift', id: 'e', name: 'mails', coefficient: 0.2 },
  { kind: 'newData', data: 'mails', version: '14' },
  { kind: 'scheduleDue', slot: at(4) },
  { kind: 'handOver', from: 'prod', causes: CAUSES, more: 4 },
  { kind: 'versionHandedOver', ...HANDED },
  { kind: 'outcome', outcome: { of: 'bringVersion', result: 'done' } },
  {
    kind: 'outcome',
    training: 3,
    outcome: { of: 'submitTraining', result: 'refused', code: 'quota', message: 'no cores' },
  },
];

export function trainingsContract(store: () => TestStore): void {
  describe('trainings', () => {
    test('ended ones come newest first', async () => {
      const key = newKey();
      let etag: string | undefined;
      for (const number of [2, 9, 10])
        ({ etag } = await store().lifecycles.save(key, save(key, { ...(etag && { etag }), ledger: ended(number) })));
      expect(await store().history.trainings(key, 2)).toEqual([ended(10), ended(9)]);
    });

    test('an ended one is written again with what its release came to, also when that is shorter', async () => {
      const key = newKey();
      const { etag } = await store().lifecycles.save(key, save(key, { ledger: ended(1, { sentence: '漢"'.repeat(40_000) }) }));
      const whole = ended(1, { release: { number: 8, end: 'released', gain: 0.05 } });
      await store().lifecycles.save(key, save(key, { etag, ledger: whole }));
      expect(await store().history.trainings(key, 5)).toEqual([whole]);
    });

    test('request, training and memory are read back whole; a row of an older version has none', async () => {
      const key = newKey();
      const { etag } = await store().lifecycles.save(key, save(key, { lifecycle: training(lifecycle(key)) }));
      expect((await store().lifecycles.load(key)).lifecycle).toEqual(training(lifecycle(key)));
      await store().lifecycles.save(key, save(key, { etag }));
      expect((await store().lifecycles.load(key)).lifecycle).toEqual(lifecycle(key));
    });

    test.each(HAPPENINGS.map((happening) => [happening.kind, happening] as const))('%s waits as it was told', async (_, happening) => {
      const key = newKey();
      const item: InboxItem = { factKey: `fact|${happening.kind}`, receivedAt: at(1), happening };
      await store().lifecycles.append(key, item);
      expect((await store().lifecycles.load(key)).unread.map((unread) => unread.item)).toEqual([item]);
    });

    test('the fullest pass fits: 40 items, the ends of a release and of a training, and 56 deliveries', async () => {
      const key = newKey();
      for (const n of upTo(40)) await store().lifecycles.append(key, event(n));
      const taken = (await store().lifecycles.load(key)).unread.map(({ rowKey }) => rowKey);
      const deliveries = upTo(56).map((n) => delivery(`n${n}`));
      await store().lifecycles.save(key, save(key, { taken, audit: audit(1), closed: closed(1), ledger: ended(1), deliveries }));
      expect(await store().lifecycles.load(key)).toMatchObject({ unread: [], more: false });
    });

    test.each<[string, object]>([
      ['an unknown phase', { training: { ...TRAINING, phase: 'dreaming' } }],
      ['an attempt that is no number', { training: { ...TRAINING, attempt: 'two' } }],
      ['an unknown cause', { request: { since: at(1), causes: [{ ...CAUSES[0], kind: 'mood' }], more: 0 } }],
      ['an unknown refusal', { request: { since: at(1), causes: CAUSES, more: 0, refused: { reason: 'mood', sentence: '', since: at(1) } } }],
      ['an unknown signal', { trained: { ...TRAINED, badData: { ...breach, kind: 'mood' } } }],
      ['an unknown signal of another monitor', { trained: { ...TRAINED, badDataToo: [{ ...breach, kind: 'mood' }] } }],
      ['a run that nobody knows since when', { trained: { ...TRAINED, outside: [{ run: 'theirs-2' }] } }],
      ['an unknown end', { trained: { ...TRAINED, ended: [ended(1), { ...ended(2), end: 'dreamt' }] } }],
    ])('%s makes the row corrupt', async (_, part) => {
      const key = newKey();
      const json = JSON.stringify({ ...training(lifecycle(key)), ...part });
      await store().table.transact(partitionOf(key), [{ do: 'put', rowKey: '0a', properties: { json } }]);
      await expect(store().lifecycles.load(key)).rejects.toThrow(CorruptRow);
    });

    test('a hand-over with a cause of a newer version is set aside as it is, and hides no other', async () => {
      const key = newKey();
      const odd = { factKey: 'odd', receivedAt: at(1), happening: { kind: 'handOver', from: 'prod', causes: [{ kind: 'mood' }], more: 0 } };
      await store().lifecycles.append(key, event(2));
      const properties = { factKey: 'odd', factHash: 'x', json: JSON.stringify(odd) };
      await store().table.transact(partitionOf(key), [{ do: 'put', rowKey: `0p|1|${at(1)}|x`, properties }]);
      const { unread } = await store().lifecycles.load(key);
      expect(unread.map(({ item }) => item.happening.kind)).toEqual(['unreadable', 'modelRegistered']);
    });
  });
} // prettier-ignore
