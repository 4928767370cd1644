import { readFileSync, writeFileSync } from 'node:fs';
import type { DataSet, DataSets } from '../examples/spam-filter/data.js';
import { registerAssets, type Assets } from './assets.ts';
import { azureOf } from './azure.ts';
import { REQUESTS_A_MINUTE, sendRequests, type Clients } from './clients.ts';
import { ANN } from './people.ts';
import type { Place } from './place.ts';
import type { Cloud } from './stack.ts';
import { registerModel, runJob, runTemplate, serveFirst, trainJob, type Registered } from './team.ts';

const GUARD = 'mail-guard';

/** Another model of the team, which goes from dev over test to prod. */
export interface Chain {
  readonly dev: Place;
  readonly test: Place;
  readonly prod: Place;
  /** Trains version 2 in dev; returns the job that has the model. */
  train(): Promise<string>;
  /** Trains it, and Ann registers it there. */
  register(): Promise<Registered>;
}

/**
 * Version 1 serves all traffic in all three, trained in each. Dev and test have holdouts of their own; what prod needs besides is
 * there already.
 */
export async function setUpChain(cloud: Cloud, data: DataSets, inProd: Assets): Promise<Chain> {
  const [dev, test, prod] = [placeOf(cloud, 'dev'), placeOf(cloud, 'test'), placeOf(cloud, 'prod')];
  const [one, other] = halves(data.holdout);
  const [inDev] = await Promise.all([begin(dev, data, one), begin(test, data, other), first(prod, inProd)]);
  const train = () => runJob(dev.azure, jobName(2), trainJob(inDev, 'train2:1', 1));
  return {
    dev, test, prod, train,
    async register() {
      const began = performance.now();
      const job = await train();
      const version = await registerModel({ ...dev, azure: azureOf(cloud.world, dev.workspace, ANN.displayName) }, job);
      return { version, job, rows: data.train2.rows, tookMs: performance.now() - began };
    },
  };
} // prettier-ignore

function placeOf(cloud: Cloud, environment: 'dev' | 'test' | 'prod'): Place {
  const workspace = cloud.workspaceOf(`ml-${environment}`);
  const endpoint = environment === 'prod' ? GUARD : `${GUARD}-${environment}`;
  return { model: GUARD, environment, endpoint, workspace, azure: azureOf(cloud.world, workspace) };
}

/** People use it in prod; dev and test have no users. */
export function usersOf({ prod }: Chain, { world }: Cloud, data: DataSets, perMinute = REQUESTS_A_MINUTE): Clients {
  const endpoint = prod.workspace.endpoints.get(prod.endpoint);
  if (!endpoint) throw new Error(`There is no endpoint ${prod.endpoint}.`);
  return sendRequests(world, endpoint, data, { perMinute, first: 'live' });
}

async function begin(at: Place, data: DataSets, holdout: DataSet): Promise<Assets> {
  const assets = await registerAssets(at.azure, { ...data, holdout });
  await runTemplate(at, assets, await first(at, assets));
  return assets;
}

async function first(at: Place, assets: Assets): Promise<string> {
  const version = await registerModel(at, await runJob(at.azure, jobName(1), trainJob(assets, 'train1:1', 1)));
  await serveFirst(at, assets, version);
  return version;
}

function jobName(version: number): string {
  return `train-${GUARD}-${version}`;
}

/** Every other mail: no mail is in both. */
function halves({ path }: DataSet): [DataSet, DataSet] {
  const lines = readFileSync(path, 'utf8').trim().split('\n');
  return [halfOf(lines, path, 0), halfOf(lines, path, 1)];
}

function halfOf(lines: readonly string[], of: string, from: 0 | 1): DataSet {
  const own = lines.filter((_, i) => i % 2 === from);
  const path = of.replace(/\.ndjson$/, `-${from}.ndjson`);
  writeFileSync(path, `${own.join('\n')}\n`);
  const spam = own.filter((line) => (JSON.parse(line) as { readonly label: string }).label === 'spam').length;
  return { path, rows: own.length, ham: own.length - spam, spam };
}
