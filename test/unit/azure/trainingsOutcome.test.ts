import { describe, expect, test } from 'vitest';
import { readJob } from '../../../src/lib/azure/jobBody.ts';
import type { MlflowRun } from '../../../src/lib/azure/mlflowRuns.ts';
import { failureIn } from '../../../src/lib/azure/trainingsFailure.ts';
import { computeMinutes } from '../../../src/lib/azure/trainingsJob.ts';
import { modelOutput } from '../../../src/lib/azure/trainingsResult.ts';

const at = (minute: number) => new Date(Date.UTC(2026, 10, 22, 9, minute));
/** A run from one minute to another, below its parent. */
const run = (id: string, [from, to]: readonly [number, number?], given: { name?: string; parent?: string } = {}): MlflowRun => ({
  params: new Map(), metrics: [],
  id, name: given.name, experiment: 'e', ended: true, completed: true, failed: false, startedAt: at(from),
  endedAt: to === undefined ? undefined : at(to),
  tags: new Map(given.parent === undefined ? [] : [['mlflow.parentRunId', given.parent]]),
}); // prettier-ignore

describe('compute minutes', () => {
  const root = run('job', [0, 20]);
  test('of a single job are its time, as often as it has instances', () => {
    expect(computeMinutes({}, root, [])).toBe(20);
    expect(computeMinutes({ resources: { instanceCount: 3 } }, root, [root])).toBe(60);
  });

  test('of a pipeline are those of its steps, each as often as its node has instances', () => {
    const clean = run('a', [1, 3], { name: 'clean', parent: 'job' });
    const train = run('b', [4, 14], { name: 'train', parent: 'job' });
    const jobs = { train: { resources: { instance_count: 2 } }, clean: {} };
    expect(computeMinutes({ jobs }, root, [root, clean, train])).toBe(2 + 10 * 2);
  });

  test('of a sweep are those of its trials, wherever they hang', () => {
    const sweep = run('s', [1, 19], { parent: 'job' });
    const trials = [run('t1', [2, 5], { parent: 's' }), run('t2', [2, 9], { parent: 's' })];
    expect(computeMinutes({ trial: { resources: { instanceCount: 2 } } }, root, [sweep, ...trials])).toBe(20);
  });

  test('of a step that never began are none, of one without an end last until the root has ended', () => {
    const never = { ...run('a', [0]), startedAt: undefined };
    expect(computeMinutes({}, root, [never, run('b', [15])])).toBe(5);
  });

  test('are never negative, whatever clocks say', () => {
    expect(computeMinutes({}, run('job', [5, 3]), [])).toBe(0);
  });
});

describe('why a job failed', () => {
  test.each([
    ['ServiceError', 'no node', true],
    ['SystemError', 'internal', true],
    ['UserError', 'AzureMLCompute job failed. PreemptionError: Nodes of this job got pre-empted.', true],
    ['UserError', 'Execution failed. User process exited with status code 1.', false],
    ['UserError', 'NoPreemptionErrorAtAll', false],
    ['Unheard', 'of', false],
  ])('%s: %s', (code, message, platform) => {
    expect(failureIn({ code, message })).toEqual({ platform, message: `${code}: ${message}` });
  });

  test.each([[undefined], [{}], [{ code: null, message: '' }]])('is not known when nobody says: %j', (error) => {
    expect(failureIn(error)).toBeUndefined();
  });

  test('is told in a length that a row can keep', () => {
    expect(failureIn({ code: 'UserError', message: 'x'.repeat(5000) })?.message).toHaveLength(500);
  });
});

const left = (properties: Record<string, unknown>, output = 'model', tags: readonly [string, string][] = []) =>
  modelOutput(readJob.parse({ name: 'job', properties }), output, { ...run('job', [0, 1]), tags: new Map(tags) });

describe('the model that a job left', () => {
  const outputs = { model: { jobOutputType: 'mlflow_model' }, folder: { jobOutputType: 'uri_folder' } };

  test('is the output of that name', () => {
    expect(left({ jobType: 'Command', outputs })).toEqual({ uri: 'azureml://jobs/job/outputs/model/paths/', type: 'mlflow_model' });
    expect(left({ jobType: 'Pipeline', outputs }, 'folder')).toEqual({ uri: 'azureml://jobs/job/outputs/folder/paths/', type: 'custom_model' });
  }); // prettier-ignore

  test.each([
    ['there is no such output', { jobType: 'Command', outputs }, 'weights'],
    ['there are no outputs', { jobType: 'Command' }, 'model'],
    ['nobody says which trial was best', { jobType: 'Sweep', outputs }, 'model'],
  ])('is none when %s', (_, properties, output) => {
    expect(left(properties, output)).toBeUndefined();
  });

  test('of a sweep is that of the best trial, of AutoML that of the best child', () => {
    const best = { jobType: 'Sweep', outputs, properties: { best_child_run_id: 'trial_7' } };
    expect(left(best)?.uri).toBe('azureml://jobs/trial_7/outputs/model/paths/');
    const tags = [['automl_best_child_run_id', 'child_2']] as const;
    expect(left({ jobType: 'AutoML', outputs }, 'model', [[...tags[0]]])?.uri).toBe(
      'azureml://jobs/child_2/outputs/model/paths/',
    );
  });
});
