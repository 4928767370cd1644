import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { WorkspaceEvent } from '../../../emulator/world.ts';
import { startTestEmulator, type TestEmulator } from '../../emulated.ts';
import { armClient, type ArmClient } from './armClient.ts';

let emulator: TestEmulator;
let arm: ArmClient;
const events: WorkspaceEvent[] = [];

beforeAll(async () => {
  emulator = await startTestEmulator();
  arm = armClient(emulator.world, emulator.workspace);
  emulator.world.onEvent((event) => events.push(event));
});
afterAll(() => emulator.stop());

async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const found: Item[] = [];
  for await (const item of items) found.push(item);
  return found;
}

describe('what Azure Resource Manager checks first', () => {
  const refusals = [
    { what: 'no token', headers: {}, status: 401, code: 'AuthenticationFailed' },
    { what: 'a foreign token', headers: { authorization: 'Bearer a.b.c' }, status: 401, code: 'InvalidAuthenticationToken' },
    { what: 'a token for another resource', audience: 'https://storage.azure.com/', status: 401, code: 'InvalidAuthenticationTokenAudience' },
    { what: 'no api-version', query: '', audience: 'https://management.azure.com/', status: 400, code: 'MissingApiVersionParameter' },
    { what: 'an unknown api-version', query: '?api-version=2031-01-01', audience: 'https://management.azure.com/', status: 400, code: 'InvalidApiVersionParameter' },
  ]; // prettier-ignore
  it.each(refusals)('refuses $what', async ({ headers, audience, query = '?api-version=2024-10-01', status, code }) => {
    const { world, workspace } = emulator;
    const token = audience === undefined ? {} : { authorization: `Bearer ${world.tokens.issue(audience)?.token}` };
    const response = await fetch(`${world.origin}${workspace.id}${query}`, { headers: { ...headers, ...token } });
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ error: { code } });
  });

  it('takes ids in any casing and a doubled slash', async () => {
    const { world, workspace } = emulator;
    const id = workspace.id.replace('resourceGroups', 'resourcegroups').replace('workspaces', 'WORKSPACES');
    const { status, body } = await arm.send('GET', `${world.origin}/${id}`);
    expect([status, body['id']]).toEqual([200, workspace.id]);
  });

  it('says 404 for an unknown workspace and 405 for a wrong method', async () => {
    const { world, workspace } = emulator;
    const unknown = await arm.send('GET', `${world.origin}${workspace.id}-not`);
    expect([unknown.status, unknown.body.error?.code]).toEqual([404, 'ResourceNotFound']);
    const wrong = await arm.send('DELETE', '/models');
    expect([wrong.status, wrong.body.error?.code]).toEqual([405, 'MethodNotAllowed']);
  });

  it('says 501 loudly for what it does not do, and remembers it', async () => {
    const { unimplemented } = emulator.world;
    for (const path of ['/computes', '/models?search=x']) expect((await arm.send('GET', path)).status).toBe(501);
    expect((await arm.send('DELETE', '/jobs/some')).status).toBe(501);
    expect(unimplemented).toHaveLength(3);
    unimplemented.length = 0;
  });
});

describe('who asked', () => {
  const body = JSON.stringify({ properties: { image: 'node:24' } });
  it.each([
    { person: 'Ann Ames', createdBy: 'Ann Ames', createdByType: 'User', by: 'Ann Ames' },
    { person: undefined, createdBy: '00000000-0000-0000-0000-0000000000c1', createdByType: 'Application', by: undefined },
  ])('of an asset that $createdByType makes', async ({ person, by, ...expected }) => {
    const { world, workspace } = emulator;
    const authorization = `Bearer ${world.tokens.issue('https://management.azure.com', person)?.token}`;
    const path = `${workspace.id}/environments/by-${expected.createdByType}/versions/1`;
    const answer = await fetch(`${world.origin}${path}?api-version=2024-10-01`, { method: 'PUT', body, headers: { authorization, 'content-type': 'application/json' } });
    expect(await answer.json()).toMatchObject({ systemData: expected });
    expect(world.calls.at(-1)).toMatchObject({ path, status: 201 });
    expect(world.calls.at(-1)?.by).toBe(by);
  });
}); // prettier-ignore

describe('the workspace and its datastore, read by the vendor client', () => {
  it('names the tracking address', async () => {
    const workspace = await arm.sdk.workspaces.get('rg', 'ml-prod');
    expect(workspace.mlFlowTrackingUri).toBe(
      `azureml://${new URL(emulator.world.origin).host}/mlflow/v1.0${emulator.workspace.id}`,
    );
    expect(workspace.storageAccount).toMatch(/Microsoft\.Storage\/storageAccounts\/devstoreaccount1$/);
  });

  it('has the default blob datastore, and one for what runs leave behind', async () => {
    const [datastore, artifacts, ...more] = await all(arm.sdk.datastores.list('rg', 'ml-prod'));
    expect(more).toEqual([]);
    expect(datastore?.properties).toMatchObject({ datastoreType: 'AzureBlob', accountName: 'devstoreaccount1', isDefault: true }); // prettier-ignore
    expect(artifacts).toMatchObject({ name: 'workspaceartifactstore', properties: { datastoreType: 'AzureBlob', isDefault: false } }); // prettier-ignore
    await expect(arm.sdk.datastores.get('rg', 'ml-prod', 'other')).rejects.toMatchObject({ statusCode: 404 });
  });
});

const uri = 'azureml://datastores/workspaceblobstore/paths/models/m/';

function put(name: string, version: string, properties: object) {
  return arm.send('PUT', `/models/${name}/versions/${version}`, { properties });
}

async function versionNames(options: object): Promise<(string | undefined)[]> {
  return (await all(arm.sdk.modelVersions.list('rg', 'ml-prod', 'listed', options))).map(({ name }) => name);
}

function putEnvironment(properties: object) {
  return arm.send('PUT', '/environments/node/versions/1', { properties });
}

describe('models', () => {
  it('registers versions, raises an event for each new one, and knows the latest', async () => {
    events.length = 0;
    for (const version of ['1', '2']) {
      const { status, body } = await put('spam', version, { modelUri: uri, tags: { by: 'hand' }, properties: { a: '1' } }); // prettier-ignore
      expect([status, body['properties']]).toMatchObject([201, { modelType: 'custom_model', modelUri: uri }]);
    }
    expect(events).toMatchObject([
      { kind: 'modelRegistered', name: 'spam', version: '1', tags: { by: 'hand' }, properties: { a: '1' } },
      { kind: 'modelRegistered', name: 'spam', version: '2' },
    ]);
    const container = await arm.sdk.modelContainers.get('rg', 'ml-prod', 'spam');
    expect(container.properties).toMatchObject({ latestVersion: '2', nextVersion: '3' });
    expect((await all(arm.sdk.modelContainers.list('rg', 'ml-prod'))).map(({ name }) => name)).toEqual(['spam']);
  });

  it('lists by time, tag and number, and archives', async () => {
    await put('listed', '1', { modelUri: uri, tags: { stage: 'new' } });
    await put('listed', '2', { modelUri: uri, tags: { stage: 'old' } });
    await put('listed', '3', { modelUri: uri, isArchived: true });
    expect(await versionNames({ orderBy: 'createdtime desc' })).toEqual(['2', '1']);
    expect(await versionNames({ orderBy: 'createdtime asc', top: 1 })).toEqual(['1']);
    expect(await versionNames({ tags: 'stage=old' })).toEqual(['2']);
    expect(await versionNames({ listViewType: 'All' })).toEqual(['3', '2', '1']);
  });

  it('pages by nextLink', async () => {
    for (let version = 1; version <= 23; version++) await put('many', String(version), { modelUri: uri });
    const first = await arm.send('GET', '/models/many/versions');
    expect(first.body['value']).toHaveLength(10);
    expect(first.body['nextLink']).toMatch(/^https:.*skip=10/);
    expect(await all(arm.sdk.modelVersions.list('rg', 'ml-prod', 'many'))).toHaveLength(23);
  });

  it('replaces tags whole, adds properties, keeps what makes the version', async () => {
    await put('kept', '1', { modelUri: uri, tags: { a: '1', b: '2' }, properties: { p: '1' } });
    const changed = await put('kept', '1', { modelUri: uri, tags: { b: '3' }, properties: { q: '2' } });
    expect([changed.status, changed.body['properties']]).toMatchObject([200, { properties: { p: '1', q: '2' } }]);
    expect(changed.body['properties']).toHaveProperty('tags', { b: '3' });
    expect((await put('kept', '1', { modelUri: `${uri}other` })).status).toBe(400);
    expect((await put('kept', '1', { modelUri: uri, properties: { p: 'x' } })).status).toBe(400);
  });

  const refused = [
    { what: 'a version that is no positive integer', version: '1.0', properties: { modelUri: uri } },
    { what: 'version zero', version: '0', properties: { modelUri: uri } },
    { what: 'no modelUri', version: '1', properties: {} },
    { what: 'a modelUri that is no place', version: '1', properties: { modelUri: 'models/m' } },
    { what: 'a job that does not exist', version: '1', properties: { modelUri: 'azureml://jobs/none/outputs/model' } },
    { what: 'a property that the type does not have', version: '1', properties: { modelUri: uri, modelPath: 'x' } },
  ];
  it.each(refused)('refuses $what', async ({ version, properties }) => {
    expect((await put('refused', version, properties)).status).toBe(400);
    expect(emulator.workspace.models.has('refused')).toBe(false);
  });

  it('takes the run from the place it was made', async () => {
    const { workspace } = emulator;
    workspace.runs.set('run-1', {} as never);
    const { body } = await put('made', '1', { modelUri: 'azureml://jobs/run-1/outputs/model/paths/m/' });
    expect(body['properties']).toHaveProperty('jobName', 'run-1');
    workspace.runs.delete('run-1');
  });
});

describe('data, environments and code', () => {
  it('pins data by version', async () => {
    const dataUri = 'azureml://datastores/workspaceblobstore/paths/mails/1/';
    const made = await arm.sdk.dataVersions.createOrUpdate('rg', 'ml-prod', 'mails', '1', {
      properties: { dataType: 'uri_folder', dataUri },
    });
    expect(made.properties.dataUri).toBe(dataUri);
    const container = await arm.sdk.dataContainers.get('rg', 'ml-prod', 'mails');
    expect(container.properties).toMatchObject({ latestVersion: '1', dataType: 'uri_folder' });
    const moved = await arm.send('PUT', '/data/mails/versions/1', {
      properties: { dataType: 'uri_folder', dataUri: `${dataUri}x` },
    });
    expect([moved.status, moved.body.error?.message]).toEqual([400, expect.stringContaining('dataUri')]);
  });

  it('wants exactly one of image and build', async () => {
    expect((await putEnvironment({})).status).toBe(400);
    expect((await putEnvironment({ image: 'i', build: { contextUri: 'c' } })).status).toBe(400);
    expect((await putEnvironment({ image: 'node:24' })).status).toBe(201);
    expect((await putEnvironment({ image: 'node:26' })).status).toBe(400);
  });

  it('keeps code snapshots', async () => {
    const codeUri = `${emulator.world.storage.blob}/some/code`;
    const made = await arm.sdk.codeVersions.createOrUpdate('rg', 'ml-prod', 'train', '1', { properties: { codeUri } });
    expect(made.properties.codeUri).toBe(codeUri);
  });

  it('tells every fault of a body at once', async () => {
    const { status, body } = await arm.send('PUT', '/data/bad/versions/1', {
      properties: { dataType: 'csv', dataUri: 1, size: 2 },
    });
    expect(status).toBe(400);
    expect(body.error?.details?.map(({ target }) => target).toSorted()).toEqual(
      ['properties', 'properties.dataType', 'properties.dataUri'], // prettier-ignore
    );
  });
});
