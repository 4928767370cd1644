import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Runs } from '../../../src/lib/ports.ts';
import { outcome } from './outcome.ts';

export interface RunsRig {
  readonly runs: Runs;
  readonly workspace: string;
  /** A completed evaluation of `holdout:3`; without `predictions` it declares none. */
  run(job: string, given: { metrics: Record<string, number>; predictions?: readonly string[] }): Promise<void>;
  close(): Promise<void>;
}

const row = (id: number, label: string, champion: string, challenger: string) =>
  JSON.stringify({ id, label, champion, challenger });

export function runsContract(name: string, open: () => Promise<RunsRig>): void {
  describe(`Runs: ${name}`, () => {
    let rig: RunsRig;
    beforeAll(async () => {
      rig = await open();
    });
    afterAll(() => rig.close());

    test('metrics, n and paired counts of a job, with the data it was pinned to', async () => {
      const predictions = [row(1, 'ham', 'ham', 'ham'), row(2, 'spam', 'ham', 'spam')];
      await rig.run('full', { metrics: { 'champion.acc': 0.5, 'challenger.acc': 1, n: 2, other: 7 }, predictions });
      expect(await rig.runs.evidence(rig.workspace, 'full', ['acc'])).toEqual({
        job: 'full',
        data: 'holdout',
        dataVersion: '3',
        metrics: { acc: { champion: 0.5, challenger: 1 } },
        n: 2,
        paired: { n: 2, bothRight: 1, championOnly: 0, challengerOnly: 1, bothWrong: 0, majority: 1, majorityLabel: 'ham' },
        faults: [],
      }); // prettier-ignore
    });

    test('a job that gives only metrics is accepted', async () => {
      await rig.run('scalars', { metrics: { 'champion.acc': 0.5, 'challenger.acc': 1, n: 2 } });
      const evidence = await rig.runs.evidence(rig.workspace, 'scalars', ['acc']);
      expect(evidence).toMatchObject({ n: 2, faults: [] });
      expect(evidence).not.toHaveProperty('paired');
    });

    test('a metric that was not logged is absent, and no fault: the gate says what it lacks', async () => {
      await rig.run('half', { metrics: { 'challenger.acc': 1 } });
      const { metrics, faults } = await rig.runs.evidence(rig.workspace, 'half', ['acc', 'auc']);
      expect(metrics).toEqual({ acc: { challenger: 1 }, auc: {} });
      expect(faults).toEqual([]);
    });

    test('a metric that is not finite is absent and a fault', async () => {
      await rig.run('nan', { metrics: { 'champion.acc': Number.NaN, 'challenger.acc': 1 } });
      const { metrics, faults } = await rig.runs.evidence(rig.workspace, 'nan', ['acc']);
      expect(metrics).toEqual({ acc: { challenger: 1 } });
      expect(faults).toEqual(['metric champion.acc is NaN, not a number']);
    });

    test('a bad line of predictions is a fault with its number', async () => {
      await rig.run('bad-line', { metrics: { n: 2 }, predictions: [row(1, 'a', 'a', 'a'), 'oops'] });
      const { faults, paired } = await rig.runs.evidence(rig.workspace, 'bad-line', []);
      expect(faults).toEqual([expect.stringContaining('line 2')]);
      expect(paired).toBeUndefined();
    });

    test('an n that the predictions do not have is a fault', async () => {
      await rig.run('short', { metrics: { n: 3 }, predictions: [row(1, 'a', 'a', 'a')] });
      const { faults } = await rig.runs.evidence(rig.workspace, 'short', []);
      expect(faults).toEqual(['the job logged n = 3, its predictions hold 1 rows']);
    });

    test('an unknown job is refused', async () => {
      expect(await outcome(rig.runs.evidence(rig.workspace, 'nope', ['acc']))).toBe('Refused(notFound)');
    });
  });
}
