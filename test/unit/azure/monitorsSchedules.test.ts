import { expect, test } from 'vitest';
import { monitorSchedules, watching } from '../../../src/lib/azure/monitorsSchedules.ts';
import type { Arm } from '../../../src/lib/azure/arm.ts';

const workspace = '/subscriptions/s/resourceGroups/rg/providers/Microsoft.MachineLearningServices/workspaces/ws';
const monitor = (name: string, deploymentId?: string, more: object = {}) => ({
  name,
  properties: {
    action: {
      actionType: 'CreateMonitor',
      monitorDefinition: { monitoringTarget: { deploymentId }, signals: { drift: { signalType: 'DataDrift' }, own: null } },
    },
    ...more,
  },
}); // prettier-ignore

/** A service that answers with these pages, one after the other. */
function arm(...pages: readonly (readonly object[])[]): Pick<Arm, 'read'> {
  return {
    async read(_, { path }, schema) {
      const at = path === '/schedules' ? 0 : Number(path.replace('https://next/', ''));
      return schema.parse({ value: pages[at], ...(at + 1 < pages.length && { nextLink: `https://next/${at + 1}` }) });
    },
  };
}

test('monitors are the enabled schedules that create one, on every page', async () => {
  const pages = [
    [monitor('a'), monitor('off', undefined, { isEnabled: false })],
    [
      { name: 'job', properties: { action: { actionType: 'CreateJob' } } },
      monitor('b', undefined, { isEnabled: true }),
    ],
  ];
  const found = await monitorSchedules(arm(...pages), workspace);
  expect(found.map(({ name }) => name)).toEqual(['a', 'b']);
  expect([...found[0]!.signals]).toEqual([
    ['drift', 'DataDrift'],
    ['own', undefined],
  ]);
});

test.each([
  ['azureml:Spam-Online:blue', true, true],
  [`${workspace}/onlineEndpoints/spam-online/deployments/blue`, true, true],
  [`azureml:${workspace}/onlineEndpoints/spam-online/deployments/blue`, true, true],
  ['azureml:spam-online-2:blue', false, false],
  ['azureml:spam-online', false, true],
  [`${workspace}/onlineEndpoints/other/deployments/spam-online`, false, false],
  [undefined, false, true],
])('a monitor of %s watches the endpoint spam-online: %s; named: %s', async (deploymentId, isWatched, isNamed) => {
  const found = await monitorSchedules(arm([monitor('a', deploymentId)]), workspace);
  expect(watching(found, 'spam-online', undefined)).toHaveLength(isWatched ? 1 : 0);
  expect(watching(found, 'spam-online', 'a')).toHaveLength(isNamed ? 1 : 0);
  expect(watching(found, 'spam-online', 'A')).toHaveLength(0);
});
