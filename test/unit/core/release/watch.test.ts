import { expect, test } from 'vitest';
import {
  arm,
  endpoint,
  HOUR_MS,
  iso,
  minutes,
  MINUTE_MS,
  needed,
  NEW,
  OLD,
  pass,
  policy,
  watching,
  without,
} from '../given.ts';

const all = endpoint({ [NEW]: 100 });
const watched = (count: number, errors: number, latencyMs = 20) => ({ endpoint: all, minutes: minutes(count, () => ({ [NEW]: arm(1000, errors, latencyMs) })) }); // prettier-ignore
const { watchMs } = policy.rollout;

test('it needs the endpoint and the minutes since the watermark', () => {
  expect(needed(watching(), { at: HOUR_MS })).toEqual({ endpoint: true, minutes: { from: iso(), to: iso(HOUR_MS) } });
});

test('it lasts as long as the policy says, then crowns the challenger and keeps the predecessor', () => {
  expect(pass(watching(), { facts: watched(30, 1), at: watchMs - 1 }).next.release?.phase).toBe('watching');
  const { next, notices, closed } = pass(watching(), { facts: watched(110, 1), at: watchMs });
  expect(next.release).toBeUndefined();
  expect(next.champion).toEqual({ version: '7', deployment: NEW, since: iso(), release: 7, replaced: OLD });
  expect(next.retiring).toEqual([{ version: '6', deployment: OLD, until: iso(watchMs + policy.rollout.keepPreviousMs) }]); // prettier-ignore
  expect(closed).toMatchObject({ end: 'released', number: 7 });
  expect(notices).toMatchObject([{ kind: 'released', audience: 'inform', keptUntil: iso(watchMs + policy.rollout.keepPreviousMs) }]); // prettier-ignore
});

test('the message names who had agreed to it', () => {
  const given = [{ by: '1', actor: 'ann@example.com', reason: 'good', at: iso(-HOUR_MS) }];
  const row = watching({
    approval: { role: 'r', count: 1, fourEyes: true, evidence: 'e', askedAt: iso(), until: iso(), given },
  });
  const { notices } = pass(row, { facts: watched(110, 1), at: watchMs });
  expect(notices[0]?.approvedBy).toEqual([{ actor: 'ann@example.com', at: iso(-HOUR_MS) }]);
});

test('quiet hours end it too', () => {
  expect(pass(watching(), { facts: watched(0, 0), at: watchMs }).next.ended[0]?.end).toBe('released');
});

const promoted = { promoted: { actor: 'ada', reason: 'urgent', at: iso() } };

test('where the steps proved nothing it goes on until a minute could be judged, up to the deadline', () => {
  const first = without(watching().release, 'fallback');
  for (const row of [watching(promoted), watching({ inPlace: {} }), { ...watching(), release: first }]) {
    const quiet = pass(row, { facts: watched(0, 0), at: watchMs + HOUR_MS });
    expect([quiet.next.release?.phase, quiet.rules]).toEqual(['watching', ['watch.noTraffic']]);
    expect(pass(row, { facts: watched(10, 0), at: watchMs + HOUR_MS }).next.ended[0]?.end).toBe('released');
    const { next, notices } = pass(row, { facts: watched(0, 0), at: policy.rollout.deadlineMs });
    expect([next.ended[0]?.end, notices[0]?.sentence]).toEqual(['released', expect.stringMatching(/without traffic to judge by/)]); // prettier-ignore
  }
});

const glass = { breakGlass: { actor: 'eve', reason: 'fire', at: iso(), until: iso(HOUR_MS) } };
test.each([
  [{}, 'It passed the gate and every step, and passed the watch.'],
  [{ inPlace: {} }, 'It passed the gate, was updated in place, and passed the watch.'],
  [glass, 'It went past the gate, ordered by eve, passed every step, and passed the watch.'],
  [{ ...glass, inPlace: {} }, 'It went past the gate, ordered by eve, was updated in place, and passed the watch.'],
  [promoted, 'It was promoted past its steps by ada, and passed the watch.'],
])('people read what it passed, and no more: %o', (change, sentence) => {
  const { notices } = pass(watching(change), { facts: watched(110, 1), at: watchMs });
  expect(notices[0]?.sentence).toBe(sentence);
});

test.each([
  ['fails more than the champion did', 30, 20],
  ['is slower than the champion was', 1, 40],
])('a challenger that %s is taken back', (_, errors, latencyMs) => {
  const { next } = pass(watching(), { facts: watched(30, errors, latencyMs), at: 36 * MINUTE_MS });
  expect(next.release).toMatchObject({ phase: 'rollingBack', rollback: { cause: 'watch' } });
  expect(next.release?.rollback?.reasons.some(({ verdict }) => verdict === 'fail')).toBe(true);
  expect(next.champion?.version).toBe('6');
});

test('what the champion failed as often is no harm', () => {
  expect(pass(watching(), { facts: watched(30, 1), at: 36 * MINUTE_MS }).next.release?.phase).toBe('watching');
});

test('it does not end while paused or held', () => {
  const paused = { paused: { since: iso(), actor: 'ada', reason: 'x' } };
  expect(pass(watching({}, { conditions: paused }), { facts: watched(30, 1), at: watchMs }).next.release?.phase).toBe('watching'); // prettier-ignore
  const foreign = { endpoint: endpoint({ [OLD]: 50, [NEW]: 50 }), minutes: [] };
  const { next } = pass(watching(), { facts: foreign, at: watchMs });
  expect([next.release?.phase, next.conditions.held?.reason]).toEqual(['watching', 'Live traffic was changed by somebody else.']); // prettier-ignore
});
