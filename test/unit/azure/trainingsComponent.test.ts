import { describe, expect, test } from 'vitest';
import { componentJob, type Component } from '../../../src/lib/azure/componentJob.ts';
import { componentBody } from '../../../src/lib/azure/trainingsComponent.ts';
import { dataInputs } from '../../../src/lib/azure/trainingsInputs.ts';
import type { TrainingJob } from '../../../src/lib/ports/training.ts';

const compute = '/workspace/computes/cpu';
const component = (type: string): Component => ({
  id: '/workspace/components/train-spam/versions/3',
  properties: {
    componentSpec: {
      type,
      inputs: {
        mails: { type: 'uri_file' },
        base: { type: 'custom_model', optional: true },
        rate: { type: 'number' },
        rounds: { type: 'integer', default: 0 },
      },
      outputs: { model: { type: 'mlflow_model' } },
    },
  },
});
const from = (inputs: Record<string, string>) =>
  ({ kind: 'component', component: 'train-spam', compute: 'cpu', inputs }) as const;
const inputs = { mails: 'azureml:mails@latest', rate: '0.1' };
const job = (given: Record<string, string>): TrainingJob => ({
  job: 'stw-1-t3-a1', source: '/workspace/components/train-spam/versions/3', from: from(given), model: 'spam',
  pins: [{ input: 'mails', data: 'mails', version: '2' }], tags: { 'steward.training': '3' }, stewardId: 'ours',
}); // prettier-ignore
const bodyOf = (type: string, given: Record<string, string> = inputs) =>
  componentBody(component(type), from(given), compute, job(given)).properties;

const outer = {
  jobType: 'Pipeline',
  displayName: 'Training of spam (stw-1-t3-a1)',
  experimentName: 'spam',
  settings: { default_compute: compute, force_rerun: true },
  tags: { 'steward.training': '3', 'steward.source': 'train-spam:3', stewardId: 'ours' },
  inputs: {
    mails: { jobInputType: 'uri_file', uri: 'azureml:mails:2' },
    rate: { jobInputType: 'literal', value: '0.1' },
  },
  outputs: { model: { jobOutputType: 'mlflow_model' } },
};

describe('a training made from a component', () => {
  test('of a command is a pipeline of one node, bound to the inputs and outputs of the pipeline', () => {
    expect(bodyOf('command')).toEqual({
      ...outer,
      jobs: {
        train: {
          name: 'train',
          type: 'command',
          componentId: '/workspace/components/train-spam/versions/3',
          inputs: {
            mails: { job_input_type: 'literal', value: '${{parent.inputs.mails}}' },
            rate: { job_input_type: 'literal', value: '${{parent.inputs.rate}}' },
          },
          outputs: { model: { type: 'literal', value: '${{parent.outputs.model}}' } },
        },
      },
    });
  });

  test('of a pipeline is that pipeline', () => {
    expect(bodyOf('pipeline')).toEqual({ ...outer, componentId: '/workspace/components/train-spam/versions/3' });
  });

  test('takes a model as it is named', () => {
    const given = { ...inputs, base: 'azureml:mails:6' };
    expect(bodyOf('pipeline', given)).toMatchObject({
      inputs: { base: { jobInputType: 'custom_model', uri: 'azureml:mails:6' } },
    });
    expect(dataInputs(componentJob(component('pipeline'), from(given), compute)).map(({ input }) => input)).toEqual([
      'mails',
    ]);
  });

  test('tells all that is wrong at once', () => {
    expect(() => bodyOf('parallel', { mails: 'azureml:mails:1', speed: '1' })).toThrow(
      '/workspace/components/train-spam/versions/3 is a parallel component, not a command or a pipeline and has no inputs speed and needs the inputs rate',
    );
  });
});
