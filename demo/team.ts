import { z } from 'zod';
import { buildDataSets, type DataSets } from '../examples/spam-filter/data.js';
import { filled, registerAssets, registerMails, type Assets } from './assets.ts';
import type { Azure, Body } from './azure.ts';

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
export async function setUpTeam(azure: Azure, folder: string, now: Date): Promise<Team & { readonly first: Registered }> {
  const data = buildDataSets(folder);
  const assets = await registerAssets(azure, data);
  let count = 0;
  const next = () => `train-${MODEL}-${(count += 1)}`;
  const train: Team['train'] = (on) => runJob(azure, next(), trainJob(assets, `${on}:1`, 1));
  const register: Team['register'] = async (trainOn, { scoring, seed = 1 } = {}) => {
    const began = performance.now();
    const job = await runJob(azure, next(), trainJob(assets, `${trainOn}:1`, seed));
    const version = await registerModel(azure, job, scoring);
    return { version, job, rows: data[trainOn].rows, tookMs: performance.now() - began };
  };
  const first = await trainFirst(azure, assets, next(), data);
  await serveFirst(azure, assets, first.version);
  await Promise.all([runTemplate(azure, assets, first.version), startMonitor(azure, assets, now)]);
  return {
    data, train, register, first,
    async deliver() {
      await registerMails(azure, '2', data.train2.path);
      return { version: '2', rows: data.train2.rows };
    },
  };
} // prettier-ignore

async function runJob(azure: Azure, name: string, body: unknown): Promise<string> {
  await azure.put(`/jobs/${name}`, body);
  const ended = await azure.until(`/jobs/${name}`, ({ properties }) =>
    ['Completed', 'Failed', 'Canceled'].includes(String(properties?.['status'])),
  );
  if (ended.properties?.['status'] !== 'Completed')
    throw new Error(`Job ${name} ended as ${String(ended.properties?.['status'])}`);
  return name;
}

/** By the pipeline that Steward will clone when the mails have changed. */
async function trainFirst(azure: Azure, assets: Assets, name: string, data: DataSets): Promise<Registered> {
  const began = performance.now();
  const job = await runJob(azure, name, filled('jobs/train-pipeline.json', { ...assets, mailsUri: 'azureml:mails:1' }));
  const version = await registerModel(azure, job, undefined);
  return { version, job, rows: data.train1.rows, tookMs: performance.now() - began };
}

function trainJob(assets: Assets, data: string, seed: number): unknown {
  const body = filled('jobs/train.json', { ...assets, dataUri: `azureml:${data}` }) as {
    properties: { inputs: Record<string, unknown> };
  };
  body.properties.inputs['seed'] = { jobInputType: 'literal', value: String(seed) };
  return body;
}

async function registerModel(azure: Azure, job: string, scoring: string | undefined): Promise<string> {
  const tags = scoring === undefined ? {} : { 'steward.scoring': `${scoring}:1` };
  const { body } = await azure.get(`/models/${MODEL}`);
  const version = nextVersion.parse(body.properties?.['nextVersion']);
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
      // Deployments that follow are made like this one, so all of them collect into the one data asset.
      dataCollector: { collections: { request: { dataCollectionMode: 'Enabled', samplingRate: 0.4, dataId: assets.servedId } } },
    },
  });
  await azure.until(`/onlineEndpoints/${ENDPOINT}/deployments/first`, ready);
  await azure.put(`/onlineEndpoints/${ENDPOINT}`, {
    ...endpoint,
    properties: { ...endpoint.properties, traffic: { first: 100 } },
  });
  await azure.until(`/onlineEndpoints/${ENDPOINT}`, ready);
} // prettier-ignore

/** Run once by hand, so that Steward has a completed job to clone. */
function runTemplate(azure: Azure, assets: Assets, version: string): Promise<string> {
  const model = `azureml:${MODEL}:${version}`;
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
