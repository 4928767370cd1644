import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { azureOf, type Azure, type Body } from '../../../demo/azure.ts';
import { sendRequests, type Clients, type MailSet } from '../../../demo/clients.ts';
import type { Endpoint, Mischief, Workspace } from '../../../emulator/world.ts';
import type { ModelDetail } from '../../../src/lib/history.ts';
import { eventually } from './eventually.ts';
import type { Stack } from './stack.ts';

const MODEL_CODE = new URL('../model/', import.meta.url).pathname;
/** Rows are 0..199, those above 100 are positive: a model is right on all rows when its own number is 100. */
const ROWS = 200;
export const GOOD = { above: 100 };
export const WORSE = { above: 20 };
export const FAIR = { above: 120 };

/** All there is to a tiny model: see model/score.js and model/evaluate.js. */
export interface TinyModel {
  readonly above: number;
  /** Live requests hold numbers up to 999, the holdout none above 199. */
  readonly failsFrom?: number;
  /** From there on live requests get the other label. */
  readonly turnsFrom?: number;
  readonly neverStarts?: boolean;
  /** As a batch deployment it completes and leaves nothing: see model/scoreBatch.js. */
  readonly writesNothing?: boolean;
}

/** A team with one model on one endpoint: version 1, a fair one unless said otherwise, serves all traffic as deployment `first`. */
export interface Team {
  readonly model: string;
  readonly environment: string;
  readonly azure: Azure;
  readonly endpoint: Endpoint;
  /** Whose mails to look at. */
  readonly address: string;
  policy(rollout: string): string;
  /** By hand; a version that a job left is known by the job's name. `person`: display name of who is signed in. */
  register(version: string, model: TinyModel | { readonly job: string }, person?: string): Promise<void>;
  /** Moves traffic by hand, as a person does in the portal: the whole endpoint is written back, tags and all. */
  moveTraffic(traffic: Readonly<Record<string, number>>): Promise<void>;
  /** Live requests, each virtual minute: numbers up to 999, or those that a training's first data lacks. */
  sendRequests(perMinute: number, set?: MailSet): Clients;
  /** As the app tells it. */
  status(): Promise<ModelDetail>;
  command(name: string, order?: Readonly<Record<string, unknown>>): Promise<{ status: number; body: unknown }>;
}

/** Straight to all traffic, no bake: for scenarios in which nobody uses the model. */
export const AT_ONCE = '{ steps: [100%], bake: 0m, watch: 1m, keepPrevious: 24h }';
/** Half of the traffic first. A loaded machine is slow for both, so latency is given room. */
export const BY_CANARY =
  '{ steps: [50%, 100%], bake: 5m, watch: 5m, keepPrevious: 24h, canary: { settle: 3m, minRequests: 20, negligible: 20%, latency: +900% } }';

export interface TeamOptions {
  readonly workspace?: string;
  /** Names are taken for all workspaces of a region. */
  readonly endpoint?: string;
  /** Makes version 1: the job that left it. Without it one is made by hand. */
  readonly first?: (azure: Azure) => Promise<string>;
  /** Of the deployment that serves, on top of the usual ones. */
  readonly serving?: Readonly<Record<string, unknown>>;
  /** Further lines of the policy. */
  readonly lines?: string;
}

export async function aTeam(stack: Stack, model: string, options: TeamOptions = {}): Promise<Team> {
  const { workspace = 'ml-prod', endpoint: name = `${model}-online`, first, serving = {}, lines = '' } = options;
  const here = stack.workspace(workspace);
  const azure = azureOf(stack.world, here);
  const environment = workspace.replace(/^ml-/, '');
  await ready(stack, azure);
  const register = registering(stack, azure, model, here);
  await register('1', first ? { job: await first(azure) } : FAIR);
  const endpoint = await serveFirst(azure, { model, name, serving }, () => here.endpoints.get(name));
  await evaluateOnce(azure, model);
  return {
    model, environment, azure, endpoint, register, address: `${model}@example.com`,
    policy: (rollout) => `steward: 1
model: ${model}
owners: [${model}@example.com]
environments:
  ${environment}: { workspace: ${workspace}, endpoint: ${name} }
evaluation: { job: evaluate-tiny, data: holdout }
gate: { metric: accuracy, better: higher }
rollout: ${rollout}
${lines}`,
    async moveTraffic(traffic) {
      const { body } = await azure.get(`/onlineEndpoints/${name}`);
      const { authMode } = { authMode: 'Key', ...body.properties };
      const { location, identity, tags } = body;
      await azure.put(`/onlineEndpoints/${name}`, { location, identity, tags, properties: { authMode, traffic } });
      await azure.until(`/onlineEndpoints/${name}`, succeeded);
    },
    sendRequests: (perMinute, first = 'live') => sendRequests(stack.world, endpoint, liveIn(stack), { perMinute, first }),
    status: () => stack.model(environment, model),
    command: (command, order = {}) =>
      stack.ask(`/api/models/${environment}/${model}/${command}`, { actor: 'ann', reason: 'a scenario', ...order }),
  };
} // prettier-ignore

/** Registers versions of a model by hand. */
export function registering(stack: Stack, azure: Azure, model: string, here?: Workspace): Team['register'] {
  return async (version, made, person) => {
    const properties = 'job' in made ? leftBy(made.job) : await uploaded(stack, azure, `models/${model}/${version}`, made);
    const by = here && person ? azureOf(stack.world, here, person) : azure;
    await by.put(`/models/${model}/versions/${version}`, { properties: { modelType: 'custom_model', ...properties } });
  };
} // prettier-ignore

export const succeeded = ({ properties }: Body): boolean => properties?.['provisioningState'] === 'Succeeded';

function leftBy(jobName: string): Record<string, string> {
  return { jobName, modelUri: `azureml://jobs/${jobName}/outputs/model/paths/` };
}

async function uploaded(stack: Stack, azure: Azure, folder: string, model: TinyModel): Promise<Record<string, string>> {
  const place = await uploadText(stack, azure, `${folder}/model.json`, JSON.stringify(model));
  return { modelUri: place.replace(/\/model\.json$/, '') };
}

export async function uploadText(stack: Stack, azure: Azure, path: string, text: string): Promise<string> {
  const file = join(stack.folder, path.replaceAll('/', '-'));
  writeFileSync(file, text);
  return azure.upload(file, path);
}

/** Code, environment and data of a workspace, once. */
export async function ready(stack: Stack, azure: Azure): Promise<void> {
  if ((await azure.get('/environments/node/versions/1')).status === 200) return;
  const codeUri = await azure.upload(MODEL_CODE.replace(/\/$/, ''), 'code/tiny');
  await azure.put('/codes/tiny/versions/1', { properties: { codeUri } });
  const rows = Array.from({ length: ROWS }, (_, x) => JSON.stringify({ id: x, x, label: x > GOOD.above }));
  const dataUri = await uploadText(stack, azure, 'data/holdout.ndjson', rows.join('\n'));
  await azure.put('/data/holdout/versions/1', { properties: { dataType: 'uri_file', dataUri } });
  await azure.put('/environments/node/versions/1', { properties: { image: 'docker.io/library/node:24' } });
  const live = Array.from({ length: 1000 }, (_, n) => (n * 37) % 1000);
  writeFileSync(liveIn(stack).live.path, asked(live));
  writeFileSync(liveIn(stack).liveFamiliar.path, asked(live.filter((x) => x < ROWS)));
  writeFileSync(liveIn(stack).liveNewer.path, asked(live.filter((x) => x >= ROWS)));
}

/** What people ask, as the demo's clients read it. */
function asked(numbers: readonly number[]): string {
  return numbers.map((x) => JSON.stringify({ text: String(x), label: String(x > GOOD.above) })).join('\n');
}

function liveIn({ folder }: Stack) {
  const file = (name: string) => ({ path: join(folder, `${name}.ndjson`) });
  return { live: file('live'), liveFamiliar: file('familiar'), liveNewer: file('newer') };
}

interface FirstServed {
  readonly model: string;
  readonly name: string;
  readonly serving: Readonly<Record<string, unknown>>;
}

async function serveFirst(azure: Azure, { model, name, serving }: FirstServed, made: () => Endpoint | undefined): Promise<Endpoint> {
  const path = `/onlineEndpoints/${name}`;
  const endpoint = { location: 'westeurope', identity: { type: 'SystemAssigned' }, properties: { authMode: 'Key' } };
  await azure.put(path, endpoint);
  await azure.until(path, succeeded);
  await azure.put(`${path}/deployments/first`, {
    location: 'westeurope',
    sku: { name: 'Default', capacity: 1 },
    properties: {
      endpointComputeType: 'Managed',
      model: `${azure.id}/models/${model}/versions/1`,
      codeConfiguration: { codeId: `${azure.id}/codes/tiny/versions/1`, scoringScript: 'score.js' },
      environmentId: `${azure.id}/environments/node/versions/1`,
      instanceType: 'Standard_DS3_v2',
      requestSettings: { requestTimeout: 'PT30S', maxConcurrentRequestsPerInstance: 50 },
      ...serving,
    },
  });
  await azure.until(`${path}/deployments/first`, succeeded);
  await azure.put(path, { ...endpoint, properties: { ...endpoint.properties, traffic: { first: 100 } } });
  await azure.until(path, succeeded);
  const found = made();
  if (!found) throw new Error(`there is no endpoint ${name}`);
  return found;
} // prettier-ignore

/** The team's evaluation job, run once by hand and tagged: the template that Steward clones. */
export async function evaluateOnce(azure: Azure, model: string): Promise<void> {
  const name = 'evaluate-tiny-template';
  if ((await azure.get(`/jobs/${name}`)).status === 200) return;
  const version = { jobInputType: 'custom_model', uri: `azureml:${model}:1`, mode: 'ReadOnlyMount' };
  await runJob(azure, name, {
    jobType: 'Command',
    experimentName: 'tiny',
    command: 'node evaluate.js --champion ${{inputs.champion}} --challenger ${{inputs.challenger}} --data ${{inputs.data}} --predictions ${{outputs.predictions}}',
    codeId: `${azure.id}/codes/tiny/versions/1`,
    environmentId: `${azure.id}/environments/node/versions/1`,
    computeId: `${azure.id}/computes/cpu`,
    inputs: { champion: version, challenger: version, data: { jobInputType: 'uri_file', uri: 'azureml:holdout:1', mode: 'ReadOnlyMount' } },
    outputs: { predictions: { jobOutputType: 'uri_file', mode: 'ReadWriteMount' } },
    tags: { 'steward.template': 'evaluate-tiny' },
  });
} // prettier-ignore

/** Answers the name of the job, which has completed. */
export async function runJob(azure: Azure, name: string, properties: Readonly<Record<string, unknown>>): Promise<string> {
  await azure.put(`/jobs/${name}`, { properties });
  const ended = await azure.until(`/jobs/${name}`, ({ properties: { status } = {} }) =>
    ['Completed', 'Failed', 'Canceled'].includes(String(status)),
  );
  if (ended.properties?.['status'] !== 'Completed') throw new Error(`the job ${name} did not complete`);
  return name;
} // prettier-ignore

/** Publishes the teams' policies and waits until the app, which keeps what it read for a while, goes by them. */
export async function published(
  stack: Stack,
  rollout: string,
  ...teams: readonly Pick<Team, 'policy' | 'status'>[]
): Promise<void> {
  const { exitCode, output } = await stack.publish(...teams.map((team) => team.policy(rollout)));
  if (exitCode !== 0) throw new Error(output);
  await eventually(() => Promise.all(teams.map((team) => team.status())));
}

let mischiefs = 0;

/** The next `times` events of this kind meet it, after `skip` others. */
export function mischief(
  stack: Stack,
  event: Mischief['event'],
  kind: Mischief['kind'],
  { times = 1, ...more }: { readonly times?: number; readonly delayMs?: number; readonly skip?: number } = {},
): Mischief {
  const made: Mischief = { id: `mischief-${(mischiefs += 1)}`, event, kind, times, seen: 0, ...more };
  stack.world.mischief.push(made);
  return made;
}
