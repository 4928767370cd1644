import { expect, test } from 'vitest';
import {
  DOCUMENTED,
  flagger,
  flaggerAsDocumented,
  flaggerTuned,
} from '../../../../../bench/decisions/peers/flagger.ts';
import { arm, minute, watched } from '../given.ts';

const good = minute(arm());
const failing = minute(arm({ errors: 2 }));
const slow = minute(arm({ p99LatencyMs: 501 }));

/**
 * docs/gitbook/usage/deployment-strategies.md@0e81b5f: an interval of a minute, threshold 10, maxWeight 50 and stepWeight 2 take 25
 * minutes (interval * maxWeight / stepWeight) when all is well, and interval * threshold to roll back.
 */
test('the documented canary is promoted after 25 minutes and rolled back after 10', () => {
  const canary = flagger('canary', () => ({ ...DOCUMENTED, stepWeight: 2 }));
  expect(watched(canary, () => good)).toEqual({ decision: 'promote', after: 25 });
  expect(watched(canary, () => failing)).toEqual({ decision: 'rollBack', after: 10 });
});

/** how-it-works.md@061c179: stepWeight 5, success at least 99 %, duration at most 500 ms. */
test('in the documented resource a success rate of 99 % and 500 ms are good, less and more are not', () => {
  expect(watched(flaggerAsDocumented, () => minute(arm({ errors: 1, p99LatencyMs: 500 })))).toEqual({ decision: 'promote', after: 10 }); // prettier-ignore
  expect(watched(flaggerAsDocumented, () => slow)).toEqual({ decision: 'rollBack', after: 10 });
});

test('a good check does not take back a bad one', () => {
  expect(watched(flaggerAsDocumented, (i) => (i % 2 === 0 ? failing : good))).toEqual({
    decision: 'rollBack',
    after: 19,
  });
});

test('no traffic is a bad check', () => {
  expect(watched(flaggerAsDocumented, () => minute(undefined))).toEqual({ decision: 'rollBack', after: 10 });
});

test('tuned, it decides within the horizon whatever happens', () => {
  expect(watched(flaggerTuned, () => minute(arm({ errors: 3 })))).toEqual({ decision: 'promote', after: 50 });
  expect(watched(flaggerTuned, (i) => (i < 9 ? minute(arm({ errors: 4 })) : good))).toEqual({ decision: 'promote', after: 59 });
  expect(watched(flaggerTuned, (i) => (i < 50 ? minute(arm({ p99LatencyMs: 480 })) : slow)).decision).toBe('promote');
  expect(watched(flaggerTuned, () => minute(arm({ p99LatencyMs: 481 })))).toEqual({ decision: 'rollBack', after: 10 });
}); // prettier-ignore
