import { describe, expect, test } from 'vitest';
import type { Component } from '../../../src/lib/azure/componentJob.ts';
import { componentEvaluation, evaluationBody } from '../../../src/lib/azure/jobsClone.ts';
import type { EvaluationJob } from '../../../src/lib/ports.ts';

const workspace = '/subscriptions/s/resourceGroups/rg/providers/Microsoft.MachineLearningServices/workspaces/ws';
const job: EvaluationJob = {
  job: 'stw-e1', template: 'evaluate-1', model: 'spam', champion: '6', challenger: '7',
  data: 'holdout', dataVersion: '4', stewardId: 'ours',
}; // prettier-ignore
const bound = (name: string) => ({ job_input_type: 'literal', value: `\${{parent.inputs.${name}}}` });

describe('an evaluation pipeline', () => {
  const steps = {
    score: {
      type: 'command', componentId: `${workspace}/components/score/versions/2`,
      inputs: { champion: bound('champion'), challenger: bound('challenger'), rows: bound('data') },
      outputs: { answers: { type: 'literal', value: '${{parent.outputs.answers}}' } },
    },
  }; // prettier-ignore
  const pipeline = (change: object = {}) => ({
    name: 'evaluate-1',
    properties: {
      jobType: 'Pipeline',
      experimentName: 'spam',
      settings: { default_compute: 'cpu', force_rerun: false },
      inputs: {
        champion: { jobInputType: 'custom_model', uri: 'azureml:spam:1' },
        challenger: { jobInputType: 'custom_model', uri: 'azureml:spam:2' },
        data: { jobInputType: 'uri_file', uri: 'azureml:holdout:1' },
      },
      outputs: {
        answers: { jobOutputType: 'uri_file', uri: 'azureml://datastores/workspaceblobstore/paths/azureml/evaluate-1/answers' },
        report: { jobOutputType: 'uri_folder', uri: 'azureml://datastores/reports/paths/spam' },
      },
      jobs: steps,
      ...change,
    },
  }); // prettier-ignore

  test('always measures anew, with our versions at its own level, and outputs where they are looked for', () => {
    expect(evaluationBody(pipeline(), job)).toEqual({
      properties: {
        jobType: 'Pipeline',
        experimentName: 'spam',
        displayName: 'spam: 7 against 6 on holdout:4',
        settings: { default_compute: 'cpu', force_rerun: true },
        tags: { stewardId: 'ours', 'steward.evaluates': 'spam:7' },
        properties: {},
        inputs: {
          champion: { jobInputType: 'custom_model', uri: 'azureml:spam:6' },
          challenger: { jobInputType: 'custom_model', uri: 'azureml:spam:7' },
          data: { jobInputType: 'uri_file', uri: 'azureml:holdout:4' },
        },
        outputs: {
          answers: { jobOutputType: 'uri_file', uri: 'azureml://datastores/workspaceblobstore/paths/azureml/stw-e1/answers' },
          report: { jobOutputType: 'uri_folder', uri: 'azureml://datastores/reports/paths/spam' },
        },
        jobs: steps,
      },
    }); // prettier-ignore
  });

  test('whose steps name versions of their own is refused', () => {
    const { champion: _, ...inputs } = steps.score.inputs;
    const stale = { score: { ...steps.score, inputs: { ...inputs, champion: { job_input_type: 'custom_model', uri: 'azureml:spam:1' } } } }; // prettier-ignore
    expect(() => evaluationBody(pipeline({ jobs: stale }), job)).toThrow(
      'No step of the template job evaluate-1 is bound to ${{parent.inputs.champion}}',
    );
  });

  test('that was made from a pipeline component has no steps to look at', () => {
    const { properties } = evaluationBody(pipeline({ jobs: {}, componentId: 'c' }), job);
    expect(properties).toMatchObject({ componentId: 'c', inputs: { champion: { uri: 'azureml:spam:6' } } });
  });
});

const component = (type: string, inputs: Record<string, { type: string; optional?: boolean }> = {}): Component => ({
  id: `${workspace}/components/evaluate/versions/3`,
  properties: {
    componentSpec: {
      type,
      inputs: { champion: { type: 'custom_model' }, challenger: { type: 'custom_model' }, data: { type: 'uri_file' }, ...inputs },
      outputs: { answers: { type: 'uri_file' } },
    },
  },
}); // prettier-ignore

describe('an evaluation by a component', () => {
  const byComponent = { ...job, template: component('command').id, compute: 'cpu' };

  test('of one command is one step, on the compute of the policy', () => {
    const { properties } = componentEvaluation(component('command'), '/computes/cpu', byComponent);
    expect(properties).toEqual({
      jobType: 'Pipeline',
      experimentName: 'spam',
      displayName: 'spam: 7 against 6 on holdout:4',
      settings: { default_compute: '/computes/cpu', force_rerun: true },
      tags: { stewardId: 'ours', 'steward.evaluates': 'spam:7' },
      inputs: {
        champion: { jobInputType: 'custom_model', uri: 'azureml:spam:6' },
        challenger: { jobInputType: 'custom_model', uri: 'azureml:spam:7' },
        data: { jobInputType: 'uri_file', uri: 'azureml:holdout:4' },
      },
      outputs: { answers: { jobOutputType: 'uri_file', uri: 'azureml://datastores/workspaceblobstore/paths/azureml/stw-e1/answers' } },
      jobs: {
        evaluate: {
          name: 'evaluate', type: 'command', componentId: component('command').id,
          inputs: { champion: bound('champion'), challenger: bound('challenger'), data: bound('data') },
          outputs: { answers: { type: 'literal', value: '${{parent.outputs.answers}}' } },
        },
      },
    }); // prettier-ignore
  });

  test('that is a pipeline is that pipeline', () => {
    const { properties } = componentEvaluation(component('pipeline'), '/computes/cpu', byComponent);
    expect(properties).toMatchObject({ jobType: 'Pipeline', componentId: component('pipeline').id });
    expect(properties).not.toHaveProperty('jobs');
  });

  test('that wants more than the contract is refused', () => {
    const wants = component('command', { threshold: { type: 'number' }, note: { type: 'string', optional: true } });
    expect(() => componentEvaluation(wants, '/computes/cpu', byComponent)).toThrow('needs the inputs threshold');
  });
});
