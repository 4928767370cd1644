import { z } from 'zod';
import type { DataSets } from '../examples/spam-filter/data.js';
import { filled, registerAssets, registerMails, type Assets } from './assets.ts';
import type { Azure, Body } from './azure.ts';
import type { Place } from './place.ts';

export const MODEL = 'spam-filter';
export const ENDPOINT = 'spam-online';
export const MONITOR = 'spam-monitor';
/** There is no such model before its first version. */
const nextVersion = z.string().default('1');
const DAY_MS = 86_400_000;

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
  /** The newer mails, labelled by people, become version 2 of the data that the pipeline trains on. Nothing is trained. */
  deliver(): Promise<{ readonly version: string; readonly rows: number }>;
}

export interface Registered {
  readonly version: string;
  readonly job: string;
  readonly rows: number;
  /** Real milliseconds that the training job took, from submission to completion. */
  readonly tookMs: number;
}

/** Sets the workspace up: code, environment, data, components, the evaluation template, the monitor, version 1 serving all traffic. */
export async function setUpTeam(at: Place, data: DataSets, now: Date): Promise<Team & { readonly first: Registered; readonly assets: Assets }> {
  const { azure } = at;
  const assets = await registerAssets(azure, data);
  let count = 0;
  const next = () => `train-${MODEL}-${(count += 1)}`;
  const train: Team['train'] = (on) => runJob(azure, next(), trainJob(assets, `${on}:1`, 1));
  const register: Team['register'] = async (trainOn, { scoring, seed = 1 } = {}) => {
    const began = performance.now();
    const job = await runJob(azure, next(), trainJob(assets, `${trainOn}:1`, seed));
    const version = await registerModel(at, job, scoring);
    return { version, job, rows: data[trainOn].rows, tookMs: performance.now() - began };
  };
  const first = await trainFirst(at, assets, next(), data);
  await serveFirst(at, assets, first.version, true);
  await Promise.all([runTemplate(at, assets, first.version), startMonitor(azure, assets, now)]);
  return {
    data, train, register, first, assets,
    async deliver() {
      await registerMails(azure, '2', data.train2.path);
      return { version: '2', rows: data.train2.rows };
    },
  };
} // prettier-ignore

export async function runJob(azure: Azure, name: string, body: unknown): Promise<string> {
  await azure.put(`/jobs/${name}`, body);
  const ended = await azure.until(`/jobs/${name}`, ({ properties }) =>
    ['Completed', 'Failed', 'Canceled'].includes(String(properties?.['status'])),
  );
  if (ended.properties?.['status'] !== 'Completed')
    throw new Error(`Job ${name} ended as ${String(ended.properties?.['status'])}`);
  return name;
}

/** By the pipeline that Steward will clone when the mails have changed. */
async function trainFirst(at: Place, assets: Assets, name: string, data: DataSets): Promise<Registered> {
  const began = performance.now();
  const job = await runJob(
    at.azure,
    name,
    filled('jobs/train-pipeline.json', { ...assets, mailsUri: 'azureml:mails:1' }),
  );
  const version = await registerModel(at, job);
  return { version, job, rows: data.train1.rows, tookMs: performance.now() - began };
}

export function trainJob(assets: Assets, data: string, seed: number): unknown {
  const body = filled('jobs/train.json', { ...assets, dataUri: `azureml:${data}` }) as {
    properties: { inputs: Record<string, unknown> };
  };
  body.properties.inputs['seed'] = { jobInputType: 'literal', value: String(seed) };
  return body;
}

/** Returns the version that it got. */
export async function registerModel({ azure, model }: Place, job: string, scoring?: string): Promise<string> {
  const tags = scoring === undefined ? {} : { 'steward.scoring': `${scoring}:1` };
  const { body } = await azure.get(`/models/${model}`);
  const version = nextVersion.parse(body.properties?.['nextVersion']);
  await azure.put(`/models/${model}/versions/${version}`, {
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
export async function serveFirst({ azure, model, endpoint: name }: Place, assets: Assets, version: string, collects = false): Promise<void> {
  const path = `/onlineEndpoints/${name}`;
  // Deployments that follow are made like this one, so all of them collect into the one data asset.
  const dataCollector = { collections: { request: { dataCollectionMode: 'Enabled', samplingRate: 0.4, dataId: assets.servedId } } };
  const endpoint = { location: 'westeurope', identity: { type: 'SystemAssigned' }, properties: { authMode: 'Key' } };
  await azure.put(path, endpoint);
  await azure.until(path, ready);
  await azure.put(`${path}/deployments/first`, {
    location: 'westeurope',
    sku: { name: 'Default', capacity: 1 },
    properties: {
      endpointComputeType: 'Managed',
      model: `${azure.id}/models/${model}/versions/${version}`,
      codeConfiguration: { codeId: `${azure.id}/codes/score/versions/1`, scoringScript: 'score.js' },
      environmentId: assets.environmentId,
      instanceType: 'Standard_DS3_v2',
      requestSettings: { requestTimeout: 'PT30S', maxConcurrentRequestsPerInstance: 50 },
      ...(collects ? { dataCollector } : {}),
    },
  });
  await azure.until(`${path}/deployments/first`, ready);
  await azure.put(path, {
    ...endpoint,
    properties: { ...endpoint.properties, traffic: { first: 100 } },
  });
  await azure.until(path, ready);
} // prettier-ignore

/** Run once by hand, so that Steward has a completed job to clone. */
export function runTemplate({ azure, model: name }: Place, assets: Assets, version: string): Promise<string> {
  const model = `azureml:${name}:${version}`;
  const values = { championUri: model, challengerUri: model, dataUri: 'azureml:spam-holdout:1' };
  return runJob(azure, 'evaluate-spam-template', filled('jobs/evaluate.json', { ...assets, ...values }));
}

/** Daily from tomorrow on; the act `drift` presses "run now". */
async function startMonitor(azure: Azure, assets: Assets, now: Date): Promise<void> {
  const values = {
    startTime: new Date(now.getTime() + DAY_MS).toISOString().slice(0, 19),
    deploymentId: `${azure.id}/onlineEndpoints/${ENDPOINT}/deployments/first`,
    servedUri: assets.servedId,
    mailsUri: 'azureml:mails:1',
    windowSize: 'PT3M',
  };
  await azure.put(`/schedules/${MONITOR}`, filled('jobs/monitor.json', { ...assets, ...values }));
}
