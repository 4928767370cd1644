import { expect, test } from 'vitest';
import { assetReference } from '../../../src/lib/azure/assetReference.ts';

const group = '/subscriptions/s/resourceGroups/rg';
const workspace = `${group}/providers/Microsoft.MachineLearningServices/workspaces/ws`;

test.each([
  ['azureml:mails:14', { name: 'mails', version: '14' }],
  ['azureml:mails@latest', { name: 'mails' }],
  ['azureml:mails', { name: 'mails' }],
  [`${workspace}/data/mails/versions/14`, { name: 'mails', version: '14' }],
  [`azureml:${workspace}/data/mails/versions/14`, { name: 'mails', version: '14' }],
  [`azureml:/${group}/workspaces/ws/data/mails/versions/14`, { name: 'mails', version: '14' }],
  ['azureml://locations/westeurope/workspaces/guid/data/mails/versions/14', { name: 'mails', version: '14' }],
  [workspace.replace('resourceGroups', 'resourcegroups') + '/data/mails/versions/1', { name: 'mails', version: '1' }],
  [`${workspace}/data/mails/labels/latest`, { name: 'mails' }],
  [`${workspace}/data/mails`, { name: 'mails' }],
])('%s is data', (uri, reference) => {
  expect(assetReference('data', uri)).toEqual(reference);
});

test.each([
  ['azureml://datastores/store/paths/data/mails/versions/1'],
  [`azureml:/${group}/workspaces/ws/datastores/store/paths/data/mails/versions/1`],
  ['azureml://registries/shared/data/mails/versions/1'],
  ['https://account.blob.core.windows.net/data/mails/versions/1'],
  [`${workspace}/models/mails/versions/14`],
  ['data/mails'],
  [''],
])('%s is no data of the workspace', (uri) => {
  expect(assetReference('data', uri)).toBeUndefined();
});
