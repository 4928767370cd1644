import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Azure } from '../../../demo/azure.ts';
import type { Job } from '../../../emulator/world.ts';
import { jobPrefix } from '../../../src/lib/core/names.ts';
import { monitorOf, type Asked } from './monitor.ts';
import type { Stack } from './stack.ts';
import { aTeam, runJob, uploadText, type Team } from './team.ts';

/** What a version of the data teaches: the number that a model learns from it, or nothing, at which the job fails. */
export type Lesson = number | 'nothing';
/** What is in the first version: the world has moved on since, see the holdout. */
const OLD_LESSON = 120;
const ROWS = 200;
const ENABLED = { dataCollectionMode: 'Enabled' };

/** A team whose version 1 came from a job of its own, with a monitor that watches the endpoint. */
export interface TrainedTeam extends Team {
  /** The data asset that the job reads. */
  readonly data: string;
  readonly monitor: string;
  deliver(version: string, lesson: Lesson): Promise<void>;
  /** Runs the job that Steward clones, as a person or a schedule does, on that version of the data (a pipeline: the newest); answers when it has completed. */
  trainByHand(job: string, version: string): Promise<string>;
  /** Runs the monitor on what the endpoint was asked, or on what it would have been; answers the run when it has ended. */
  runMonitor(asked?: Asked): Promise<string>;
  /** From now on jobs of the team run until `letGo`. */
  hold(): void;
  letGo(): void;
  /** The jobs that Steward submitted to train, oldest first. */
  trainingJobs(): Job[];
}

export interface TrainedOptions {
  /** The policy's `training`, but for `from`. */
  readonly training: string;
  readonly workspace?: string;
  readonly endpoint?: string;
  /** A pipeline of two registered components instead of one command. */
  readonly pipeline?: boolean;
  readonly compute?: string;
  /** What the endpoint is asked is kept, and the job takes the data of this name: it learns from that as soon as there is any. */
  readonly asked?: string;
  /** Further lines of the policy. */
  readonly lines?: string;
}

/** One of each, by the name of its model, whose newer data is there to be learned from. */
export async function trainedTeams(stack: Stack, wanted: Readonly<Record<string, TrainedOptions>>): Promise<Record<string, TrainedTeam>> {
  const teams: Record<string, TrainedTeam> = {};
  for (const [name, options] of Object.entries(wanted)) {
    const team = await aTrainedTeam(stack, name, options);
    await team.deliver('2', 100);
    teams[name] = team;
  }
  return teams;
} // prettier-ignore

export async function aTrainedTeam(stack: Stack, model: string, options: TrainedOptions): Promise<TrainedTeam> {
  const { training, workspace = 'ml-prod', endpoint = `${model}-online`, pipeline = false, compute = 'cpu', asked, lines = '' } = options;
  const here = stack.workspace(workspace);
  const data = `${model}-rows`;
  const template = `train-${model}`;
  const until = join(stack.folder, `${template}-${workspace}`);
  const letGo = () => writeFileSync(until, '');
  letGo();
  const deliver = (azure: Azure, version: string, lesson: Lesson) => deliverRows(stack, azure, { data, version, lesson });
  const source: TrainingSource = { data, template, until, compute, version: '1', ...(asked !== undefined && { asked }) };
  const job = pipeline ? pipelineJob : commandJob;
  const team = await aTeam(stack, model, {
    workspace, endpoint,
    serving: { dataCollector: { collections: { request: { ...ENABLED, dataId: `azureml:${model}-served:1` }, ...(asked !== undefined && { model_inputs: ENABLED, model_outputs: ENABLED }) } } },
    lines: `training: { from: { job: ${template} }, ${training} }\n${lines}`,
    async first(azure) {
      await deliver(azure, '1', OLD_LESSON);
      await azure.put(`/data/${model}-served/versions/1`, { properties: { dataType: 'uri_folder', dataUri: `azureml://datastores/workspaceblobstore/paths/served/${model}/` } });
      if (asked !== undefined) await nothingAsked(stack, azure, asked);
      return runJob(azure, `${template}-first`, await job(azure, source));
    },
  });
  const monitor = await monitorOf(stack, { azure: team.azure, workspace: here, model, endpoint, data });
  return {
    ...team, data, letGo, monitor: monitor.name, runMonitor: (asked) => monitor.run(asked),
    deliver: (version, lesson) => deliver(team.azure, version, lesson),
    trainByHand: async (name, version) => runJob(team.azure, name, await job(team.azure, { ...source, version })),
    hold: () => existsSync(until) && rmSync(until),
    trainingJobs: () => [...here.jobs.values()].filter(({ name }) => name.startsWith(`${jobPrefix(team)}t`)),
  };
} // prettier-ignore

interface Delivery {
  readonly data: string;
  readonly version: string;
  readonly lesson: Lesson;
}

async function deliverRows(stack: Stack, azure: Azure, { data, version, lesson }: Delivery): Promise<void> {
  const above = lesson === 'nothing' ? -1 : lesson;
  const rows = Array.from({ length: ROWS }, (_, x) => JSON.stringify({ x, label: x > above }));
  const dataUri = await uploadText(stack, azure, `data/${data}/${version}.ndjson`, rows.join('\n'));
  await azure.put(`/data/${data}/versions/${version}`, { properties: { dataType: 'uri_file', dataUri } });
}

/** The first version, with which the job can be run before anything was asked. */
async function nothingAsked(stack: Stack, azure: Azure, asked: string): Promise<void> {
  const place = await uploadText(stack, azure, `data/${asked}/1/README`, 'Nothing was asked yet.');
  await azure.put(`/data/${asked}/versions/1`, { properties: { dataType: 'uri_folder', dataUri: place.replace(/README$/, '') } });
} // prettier-ignore

interface TrainingSource {
  readonly data: string;
  readonly template: string;
  readonly until: string;
  readonly compute: string;
  readonly version: string;
  readonly asked?: string;
}

/** `version` as `:1`, or `@latest`. */
function inputs({ data, until, asked }: TrainingSource, version: string) {
  return {
    data: { jobInputType: 'uri_file', uri: `azureml:${data}${version}`, mode: 'ReadOnlyMount' },
    until: { jobInputType: 'literal', value: until },
    ...(asked !== undefined && {
      asked: { jobInputType: 'uri_folder', uri: `azureml:${asked}:1`, mode: 'ReadOnlyMount' },
    }),
  };
}

const common = ({ template }: TrainingSource) => ({
  experimentName: 'tiny',
  outputs: { model: { jobOutputType: 'custom_model', mode: 'ReadWriteMount' } },
  tags: { 'steward.template': template, team: 'tiny' },
});

async function commandJob(azure: Azure, source: TrainingSource): Promise<Record<string, unknown>> {
  return {
    ...common(source),
    jobType: 'Command',
    codeId: `${azure.id}/codes/tiny/versions/1`,
    command: `node train.js --data \${{inputs.data}} --model \${{outputs.model}} --until \${{inputs.until}}${source.asked === undefined ? '' : ' --asked ${{inputs.asked}}'}`,
    environmentId: 'azureml:node@latest',
    computeId: `${azure.id}/computes/${source.compute}`,
    inputs: inputs(source, `:${source.version}`),
  };
}

function bound(value: string) {
  return { job_input_type: 'literal', value };
}

async function pipelineJob(azure: Azure, source: TrainingSource): Promise<Record<string, unknown>> {
  const component = async (name: string, command: string, ports: object) => {
    const [code, environment] = [`${azure.id}/codes/tiny/versions/1`, `${azure.id}/environments/node/versions/1`];
    const componentSpec = { name, version: '1', type: 'command', is_deterministic: true, command, code, environment, ...ports };
    return (await azure.put(`/components/${name}/versions/1`, { properties: { componentSpec } })).body.id;
  };
  const file = { type: 'uri_file' };
  const prepareId = await component('prepare', 'node prepare.js --data ${{inputs.data}} --prepared ${{outputs.prepared}}', { inputs: { data: file }, outputs: { prepared: file } });
  const trainId = await component('train', 'node train.js --data ${{inputs.data}} --model ${{outputs.model}} --until ${{inputs.until}}', {
    inputs: { data: file, until: { type: 'string' } }, outputs: { model: { type: 'custom_model' } },
  });
  return {
    ...common(source),
    jobType: 'Pipeline',
    settings: { default_compute: `${azure.id}/computes/${source.compute}` },
    inputs: inputs(source, '@latest'),
    jobs: {
      prepare: { type: 'command', componentId: prepareId, inputs: { data: bound('${{parent.inputs.data}}') } },
      train: {
        type: 'command', componentId: trainId, outputs: { model: { type: 'literal', value: '${{parent.outputs.model}}' } },
        inputs: { data: bound('${{parent.jobs.prepare.outputs.prepared}}'), until: bound('${{parent.inputs.until}}') },
      },
    },
  };
} // prettier-ignore
