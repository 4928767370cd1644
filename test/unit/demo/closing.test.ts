import { expect, test } from 'vitest';
import { closing, jsonLine } from '../../../demo/closing.ts';
import { anAct, way } from './given.ts';

const summary = { events: 31, doubled: 12, delayed: 1, reordered: 2, lost: 1, delivered: 40, attempts: 41, deadLettered: 0, dropped: 0 }; // prettier-ignore
const ending = { records: [anAct(), anAct({ name: 'worse' })], failure: undefined, summary, report: 'r.html', log: [] };

test('a good end says what was proved, where to read and what next', () => {
  expect(closing(ending)).toEqual([
    '',
    '2 acts as they must . 31 events, 12 doubled, 3 late or out of order, 1 lost, every effect once . report: ./r.html',
    'Next: npm run demo -- regression . npm start . write your policy: docs/policy.md',
  ]);
});

test('a bad end says which act and why, with the last errors of the app', () => {
  const log = [{ at: '2026-11-05T09:00:00.000Z', level: 'error', message: 'failed: no reason' } as const];
  const lines = closing({ ...ending, log, failure: { act: 'worse', sentence: 'v3 was released.' } }).join('\n');
  expect(lines).toMatch(/^Act worse did not end as it must: v3 was released\.$/m);
  expect(lines).toContain('failed: no reason');
  expect(lines).not.toContain('every effect once');
});

test('the last line tells each environment of an act that played in several', () => {
  const { acts } = JSON.parse(jsonLine([anAct({ name: 'environments', way })], undefined)) as { readonly acts: readonly object[] };
  expect(acts).toMatchObject([{ traffic: { '2': 100 }, environments: { dev: { outcome: 'released', traffic: { '2': 100 } }, prod: { traffic: { '2': 100 } } } }]);
}); // prettier-ignore

test('the last line is for programs', () => {
  expect(JSON.parse(jsonLine([anAct()], { act: 'worse', sentence: '' }))).toEqual({
    acts: [
      { name: 'release', outcome: 'released', champion: '2', traffic: { '2': 100 }, events: 5, items: 2, trainings: 1, mails: 1, durationSeconds: 9 }, // prettier-ignore
      { name: 'worse', outcome: 'failed' },
    ],
  });
});
