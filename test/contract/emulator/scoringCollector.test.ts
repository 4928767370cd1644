import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Endpoint } from '../../../emulator/world.ts';
import { containerOf, startTestEmulator, type TestEmulator } from '../../emulated.ts';
import { addCode, addDeployment, addEndpoint, addEnvironment, addVersion, collectedLines,  } from './runtimeWorld.ts'; // prettier-ignore

let emulator: TestEmulator;
let code: { environmentId: string; codeConfiguration: { codeId: string; scoringScript: string } };
let endpoints = 0;

const enabled = { dataCollectionMode: 'Enabled' };
const script = 'export async function run({ n, fail }) { if (fail) throw new Error("no"); return { twice: 2 * n }; }';

beforeAll(async () => {
  emulator = await startTestEmulator();
  const { world, workspace } = emulator;
  const codeId = await addCode(world, workspace, 'score', { 'score.mjs': script });
  code = { environmentId: addEnvironment(workspace), codeConfiguration: { codeId, scoringScript: 'score.mjs' } };
});
afterAll(() => emulator.stop());

async function served(dataCollector: unknown): Promise<Endpoint> {
  const endpoint = addEndpoint(emulator.workspace, `spam-${(endpoints += 1)}`);
  endpoint.properties['traffic'] = { blue: 100 };
  const blue = addDeployment(endpoint, 'blue', { ...code, dataCollector });
  await emulator.world.startDeployment(emulator.workspace, endpoint, blue);
  return endpoint;
}

async function ask(endpoint: Endpoint, body: string): Promise<void> {
  const url = `${emulator.world.origin}/endpoints/${endpoint.name}/score`;
  await fetch(url, { method: 'POST', headers: { authorization: 'Bearer first-key' }, body });
}

const lines = (path: string) => collectedLines(emulator.world, emulator.workspace, path);
const within = { timeout: 10_000, interval: 100 };

describe('a data collector', () => {
  it('keeps what was asked and answered, in lines of the documented form at the documented place', async () => {
    const endpoint = await served({ collections: { request: enabled, response: enabled } });
    for (const body of ['{"n": 1}', '{\n "n": 2 }', '{"n": 3, "fail": true}']) await ask(endpoint, body);
    const root = `modelDataCollector/${endpoint.name}/blue`;
    await expect.poll(() => lines(`${root}/response/`), within).toHaveLength(3);
    const [requests, answers] = [await lines(`${root}/request/`), await lines(`${root}/response/`)];
    expect(requests.map(({ line }) => line['data'])).toEqual([{ n: 1 }, { n: 2 }, { n: 3, fail: true }]);
    expect(answers.map(({ line }) => line['data'])).toEqual([{ twice: 2 }, { twice: 4 }, { error: 'no' }]);
    expect(requests.map(({ line }) => line['correlationid'])).toEqual(answers.map(({ line }) => line['correlationid']));
    const [{ line, blob }] = requests as [(typeof requests)[0]];
    expect(line).toMatchObject({
      specversion: '1.0',
      source: endpoint.deployments.get('blue')!.id,
      type: 'azureml.inference.request',
      datacontenttype: 'application/json',
      path: '/score',
      method: 'POST',
      contentrange: 'bytes 0-7/8',
    });
    const at = new Date(String(line['time'])).toISOString();
    expect(blob.slice(root.length)).toMatch(
      new RegExp(`^/request/${at.slice(0, 13).replaceAll(/[-T]/g, '/')}/[0-9a-f-]{36}\\.jsonl$`),
    );
  });

  it('registers what it collects as a data asset', async () => {
    const endpoint = await served({ collections: { model_inputs: enabled } });
    await ask(endpoint, '{"n": 1}');
    const name = `${endpoint.name}-blue-model_inputs`;
    await expect
      .poll(() => emulator.workspace.data.get(name)?.versions.get('1')?.properties, within)
      .toMatchObject({
        dataType: 'uri_folder',
        dataUri: `azureml://datastores/workspaceblobstore/paths/modelDataCollector/${endpoint.name}/blue/model_inputs`,
      });
  });

  it('keeps a share, spread evenly, and nothing where it is not enabled', async () => {
    const endpoint = await served({
      collections: { request: { ...enabled, samplingRate: 0.25 }, response: { dataCollectionMode: 'Disabled' } },
    });
    for (let n = 0; n < 40; n += 1) await ask(endpoint, JSON.stringify({ n }));
    const root = `modelDataCollector/${endpoint.name}/blue`;
    await expect.poll(async () => (await lines(`${root}/request/`)).length, within).toBeGreaterThanOrEqual(9);
    const kept = (await lines(`${root}/`)).map(({ line }) => (line['data'] as { n: number }).n);
    expect(kept.length).toBeLessThanOrEqual(11);
    expect(kept.filter((n) => n < 20).length).toBeGreaterThanOrEqual(4);
  });

  it('writes where its data asset points, by its rolling rate', async () => {
    const { url } = containerOf(emulator.world, emulator.workspace);
    const dataId = addVersion(emulator.workspace, 'data', 'served', { dataUri: `${url}/served/mails/` });
    const endpoint = await served({ collections: { request: { ...enabled, dataId } }, rollingRate: 'Day' });
    await ask(endpoint, '{"n": 1}');
    await expect.poll(() => lines('served/mails/'), within).toHaveLength(1);
    expect((await lines('served/mails/'))[0]?.blob).toMatch(/^served\/mails\/\d{4}\/\d\d\/\d\d\/[0-9a-f-]{36}\.jsonl$/);
  });

  it('says in the log of the deployment that its data asset does not exist, and serves all the same', async () => {
    const endpoint = await served({ collections: { request: { ...enabled, dataId: 'azureml:nobody:1' } } });
    await ask(endpoint, '{"n": 1}');
    await expect.poll(() => endpoint.deployments.get('blue')!.log, within).toContain('data nobody:1 does not exist');
    expect(emulator.world.served.at(-1)?.status).toBe(200);
  });
});
