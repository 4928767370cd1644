import { describe, expect, test } from 'vitest';
import { preflight } from '../../../../src/lib/core/canary/preflight.ts';
import type { Baseline } from '../../../../src/lib/core/canary/state.ts';
import { policyOf, rates } from '../given.ts';

const { rollout } = policyOf('');
const DAY = 1440;
/** A day at so many requests a minute, of which this share failed. */
const day = (perMinute: number, rate: number, more: Partial<Baseline> = {}): Baseline =>
  ({ ...rates(DAY, perMinute * DAY, Math.round(perMinute * DAY * rate)), spanMinutes: DAY, ...more }); // prettier-ignore
const planned = (before: Baseline, change: object = {}) => preflight(before, { ...rollout, ...change }, 3);
const minutesOf = (before: Baseline, change: object = {}) =>
  planned(before, change)?.steps.map(({ minutes }) => minutes);

describe('what each judged step will take', () => {
  test('is less with more traffic, a larger share and a smaller demand', () => {
    const [ten = 0, half = 0] = minutesOf(day(600, 0.01)) ?? [];
    // 600 a minute, 1 % failing, a tenth of them: the information is 0.156 nats a minute, and ln(1/0.07) of them are needed.
    expect(ten).toBeGreaterThanOrEqual(17);
    expect(ten).toBeLessThanOrEqual(21);
    expect(half).toBeLessThan(ten);
    expect(minutesOf(day(60, 0.01))?.[0]).toBeGreaterThan(9 * ten);
    expect(minutesOf(day(600, 0.01), { canary: { ...rollout.canary, errors: 5 } })?.[0]).toBeLessThan(ten);
  });

  test('is never less than latency takes, however much traffic there is', () => {
    expect(minutesOf(day(100_000, 0.05))).toEqual([9, 9]);
  });

  test('of a champion that never fails is what it takes to show that failures are negligible', () => {
    const [clean = 0] = minutesOf(day(600, 0)) ?? [];
    expect(clean).toBeGreaterThan(25);
    expect(clean).toBeLessThan(31);
    expect(minutesOf(day(600, 0), { canary: { ...rollout.canary, negligible: 0.05 } })?.[0]).toBe(9);
  });

  test('is longer where failures scatter', () => {
    expect(minutesOf(day(600, 0.01, { dispersion: 1 }))?.[0]).toBeGreaterThan(minutesOf(day(600, 0.01))?.[0] ?? 0);
  });

  test('includes the requests of it, and how many would meet a bad one', () => {
    const [step] = planned(day(600, 0.01))?.steps ?? [];
    expect(step?.requests).toBe((step?.minutes ?? 0) * 60);
    expect(step?.atRisk).toBeGreaterThan(1000);
    expect(step?.atRisk).toBeLessThan(3000);
  });
});

describe('a plan', () => {
  test('that fits into its deadline is taken', () => {
    expect(planned(day(600, 0.01))?.refused).toBeUndefined();
  });

  test('that does not is refused, with the figures and what would do', () => {
    expect(planned(day(6, 0.01))?.refused).toMatchInlineSnapshot(
      `"The steps cannot be judged within the deadline of 24 hours at 6 requests a minute, of which 1 % fail: 10 % takes about 30 hours, 50 % takes about 13 hours. What the policy could say instead: rollout.steps: [20%, 100%]; canary.negligible: 5%, if failing so often is no harm; rollout.deadline: 45h; rollout.steps: [100%], which is watched beside its past alone."`,
    );
  });

  test('that would do with a larger first step names it', () => {
    expect(planned(day(30, 0.01), { deadlineMs: 3.2 * 3_600_000 })?.refused).toMatch(
      /rollout.steps: \[(30|50)%, 100%\]/,
    );
  });

  test.each<[string, Baseline]>([
    ['nobody called it', rates(0, 0, 0)],
    ['a past of less than an hour', { ...day(6, 0.01), spanMinutes: 59 }],
    ['a row that an older version wrote', rates(DAY, DAY, 10)],
  ])('is tried where there is nothing to tell by: %s', (_, before) => {
    expect(planned(before)).toBeUndefined();
  });
});
