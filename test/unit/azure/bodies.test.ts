import { describe, expect, test } from 'vitest';
import { deploymentBody, onlineDeployment } from '../../../src/lib/azure/deploymentsClone.ts';
import { evaluationBody } from '../../../src/lib/azure/jobsClone.ts';
import { bodyWithTraffic } from '../../../src/lib/azure/onlineEndpointsBody.ts';
import type { VersionFact } from '../../../src/lib/core/step.ts';
import type { EvaluationJob } from '../../../src/lib/ports.ts';

const workspace = '/subscriptions/s/resourceGroups/rg/providers/Microsoft.MachineLearningServices/workspaces/ws';
const read = { id: `${workspace}/x`, name: 'x', type: 't', systemData: { createdAt: '2026-11-22' } };

describe('an evaluation job', () => {
  const job: EvaluationJob = {
    job: 'stw-e1', template: 'evaluate-1', model: 'spam', champion: '6', challenger: '7',
    data: 'holdout', dataVersion: '4', stewardId: 'ours',
  }; // prettier-ignore
  const template = {
    name: 'evaluate-1',
    properties: {
      jobType: 'Command',
      command: 'node evaluate.js',
      displayName: 'evaluate spam',
      experimentName: 'spam',
      status: 'Completed',
      services: { Studio: {} },
      parameters: {},
      isArchived: false,
      computeId: null,
      queueSettings: { jobTier: 'Spot' },
      tags: { team: 'mail', 'steward.template': 'evaluate-spam', 'mlflow.user': 'ann', 'azureml.x': 'y' },
      properties: { owner: 'mail', 'azureml.git.dirty': 'False', _azureml: 'kept', '_azureml.Compute': 'x', runSource: 'MFE', runType: 'HTTP', ContentSnapshotId: 'c' },
      inputs: {
        champion: { jobInputType: 'custom_model', uri: 'azureml:spam:1' },
        challenger: { jobInputType: 'custom_model', uri: 'azureml:spam:1', mode: 'Download' },
        data: { jobInputType: 'uri_file', uri: 'azureml:holdout:1' },
        seed: { jobInputType: 'literal', value: '7' },
      },
      outputs: {
        predictions: { jobOutputType: 'uri_file', uri: 'azureml://datastores/d/paths/azureml/evaluate-1/predictions' },
        report: { jobOutputType: 'uri_folder', mode: 'Upload', uri: 'azureml://datastores/reports/paths/spam' },
      },
    },
  }; // prettier-ignore

  test('is the template with our versions and data, and nothing of the run that the template was', () => {
    expect(evaluationBody(template, job)).toEqual({
      properties: {
        jobType: 'Command',
        command: 'node evaluate.js',
        displayName: 'spam: 7 against 6 on holdout:4',
        experimentName: 'spam',
        queueSettings: { jobTier: 'Spot' },
        tags: { team: 'mail', stewardId: 'ours', 'steward.evaluates': 'spam:7' },
        properties: { owner: 'mail', 'azureml.git.dirty': 'False', _azureml: 'kept' },
        inputs: {
          champion: { jobInputType: 'custom_model', uri: 'azureml:spam:6' },
          challenger: { jobInputType: 'custom_model', uri: 'azureml:spam:7', mode: 'Download' },
          data: { jobInputType: 'uri_file', uri: 'azureml:holdout:4' },
          seed: { jobInputType: 'literal', value: '7' },
        },
        outputs: {
          predictions: { jobOutputType: 'uri_file' },
          report: { jobOutputType: 'uri_folder', mode: 'Upload', uri: 'azureml://datastores/reports/paths/spam' },
        },
      },
    });
  });

  test('all missing inputs are told at once', () => {
    const { champion: _, data: __, ...inputs } = template.properties.inputs;
    expect(() => evaluationBody({ ...template, properties: { ...template.properties, inputs } }, job)).toThrow(
      'The template job evaluate-1 lacks the inputs champion, data of the evaluation contract',
    );
  });
});

const version = (tags: Record<string, string> = {}): VersionFact => ({
  version: '7', id: `${workspace}/models/spam/versions/7`, archived: false, tags,
}); // prettier-ignore

describe('a deployment', () => {
  const like = {
    ...read,
    location: 'westeurope',
    kind: 'Managed',
    sku: { name: 'Default', capacity: 3 },
    identity: { type: 'UserAssigned', principalId: 'p', userAssignedIdentities: { '/id': { clientId: 'c' } } },
    tags: { team: 'mail', stewardId: 'old', 'steward.note': 'x' },
    properties: {
      endpointComputeType: 'Managed',
      provisioningState: 'Succeeded',
      model: 'old',
      instanceType: 'Standard_DS3_v2',
      codeConfiguration: { codeId: 'old-code', scoringScript: 'score.js' },
      dataCollector: { collections: {} },
      somethingNewer: { than: 'us' },
      properties: { AzureAsyncOperationUri: 'https://x', 'azureml.onlinedeploymentid': 'x', owner: 'mail' },
    },
  };
  test('has all that the other has, with our model and mark', () => {
    expect(deploymentBody(like, version(), {}, { workspace, stewardId: 'ours' })).toEqual({
      location: 'westeurope',
      kind: 'Managed',
      sku: { name: 'Default', capacity: 3 },
      identity: { type: 'UserAssigned', userAssignedIdentities: { '/id': {} } },
      tags: { team: 'mail', stewardId: 'ours' },
      properties: {
        endpointComputeType: 'Managed',
        model: `${workspace}/models/spam/versions/7`,
        instanceType: 'Standard_DS3_v2',
        codeConfiguration: { codeId: 'old-code', scoringScript: 'score.js' },
        dataCollector: { collections: {} },
        somethingNewer: { than: 'us' },
        properties: { owner: 'mail' },
      },
    });
  });

  test('runs the score script that its model version brings', () => {
    const { properties } = deploymentBody(
      like,
      version({ 'steward.scoring': 'score-spam:12' }),
      {},
      { workspace, stewardId: 'ours' },
    );
    expect(properties).toMatchObject({
      codeConfiguration: { codeId: `${workspace}/codes/score-spam/versions/12`, scoringScript: 'score.js' },
    });
  });

  test('has what the plan says over what the other has, and no more', () => {
    const had = { ...like, properties: { ...like.properties, environmentVariables: { A: '1', B: '2' }, requestSettings: { maxQueueWait: 'PT1S' } } }; // prettier-ignore
    const plan = {
      instanceType: 'Standard_F4s_v2', instances: 2, environment: 'mail:4', code: { asset: 'score:9', script: 'other.py' },
      variables: { B: '3' }, requestTimeoutMs: 1500, concurrency: 4,
    }; // prettier-ignore
    const { sku, properties } = deploymentBody(had, version(), plan, { workspace, stewardId: 'ours' });
    expect(sku).toEqual({ name: 'Default', capacity: 2 });
    expect(properties).toEqual({
      endpointComputeType: 'Managed',
      model: `${workspace}/models/spam/versions/7`,
      instanceType: 'Standard_F4s_v2',
      environmentId: `${workspace}/environments/mail/versions/4`,
      codeConfiguration: { codeId: `${workspace}/codes/score/versions/9`, scoringScript: 'other.py' },
      environmentVariables: { A: '1', B: '3' },
      requestSettings: { maxQueueWait: 'PT1S', requestTimeout: 'PT1.5S', maxConcurrentRequestsPerInstance: 4 },
      dataCollector: { collections: {} },
      somethingNewer: { than: 'us' },
      properties: { owner: 'mail' },
    });
  });

  test('made again like one whose version brought its own code, has the code from before', () => {
    const challenger = deploymentBody(like, version({ 'steward.scoring': 'score-spam:12' }), {}, { workspace, stewardId: 'ours' }); // prettier-ignore
    const read7 = onlineDeployment.parse({ ...challenger, properties: { ...Object(challenger['properties']), provisioningState: 'Succeeded' } }); // prettier-ignore
    const codeOf = (again?: true) => deploymentBody(read7, version(), {}, { workspace, stewardId: 'x', again })['properties']; // prettier-ignore
    expect(codeOf(true)).toMatchObject({ codeConfiguration: { codeId: 'old-code', scoringScript: 'score.js' } });
    expect(codeOf()).toMatchObject({ codeConfiguration: { codeId: `${workspace}/codes/score-spam/versions/12` } });
    const ownCode = { codeId: `${workspace}/codes/score/versions/1`, scoringScript: 'score.js' };
    const marked = deploymentBody({ ...like, properties: { ...like.properties, codeConfiguration: ownCode } }, version({ 'steward.scoring': 'score-spam:12' }), {}, { workspace, stewardId: 'ours' }); // prettier-ignore
    expect(marked).toMatchObject({ tags: { stewardCodeBefore: 'codes/score/versions/1' } });
    const marked7 = onlineDeployment.parse({ ...marked, properties: { ...Object(marked['properties']), provisioningState: 'Succeeded' } }); // prettier-ignore
    expect(deploymentBody(marked7, version(), {}, { workspace, stewardId: 'x', again: true })['properties']).toMatchObject({ codeConfiguration: ownCode }); // prettier-ignore
  });

  test('a score script that is not <code asset>:<version> is refused', () => {
    expect(() =>
      deploymentBody(like, version({ 'steward.scoring': 'score.js' }), {}, { workspace, stewardId: 'ours' }),
    ).toThrow('Tag steward.scoring of version 7 is "score.js", expected <code asset>:<version>');
  });
});

test('a new split is written with everything else that the endpoint has', () => {
  const endpoint = {
    ...read,
    location: 'westeurope',
    kind: 'Managed',
    identity: { type: 'SystemAssigned', principalId: 'p', tenantId: 't' },
    tags: { team: 'mail', stewardGeneration: '1', stewardSplit: '{}' },
    properties: {
      authMode: 'Key' as const,
      provisioningState: 'Succeeded' as const,
      scoringUri: 'https://x/score',
      swaggerUri: 'https://x/swagger.json',
      keys: null,
      description: 'filters mail',
      publicNetworkAccess: 'Enabled',
      traffic: { blue: 100 },
      mirrorTraffic: { shadow: 10 },
      properties: { 'azureml.onlineendpointid': 'x' },
      somethingNewer: true,
    },
  };
  expect(bodyWithTraffic(endpoint, { split: { blue: 0, green: 100 }, mirror: { shadow: 10 } }, 5)).toEqual({
    location: 'westeurope',
    kind: 'Managed',
    identity: { type: 'SystemAssigned' },
    tags: { team: 'mail', stewardGeneration: '5', stewardSplit: '{"green":100}', stewardMirror: '{"shadow":10}' },
    properties: {
      authMode: 'Key',
      description: 'filters mail',
      publicNetworkAccess: 'Enabled',
      traffic: { green: 100 },
      mirrorTraffic: { shadow: 10 },
      properties: { 'azureml.onlineendpointid': 'x' },
      somethingNewer: true,
    },
  });
});

test.each([
  ['an endpoint that never mirrored is not told about mirrors', undefined, {}],
  ['a mirror is taken off', { grey: 10 }, { mirrorTraffic: {} }],
])('%s, and no tag says that one is there', (_, mirrorTraffic, written) => {
  const { tags, properties } = bodyWithTraffic(
    {
      location: 'westeurope',
      tags: { stewardMirror: '{"grey":10}' },
      properties: {
        authMode: 'Key',
        provisioningState: 'Succeeded',
        traffic: { blue: 100 },
        ...(mirrorTraffic && { mirrorTraffic }),
      },
    },
    { split: { green: 100 } },
    5,
  );
  expect(tags).toEqual({ stewardGeneration: '5', stewardSplit: '{"green":100}' });
  expect(properties).toEqual({ authMode: 'Key', traffic: { green: 100 }, ...written });
});
