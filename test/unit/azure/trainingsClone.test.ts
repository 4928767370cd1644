import { describe, expect, test } from 'vitest';
import { bareJob, codeOf, commitOf, readJob } from '../../../src/lib/azure/jobBody.ts';
import { environmentsOf, trainingBody } from '../../../src/lib/azure/trainingsClone.ts';
import { dataInputs, exactPins } from '../../../src/lib/azure/trainingsInputs.ts';
import type { Pin } from '../../../src/lib/core/training/state.ts';
import type { TrainingJob } from '../../../src/lib/ports/training.ts';

const workspace = '/subscriptions/s/resourceGroups/rg/providers/Microsoft.MachineLearningServices/workspaces/ws';
const job = (pins: readonly Pin[]): TrainingJob => ({
  job: 'stw-1-t3-a1', source: 'train-1', from: { kind: 'champion' }, pins, model: 'spam',
  tags: { 'steward.training': '3' }, stewardId: 'ours',
}); // prettier-ignore
const pin = (input: string, version: string): Pin => ({ input, data: 'mails', version });
const bodyOf = (properties: Record<string, unknown>, pins: readonly Pin[], environments = new Map<string, string>()) =>
  trainingBody(readJob.parse({ name: 'train-1', properties }), job(pins), environments).properties;

/** What the service writes beside what it was asked for. */
const written = {
  status: 'Completed',
  services: { Studio: {} },
  parameters: {},
  isArchived: false,
  provisioningState: 'Succeeded',
  computeId: null,
};
const ranProperties = {
  owner: 'mail',
  _azureml: 'kept',
  'azureml.git.dirty': 'False',
  '_azureml.Compute': 'x',
  'mlflow.source.git.commit': '9c1e2b7',
  runSource: 'MFE',
  runType: 'HTTP',
  ContentSnapshotId: 'c',
};
const ranTags = {
  team: 'mail',
  'azureml.x': 'y',
  'mlflow.user': 'ann',
  stewardId: 'theirs',
  'steward.template': 'train-spam',
  'steward.training': '2',
};
const ours = {
  displayName: 'Training of spam (stw-1-t3-a1)',
  tags: {
    team: 'mail',
    'steward.training': '3',
    'steward.source': 'train-1',
    'steward.commit': '9c1e2b7',
    'steward.tree': 'clean',
    stewardId: 'ours',
  },
  properties: { owner: 'mail', _azureml: 'kept', 'azureml.git.dirty': 'False', 'mlflow.source.git.commit': '9c1e2b7' },
};

describe('a training cloned from a command job', () => {
  const source = {
    ...written,
    jobType: 'Command',
    command: 'node train.js',
    environmentId: 'azureml:node@latest',
    codeId: `${workspace}/codes/train/versions/1`,
    displayName: 'train spam',
    experimentName: 'spam',
    queueSettings: { jobTier: 'Spot' },
    resources: { instanceCount: 2 },
    tags: ranTags,
    properties: ranProperties,
    inputs: {
      mails: { jobInputType: 'uri_file', uri: 'azureml:mails:1', mode: 'Download' },
      base: { jobInputType: 'custom_model', uri: 'azureml:mails:1' },
      words: { jobInputType: 'uri_folder', uri: 'azureml://datastores/d/paths/words' },
      rate: { jobInputType: 'literal', value: '0.1' },
    },
    outputs: {
      model: { jobOutputType: 'custom_model', mode: 'Upload', uri: 'azureml://datastores/d/paths/azureml/train-1/model/' },
      report: { jobOutputType: 'uri_folder', uri: 'azureml://datastores/reports/paths/spam' },
      log: { jobOutputType: 'uri_folder', uri: 'azureml://x/ExperimentRun/dcid.train-1/log' },
      more: null,
    },
  }; // prettier-ignore

  test('is what was asked for, on the data that was pinned, and nothing of its run', () => {
    const environments = new Map([['azureml:node@latest', `${workspace}/environments/node/versions/7`]]);
    expect(bodyOf(source, [pin('mails', '2')], environments)).toEqual({
      ...ours,
      jobType: 'Command',
      command: 'node train.js',
      environmentId: `${workspace}/environments/node/versions/7`,
      codeId: `${workspace}/codes/train/versions/1`,
      experimentName: 'spam',
      queueSettings: { jobTier: 'Spot' },
      resources: { instanceCount: 2 },
      inputs: { ...source.inputs, mails: { jobInputType: 'uri_file', uri: 'azureml:mails:2', mode: 'Download' } },
      outputs: {
        model: { jobOutputType: 'custom_model', mode: 'Upload' },
        report: { jobOutputType: 'uri_folder', uri: 'azureml://datastores/reports/paths/spam' },
        log: { jobOutputType: 'uri_folder' },
        more: null,
      },
    });
  });

  test('is refused when its source lacks what was pinned, or has something else there', () => {
    expect(() => bodyOf(source, [pin('mails', '2'), pin('letters', '1'), pin('base', '1')])).toThrow(
      'train-1 has no data as its inputs letters, base (any more)',
    );
  });

  test.each([
    ['a job of a name that occurs in a path', 'azureml://datastores/d/paths/train-10/model'],
    ['a folder of the team', 'azureml://datastores/d/paths/results/model'],
  ])('keeps the place of an output in %s', (_, uri) => {
    const outputs = { model: { jobOutputType: 'custom_model', uri } };
    expect(bodyOf({ jobType: 'Command', outputs }, [])).toMatchObject({ outputs });
  });
});

describe('a training cloned from a pipeline', () => {
  const source = {
    ...written,
    jobType: 'Pipeline',
    experimentName: 'spam',
    displayName: 'train spam',
    tags: ranTags,
    properties: ranProperties,
    settings: { default_compute: `${workspace}/computes/cpu`, continue_on_step_failure: false },
    sourceJobId: null,
    inputs: { mails: { jobInputType: 'uri_file', uri: `${workspace}/data/mails/versions/1` } },
    outputs: { model: { jobOutputType: 'mlflow_model', uri: 'azureml://datastores/d/paths/azureml/8f2b/model/' } },
    jobs: {
      clean: {
        name: 'clean',
        type: 'command',
        componentId: `${workspace}/components/clean/versions/1`,
        inputs: {
          mails: { job_input_type: 'literal', value: '${{parent.inputs.mails}}' },
          words: { job_input_type: 'uri_folder', uri: 'azureml:mails:1', mode: 'ReadOnlyMount' },
          stop: 'x',
        },
        outputs: { cleaned: { job_output_type: 'uri_folder', uri: 'azureml://datastores/d/paths/azureml/8f2b/cleaned/' } },
        _source: 'REMOTE.WORKSPACE.COMPONENT',
      },
      train: { type: 'command', outputs: { model: { type: 'literal', value: '${{parent.outputs.model}}' } } },
    },
  }; // prettier-ignore

  test('pins outer inputs and those of its nodes, and runs every step anew', () => {
    const { clean, train } = source.jobs;
    expect(bodyOf(source, [pin('mails', '2'), pin('clean.words', '3')])).toEqual({
      ...ours,
      jobType: 'Pipeline',
      experimentName: 'spam',
      settings: { ...source.settings, force_rerun: true },
      inputs: { mails: { jobInputType: 'uri_file', uri: 'azureml:mails:2' } },
      outputs: { model: { jobOutputType: 'mlflow_model' } },
      jobs: {
        clean: {
          ...clean,
          inputs: {
            ...clean.inputs,
            words: { job_input_type: 'uri_folder', uri: 'azureml:mails:3', mode: 'ReadOnlyMount' },
          },
          outputs: { cleaned: { job_output_type: 'uri_folder' } },
        },
        train,
      },
    });
  });

  test('without settings of its own runs every step anew as well', () => {
    expect(bodyOf({ jobType: 'Pipeline', settings: null }, [])).toMatchObject({ settings: { force_rerun: true } });
  });
});

describe('a training cloned from a job of another kind', () => {
  test('pins the tables of AutoML, which has no inputs', () => {
    const table = { jobInputType: 'mltable', uri: 'azureml:mails:1' };
    const taskDetails = { taskType: 'Classification', trainingData: table, testData: null };
    expect(bodyOf({ jobType: 'AutoML', taskDetails }, [pin('trainingData', '2')])).toMatchObject({
      taskDetails: { taskType: 'Classification', trainingData: { ...table, uri: 'azureml:mails:2' }, testData: null },
    });
  });

  /** As public runs of both kinds show them: the one as properties, the other as tags. */
  const triedProperties = {
    best_child_run_id: 'train-1_3', best_data_container_id: 'dcid.train-1_3', best_metric_status: 'Succeeded', score: '0.75',
    primary_metric_config: '{}', resume_from: 'null', runTemplate: 'HyperDrive', platform: 'AML', space_size: '9',
    user_agent: 'Hyperdrive.Service', 'azureml.runsource': 'hyperdrive',
  }; // prettier-ignore
  const triedTags = {
    automl_best_child_run_id: 'train-1_3', model_explain_best_run_child_id: 'train-1_3', model_explain_run: 'best_run',
    score_000: '0.9;0.8', pipeline_id_000: '5dfa;c7af',
  }; // prettier-ignore

  test.each(['Sweep', 'AutoML'])('of many children says nothing of what was best in the old run: %s', (jobType) => {
    const given = { tags: { ...ranTags, ...triedTags }, properties: { ...ranProperties, ...triedProperties } };
    const { tags, properties } = bodyOf({ jobType, ...given }, []);
    expect({ tags, properties }).toEqual({ tags: ours.tags, properties: ours.properties });
  });

  test('of many children keeps the tags of its team', () => {
    const tags = { resnet_101: 'yes', batch_128: '1', score: 'high', platform: 'x86', best_effort: 'no' };
    expect(bodyOf({ jobType: 'Sweep', tags }, [])).toMatchObject({ tags });
  });

  test('that tries one thing keeps what its team calls by the same names', () => {
    const theirs = { jobType: 'Command', tags: { score_000: '1' }, properties: { platform: 'x86', score: '1' } };
    expect(bodyOf(theirs, [])).toMatchObject({ tags: theirs.tags, properties: theirs.properties });
  });

  test('pins the environment of the trial that a sweep repeats', () => {
    const trial = { command: 'node train.js', environmentId: 'azureml:node' };
    expect(bodyOf({ jobType: 'Sweep', trial }, [], new Map([['azureml:node', 'azureml:node:7']]))).toMatchObject({
      trial: { command: 'node train.js', environmentId: 'azureml:node:7' },
    });
  });
});

const asRead = (properties: Record<string, unknown>) => readJob.parse({ name: 'stw-1-t3-a1', properties });

/** Of clones of clones; `kept`: what the service keeps of the properties that a body brings. */
function commitAfter(properties: Record<string, string>, times: number, kept: object = {}): string | undefined {
  let source = asRead({ jobType: 'Command', properties });
  for (let time = 1; time <= times; time += 1)
    source = asRead({ ...trainingBody(source, job([]), new Map()).properties, properties: kept });
  return commitOf(source);
}

describe('the commit of a clone', () => {
  test.each(['mlflow.source.git.commit', 'azureml.git.commit'])('is that of the job it was made from, however often: %s', (key) => {
    const told = { [key]: '9c1e2b7' };
    for (const kept of [{}, told])
      expect([0, 1, 2].map((times) => commitAfter(told, times, kept))).toEqual(['9c1e2b7', '9c1e2b7', '9c1e2b7']);
  });
  test('is not known where the job does not say it', () => {
    expect(commitAfter({}, 1)).toBeUndefined();
    expect(bodyOf({ jobType: 'Command' }, [])).not.toHaveProperty(['tags', 'steward.commit']);
  });
  test('is of the code that was submitted, whatever tag that copied', () => {
    const again = { jobType: 'Command', properties: { 'mlflow.source.git.commit': 'c0ffee1' }, tags: { 'steward.commit': '9c1e2b7' } };
    expect(bodyOf(again, [])).toMatchObject({ tags: { 'steward.commit': 'c0ffee1' } });
  });
  test('comes with the state of its work tree, and the worse of two that differ', () => {
    const clone = (properties: Record<string, string>) => asRead({ ...bodyOf({ jobType: 'Command', properties }, []), properties: {} });
    const trees = ['True', 'false', 'no'].map((dirty) => codeOf(clone({ 'azureml.git.dirty': dirty })).tree);
    expect([...trees, codeOf(clone({})).tree]).toEqual(['dirty', 'clean', undefined, undefined]);
    const told = asRead({ jobType: 'Command', properties: { 'azureml.git.dirty': 'False' }, tags: { 'steward.tree': 'dirty' } });
    expect(codeOf(told)).toEqual({ tree: 'dirty' });
  });
  test('is no longer than a tag may be', () => {
    const tags = { 'steward.commit': expect.stringMatching(/^.{256}$/) };
    expect(bodyOf({ jobType: 'Command', properties: { 'azureml.git.commit': 'c'.repeat(300) } }, [])).toMatchObject({ tags });
  });
}); // prettier-ignore

test.each([
  [{ environmentId: 'azureml:node:1' }, ['azureml:node:1']],
  [{ environmentId: null, trial: { environmentId: 'azureml:node@latest' } }, ['azureml:node@latest']],
  [{ jobType: 'Pipeline' }, []],
])('the environments that a job names itself: %j', (properties, environments) => {
  expect(environmentsOf(readJob.parse({ name: 'train-1', properties }))).toEqual(environments);
});

const given = (...uris: string[]) => {
  const inputs = Object.fromEntries(uris.map((uri, n) => [`in${n}`, { jobInputType: 'uri_file', uri }]));
  return exactPins(dataInputs(bareJob(readJob.parse({ name: 'x', properties: { inputs } }))));
};

test('what a job was given is known only when all of its data is at a version', () => {
  expect(given('azureml:mails:1')).toEqual([pin('in0', '1')]);
  expect(given()).toEqual([]);
  for (const unknown of ['azureml:mails@latest', 'azureml://datastores/d/paths/x', 'azureml://registries/r/data/d/versions/1'])
    expect(given('azureml:mails:1', unknown)).toBeUndefined();
}); // prettier-ignore
