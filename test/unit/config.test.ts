import { describe, expect, test } from 'vitest';
import { readConfig, signInOf } from '../../src/lib/config.ts';
import { BadInput } from '../../src/lib/core/errors.ts';

const plain = { AzureWebJobsStorage: 'UseDevelopmentStorage=true' };

function placesOf(environment: Record<string, string>): string[] {
  try {
    readConfig(environment);
    return [];
  } catch (error) {
    if (!(error instanceof BadInput)) throw error;
    return error.faults.map(({ place }) => place);
  }
}

test('a connection string is enough: everything else is Azure’s own', () => {
  expect(readConfig(plain)).toMatchObject({ STEWARD_ARM_ENDPOINT: 'https://management.azure.com', STEWARD_BASE_URL: 'http://localhost:7071' }); // prettier-ignore
  expect(readConfig(plain).STEWARD_CLOCK).toBeUndefined();
});

const uri = (service: string) => `https://a.${service}.core.windows.net`;

describe('storage', () => {
  const all = { AzureWebJobsStorage__tableServiceUri: uri('table'), AzureWebJobsStorage__queueServiceUri: uri('queue'), AzureWebJobsStorage__blobServiceUri: uri('blob') }; // prettier-ignore
  const { AzureWebJobsStorage__queueServiceUri: _, ...partly } = all;
  test.each<[string, Record<string, string>, boolean]>([
    ['a connection string', plain, true],
    ['an account by identity', { AzureWebJobsStorage__accountName: 'a' }, true],
    ['three addresses', all, true],
    ['two addresses of three', partly, false],
    ['two addresses and the account', { ...partly, AzureWebJobsStorage__accountName: 'a' }, true],
    ['nothing', {}, false],
    ['an empty setting', { AzureWebJobsStorage: '' }, false],
  ])('by %s: %s', (_, environment, taken) => {
    expect(placesOf(environment)).toEqual(taken ? [] : ['AzureWebJobsStorage']);
  });
});

describe('who people are', () => {
  const [STEWARD_ENTRA_TENANT, STEWARD_ENTRA_CLIENT_ID] = ['00000000-0000-0000-0000-0000000000e1', '00000000-0000-0000-0000-0000000000c1']; // prettier-ignore
  const both = { ...plain, STEWARD_ENTRA_TENANT, STEWARD_ENTRA_CLIENT_ID };

  test('is believed only where both settings say that authentication stands in front of the app', () => {
    expect(signInOf(readConfig(plain))).toBeUndefined();
    expect(signInOf(readConfig(both))).toEqual({ tenant: STEWARD_ENTRA_TENANT, clientId: STEWARD_ENTRA_CLIENT_ID });
    expect(signInOf(readConfig({ ...both, WEBSITE_AUTH_ENABLED: 'True' }))).toBeDefined();
  });

  test.each<[string, Record<string, string>, string]>([
    ['no client', { ...plain, STEWARD_ENTRA_TENANT }, 'STEWARD_ENTRA_CLIENT_ID'],
    ['no tenant', { ...plain, STEWARD_ENTRA_CLIENT_ID }, 'STEWARD_ENTRA_TENANT'],
    ['no id', { ...both, STEWARD_ENTRA_TENANT: 'common' }, 'STEWARD_ENTRA_TENANT'],
    ['authentication that the platform has switched off', { ...both, WEBSITE_AUTH_ENABLED: 'False' }, 'STEWARD_ENTRA_TENANT'],
  ])('with %s is refused', (_, environment, place) => expect(placesOf(environment)).toEqual([place])); // prettier-ignore
});

test('every odd variable is named, all at once', () => {
  const odd = { ...plain, STEWARD_ARM_ENDPOINT: 'http://plain', STEWARD_EMAIL_SENDER: 'nobody', STEWARD_CLOCK: '{"origin":1}', AzureWebJobsStorage__blobServiceUri: 'x' }; // prettier-ignore
  expect(placesOf(odd).toSorted()).toEqual(['AzureWebJobsStorage__blobServiceUri', 'STEWARD_ARM_ENDPOINT', 'STEWARD_CLOCK', 'STEWARD_EMAIL_SENDER']); // prettier-ignore
});

test.each(['not JSON', '{}', '{"origin":"2026-03-02T10:00:00Z","realStart":0,"factor":0}', '{"origin":"soon","realStart":0,"factor":1}'])(
  'a clock of %s is refused',
  (clock) => {
    expect(placesOf({ ...plain, STEWARD_CLOCK: clock })).toEqual(['STEWARD_CLOCK']);
  },
); // prettier-ignore

test('a clock is an origin, the real time it stands for, and a factor', () => {
  const clock = { origin: '2026-03-02T10:00:00.000Z', realStart: 5, factor: 60 };
  expect(readConfig({ ...plain, STEWARD_CLOCK: JSON.stringify(clock) }).STEWARD_CLOCK).toEqual(clock);
});
