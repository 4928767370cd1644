import { describe, expect, test } from 'vitest';
import { iso, MINUTE_MS, needed, pass } from '../given.ts';
import { found, HOUR_MS, training, trainPass, TRAINS } from './given.ts';

const OUTPUT = { output: { uri: 'azureml://jobs/stw-3/outputs/model/paths/', type: 'custom_model' }, nextVersion: '7' };
const DONE = training({ phase: 'registering', commit: '9c1e2b7', finished: { at: iso(), computeMinutes: 12 }, spentMinutes: 3 }); // prettier-ignore

test('what the job left is asked for, with the output that the policy names', () => {
  expect(needed(DONE, { policy: TRAINS }).training).toEqual({ result: { job: 'stw-3', output: 'model' } });
});

describe('a version that came from it', () => {
  const { next, ledger, notices, actions } = trainPass(DONE, { result: { version: '7' } }, { at: HOUR_MS });
  test('goes the way of any registered version', () => {
    expect(next.waiting?.version).toBe('7');
    expect(next.training).toBeUndefined();
    expect([notices, actions]).toEqual([[], []]);
  });
  test('is entered in the ledger with what it cost', () => {
    expect(ledger).toMatchObject({ number: 3, end: 'succeeded', version: '7', computeMinutes: 15, durationMs: HOUR_MS, causes: [{ id: found().id }] }); // prettier-ignore
  });
  test('carries where it came from into its release', () => {
    const started = pass(next, { policy: TRAINS, at: HOUR_MS });
    const known = pass(started.next, {
      facts: { version: { version: '7', id: 'x', archived: false, jobName: 'stw-3', tags: {} }, endpoint: { state: 'ready', traffic: { 'mold-6': 100 } }, deployments: [] },
      policy: TRAINS, at: HOUR_MS,
    }); // prettier-ignore
    expect(known.next.release?.origin).toMatchObject({ job: 'stw-3', training: 3, commit: '9c1e2b7', data: [{ data: 'mails', version: '2' }], causes: [{ kind: 'monitor' }] }); // prettier-ignore
  });
});

describe('a model that nobody registered', () => {
  test('may be listed a little late', () => {
    const { actions, lookInMs } = trainPass(DONE, { result: OUTPUT }, { at: MINUTE_MS });
    expect([actions, lookInMs]).toEqual([[], MINUTE_MS]);
  });
  test('is registered with its lineage as tags', () => {
    const { actions, next } = trainPass(DONE, { result: OUTPUT }, { at: 2 * MINUTE_MS });
    expect(actions).toEqual([{
      do: 'registerModel', job: 'stw-3', version: '7', uri: OUTPUT.output.uri, type: 'custom_model',
      tags: { 'steward.training': '3', 'steward.data.data': 'mails:2', 'steward.commit': '9c1e2b7' },
    }]); // prettier-ignore
    expect(next.training?.phase).toBe('registering');
  });
  test('that cannot be registered is told in the end', () => {
    const { ledger, notices } = trainPass(DONE, { result: OUTPUT }, { at: HOUR_MS });
    expect(ledger).toMatchObject({ end: 'failed', cause: 'noModel' });
    expect(notices).toHaveLength(1);
  });
});

test('a job that left nothing is a failure that people hear of', () => {
  expect(trainPass(DONE, { result: {} }, { at: 10 * MINUTE_MS - 1 }).ledger).toBeUndefined();
  const { ledger, notices } = trainPass(DONE, { result: {} }, { at: 10 * MINUTE_MS });
  expect(notices.map(({ kind }) => kind)).toEqual(['trainingFailed']);
  expect(ledger?.sentence).toBe("The job stw-3 completed, but no version came from it, and it has no output named 'model' to register."); // prettier-ignore
});
