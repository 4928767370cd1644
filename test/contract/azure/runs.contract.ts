import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Runs } from '../../../src/lib/ports.ts';
import { outcome } from './outcome.ts';

export interface RunsRig {
  readonly runs: Runs;
  readonly workspace: string;
  /** A completed evaluation of `holdout:3`; without `predictions` it declares none. `output` is their name. */
  run(
    job: string,
    given: { metrics: Record<string, number>; predictions?: readonly string[]; output?: string },
  ): Promise<void>;
  /** A registered version, made by the job `train-<model>-<version>` that logged this; by hand when it logged nothing. */
  trained(model: string, version: string, logged?: { evaluated?: string; metrics: Record<string, number> }): void;
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

    test('predictions may have any name; those of another name are not looked at', async () => {
      await rig.run('named', { metrics: { n: 1 }, predictions: [row(1, 'a', 'a', 'a')], output: 'answers' });
      const named = await rig.runs.evidence(rig.workspace, 'named', [], 'answers');
      expect(named.paired).toMatchObject({ n: 1, bothRight: 1 });
      const { paired, faults } = await rig.runs.evidence(rig.workspace, 'named', []);
      expect([paired, faults]).toEqual([undefined, []]);
    });

    test('a training tells what it measured of its version, and on what', async () => {
      rig.trained('spam', '7', { evaluated: 'holdout:3', metrics: { acc: 0.9, n: 500, other: 1 } });
      expect(await rig.runs.measured(rig.workspace, 'spam', '7', ['acc', 'auc'])).toEqual({
        version: '7',
        job: 'train-spam-7',
        runs: [{ run: 'train-spam-7', evaluated: 'holdout:3', metrics: { acc: 0.9 }, n: 500 }],
      });
    });

    test('a training that does not say on what, and a version without a training, tell nothing', async () => {
      rig.trained('spam', '8', { metrics: { acc: 0.9, n: 500 } });
      rig.trained('spam', '9');
      expect(await rig.runs.measured(rig.workspace, 'spam', '8', ['acc'])).toEqual({ version: '8', job: 'train-spam-8', runs: [] }); // prettier-ignore
      expect(await rig.runs.measured(rig.workspace, 'spam', '9', ['acc'])).toEqual({ version: '9', runs: [] });
    });

    test('a metric of a training that is not finite is absent', async () => {
      rig.trained('spam', '10', { evaluated: 'holdout:3', metrics: { acc: Number.NaN, n: 500 } });
      const { runs } = await rig.runs.measured(rig.workspace, 'spam', '10', ['acc']);
      expect(runs).toMatchObject([{ metrics: {}, n: 500 }]);
    });

    test('an unknown version is refused', async () => {
      expect(await outcome(rig.runs.measured(rig.workspace, 'spam', '99', ['acc']))).toBe('Refused(notFound)');
    });

    test('an unknown job is refused', async () => {
      expect(await outcome(rig.runs.evidence(rig.workspace, 'nope', ['acc']))).toBe('Refused(notFound)');
    });
  });
}
