import { expect, test } from 'vitest';
import type { ClosedRelease } from '../../../../src/lib/core/lifecycle.ts';
import { endTraining, noteRelease, samePins, startsWithin } from '../../../../src/lib/core/training/memory.ts';
import { after, DAY_MS, iso, releasing } from '../given.ts';
import { found, PLAN, training } from './given.ts';

const succeeded = { end: 'succeeded', cause: 'registered', sentence: 's', version: '7' } as const;

function ended(count: number) {
  let row = training();
  for (let number = 1; number <= count; number += 1) {
    const under = { ...row.training, number, causes: Array.from({ length: 5 }, (_, index) => found(`r-${index}`)) };
    row = { ...endTraining(row, under, { ...succeeded, version: String(number) }, after(number)).lifecycle, training: row.training };
  }
  return row;
} // prettier-ignore

test('the row keeps three trainings with three causes each, newest first', () => {
  const { trained } = ended(5);
  expect(trained?.ended.map(({ number }) => number)).toEqual([5, 4, 3]);
  expect(trained?.ended[0]).toMatchObject({ causes: [{}, {}, {}], more: 2 });
});

function closed(end: ClosedRelease['end'], version = '7'): ClosedRelease {
  const reasons = [{ rule: 'gate.superior', verdict: 'pass', what: 'accuracy', unit: 'fraction', measured: 0.05 }] as const;
  const { release } = releasing('watching', { gate: { verdict: 'pass', reasons, at: iso() } });
  return { number: 7, version, end, cause: 'c', at: iso(), sentence: 's', reasons: [], release };
} // prettier-ignore

test('a training learns what became of its version', () => {
  const row = endTraining(training(), training().training, succeeded, after(0)).lifecycle;
  const { lifecycle, ledger } = noteRelease(row, closed('released'));
  expect(ledger).toMatchObject({ number: 3, version: '7', release: { number: 7, end: 'released', gain: 0.05 } });
  expect(lifecycle.trained?.ended[0]).toEqual(ledger);
  expect(lifecycle.trained?.rejected).toBeUndefined();
});

test('the data of a version that was turned down is remembered', () => {
  const row = endTraining(training(), training().training, succeeded, after(0)).lifecycle;
  for (const end of ['rejected', 'rolledBack'] as const)
    expect(noteRelease(row, closed(end)).lifecycle.trained?.rejected).toEqual({ version: '7', pins: PLAN.pins });
  expect(noteRelease(row, closed('rejected', '8'))).toEqual({ lifecycle: row });
});

test('the same data is the same versions, whatever the inputs are called', () => {
  const pin = (input: string, data: string, version = '1') => ({ input, data, version });
  expect(samePins([pin('a', 'x'), pin('b', 'y')], [pin('c', 'y'), pin('d', 'x')])).toBe(true);
  expect(samePins([pin('a', 'x')], [pin('a', 'x', '2')])).toBe(false);
  expect(samePins([pin('a', 'x')], [pin('a', 'x'), pin('b', 'y')])).toBe(false);
  expect(samePins([], [])).toBe(false);
});

test('the window moves', () => {
  expect(startsWithin([iso(-2 * DAY_MS), iso(-DAY_MS), iso()], 2 * DAY_MS, after(0))).toEqual([iso(-DAY_MS), iso()]);
});
