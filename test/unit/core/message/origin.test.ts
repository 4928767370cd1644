import { expect, test } from 'vitest';
import type { Origin } from '../../../../src/lib/core/origin.ts';
import { whereFrom } from '../../../../src/lib/core/message/origin.ts';
import type { Cause, Pin } from '../../../../src/lib/core/training/state.ts';
import { monitored, notices } from './notices.ts';

const job = 'stw-4f2a6b8c0d1e-t3-a1';
const schedule: Cause = { kind: 'schedule', id: 's', at: monitored.at, slot: monitored.at };
const outside: Cause = { kind: 'outside', id: 'o', at: monitored.at, run: 'heroic_tail_4fd0' };
const pin = (input: string, data: string, version: string): Pin => ({ input, data, version });

const table: readonly (readonly [Origin, string])[] = [
  [{}, 'registered by hand, without a training job.'],
  [{ job: 'train-7' }, 'training job train-7.'],
  [{ job, training: 3 }, `training ${job} -> v7.`],
  [{ training: 3, causes: [schedule] }, 'schedule -> training 3 -> v7.'],
  [{ from: { environment: 'dev', version: '12' } }, 'v12 released in dev (registered by hand, without a training job).'],
  [{ from: { environment: 'dev', version: '12' }, job: 'train-12' }, 'v12 released in dev (training job train-12).'],
  [{ from: { environment: 'test', version: '12' }, job, training: 3, causes: [schedule], commit: 'main' }, `schedule -> training ${job} -> v12 released in test -> v7 (commit main).`],
  [
    { job: 'heroic_tail_4fd0', training: 3, causes: [outside], data: [pin('training', 'mails', '14')] },
    'a run that the team started -> training heroic_tail_4fd0 -> v7 (data mails:14).',
  ],
  [
    { job, training: 3, causes: [monitored], commit: '9C1E2B7F00aa11bb22cc33dd44ee55ff66778899', data: [pin('training', 'mails', '14')] },
    `drift on 3 features -> training ${job} -> v7 (commit 9C1E2B7, data mails:14).`,
  ],
  [{ job, training: 3, causes: [monitored, schedule], more: 2 }, `drift on 3 features, schedule and 2 more -> training ${job} -> v7.`],
  [{ job, training: 3, commit: 'main' }, `training ${job} -> v7 (commit main).`],
  [
    { job, training: 3, data: [pin('a', 'mails', '14'), pin('b', 'mails', '14'), pin('c', 'words', '2'), pin('d', 'x', '1'), pin('e', 'y', '1')] },
    `training ${job} -> v7 (data mails:14, words:2, x:1 and 1 more).`,
  ],
]; // prettier-ignore

test.each(table)('%j', (origin, text) => {
  expect(whereFrom({ ...notices.released, origin })).toEqual([{ kind: 'line', label: 'Where from', text }]);
});

test('an unknown origin is not told', () => {
  expect(whereFrom(notices.released)).toEqual([]);
});
