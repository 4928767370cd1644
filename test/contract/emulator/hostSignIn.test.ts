import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Host, startHost } from '../../../emulator/host/start.ts';
import { type Storage, startStorage } from '../../../emulator/storage.ts';
import { rolesOf } from '../../../src/lib/core/policy/roles.ts';
import { readPrincipal } from '../../../src/lib/intake/principal.ts';

const app = fileURLToPath(new URL('../../fixtures/host-app', import.meta.url));
const TENANT = '00000000-0000-0000-0000-0000000000e1';
const ADA = { objectId: '00000000-0000-0000-0000-0000000000a1', signInName: 'ada@example.com', displayName: 'Ada', roles: ['Approver'] }; // prettier-ignore

let storage: Storage;
let guarded: Host;
let open: Host;

beforeAll(async () => {
  storage = await startStorage();
  const options = (queue: string) => ({ app, settings: { Storage: storage.addresses.connectionString, WORK_QUEUE: queue, TICK: '0 0 0 1 1 *' } }); // prettier-ignore
  [guarded, open] = await Promise.all([
    startHost({ ...options('guarded'), signIn: { tenant: TENANT, people: [ADA] } }),
    startHost(options('open')),
  ]);
});
afterAll(async () => {
  await Promise.all([guarded, open].map((host) => host?.stop()));
  await storage?.stop();
});

async function who(host: Host, headers: Record<string, string>): Promise<Record<string, string>> {
  const answer = await fetch(`${host.url}/api/who`, { headers });
  expect(answer.status).toBe(200);
  return (await answer.json()) as Record<string, string>;
}

const forged = { 'X-MS-CLIENT-PRINCIPAL': 'eyJhdXRoX3R5cCI6ImFhZCJ9', 'X-MS-CLIENT-PRINCIPAL-ID': 'eve', 'x-ms-client-principal-name': 'eve', 'X-MS-TOKEN-AAD-ID-TOKEN': 'x' }; // prettier-ignore

describe('App Service authentication, as the local host stands in for it', () => {
  it('says who the bearer of a token is, in the form that the app reads', async () => {
    const told = await who(guarded, { authorization: `Bearer ${guarded.token('ada@example.com')}` });
    expect(told).toMatchObject({ 'x-ms-client-principal-id': ADA.objectId, 'x-ms-client-principal-name': 'ada@example.com', 'x-ms-client-principal-idp': 'aad' }); // prettier-ignore
    const principal = readPrincipal(told['x-ms-client-principal'] ?? '', TENANT);
    expect(principal).toEqual({ id: ADA.objectId, signInNames: ['ada@example.com'], otherNames: ['Ada'], groups: [], appRoles: ['Approver'] }); // prettier-ignore
    expect(rolesOf(principal, { Risk: ['Approver'] })).toEqual(['Risk']);
  });

  it('lets nobody else write what only the platform writes', async () => {
    expect(await who(guarded, forged)).toEqual({});
    const told = await who(guarded, { ...forged, authorization: `Bearer ${guarded.token('ada@example.com')}` });
    expect(told['x-ms-client-principal-id']).toBe(ADA.objectId);
    expect(told).not.toHaveProperty('x-ms-token-aad-id-token');
  });

  it('answers 401 to a token of nobody, and lets pass who brings none', async () => {
    const stranger = await fetch(`${guarded.url}/api/who`, { headers: { authorization: 'Bearer of-nobody' } });
    expect(stranger.status).toBe(401);
    expect(await who(guarded, {})).toEqual({});
    expect(await who(guarded, { authorization: 'Basic eDp5' })).toEqual({});
  });

  it('is off where nobody can sign in: headers come as callers send them', async () => {
    expect(await who(open, forged)).toMatchObject({ 'x-ms-client-principal-id': 'eve' });
    expect(() => open.token('ada@example.com')).toThrow('cannot sign in here');
  });

  it('knows the same people after a restart', async () => {
    const token = guarded.token('ada@example.com');
    await guarded.restart();
    expect((await who(guarded, { authorization: `Bearer ${token}` }))['x-ms-client-principal-id']).toBe(ADA.objectId);
  });
});
