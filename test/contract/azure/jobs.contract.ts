import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { JobFact } from '../../../src/lib/core/step.ts';
import type { EvaluationJob, Jobs } from '../../../src/lib/ports.ts';
import { outcome } from './outcome.ts';

export interface JobsRig {
  readonly jobs: Jobs;
  readonly workspace: string;
  /** A job that somebody else submitted. */
  job(
    name: string,
    given: { state: JobFact['state']; at: Date; tags?: Record<string, string>; inputs?: readonly string[] },
  ): void;
  data(name: string, versions: readonly string[]): void;
  /** A registered component with these inputs; returns the id of its version. */
  component(name: string, version: string, inputs: readonly string[]): string;
  /** All jobs as the world holds them. */
  snapshot(): unknown;
  close(): Promise<void>;
}

const at = (minute: number) => new Date(Date.UTC(2026, 10, 22, 9, minute));
const inputs = ['champion', 'challenger', 'data'];

const plan = (job: string, changes: Partial<EvaluationJob> = {}): EvaluationJob => ({
  job,
  template: 'evaluate-new',
  model: 'spam',
  champion: '1',
  challenger: '2',
  data: 'holdout',
  dataVersion: '10',
  stewardId: `id-of-${job}`,
  ...changes,
});

export function jobsContract(name: string, open: () => Promise<JobsRig>): void {
  describe(`Jobs: ${name}`, () => {
    let rig: JobsRig;
    beforeAll(async () => {
      rig = await open();
      const tags = { 'steward.template': 'evaluate-spam' };
      rig.job('evaluate-old', { state: 'completed', at: at(1), tags, inputs });
      rig.job('evaluate-new', { state: 'completed', at: at(2), tags, inputs });
      rig.job('evaluate-failed', { state: 'failed', at: at(3), tags, inputs });
      rig.job('evaluate-other', { state: 'completed', at: at(4), tags: { 'steward.template': 'evaluate-credit' } });
      rig.job('no-contract', { state: 'completed', at: at(5), inputs: ['data'] });
      rig.job('taken', { state: 'running', at: at(6), tags: { stewardId: 'somebody' } });
      rig.data('holdout', ['9', '10']);
    });
    afterAll(() => rig.close());

    test('the template is the newest completed job with that tag; the data is its newest version', async () => {
      expect(await rig.jobs.evaluationPlan(rig.workspace, { template: 'evaluate-spam', data: 'holdout' })).toEqual({
        template: 'evaluate-new',
        dataVersion: '10',
      });
    });

    test('those of ours that go on are the ones with our tag that have not ended', async () => {
      expect(await rig.jobs.ours(rig.workspace)).toEqual([{ name: 'taken', stewardId: 'somebody' }]);
    });

    test('without such a job or such data the plan lacks them', async () => {
      expect(await rig.jobs.evaluationPlan(rig.workspace, { template: 'evaluate-nothing', data: 'nowhere' })).toEqual(
        {},
      );
    });

    test('an evaluation by a component is planned with its newest version, and runs', async () => {
      rig.component('evaluate', '9', inputs);
      const newest = rig.component('evaluate', '10', inputs);
      const planned = await rig.jobs.evaluationPlan(rig.workspace, { component: 'evaluate', data: 'holdout' });
      expect(planned).toEqual({ template: newest, dataVersion: '10' });
      await rig.jobs.submitEvaluation(rig.workspace, plan('stw-c1', { template: newest, compute: 'cpu' }));
      const once = rig.snapshot();
      expect(await rig.jobs.job(rig.workspace, 'stw-c1')).toMatchObject({ state: 'running' });
      await rig.jobs.submitEvaluation(rig.workspace, plan('stw-c1', { template: newest, compute: 'cpu' }));
      expect(rig.snapshot()).toEqual(once);
    });

    test('a component without the inputs of the contract, or that is gone, is refused', async () => {
      const misfit = rig.component('misfit', '1', ['champion', 'data']);
      const submit = (job: string, template: string) =>
        outcome(rig.jobs.submitEvaluation(rig.workspace, plan(job, { template, compute: 'cpu' })));
      expect(await submit('stw-c2', misfit)).toBe('Refused(invalid)');
      expect(await submit('stw-c3', misfit.replace('misfit', 'gone'))).toBe('Refused(notFound)');
    });

    test('without template and component only the data is planned', async () => {
      expect(await rig.jobs.evaluationPlan(rig.workspace, { data: 'holdout' })).toEqual({ dataVersion: '10' });
    });

    test.each<[string, JobFact['state']]>([
      ['evaluate-new', 'completed'],
      ['evaluate-failed', 'failed'],
      ['taken', 'running'],
    ])('job %s is %s', async (job, state) => {
      expect(await rig.jobs.job(rig.workspace, job)).toEqual({ name: job, state });
    });

    test('an unknown job is absent', async () => {
      expect(await rig.jobs.job(rig.workspace, 'nope')).toBe('absent');
    });

    test('a submitted evaluation runs, and submitting it twice leaves the world as it was', async () => {
      await rig.jobs.submitEvaluation(rig.workspace, plan('stw-1'));
      const once = rig.snapshot();
      expect(await rig.jobs.job(rig.workspace, 'stw-1')).toMatchObject({ state: 'running' });
      await rig.jobs.submitEvaluation(rig.workspace, plan('stw-1'));
      expect(rig.snapshot()).toEqual(once);
    });

    test('an evaluation is not a template for others', async () => {
      await rig.jobs.submitEvaluation(rig.workspace, plan('stw-2'));
      const { template } = await rig.jobs.evaluationPlan(rig.workspace, { template: 'evaluate-spam', data: 'holdout' });
      expect(template).toBe('evaluate-new');
    });

    test('a name that somebody else has is refused as foreign, and left alone', async () => {
      const before = rig.snapshot();
      expect(await outcome(rig.jobs.submitEvaluation(rig.workspace, plan('taken')))).toBe('Refused(foreign)');
      expect(rig.snapshot()).toEqual(before);
    });

    test('a template that is gone is refused', async () => {
      expect(await outcome(rig.jobs.submitEvaluation(rig.workspace, plan('stw-3', { template: 'gone' })))).toBe(
        'Refused(notFound)',
      );
    });

    test('a template without the inputs of the contract is refused', async () => {
      const call = rig.jobs.submitEvaluation(rig.workspace, plan('stw-4', { template: 'no-contract' }));
      expect(await outcome(call)).toBe('Refused(invalid)');
    });

    test('a data version that does not exist is refused', async () => {
      const call = rig.jobs.submitEvaluation(rig.workspace, plan('stw-6', { dataVersion: '11' }));
      expect(await outcome(call)).toBe('Refused(invalid)');
      expect(await rig.jobs.job(rig.workspace, 'stw-6')).toBe('absent');
    });

    test('a cancelled job is canceled; cancelling again, or what has ended or never was, is fine', async () => {
      await rig.jobs.submitEvaluation(rig.workspace, plan('stw-5'));
      await rig.jobs.cancel(rig.workspace, 'stw-5');
      await expect.poll(() => rig.jobs.job(rig.workspace, 'stw-5')).toMatchObject({ state: 'canceled' });
      const once = rig.snapshot();
      await rig.jobs.cancel(rig.workspace, 'stw-5');
      await rig.jobs.cancel(rig.workspace, 'evaluate-new');
      await rig.jobs.cancel(rig.workspace, 'nope');
      expect(rig.snapshot()).toEqual(once);
    });
  });
}
