import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Deployment } from '../../../emulator/world.ts';
import { startTestEmulator, type TestEmulator } from '../../emulated.ts';
import { armClient, type Answer, type ArmClient } from './armClient.ts';

let emulator: TestEmulator;
let arm: ArmClient;
/** What the next processes do: the slot is the runtime's, and the control plane's half is what is tested. */
let outcome: Deployment['state'] = 'Succeeded';

beforeAll(async () => {
  emulator = await startTestEmulator({ pace: { endpointMs: 2_000, deploymentMs: 1_000, deleteMs: 1_000 } });
  emulator.world.startDeployment = async (_workspace, _endpoint, deployment) => {
    deployment.state = outcome;
    deployment.log += 'started\nready\n';
  };
  emulator.world.stopDeployment = async () => {};
  arm = armClient(emulator.world, emulator.workspace);
  await arm.send('PUT', '/environments/node/versions/1', { properties: { image: 'node:24' } });
  await arm.send('PUT', '/codes/score/versions/1', {
    properties: { codeUri: `${emulator.world.storage.blob}/c/code` },
  });
  await arm.send('PUT', '/models/spam/versions/1', { properties: { modelUri: 'azureml://datastores/workspaceblobstore/paths/m/' } }); // prettier-ignore
});
afterAll(() => emulator.stop());

const endpoint = (traffic: object = {}, more: object = {}) => ({
  location: 'westeurope',
  identity: { type: 'SystemAssigned' },
  tags: {},
  properties: { authMode: 'Key', traffic, ...more },
});
const deployment = (more: object = {}, sku: object = { name: 'Default', capacity: 1 }) => ({
  location: 'westeurope',
  sku,
  properties: {
    endpointComputeType: 'Managed',
    model: `${emulator.workspace.id}/models/spam/versions/1`,
    environmentId: 'azureml:node:1',
    codeConfiguration: { codeId: 'azureml:score:1', scoringScript: 'score.js' },
    instanceType: 'Standard_DS2_v2',
    ...more,
  },
});

const path = (name: string, below = '') => `/onlineEndpoints/${name}${below}`;
const put = (name: string, body: object) => arm.send('PUT', path(name), body);
const deploy = (name: string, deploymentName: string, body: object = deployment()) =>
  arm.send('PUT', path(name, `/deployments/${deploymentName}`), body);

/** Reads until the state is settled; hands every answer on the way to `each`. */
async function settled(below: string, each: (answer: Answer) => void = () => {}): Promise<Answer> {
  const limit = AbortSignal.timeout(10_000);
  for (;;) {
    limit.throwIfAborted();
    const answer = await arm.send('GET', below);
    each(answer);
    const properties = answer.body['properties'] as unknown as { provisioningState: string } | undefined;
    if (answer.status === 404 || ['Succeeded', 'Failed'].includes(properties?.provisioningState ?? '')) return answer;
  }
}

async function served(name: string, ...deployments: string[]): Promise<void> {
  expect((await put(name, endpoint())).status).toBe(201);
  await settled(path(name));
  for (const each of deployments) {
    expect((await deploy(name, each)).status).toBe(201);
    await settled(path(name, `/deployments/${each}`));
  }
}

describe('an endpoint', () => {
  it('is made by the vendor client as a long-running operation', async () => {
    const made = await arm.sdk.onlineEndpoints.beginCreateOrUpdateAndWait('rg', 'ml-prod', 'sdk-made', endpoint() as never, { updateIntervalInMs: 10 }); // prettier-ignore
    expect(made).toMatchObject({ name: 'sdk-made', properties: { provisioningState: 'Succeeded', traffic: {} } });
    expect(made.properties.scoringUri).toBe(`${emulator.world.origin}/endpoints/sdk-made/score`);
    const keys = await arm.sdk.onlineEndpoints.listKeys('rg', 'ml-prod', 'sdk-made');
    expect(keys.primaryKey).toMatch(/^.{20,}$/);
    expect(keys.primaryKey).not.toBe(keys.secondaryKey);
    await arm.sdk.onlineEndpoints.beginDeleteAndWait('rg', 'ml-prod', 'sdk-made', { updateIntervalInMs: 10 });
    await expect(arm.sdk.onlineEndpoints.get('rg', 'ml-prod', 'sdk-made')).rejects.toMatchObject({ statusCode: 404 });
    expect((await arm.send('DELETE', path('sdk-made'))).status).toBe(204);
  });

  it('answers with the operation headers and the address in its properties', async () => {
    const { status, headers, body } = await put('headers', endpoint());
    expect(status).toBe(201);
    expect(headers['x-ms-async-operation-timeout']).toBe('PT1H');
    const address = headers['azure-asyncoperation'] ?? '';
    expect(body['properties']).toHaveProperty('properties.AzureAsyncOperationUri', address);
    await settled(path('headers'));
    expect((await arm.send('GET', address)).body).toEqual({ status: 'Succeeded' });
  });

  it.each(['ab', '1abc', 'a--b', 'ab-', 'a_bc', 'a'.repeat(33)])('refuses the name %s', async (name) => {
    expect((await put(name, endpoint())).status).toBe(400);
  });

  it('shows and does a new split only when the update has settled; what PUT leaves out is gone', async () => {
    await served('split', 'blue', 'green');
    const both = await put('split', endpoint({ blue: 100 }, { mirrorTraffic: { green: 10 } }));
    expect(both.body['properties']).toMatchObject({ provisioningState: 'Updating', traffic: { blue: 100 } });
    await settled(path('split'), ({ body }) => {
      const { provisioningState, traffic } = body['properties'] as unknown as Record<string, unknown>;
      expect(traffic).toEqual(provisioningState === 'Updating' ? {} : { blue: 100 });
    });
    await put('split', endpoint({ blue: 90, green: 10 }));
    const { body } = await settled(path('split'));
    expect(body['properties']).toMatchObject({ traffic: { blue: 90, green: 10 }, mirrorTraffic: {} });
  });

  const splits = [
    { what: 'a sum of 90', traffic: { blue: 90 } },
    { what: 'a negative weight', traffic: { blue: 110, green: -10 } },
    { what: 'a broken percent', traffic: { blue: 99.5, green: 0.5 } },
    { what: 'an unknown deployment', traffic: { blue: 90, red: 10 } },
    { what: 'mirroring more than 50', traffic: { blue: 100 }, mirrorTraffic: { green: 51 } },
    { what: 'mirroring to what is live', traffic: { blue: 90, green: 10 }, mirrorTraffic: { green: 10 } },
    { what: 'mirroring to two', traffic: { blue: 100 }, mirrorTraffic: { green: 10, grey: 10 } },
  ];
  it.each(splits)('refuses $what', async ({ traffic, mirrorTraffic = {} }) => {
    if (!emulator.workspace.endpoints.has('rules')) await served('rules', 'blue', 'green', 'grey');
    const { status, body } = await put('rules', endpoint(traffic, { mirrorTraffic }));
    expect([status, body.error?.code]).toEqual([400, 'UserError']);
    expect(emulator.workspace.endpoints.get('rules')?.properties['traffic']).toEqual({});
  });

  it('refuses every write while it is updating, in the words of the service', async () => {
    await served('busy', 'blue');
    const stored = emulator.workspace.endpoints.get('busy')!;
    stored.state = 'Updating';
    const refusals = [
      await put('busy', endpoint({ blue: 100 })),
      await arm.send('PATCH', path('busy'), { tags: {} }),
      await arm.send('DELETE', path('busy')),
      await deploy('busy', 'green'),
      await deploy('busy', 'blue'),
      await arm.send('DELETE', path('busy', '/deployments/blue')),
    ];
    expect(refusals.map(({ status }) => status)).toEqual(refusals.map(() => 409));
    expect(refusals[3]?.body.error?.message).toBe(
      'Cannot create a deployment in endpoint busy because it is in Updating provisioning state.',
    );
    stored.state = 'Succeeded';
    expect((await put('busy', endpoint({ blue: 100 }))).status).toBe(200);
  });

  it('takes tags and identity by PATCH, and nothing else', async () => {
    await served('patched');
    const { status, headers } = await arm.send('PATCH', path('patched'), { tags: { a: '1' } });
    expect([status, headers['retry-after']]).toEqual([202, '1']);
    await settled(path('patched'));
    expect((await arm.send('GET', headers['location'] ?? '')).status).toBe(204);
    expect((await arm.send('GET', path('patched'))).body['tags']).toEqual({ a: '1' });
    expect((await arm.send('PATCH', path('patched'), { properties: { traffic: {} } })).status).toBe(400);
  });

  it('keeps its authMode and its own properties', async () => {
    await served('kept');
    await put('kept', endpoint({}, { properties: { a: '1' } }));
    await settled(path('kept'));
    expect((await put('kept', endpoint({}, { properties: { a: '2' } }))).status).toBe(400);
    expect((await put('kept', endpoint({}, { authMode: 'AADToken' }))).status).toBe(400);
    const { body } = await put('kept', endpoint());
    expect(body['properties']).toHaveProperty('properties.a', '1');
    await settled(path('kept'));
  });

  it('lists by tag', async () => {
    await put('listed', { ...endpoint(), tags: { model: 'listed' } });
    const names: (string | undefined)[] = [];
    for await (const { name } of arm.sdk.onlineEndpoints.list('rg', 'ml-prod', { tags: 'model=listed' })) names.push(name); // prettier-ignore
    expect(names).toEqual(['listed']);
  });
});

describe('a deployment', () => {
  it('is made, logged, scaled and deleted by the vendor client', async () => {
    await served('whole');
    const { onlineDeployments } = arm.sdk;
    const args = ['rg', 'ml-prod', 'whole', 'blue'] as const;
    const made = await onlineDeployments.beginCreateOrUpdateAndWait(...args, deployment() as never, { updateIntervalInMs: 10 }); // prettier-ignore
    expect(made.properties).toMatchObject({ provisioningState: 'Succeeded', instanceType: 'Standard_DS2_v2' });
    expect(await onlineDeployments.getLogs(...args, { tail: 2 })).toEqual({ content: 'ready\n' });
    await onlineDeployments.beginUpdateAndWait(...args, { sku: { name: 'Default', capacity: 3 } }, { updateIntervalInMs: 10 }); // prettier-ignore
    await settled(path('whole', '/deployments/blue'));
    expect((await onlineDeployments.get(...args)).sku?.capacity).toBe(3);
    await onlineDeployments.beginDeleteAndWait(...args, { updateIntervalInMs: 10 });
    await expect(onlineDeployments.get(...args)).rejects.toMatchObject({ statusCode: 404 });
  });

  it('fails as an operation when its process does not get ready', async () => {
    await served('failing');
    outcome = 'Failed';
    const { headers } = await deploy('failing', 'blue');
    outcome = await settled(path('failing', '/deployments/blue')).then(() => 'Succeeded');
    expect(emulator.workspace.endpoints.get('failing')?.deployments.get('blue')?.state).toBe('Failed');
    const { body } = await arm.send('GET', headers['azure-asyncoperation'] ?? '');
    expect(body).toMatchObject({ status: 'Failed', error: { code: 'ResourceNotReady' } });
  });

  it('cannot be deleted while it has traffic', async () => {
    await served('loaded', 'blue');
    await put('loaded', endpoint({ blue: 100 }));
    await settled(path('loaded'));
    expect((await arm.send('DELETE', path('loaded', '/deployments/blue'))).status).toBe(400);
    await put('loaded', endpoint({ blue: 0 }));
    await settled(path('loaded'));
    expect((await arm.send('DELETE', path('loaded', '/deployments/blue'))).status).toBe(202);
  });

  it('is refused for lack of quota, with what is missing', async () => {
    await served('quota', 'blue');
    const before = emulator.workspace.quota;
    emulator.workspace.quota = 0;
    const { status, body } = await deploy('quota', 'green', deployment({}, { name: 'Default', capacity: 8 }));
    emulator.workspace.quota = before;
    expect([status, body.error]).toMatchObject([400, { code: 'BadRequest', details: [{ code: 'InferencingClientCreateDeploymentFailed' }] }]); // prettier-ignore
    expect(body.error?.message).toMatch(
      /Not enough quota available for Standard_DS2_v2.*aka\.ms\/oe-tsg#error-outofquota/,
    );
    expect(emulator.workspace.endpoints.get('quota')?.deployments.has('green')).toBe(false);
  });

  it('is told by usages before it is refused: cores of the family, of each workspace', async () => {
    await served('counted', 'blue');
    const used = async () => {
      const { subscriptionId, region } = emulator.workspace;
      const { body } = await arm.send('GET', `${emulator.world.origin}/subscriptions/${subscriptionId}/providers/Microsoft.MachineLearningServices/locations/${region}/usages`); // prettier-ignore
      const value = body['value'] as unknown as { name: { value: string }; currentValue: number; limit: number }[];
      return value.find(({ name }) => name.value === 'standardDSv2Family');
    };
    const before = await used();
    expect(before?.limit).toBe(emulator.workspace.quota);
    await deploy('counted', 'green', deployment({}, { name: 'Default', capacity: 3 }));
    expect((await used())?.currentValue).toBe((before?.currentValue ?? 0) + 6);
  });

  const refused = [
    { what: 'a model that does not exist', more: { model: 'azureml:spam:9' } },
    { what: 'an environment that does not exist', more: { environmentId: 'azureml:node:9' } },
    {
      what: 'code that does not exist',
      more: { codeConfiguration: { codeId: 'azureml:score:9', scoringScript: 's' } },
    },
    { what: 'no code', more: { codeConfiguration: undefined } },
    { what: 'a time-out above 180 s', more: { requestSettings: { requestTimeout: 'PT181S' } } },
    { what: 'no instance type', more: { instanceType: undefined } },
    { what: 'a property that deployments do not have', more: { replicas: 2 } },
  ];
  it.each(refused)('is refused with $what', async ({ more }) => {
    if (!emulator.workspace.endpoints.has('strict')) await served('strict');
    const { status } = await deploy('strict', 'blue', deployment(more));
    expect(status).toBe(400);
    expect(emulator.workspace.endpoints.get('strict')?.deployments.size).toBe(0);
  });

  it('needs its endpoint', async () => {
    expect((await deploy('nowhere', 'blue')).status).toBe(404);
  });
});
