import { describe, expect, test } from 'vitest';
import { batchDeploymentBody } from '../../../src/lib/azure/batchDeploymentsClone.ts';
import { bodyWithDefault } from '../../../src/lib/azure/batchEndpointsState.ts';
import type { VersionFact } from '../../../src/lib/core/step.ts';

const workspace = '/subscriptions/s/resourceGroups/rg/providers/Microsoft.MachineLearningServices/workspaces/ws';
const read = { id: `${workspace}/x`, name: 'x', type: 't', systemData: { createdAt: '2026-11-22' } };
const version = (tags: Record<string, string> = {}): VersionFact => ({
  version: '7', id: `${workspace}/models/spam/versions/7`, archived: false, tags,
}); // prettier-ignore
const body = (like: object, tags?: Record<string, string>) =>
  batchDeploymentBody(like as never, { model: 'spam', version: version(tags) }, workspace, 'ours');

const kept = {
  compute: `${workspace}/computes/cpu`,
  resources: { instanceCount: 2, properties: { a: 1 } },
  environmentId: `${workspace}/environments/node/versions/1`,
  environmentVariables: { THRESHOLD: '0.5' },
  maxConcurrencyPerInstance: 3,
  miniBatchSize: 7,
  retrySettings: { maxRetries: 2, timeout: 'PT45S' },
  outputAction: 'AppendRow',
  outputFileName: 'scores.csv',
  errorThreshold: 4,
  loggingLevel: 'Debug',
  comesLater: 'of a newer api-version',
};
const like = {
  ...read,
  location: 'westeurope',
  kind: 'x',
  identity: { type: 'SystemAssigned', principalId: 'p' },
  tags: { team: 'mail', stewardId: 'another' },
  properties: {
    ...kept,
    provisioningState: 'Succeeded',
    model: { referenceType: 'Id', assetId: `${workspace}/models/spam/versions/6` },
    codeConfiguration: { codeId: `${workspace}/codes/score/versions/1`, scoringScript: 'score.js' },
    properties: { AzureAsyncOperationUri: 'https://x', owner: 'mail' },
  },
};

describe('a batch deployment', () => {
  test('is the one that is copied with our model and mark, and nothing is dropped', () => {
    expect(body(like)).toEqual({
      location: 'westeurope',
      kind: 'x',
      identity: { type: 'SystemAssigned' },
      tags: { team: 'mail', stewardId: 'ours' },
      properties: {
        ...kept,
        model: { referenceType: 'Id', assetId: `${workspace}/models/spam/versions/7` },
        codeConfiguration: { codeId: `${workspace}/codes/score/versions/1`, scoringScript: 'score.js' },
        properties: { owner: 'mail' },
      },
    });
  });

  test('has the code that the version brings', () => {
    expect(body(like, { 'steward.scoring': 'score:2' })).toMatchObject({
      properties: { codeConfiguration: { codeId: `${workspace}/codes/score/versions/2`, scoringScript: 'score.js' } },
    });
  });
});

test('deployed again, a version has the code that stood before the one which another version brought', () => {
  const brought = body(like, { 'steward.scoring': 'score:2' });
  // A tag has 256 characters at most, which an ARM id may exceed.
  expect(brought).toMatchObject({ tags: { stewardCodeBefore: 'codes/score/versions/1' } });
  const challenger = { ...like, tags: { stewardCodeBefore: 'codes/score/versions/1' }, properties: { ...like.properties, codeConfiguration: { codeId: `${workspace}/codes/score/versions/2`, scoringScript: 'score.js' } } }; // prettier-ignore
  const codeOf = (again?: true) => (batchDeploymentBody(challenger, { model: 'spam', version: version(), again }, workspace, 'ours')['properties'] as typeof like.properties).codeConfiguration.codeId; // prettier-ignore
  expect(codeOf(true)).toBe(`${workspace}/codes/score/versions/1`);
  expect(codeOf()).toBe(`${workspace}/codes/score/versions/2`);
});

const pipelineLike = {
  ...read,
  location: 'westeurope',
  tags: { team: 'mail', stewardId: 'another', 'steward.model': 'spam:6' },
  properties: {
    provisioningState: 'Succeeded',
    deploymentConfiguration: {
      deploymentConfigurationType: 'PipelineComponent',
      componentId: { referenceType: 'Id', assetId: `${workspace}/components/score_mails/versions/6` },
      settings: { default_compute: 'cpu', continue_on_step_failure: 'false' },
    },
  },
};

describe('a batch deployment of a pipeline component', () => {
  test('runs the component that the version names, and says which version that is', () => {
    expect(body(pipelineLike, { 'steward.component': 'score_mails:7' })).toEqual({
      location: 'westeurope',
      tags: { team: 'mail', stewardId: 'ours', 'steward.model': 'spam:7' },
      properties: {
        deploymentConfiguration: {
          ...pipelineLike.properties.deploymentConfiguration,
          componentId: { referenceType: 'Id', assetId: `${workspace}/components/score_mails/versions/7` },
        },
      },
    });
  });

  test.each([
    [{}, 'has no tag steward.component'],
    [{ 'steward.component': 'score_mails' }, 'has "score_mails" as its tag steward.component'],
  ])('is refused without one: %o', (tags, what) => {
    expect(() => body(pipelineLike, tags)).toThrow(what);
  });
});

describe('the default deployment', () => {
  const endpoint = {
    ...read,
    location: 'westeurope',
    identity: { type: 'UserAssigned', userAssignedIdentities: { '/id/a': { clientId: 'c' } } },
    tags: { team: 'mail', stewardGeneration: '3' },
    properties: {
      authMode: 'AADToken', description: 'every night', comesLater: 1, provisioningState: 'Succeeded', scoringUri: 'u', swaggerUri: 's', keys: null,
      defaults: { deploymentName: 'old', comesLater: 2 },
    },
  } as const; // prettier-ignore

  test('is written with our marks, and all else as it was', () => {
    expect(bodyWithDefault(endpoint, 'new', 4)).toEqual({
      location: 'westeurope',
      identity: { type: 'UserAssigned', userAssignedIdentities: { '/id/a': {} } },
      tags: { team: 'mail', stewardGeneration: '4', stewardSplit: '{"new":100}' },
      properties: {
        authMode: 'AADToken', description: 'every night', comesLater: 1, defaults: { deploymentName: 'new', comesLater: 2 },
      },
    }); // prettier-ignore
  });

  test('is taken away by a body without one', () => {
    const without = bodyWithDefault(endpoint, undefined, 4);
    expect(without['properties']).not.toHaveProperty('defaults');
    expect(without['tags']).toMatchObject({ stewardSplit: '{}' });
  });
});
