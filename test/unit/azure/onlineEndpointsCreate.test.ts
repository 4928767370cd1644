import { expect, test } from 'vitest';
import type { Arm } from '../../../src/lib/azure/arm.ts';
import { createEndpoint } from '../../../src/lib/azure/onlineEndpointsCreate.ts';

const WORKSPACE = '/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/w';
const made = { location: 'westeurope', properties: { authMode: 'Key', provisioningState: 'Succeeded', traffic: { m7: 100 } } }; // prettier-ignore

const never = async () => Promise.reject(new TypeError('not asked for'));

/** Until the workspace was read, a moment ago, there was no such endpoint. */
function armWith(endpoint: unknown): { readonly arm: Arm; readonly written: string[] } {
  const written: string[] = [];
  const arm: Arm = {
    facts: never,
    factsOrAbsent: never,
    read: async (_, { path }, schema) => {
      const found = path === '' ? { location: 'westeurope', properties: {} } : endpoint;
      return found === undefined ? undefined : schema.parse(found);
    },
    async change(_, method, path) {
      written.push(`${method} ${path}`);
      return 'done';
    },
  };
  return { arm, written };
}

test('an endpoint that somebody makes while ours is about to be made is not written over: it may have traffic', async () => {
  const meanwhile = armWith(made);
  await createEndpoint(meanwhile.arm, WORKSPACE, 'spam-online', 'key');
  expect(meanwhile.written).toEqual([]);
  const absent = armWith(undefined);
  await createEndpoint(absent.arm, WORKSPACE, 'spam-online', 'key');
  expect(absent.written).toEqual(['PUT /onlineEndpoints/spam-online']);
});
