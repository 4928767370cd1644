import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { MonitorFact } from '../../../src/lib/core/step.ts';
import type { Monitors } from '../../../src/lib/ports/training.ts';

export interface GivenMonitorRun {
  readonly run: string;
  readonly at: Date;
  readonly ended: boolean;
  /** Signal -> features over the threshold 0.2, by their value. */
  readonly breaches: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** Its step runs; each breach is told by one of them. */
  readonly steps: readonly string[];
}

export interface MonitorsRig {
  readonly monitors: Monitors;
  readonly workspace: string;
  /** Signal -> whether it is about drift or about the quality of data. */
  monitor(name: string, endpoint: string, signals: Readonly<Record<string, 'drift' | 'quality'>>): void;
  run(monitor: string, given: GivenMonitorRun): void;
  /** A job of this display name that says this signal is over its threshold. */
  stranger(run: string, name: string, signal: string): void;
  close(): Promise<void>;
}

const at = (minute: number) => new Date(Date.UTC(2026, 10, 22, 9, minute));
const quiet = { breaches: {}, ended: true };
const psi = (feature: string, value: number) => ({
  feature,
  metric: 'PopulationStabilityIndex',
  value,
  threshold: 0.2,
});
const wanted = { hints: [], runs: 9 };

const found = (fact: MonitorFact) => {
  if (fact.found !== 'one') throw new Error(`found ${fact.found}`);
  return fact;
};

export function monitorsContract(name: string, open: () => Promise<MonitorsRig>): void {
  describe(`Monitors: ${name}`, () => {
    let rig: MonitorsRig;
    beforeAll(async () => {
      rig = await open();
      const signals = { spam_drift: 'drift', spam_quality: 'quality' } as const;
      rig.monitor('spam', 'spam-online', signals);
      rig.monitor('spam-two', 'letters-online', signals);
      rig.monitor('letters', 'letters-online', signals);
      const breaches = { spam_quality: { links: 0.3 }, spam_drift: { length: 0.7, links: 0.6, words: 0.5, time: 0.4, hour: 0.3, format: 0.25 } };
      rig.run('spam', { run: 'spam-1', at: at(1), steps: ['spam-1-a', 'spam-1-b'], ended: true, breaches });
      rig.run('spam', { run: 'spam-2', at: at(3), steps: ['spam-2-a'], ...quiet });
      rig.run('spam', { run: 'spam-3', at: at(2), steps: ['spam-3-a'], ...quiet });
      rig.run('spam', { run: 'spam-4', at: at(4), steps: ['spam-4-a'], ...quiet, ended: false });
      rig.run('spam-two', { run: 'two-1', at: at(5), steps: ['two-1-a'], ended: true, breaches: { spam_drift: { links: 1 } } });
      rig.stranger('copy', 'spam-20261122T090000Z (copy)', 'spam_drift');
      rig.stranger('other', 'nightly', 'other_drift');
    }); // prettier-ignore
    afterAll(() => rig.close());
    const read = (endpoint: string, given: Partial<Parameters<Monitors['monitor']>[2]> = {}) =>
      rig.monitors.monitor(rig.workspace, endpoint, { ...wanted, ...given });

    test('the monitor of an endpoint is the one whose target it is, whatever the case of its name', async () => {
      for (const endpoint of ['spam-online', 'Spam-Online'])
        expect(await read(endpoint)).toMatchObject({ found: 'one', name: 'spam' });
    });

    test('an endpoint that nobody watches has none, and it is told which there are', async () => {
      expect(await read('other')).toEqual({ found: 'none', names: ['letters', 'spam', 'spam-two'] });
    });

    test('of several the policy must name one', async () => {
      expect(await read('letters-online')).toEqual({ found: 'several', names: ['letters', 'spam-two'] });
      expect(await read('letters-online', { name: 'letters' })).toMatchObject({ found: 'one', name: 'letters', runs: [] });
    }); // prettier-ignore

    test('of several each is read where there is no choice to make, by name; where one watches it is that one', async () => {
      const hints = ['two-1-a', 'spam-1'];
      expect(await read('Letters-Online', { each: true, hints, runs: 1 })).toMatchObject({
        found: 'each',
        monitors: [{ name: 'letters', runs: [], rootOf: {} }, { name: 'spam-two', runs: [{ run: 'two-1', breaches: [{ signal: 'spam_drift' }] }], rootOf: { 'two-1-a': 'two-1' } }],
      });
      expect(await read('spam-online', { each: true })).toMatchObject({ found: 'one', name: 'spam' });
    }); // prettier-ignore

    test('which endpoints are watched is asked once for a workspace', async () => {
      const endpoints = await rig.monitors.watched(rig.workspace);
      expect(endpoints.toSorted()).toEqual(['letters-online', 'spam-online']);
    });

    test('a name that no monitor has finds none, though one watches the endpoint', async () => {
      expect(await read('spam-online', { name: 'nothing' })).toMatchObject({ found: 'none' });
    });

    test('a name whose monitor watches another endpoint finds none', async () => {
      expect(await read('spam-online', { name: 'letters' })).toMatchObject({ found: 'none' });
    });

    test('its runs are its own, the one that began last first, as many as asked for', async () => {
      const all = found(await read('spam-online'));
      expect(all.runs.map(({ run, at: began, ended }) => [run, began, ended])).toEqual([
        ['spam-4', at(4).toISOString(), false],
        ['spam-2', at(3).toISOString(), true],
        ['spam-3', at(2).toISOString(), true],
        ['spam-1', at(1).toISOString(), true],
      ]);
      const two = found(await read('spam-online', { runs: 2 }));
      expect(two.runs.map(({ run }) => run)).toEqual(['spam-4', 'spam-2']);
    });

    test('each signal over its threshold is a breach with what it measured, at most five features of it', async () => {
      const { runs } = found(await read('spam-online'));
      const where = { run: 'spam-1', at: at(1).toISOString() };
      expect(runs.at(-1)?.breaches).toEqual([
        { ...where, signal: 'spam_drift', kind: 'drift', features: [psi('length', 0.7), psi('links', 0.6), psi('words', 0.5), psi('time', 0.4), psi('hour', 0.3)], more: 1 },
        { ...where, signal: 'spam_quality', kind: 'quality', features: [{ ...psi('links', 0.3), metric: 'NullValueRate' }], more: 0 },
      ]);
      expect(runs.slice(0, 3).every(({ breaches }) => breaches.length === 0)).toBe(true);
    }); // prettier-ignore

    test('a hint leads to the run that it is a step of; what is no run of this monitor leads nowhere', async () => {
      const hints = ['spam-1-b', 'spam-2', 'two-1-a', 'two-1', 'nothing'];
      expect(found(await read('spam-online', { hints })).rootOf).toEqual({ 'spam-1-b': 'spam-1', 'spam-2': 'spam-2' });
    });

    test('what is a run of no monitor and names a signal of this one is told with its name', async () => {
      const hints = ['copy', 'other', 'nothing', 'two-1-a', 'spam-1-a'];
      const { rootOf, strangers } = found(await read('spam-online', { hints }));
      expect(strangers).toEqual([{ hint: 'copy', name: 'spam-20261122T090000Z (copy)', signal: 'spam_drift' }]);
      expect(rootOf).toEqual({ 'spam-1-a': 'spam-1' });
      expect(found(await read('spam-online', { hints: ['other'] })).strangers).toBeUndefined();
    });

    test('a hint to an old run leads to it, though it is not among those that were asked for', async () => {
      const { runs, rootOf } = found(await read('spam-online', { hints: ['spam-1-a'], runs: 1 }));
      expect([runs.map(({ run }) => run), rootOf]).toEqual([['spam-4'], { 'spam-1-a': 'spam-1' }]);
    });
  });
}
