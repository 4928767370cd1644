import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Deployment, Endpoint } from '../../../emulator/world.ts';
import { startTestEmulator, type TestEmulator } from '../../emulated.ts';
import { addCode, addDeployment, addEndpoint, addEnvironment, addVersion, upload } from './runtimeWorld.ts';

let emulator: TestEmulator;
let environmentId: string;
let codeId: string;
let model: string;
let endpoints = 0;

const script = `
  import { readFileSync } from 'node:fs';
  let model;
  export async function init() {
    if (process.env.FAULT === 'init') throw new Error('no such model');
    if (process.env.FAULT === 'exit') process.exit(7);
    if (process.env.FAULT === 'hang') await new Promise(() => {});
    model = JSON.parse(readFileSync(process.env.AZUREML_MODEL_DIR + '/model.json', 'utf8'));
  }
  export async function run(body) {
    if (body.fail) throw new Error('cannot read this mail');
    if (body.die) process.exit(9);
    if (body.waitMs) await new Promise((resolve) => setTimeout(resolve, body.waitMs));
    return { echo: body, model: model.name, who: process.env.WHO };
  }`;

beforeAll(async () => {
  emulator = await startTestEmulator();
  const { world, workspace } = emulator;
  environmentId = addEnvironment(workspace);
  codeId = await addCode(world, workspace, 'score', { 'score.mjs': script });
  await upload(world, workspace, { 'azureml/train-1/model/model.json': '{"name":"one"}' });
  const modelUri = 'azureml://datastores/workspaceblobstore/paths/azureml/train-1/model/';
  model = addVersion(workspace, 'models', 'spam', { modelType: 'custom_model', modelUri });
});
afterAll(() => emulator.stop());

async function served(
  names: Record<string, Record<string, unknown>>,
  properties: Record<string, unknown> = {},
): Promise<Endpoint> {
  const endpoint = addEndpoint(emulator.workspace, `spam-${(endpoints += 1)}`);
  Object.assign(endpoint.properties, properties);
  for (const [name, more] of Object.entries(names)) await deployed(endpoint, name, more);
  return endpoint;
}

async function deployed(endpoint: Endpoint, name: string, more: Record<string, unknown> = {}): Promise<Deployment> {
  const deployment = addDeployment(endpoint, name, {
    model,
    environmentId,
    codeConfiguration: { codeId, scoringScript: 'score.mjs' },
    environmentVariables: { WHO: name },
    ...more,
  });
  await emulator.world.startDeployment(emulator.workspace, endpoint, deployment);
  return deployment;
}

function ask(endpoint: Endpoint, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${emulator.world.origin}/endpoints/${endpoint.name}/score`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: 'Bearer first-key', ...headers },
    body: JSON.stringify(body),
  });
}

function servedBy(endpoint: Endpoint) {
  return emulator.world.served.filter((request) => request.endpoint === endpoint.name);
}

describe('a deployment', () => {
  it('answers with its model, its script and its environment', async () => {
    const endpoint = await served({ blue: {} }, { traffic: { blue: 100 } });
    const answer = await ask(endpoint, { text: 'hello' });
    expect(endpoint.deployments.get('blue')!.state).toBe('Succeeded');
    expect(answer.status).toBe(200);
    expect(answer.headers.get('azureml-model-deployment')).toBe('blue');
    expect(await answer.json()).toEqual({ echo: { text: 'hello' }, model: 'one', who: 'blue' });
  });

  it.each([
    { case: 'init() throws', more: { environmentVariables: { FAULT: 'init' } }, log: 'no such model' },
    { case: 'its process ends', more: { environmentVariables: { FAULT: 'exit' } }, log: 'exit code 7' },
    {
      case: 'its script is missing',
      more: { codeConfiguration: { codeId: '', scoringScript: 'none.mjs' } },
      log: 'none.mjs',
    },
    { case: 'its model is not stored', more: { model: 'azureml:spam:99' }, log: 'spam:99' },
    { case: 'it has no code', more: { codeConfiguration: null }, log: 'codeConfiguration' },
  ])('fails, and its log says why, when $case', async ({ more, log }) => {
    const given = more.codeConfiguration;
    const endpoint = addEndpoint(emulator.workspace, `fails-${(endpoints += 1)}`);
    const deployment = await deployed(endpoint, 'blue', {
      ...more,
      ...(given && { codeConfiguration: { ...given, codeId } }),
    });
    expect(deployment.state).toBe('Failed');
    expect(deployment.log).toContain(log);
  });

  it('is Failed once its process dies, and the front says so', async () => {
    const endpoint = await served({ blue: {} }, { traffic: { blue: 100 } });
    expect((await ask(endpoint, { die: true })).status).toBe(424);
    await expect.poll(() => endpoint.deployments.get('blue')!.state).toBe('Failed');
    expect((await ask(endpoint, {})).status).toBe(503);
    expect(endpoint.deployments.get('blue')!.log).toContain('the process ended');
    await emulator.world.startDeployment(emulator.workspace, endpoint, endpoint.deployments.get('blue')!);
    expect((await ask(endpoint, {})).status).toBe(200);
  });

  it('is gone after it was stopped', async () => {
    const endpoint = await served({ blue: {} }, { traffic: { blue: 100 } });
    const blue = endpoint.deployments.get('blue')!;
    await emulator.world.stopDeployment(emulator.workspace, endpoint, blue);
    expect((await ask(endpoint, {})).status).toBe(503);
  });

  it('is given up when it is stopped before it was ready', async () => {
    const endpoint = addEndpoint(emulator.workspace, `hangs-${(endpoints += 1)}`);
    const starting = deployed(endpoint, 'blue', { environmentVariables: { FAULT: 'hang' } });
    await emulator.world.stopDeployment(emulator.workspace, endpoint, endpoint.deployments.get('blue')!);
    expect((await starting).state).toBe('Failed');
    expect((await starting).log).toContain('stopped while it was starting');
  });
});

describe('the front', () => {
  it('turns errors of the model into 424 and keeps the model’s own status', async () => {
    const endpoint = await served({ blue: {} }, { traffic: { blue: 100 } });
    const answer = await ask(endpoint, { fail: true });
    expect(answer.status).toBe(424);
    expect(await answer.json()).toEqual({ error: 'cannot read this mail' });
    expect(servedBy(endpoint)).toMatchObject([{ deployment: 'blue', status: 424, modelStatus: 500, live: true }]);
    expect(endpoint.deployments.get('blue')!.log).toContain('cannot read this mail');
  });

  it('answers 408 after requestTimeout, in real time, and measures it', async () => {
    const requestSettings = { requestTimeout: 'PT0.2S', maxConcurrentRequestsPerInstance: 4 };
    const endpoint = await served({ blue: { requestSettings } }, { traffic: { blue: 100 } });
    expect((await ask(endpoint, { waitMs: 2_000 })).status).toBe(408);
    expect(servedBy(endpoint)[0]!.durationMs).toBeGreaterThanOrEqual(199);
    expect(servedBy(endpoint)[0]!.durationMs).toBeLessThan(2_000);
  });

  it('lets twice the slots wait and refuses more with 429', async () => {
    const endpoint = await served({ blue: {} }, { traffic: { blue: 100 } });
    const answers = await Promise.all(Array.from({ length: 5 }, () => ask(endpoint, { waitMs: 300 })));
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 200, 429, 429, 429]);
  });

  it.each([
    { case: 'no key', headers: { authorization: '' }, status: 401 },
    { case: 'a wrong key', headers: { authorization: 'Bearer first-kez' }, status: 401 },
    { case: 'the secondary key', headers: { authorization: 'Bearer second-key' }, status: 200 },
    { case: 'an unknown deployment', headers: { 'azureml-model-deployment': 'green' }, status: 404 },
  ])('answers $status for $case', async ({ headers, status }) => {
    const endpoint = await served({ blue: {} }, { traffic: { blue: 100 } });
    expect((await ask(endpoint, {}, headers)).status).toBe(status);
  });

  it('answers 404 when no weight is positive, and for an endpoint that does not exist', async () => {
    const endpoint = await served({ blue: {} }, { traffic: { blue: 0 } });
    expect((await ask(endpoint, {})).status).toBe(404);
    expect((await ask({ ...endpoint, name: 'nobody' }, {})).status).toBe(404);
    expect(servedBy(endpoint)).toEqual([]);
  });

  it('reaches a deployment without weight by header, and does not call that live', async () => {
    const endpoint = await served({ blue: {}, green: {} }, { traffic: { blue: 100 } });
    const answer = await ask(endpoint, {}, { 'azureml-model-deployment': 'green' });
    expect(await answer.json()).toMatchObject({ who: 'green' });
    expect(servedBy(endpoint)).toMatchObject([{ deployment: 'green', live: false }]);
  });

  it('spreads by weight over a short window and mirrors a share beside it', async () => {
    const many = { requestSettings: { maxConcurrentRequestsPerInstance: 50 } };
    const endpoint = await served(
      { blue: many, green: many, shadow: many },
      { traffic: { blue: 90, green: 10 }, mirrorTraffic: { shadow: 20 } },
    );
    for (let at = 0; at < 100; at += 1) await ask(endpoint, {});
    await expect.poll(() => servedBy(endpoint).filter(({ deployment }) => deployment === 'shadow').length).toBe(20);
    const live = servedBy(endpoint).filter((request) => request.live);
    expect(live.length).toBe(100);
    expect(live.filter(({ deployment }) => deployment === 'green').length).toBe(10);
    expect(live.some(({ deployment }) => deployment === 'shadow')).toBe(false);
  });

  it('answers each of many requests at a time by itself', async () => {
    const many = { requestSettings: { maxConcurrentRequestsPerInstance: 50 } };
    const endpoint = await served({ blue: many, green: many }, { traffic: { blue: 50, green: 50 } });
    const worker = async (_: unknown, who: number) => {
      for (let at = 0; at < 25; at += 1) {
        expect(await (await ask(endpoint, { who, at })).json()).toMatchObject({ echo: { who, at } });
      }
    };
    await Promise.all(Array.from({ length: 8 }, worker));
    const byBlue = servedBy(endpoint).filter(({ deployment }) => deployment === 'blue').length;
    expect(servedBy(endpoint).length).toBe(200);
    expect(Math.abs(byBlue - 100)).toBeLessThanOrEqual(1);
  });
});
