import { describe, expect, test } from 'vitest';
import type { MonitorFact, MonitorRunFact } from '../../../../src/lib/core/step.ts';
import { item, iso, served } from '../given.ts';
import { breach, DAY_MS, monitor, readMonitor, run, TRAINED, trainPass, TRAINS, trains } from './given.ts';

const NEW_DATA = trains('when: {newData: mails}');
const { training: _, ...UNTRAINED } = TRAINS;
const hinted = (memory = {}) => served({ trained: { ...TRAINED, hints: ['x'], ...memory } });
const failed = (name: string, at: number, breaches: Parameters<typeof run>[2] = []): MonitorRunFact => ({ ...run(name, at, breaches), incomplete: true }); // prettier-ignore
const told = (fact: MonitorFact, row = hinted(), policy = TRAINS) => trainPass(row, { monitor: fact }, { policy, at: DAY_MS }); // prettier-ignore
/** The row after that pass, with another hint. */
const later = ({ next }: ReturnType<typeof told>) => served({ trained: { ...TRAINED, ...next.trained, hints: ['y'] } });

describe('a monitor whose runs fail', () => {
  const twice = [failed('r2', 2), failed('r1', 1), run('r0', 0)];
  test('is told when the last two did, once', () => {
    for (const runs of [twice.slice(1), twice.slice(0, 1)]) expect(told(monitor(runs)).notices).toEqual([]);
    const first = told(monitor(twice));
    expect(first.notices).toMatchObject([
      { id: 'monitor-failing-spam-monitor-r2', kind: 'monitorTrouble', audience: 'decide', cause: 'failing' },
    ]);
    expect(first.notices[0]?.sentence).toContain('spam-monitor');
    expect(first.notices[0]?.sentence).toContain('r2');
    expect(told(monitor([failed('r3', 3), ...twice]), later(first)).notices).toEqual([]);
  });
  test('is told again when one went well in between', () => {
    const well = told(monitor([run('r3', 3), ...twice]), later(told(monitor(twice))));
    expect(well.next.trained?.monitorTroubles).toEqual([]);
    expect(told(monitor([failed('r5', 5), failed('r4', 4), run('r3', 3)]), later(well)).notices).toHaveLength(1);
  });
  test('is told although one runs right now', () => {
    expect(told(monitor([run('r3', DAY_MS, [], false), ...twice])).notices).toHaveLength(1);
  });
  test('but find something does its work', () => {
    const found = failed('r2', 2, [breach()]);
    expect(told(monitor([found, failed('r1', 1)])).notices).toEqual([]);
  });
  test.each([
    ['that trains on something else', NEW_DATA, 'decide'],
    ['that does not train', UNTRAINED, 'inform'],
  ])('is told under a policy %s, for each of several', (__, policy, audience) => {
    const fact = { found: 'each', monitors: [readMonitor('a', twice), readMonitor('b', twice)] } as const;
    expect(told(fact, hinted(), policy).notices).toMatchObject([
      { id: 'monitor-failing-a-r2', audience },
      { id: 'monitor-failing-b-r2', audience },
    ]);
  });
});

const strange = (hint: string): MonitorFact => ({ found: 'one', ...readMonitor('spam-monitor', []), strangers: [{ hint, signal: 'spam_drift', name: 'nightly' }] }); // prettier-ignore

describe('a run that is not known as the monitor’s, and names one of its signals', () => {
  test('is told, once for a monitor, and asks for nothing', () => {
    const first = told(strange('x'));
    expect(first.next.request).toBeUndefined();
    expect(first.rules).toEqual(['monitor.stranger x', 'monitor.strange']);
    expect(first.notices).toMatchObject([
      { id: 'monitor-strange-spam-monitor-x', kind: 'monitorTrouble', audience: 'decide', cause: 'strange' },
    ]);
    for (const word of ['Run x', 'nightly', 'spam_drift', 'spam-monitor'])
      expect(first.notices[0]?.sentence).toContain(word);
    expect(told(strange('y'), later(first)).notices).toEqual([]);
  });
});

const seen = (found: 'none' | 'several' | 'some', policy = TRAINS, row = served()) =>
  trainPass(row, {}, { policy, items: [item({ kind: 'monitorsSeen', found, names: ['a', 'b'] })] });

describe('a monitor that is not there', () => {
  test('is told once, and again when it was there', () => {
    const first = seen('none');
    expect(first.notices).toMatchObject([{ id: `monitor-none-${iso()}`, cause: 'none', audience: 'decide' }]);
    expect(seen('none', TRAINS, first.next).notices).toEqual([]);
    const back = seen('some', TRAINS, first.next);
    expect([back.notices, back.next.trained?.monitorTold]).toEqual([[], undefined]);
    expect(seen('none', TRAINS, back.next).notices).toHaveLength(1);
  });
  test('is there again when an event led to it', () => {
    const row = hinted({ monitorTold: 'It is not there.' });
    expect(told(monitor([]), row).next.trained?.monitorTold).toBeUndefined();
  });
  test('is told where several are and one must be named', () => {
    expect(seen('several').notices[0]).toMatchObject({ cause: 'several', sentence: expect.stringContaining('(a, b)') });
    expect(seen('none', trains('when: {drift: {monitor: m}}')).notices[0]?.sentence).toContain('monitor m ');
  });
  test('is nothing to a policy that does not train on drift (any more)', () => {
    expect(seen('none', NEW_DATA).notices).toEqual([]);
  });
});
