import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildDataSets, type DataSets } from '../examples/spam-filter/data.js';
import type { Azure, Body } from './azure.ts';

export const MODEL = 'spam-filter';
export const ENDPOINT = 'spam-online';
const EXAMPLE = new URL('../examples/spam-filter/', import.meta.url).pathname;
const COMPUTE = '/computes/cpu';

/** The team that owns the model, working with Azure ML as data scientists do: no call here is Steward's. */
export interface Team {
  readonly data: DataSets;
  /** Trains on a data set; returns the job that has the model. */
  train(on: keyof DataSets): Promise<string>;
  /** Trains on a data set and registers the result; `scoring` names the code that this version must be served with. */
  register(
    trainOn: keyof DataSets,
    options?: { readonly scoring?: 'score' | 'score-regression'; readonly seed?: number },
  ): Promise<Registered>;
}

export interface Registered {
  readonly version: string;
  readonly job: string;
  readonly rows: number;
  /** Real milliseconds that the training job took, from submission to completion. */
  readonly tookMs: number;
}

interface Assets {
  readonly environmentId: string;
  readonly codeId: string;
  readonly computeId: string;
}

/** Sets the workspace up: code, environment, data, the evaluation template, version 1 serving all traffic. */
export async function setUpTeam(azure: Azure, folder: string): Promise<Team & { readonly first: Registered }> {
  const data = buildDataSets(folder);
  const assets = await registerAssets(azure, data);
  let count = 0;
  const trainNext = (on: keyof DataSets, seed = 1) => {
    count += 1;
    return train(azure, assets, { name: `train-${MODEL}-${count}`, data: `${on}:1`, seed });
  };
  const register: Team['register'] = async (trainOn, { scoring, seed = 1 } = {}) => {
    const began = performance.now();
    const job = await trainNext(trainOn, seed);
    const version = await registerModel(azure, job, String(count), scoring);
    return { version, job, rows: data[trainOn].rows, tookMs: performance.now() - began };
  };
  const first = await register('train1');
  await serveFirst(azure, assets, first.version);
  await runTemplate(azure, assets, first.version);
  return { data, train: trainNext, register, first };
}

async function registerAssets(azure: Azure, data: DataSets): Promise<Assets> {
  const versioned = async (path: string, properties: Record<string, unknown>): Promise<string> =>
    (await azure.put(path, { properties })).body.id ?? '';
  const code = async (name: string, folder: string) =>
    versioned(`/codes/${name}/versions/1`, { codeUri: await azure.upload(join(EXAMPLE, folder), `code/${name}`) });
  const [codeId] = await Promise.all([
    code('spam-filter', 'code'),
    code('score', 'score'),
    code('score-regression', 'score-regression'),
  ]);
  const environmentId = await versioned('/environments/node/versions/1', { image: 'docker.io/library/node:24' });
  for (const [name, set] of Object.entries(data)) {
    if (name === 'live') continue;
    const asset = name === 'holdout' ? 'spam-holdout' : name;
    const uri = await azure.upload(set.path, `data/${name}.ndjson`);
    await versioned(`/data/${asset}/versions/1`, { dataType: 'uri_file', dataUri: uri });
  }
  return { environmentId, codeId, computeId: `${azure.id}${COMPUTE}` };
}

/** Empty where the demo was not cloned with git. */
function gitCommit(): string {
  try {
    return execFileSync('git', ['rev-parse', 'HEAD'], { cwd: EXAMPLE, encoding: 'utf8', stdio: 'pipe' }).trim();
  } catch {
    return '';
  }
}

function jobBody(file: string, assets: Assets, values: Readonly<Record<string, string>>): unknown {
  const filled = { ...assets, gitCommit: gitCommit(), ...values };
  const text = readFileSync(join(EXAMPLE, 'jobs', file), 'utf8');
  return JSON.parse(Object.entries(filled).reduce((body, [key, value]) => body.replaceAll(`<${key}>`, value), text));
}

async function runJob(azure: Azure, name: string, body: unknown): Promise<string> {
  await azure.put(`/jobs/${name}`, body);
  const ended = await azure.until(`/jobs/${name}`, ({ properties }) =>
    ['Completed', 'Failed', 'Canceled'].includes(String(properties?.['status'])),
  );
  if (ended.properties?.['status'] !== 'Completed')
    throw new Error(`Job ${name} ended as ${String(ended.properties?.['status'])}`);
  return name;
}

function train(azure: Azure, assets: Assets, job: { name: string; data: string; seed: number }): Promise<string> {
  const body = jobBody('train.json', assets, { dataUri: `azureml:${job.data}` }) as {
    properties: { inputs: Record<string, unknown> };
  };
  body.properties.inputs['seed'] = { jobInputType: 'literal', value: String(job.seed) };
  return runJob(azure, job.name, body);
}

async function registerModel(azure: Azure, job: string, version: string, scoring: string | undefined): Promise<string> {
  const tags = scoring === undefined ? {} : { 'steward.scoring': `${scoring}:1` };
  await azure.put(`/models/${MODEL}/versions/${version}`, {
    properties: {
      modelType: 'custom_model',
      modelUri: `azureml://jobs/${job}/outputs/model/paths/`,
      jobName: job,
      tags,
    },
  });
  return version;
}

const ready = ({ properties }: Body): boolean => properties?.['provisioningState'] === 'Succeeded';

/** The first deployment is the team's own work: Steward adopts what it finds serving all traffic. */
async function serveFirst(azure: Azure, assets: Assets, version: string): Promise<void> {
  const endpoint = { location: 'westeurope', identity: { type: 'SystemAssigned' }, properties: { authMode: 'Key' } };
  await azure.put(`/onlineEndpoints/${ENDPOINT}`, endpoint);
  await azure.until(`/onlineEndpoints/${ENDPOINT}`, ready);
  await azure.put(`/onlineEndpoints/${ENDPOINT}/deployments/first`, {
    location: 'westeurope',
    sku: { name: 'Default', capacity: 1 },
    properties: {
      endpointComputeType: 'Managed',
      model: `${azure.id}/models/${MODEL}/versions/${version}`,
      codeConfiguration: { codeId: `${azure.id}/codes/score/versions/1`, scoringScript: 'score.js' },
      environmentId: assets.environmentId,
      instanceType: 'Standard_DS3_v2',
      requestSettings: { requestTimeout: 'PT30S', maxConcurrentRequestsPerInstance: 50 },
    },
  });
  await azure.until(`/onlineEndpoints/${ENDPOINT}/deployments/first`, ready);
  await azure.put(`/onlineEndpoints/${ENDPOINT}`, {
    ...endpoint,
    properties: { ...endpoint.properties, traffic: { first: 100 } },
  });
  await azure.until(`/onlineEndpoints/${ENDPOINT}`, ready);
}

/** Run once by hand, so that Steward has a completed job to clone. */
function runTemplate(azure: Azure, assets: Assets, version: string): Promise<string> {
  const model = `azureml:${MODEL}:${version}`;
  return runJob(azure, 'evaluate-spam-template', jobBody('evaluate.json', assets, { championUri: model, challengerUri: model, dataUri: 'azureml:spam-holdout:1' })); // prettier-ignore
}
