import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { containerOf, startTestEmulator, type TestEmulator } from '../../emulated.ts';
import { armClient, type ArmClient } from './armClient.ts';
import { addCode, addEnvironment, addVersion, upload } from './runtimeWorld.ts';

let emulator: TestEmulator;
let arm: ArmClient;
let environmentId: string;
let codeId: string;

/** Says what it was given; a mail with `fail` in it makes it throw. */
const script = `import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
let word;
export function init() { word = readFileSync(join(process.env.AZUREML_MODEL_DIR, 'word.txt'), 'utf8'); }
export function run(files) {
  return files.flatMap((file) => readFileSync(file, 'utf8').trim().split('\\n').map((line) => {
    if (line.includes('fail')) throw new Error('as it must');
    return [basename(file), line, word, process.env.GREETING].join(';');
  }));
}`;

const at = (place: string) => `azureml://datastores/workspaceblobstore/paths/${place}`;

beforeAll(async () => {
  emulator = await startTestEmulator({ pace: { endpointMs: 2_000, deploymentMs: 1_000, deleteMs: 1_000 } });
  const { world, workspace } = emulator;
  arm = armClient(world, workspace);
  await upload(world, workspace, { 'model/word.txt': 'spam', 'in/a.csv': 'one\ntwo\n', 'in/b.csv': 'three\n', 'bad/a.csv': 'fine\n', 'bad/b.csv': 'fail\n' }); // prettier-ignore
  addVersion(workspace, 'data', 'mails', { dataType: 'uri_folder', dataUri: at('in/') });
  addVersion(workspace, 'data', 'bad', { dataType: 'uri_folder', dataUri: at('bad/') });
  await arm.send('PUT', '/models/spam/versions/1', { properties: { modelUri: at('model/') } });
  codeId = await addCode(world, workspace, 'score', { 'score.mjs': script });
  environmentId = addEnvironment(workspace);
});
afterAll(() => emulator.stop());

const path = (name: string, below = '') => `/batchEndpoints/${name}${below}`;
const endpoint = (defaults?: object) => ({ location: 'westeurope', properties: { authMode: 'AADToken', ...(defaults && { defaults }) } }); // prettier-ignore
const deployment = (more: object = {}) => ({
  location: 'westeurope',
  properties: {
    model: { referenceType: 'Id', assetId: `${emulator.workspace.id}/models/spam/versions/1` },
    codeConfiguration: { codeId, scoringScript: 'score.mjs' },
    environmentId,
    environmentVariables: { GREETING: 'hello' },
    miniBatchSize: 1,
    retrySettings: { maxRetries: 0, timeout: 'PT30S' },
    ...more,
  },
});

/** Hands every answer on the way to `each`. */
async function settled(below: string, each: (properties: Record<string, unknown>) => void = () => {}): Promise<void> {
  const states: unknown[] = [];
  await vi.waitFor(async () => {
    const properties = (await arm.send('GET', below)).body['properties'] as unknown as Record<string, unknown>;
    states.push(properties);
    expect(properties).toMatchObject({ provisioningState: 'Succeeded' });
  }, 10_000);
  for (const seen of states) each(seen as Record<string, unknown>);
}

async function serving(name: string, ...deployments: readonly [string, object?][]): Promise<void> {
  expect((await arm.send('PUT', path(name), endpoint())).status).toBe(201);
  await settled(path(name));
  for (const [each, more] of deployments) {
    expect((await arm.send('PUT', path(name, `/deployments/${each}`), deployment(more))).status).toBe(201);
    await settled(path(name, `/deployments/${each}`));
  }
}

async function makeDefault(name: string, deploymentName: string): Promise<void> {
  expect((await arm.send('PUT', path(name), endpoint({ deploymentName }))).status).toBe(200);
  await settled(path(name));
}

async function invoke(
  name: string,
  properties: object,
  { deployment: asked, audience = 'https://ml.azure.com' }: { deployment?: string; audience?: string } = {},
) {
  const answer = await fetch(`${emulator.world.origin}/batch/${name}/jobs`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${emulator.world.tokens.issue(audience)?.token}`,
      'content-type': 'application/json',
      ...(asked !== undefined && { 'azureml-model-deployment': asked }),
    },
    body: JSON.stringify({ properties }),
  });
  return { status: answer.status, body: (await answer.json()) as { name: string; error?: { message: string } } };
}

const data = (name: string) => ({ InputData: { mails: { JobInputType: 'UriFolder', Uri: `${emulator.workspace.id}/data/${name}/versions/1` } } }); // prettier-ignore

async function ended(name: string): Promise<{ status: string; outputs: Record<string, { uri: string }> }> {
  return vi.waitFor(async () => {
    const { body } = await arm.send('GET', `/jobs/${name}`);
    const properties = body['properties'] as unknown as { status: string; outputs: Record<string, { uri: string }> };
    expect(['Completed', 'Failed', 'Canceled']).toContain(properties.status);
    return properties;
  }, 20_000);
}

async function textAt(uri: string, file: string): Promise<string> {
  const folder = uri.replace(/^azureml:\/\/.*\/paths\//, '').replace(/\/$/, '');
  const blob = containerOf(emulator.world, emulator.workspace).getBlobClient(`${folder}/${file}`);
  return (await blob.downloadToBuffer()).toString('utf8');
}

describe('a batch endpoint', () => {
  it('is made by the vendor client, and shows a new default when it has settled', async () => {
    await arm.sdk.batchEndpoints.beginCreateOrUpdateAndWait('rg', 'ml-prod', 'sdk-made', endpoint(), { updateIntervalInMs: 10 }); // prettier-ignore
    expect((await arm.send('PUT', path('sdk-made', '/deployments/blue'), deployment())).status).toBe(201);
    await settled(path('sdk-made', '/deployments/blue'));
    const asked = await arm.send('PUT', path('sdk-made'), endpoint({ deploymentName: 'blue' }));
    expect(asked.body['properties']).toMatchObject({ provisioningState: 'Updating', defaults: { deploymentName: 'blue' } }); // prettier-ignore
    await settled(path('sdk-made'), (properties) => expect('defaults' in properties).toBe(properties['provisioningState'] === 'Succeeded')); // prettier-ignore
    const found = await arm.sdk.batchEndpoints.get('rg', 'ml-prod', 'sdk-made');
    expect(found.properties).toMatchObject({
      defaults: { deploymentName: 'blue' },
      scoringUri: `${emulator.world.origin}/batch/sdk-made/jobs`,
    });
  });

  it('refuses writes while it is updated, and a default that is not there', async () => {
    await serving('busy', ['blue']);
    expect((await arm.send('PUT', path('busy'), endpoint({ deploymentName: 'green' }))).status).toBe(400);
    emulator.workspace.batchEndpoints.get('busy')!.state = 'Updating';
    expect((await arm.send('PUT', path('busy'), endpoint())).status).toBe(409);
    expect((await arm.send('PUT', path('busy', '/deployments/green'), deployment())).status).toBe(409);
    expect((await arm.send('DELETE', path('busy', '/deployments/blue'))).status).toBe(409);
  });

  it('keeps its default from being deleted; others go', async () => {
    await serving('kept', ['blue'], ['green']);
    await makeDefault('kept', 'blue');
    expect(await arm.send('DELETE', path('kept', '/deployments/blue'))).toMatchObject({ status: 400, body: { error: { code: 'UserError' } } }); // prettier-ignore
    expect((await arm.send('DELETE', path('kept', '/deployments/green'))).status).toBe(202);
    await vi.waitFor(async () => expect((await arm.send('GET', path('kept', '/deployments/green'))).status).toBe(404), 10_000); // prettier-ignore
    expect((await arm.send('DELETE', path('kept', '/deployments/green'))).status).toBe(204);
  });

  it('refuses a deployment of a pipeline component before there were any, and one of what is no such component', async () => {
    await serving('pipes');
    const componentId = { referenceType: 'Id', assetId: 'azureml:nothing:1' };
    const body = { location: 'westeurope', properties: { deploymentConfiguration: { deploymentConfigurationType: 'PipelineComponent', componentId } } }; // prettier-ignore
    // The vendor's client would put its own version into the address.
    const older = await fetch(`${emulator.world.origin}${emulator.workspace.id}${path('pipes', '/deployments/blue')}?api-version=2023-10-01`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${emulator.world.tokens.issue('https://management.azure.com')?.token}` },
      body: JSON.stringify(body),
    }); // prettier-ignore
    expect([older.status, await older.text()]).toEqual([400, expect.stringContaining('2023-10-01')]);
    const unknown = await arm.send('PUT', path('pipes', '/deployments/blue'), body);
    expect(unknown).toMatchObject({ status: 400, body: { error: { code: 'UserError' } } });
  });
});

describe('an invocation', () => {
  it('runs the default deployment over the files, as a job whose output lands in the blob store', async () => {
    await serving('runs', ['blue']);
    await makeDefault('runs', 'blue');
    const { status, body } = await invoke('runs', { ...data('mails'), tags: { who: 'test' } });
    expect(status).toBe(201);
    const job = await ended(body.name);
    expect(job).toMatchObject({ status: 'Completed', jobType: 'Pipeline', experimentName: 'runs', tags: { who: 'test' } });
    const rows = await textAt(job.outputs['score']!.uri, 'predictions.csv');
    expect(rows).toBe('a.csv;one;spam;hello\na.csv;two;spam;hello\nb.csv;three;spam;hello\n');
    expect(emulator.workspace.runs.get(body.name)).toMatchObject({ status: 'Completed', runType: 'azureml.PipelineRun' });
    expect((await arm.sdk.jobs.get('rg', 'ml-prod', body.name)).properties.status).toBe('Completed');
  }); // prettier-ignore

  it('runs another deployment by its header, at the place that it names, which must be empty', async () => {
    await serving('named', ['blue', { outputFileName: 'labels.txt' }]);
    const place = `${emulator.workspace.id}/datastores/workspaceblobstore/paths/tests/7`;
    const asked = { ...data('mails'), OutputData: { score: { JobOutputType: 'UriFile', Uri: place } } };
    expect((await invoke('named', asked)).status).toBe(404);
    const first = await ended((await invoke('named', asked, { deployment: 'blue' })).body.name);
    expect(first.status).toBe('Completed');
    expect(await textAt(`azureml://x/paths/tests/7`, 'labels.txt')).toContain('two');
    const second = await invoke('named', asked, { deployment: 'blue' });
    expect((await ended(second.body.name)).status).toBe('Failed');
    expect(emulator.workspace.runs.get(second.body.name)?.error?.message).toMatch(/holds something already/);
  });

  it('goes on past files that fail, up to the threshold', async () => {
    await serving('fails', ['lenient'], ['strict', { errorThreshold: 0 }]);
    const lenient = await ended((await invoke('fails', data('bad'), { deployment: 'lenient' })).body.name);
    expect(lenient.status).toBe('Completed');
    expect(await textAt(lenient.outputs['score']!.uri, 'predictions.csv')).toBe('a.csv;fine;spam;hello\n');
    const strict = await ended((await invoke('fails', data('bad'), { deployment: 'strict' })).body.name);
    expect(strict.status).toBe('Failed');
  });

  it('is refused with a token for something else, for data that is not there, and with two inputs', async () => {
    await serving('refuses', ['blue']);
    const asked = { deployment: 'blue' };
    expect((await invoke('refuses', data('mails'), { ...asked, audience: 'https://management.azure.com' })).status).toBe(401); // prettier-ignore
    expect((await invoke('refuses', data('nothing'), asked)).status).toBe(400);
    const two = { InputData: { ...data('mails').InputData, more: { JobInputType: 'Literal', Value: 'x' } } };
    expect((await invoke('refuses', two, asked)).status).toBe(400);
    expect((await invoke('refuses', { ...data('mails'), colour: 'red' }, asked)).status).toBe(400);
  });

  it('runs the pipeline of a component, whose output is a step’s', async () => {
    const shout = { name: 'shout', version: '1', type: 'command', code: `azureml:${codeId}`, environment: `azureml:${environmentId}`, command: 'node -e "fs.copyFileSync(process.argv[1], process.argv[2])" ${{inputs.mails}}/a.csv ${{outputs.loud}}/loud.txt', inputs: { mails: { type: 'uri_folder' } }, outputs: { loud: { type: 'uri_folder' } } }; // prettier-ignore
    await arm.send('PUT', '/components/shout/versions/1', { properties: { componentSpec: shout } });
    const node = { type: 'command', componentId: 'azureml:shout:1', inputs: { mails: { job_input_type: 'literal', value: '${{parent.inputs.mails}}' } }, outputs: { loud: { type: 'literal', value: '${{parent.outputs.score}}' } } }; // prettier-ignore
    const scoring = { name: 'scoring', version: '1', type: 'pipeline', inputs: { mails: { type: 'uri_folder' } }, outputs: { score: { type: 'uri_folder' } }, jobs: { shout: node } }; // prettier-ignore
    const made = await arm.send('PUT', '/components/scoring/versions/1', { properties: { componentSpec: scoring } });
    expect(made.status).toBe(201);
    await serving('piped');
    const componentId = { referenceType: 'Id', assetId: `${emulator.workspace.id}/components/scoring/versions/1` };
    const body = { location: 'westeurope', properties: { deploymentConfiguration: { deploymentConfigurationType: 'PipelineComponent', componentId, settings: { default_compute: 'cpu' } } } }; // prettier-ignore
    expect((await arm.send('PUT', path('piped', '/deployments/blue'), body)).status).toBe(201);
    await settled(path('piped', '/deployments/blue'));
    const { body: started } = await invoke('piped', data('mails'), { deployment: 'blue' });
    const job = await ended(started.name);
    expect(job.status).toBe('Completed');
    expect(await textAt(job.outputs['score']!.uri, 'loud.txt')).toBe('one\ntwo\n');
  });
});
