import { describe, expect, test } from 'vitest';
import type { EndedRelease } from '../../../../src/lib/core/release/state.ts';
import { endTraining, noteRelease, dataDigest, startsWithin } from '../../../../src/lib/core/training/memory.ts';
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

function closed(end: EndedRelease['end'], version = '7'): EndedRelease {
  return { number: 7, version, end, cause: 'c', at: iso(), gain: 0.05 };
}

test('an ended training says what it was made from', () => {
  const { ledger } = endTraining(training(), training().training, succeeded, after(0));
  expect(ledger).toMatchObject({ job: 'stw-3', source: 'train-1' });
});

test('a training learns what became of its version', () => {
  const row = endTraining(training(), training().training, succeeded, after(0)).lifecycle;
  const { lifecycle, ledger } = noteRelease(row, closed('released'));
  expect(ledger).toMatchObject({ number: 3, version: '7', release: { number: 7, end: 'released', gain: 0.05 } });
  expect(lifecycle.trained?.ended[0]).toEqual(ledger);
  expect(lifecycle.trained?.rejected).toBeUndefined();
});

function overBefore(...past: EndedRelease[]) {
  const row = training({}, { ended: past });
  return endTraining(row, row.training, succeeded, after(DAY_MS));
}

describe('a training whose job had registered its version before it ended', () => {
  test('learns what became of that already', () => {
    const { lifecycle, ledger } = overBefore(closed('released', '8'), closed('rolledBack'), { ...closed('aborted'), number: 5 });
    expect(ledger).toMatchObject({ version: '7', release: { number: 7, end: 'rolledBack', gain: 0.05 } });
    expect(lifecycle.trained?.ended).toEqual([ledger]);
  });
  test('has its data remembered when that was turned down', () => {
    const { lifecycle } = overBefore({ ...closed('rejected'), cause: 'gate' });
    expect(lifecycle.trained?.rejected).toEqual({ version: '7', data: dataDigest(PLAN.pins) });
  });
  test('takes nothing for it that was over before the training began', () => {
    expect(overBefore({ ...closed('released'), at: iso(-1) }).ledger.release).toBeUndefined();
  });
  test('has the release that is under way know where its version is from', () => {
    const { release } = releasing('evaluating', { origin: { job: 'step' } });
    const row = training({}, { release });
    const { lifecycle } = endTraining(row, row.training, succeeded, after(0));
    expect(lifecycle.release?.origin).toMatchObject({ job: 'stw-3', training: 3 });
  });
}); // prettier-ignore

describe('the data of a version', () => {
  const row = endTraining(training(), training().training, succeeded, after(0)).lifecycle;
  test.each(['gate', 'undecided', 'canary', 'watch', 'smokeTest'])('that was turned down for what it is (%s) is remembered', (cause) => {
    for (const end of ['rejected', 'rolledBack'] as const)
      expect(noteRelease(row, { ...closed(end), cause }).lifecycle.trained?.rejected).toEqual({ version: '7', data: dataDigest(PLAN.pins) });
  });
  test.each(['noTemplate', 'noData', 'quota', 'artifactNotVerifiable', 'freeze', 'command', 'deadline'])('that ended because of %s is not held against the next training', (cause) => {
    for (const end of ['rejected', 'rolledBack'] as const)
      expect(noteRelease(row, { ...closed(end), cause }).lifecycle.trained?.rejected).toBeUndefined();
  });
  test('that nobody here trained is nothing to remember', () => {
    expect(noteRelease(row, { ...closed('rejected', '8'), cause: 'gate' })).toEqual({ lifecycle: row });
  });
}); // prettier-ignore

const pin = (input: string, data: string, version = '1') => ({ input, data, version });

test('the same data is the same versions, whatever the inputs are called', () => {
  const x = dataDigest([pin('a', 'x')]);
  expect(dataDigest([pin('a', 'x'), pin('b', 'y')])).toBe(dataDigest([pin('c', 'y'), pin('d', 'x'), pin('e', 'x')]));
  expect(dataDigest([pin('a', 'x', '2')])).not.toBe(x);
  expect(dataDigest([pin('a', 'x'), pin('b', 'y')])).not.toBe(x);
  expect(dataDigest([])).toBeUndefined();
});

test('what is over keeps five inputs and the digest of all', () => {
  const pins = Array.from({ length: 30 }, (_, index) => ({ input: `i${index}`, data: `d${index}`, version: '1' }));
  const { ledger } = endTraining(training(), { ...training().training, pins }, succeeded, after(0));
  expect([ledger.pins, ledger.data]).toEqual([pins.slice(0, 5), dataDigest(pins)]);
});

test('the window moves', () => {
  expect(startsWithin([iso(-2 * DAY_MS), iso(-DAY_MS), iso()], 2 * DAY_MS, after(0))).toEqual([iso(-DAY_MS), iso()]);
});
