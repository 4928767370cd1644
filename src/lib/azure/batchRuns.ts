import type { TokenCredential } from '@azure/identity';
import { z } from 'zod';
import { Refused } from '../core/errors.ts';
import type { WorkspaceId } from '../ports.ts';
import type { BatchRuns, TestJob } from '../ports/batch.ts';
import { openArm, type Arm, type ArmOptions } from './arm.ts';
import { asking, errorOf, parsed } from './armErrors.ts';
import { batchDeploymentOf } from './batchDeployments.ts';
import { batchEndpointOf } from './batchEndpointsState.ts';
import { testOutput } from './batchOutput.ts';
import { dataVersionOf, newestData, type DataVersion } from './dataAssets.ts';
import type { DatastoreOptions } from './datastoreFiles.ts';
import { jobTagged } from './jobFacts.ts';
import { httpClient } from './scoring.ts';

const provider = 'the batch endpoint';
/** Not `stewardId`: what has that and is in no row is an orphan, and this job is none of ours to cancel as one. */
const testTag = 'steward.test';
const dataTag = 'steward.testData';
const placeTag = 'steward.testPlace';
/** The name is one; older answers carry it in the id only. */
const started = z
  .object({ name: z.string().nullish(), id: z.string().nullish() })
  .transform(({ name, id }, context) => {
    const job = name ?? id?.split('/').at(-1);
    if (job === undefined || job === '') context.addIssue('expected the name or the id of a job');
    return job ?? '';
  });
const inputTypes: Readonly<Record<string, string>> = { uri_file: 'UriFile', uri_folder: 'UriFolder' };

/**
 * Jobs of batch deployments, by the endpoint's own address, which takes tokens of the app's identity for
 * https://ml.azure.com. The body is as documented, but for `tags` (unverified: that the service writes them on the job).
 */
export function batchJobs(options: ArmOptions & DatastoreOptions): BatchRuns {
  const arm = openArm(options);
  return {
    start: (workspace, endpoint, test) => start({ arm, options, workspace, endpoint }, test),
    output: (workspace, wanted) => testOutput(arm, workspace, wanted, options),
  };
}

interface At {
  readonly arm: Arm;
  readonly options: Pick<ArmOptions, 'credential' | 'timeoutMs'>;
  readonly workspace: WorkspaceId;
  readonly endpoint: string;
}

async function start(at: At, test: TestJob): Promise<Awaited<ReturnType<BatchRuns['start']>>> {
  const { arm, workspace, endpoint } = at;
  const before = await jobTagged(arm, workspace, testTag, test.testId);
  if (before !== undefined) {
    const { [dataTag]: data = '', [placeTag]: place } = before.tags;
    return { job: before.name, data, ...(place !== undefined && { place }) };
  }
  const found = await batchEndpointOf(arm, workspace, endpoint);
  if (found === undefined) throw new Refused('notFound', 'Azure ML', `There is no batch endpoint ${endpoint}`);
  const { scoringUri } = found.properties;
  if (typeof scoringUri !== 'string')
    throw new Refused('invalid', 'Azure ML', `Batch endpoint ${endpoint} has no address (yet)`);
  const data = await dataOf(arm, workspace, test.input);
  const place = await placeFor(at, test);
  const job = await post(at, scoringUri, test.deployment, bodyOf(test, workspace, data, place));
  return { job, data: `${data.name}:${data.version}`, ...(place !== undefined && { place }) };
}

async function dataOf(arm: Arm, workspace: WorkspaceId, input: string): Promise<DataVersion> {
  const [, name = input, pinned] = /^azureml:([^:]+):([^:]+)$/.exec(input) ?? [];
  const version = pinned ?? (await newestData(arm, workspace, name))?.version;
  const found = version === undefined ? undefined : await dataVersionOf(arm, workspace, name, version);
  if (found === undefined) throw new Refused('notFound', 'Azure ML', `There is no data ${input} in the workspace`);
  if (inputTypes[found.dataType] === undefined)
    throw new Refused('invalid', 'Azure ML', `Data ${name}:${found.version} is of type ${found.dataType}: batch endpoints take files and folders`); // prettier-ignore
  return found;
}

/**
 * Where a model's deployment is told to write, so that nobody has to guess where it did. A pipeline component's outputs
 * are of types of its own: they stay where the service puts them, and the job says where that is.
 */
async function placeFor({ arm, workspace, endpoint }: At, test: TestJob): Promise<string | undefined> {
  const { deployment, testId, attempt, output } = test;
  const found = await batchDeploymentOf(arm, workspace, endpoint, deployment);
  if (found === undefined) throw new Refused('notFound', 'Azure ML', `There is no deployment ${deployment} at ${endpoint}`); // prettier-ignore
  if (found.properties.deploymentConfiguration) return undefined;
  return `azureml://datastores/workspaceblobstore/paths/steward/tests/${testId}-${attempt}/${output}`;
}

function bodyOf(test: TestJob, workspace: WorkspaceId, data: DataVersion, place: string | undefined): unknown {
  const { as, output, testId } = test;
  return {
    properties: {
      InputData: { [as]: { JobInputType: inputTypes[data.dataType], Uri: data.id } },
      ...(place !== undefined && {
        OutputData: { [output]: { JobOutputType: 'UriFile', Uri: place.replace(/^azureml:\//, workspace) } },
      }),
      tags: {
        [testTag]: testId,
        [dataTag]: `${data.name}:${data.version}`,
        ...(place !== undefined && { [placeTag]: place }),
      },
    },
  };
}

/** Sent once, never repeated: each time it is taken it is a job. */
async function post({ options, endpoint }: At, url: string, deployment: string, body: unknown): Promise<string> {
  const { createHttpHeaders, createPipelineRequest } = await import('@azure/core-rest-pipeline');
  const asked = `POST ${new URL(url).pathname}`;
  const request = createPipelineRequest({
    method: 'POST',
    url,
    headers: createHttpHeaders({
      authorization: `Bearer ${await tokenFor(options.credential, endpoint)}`,
      'content-type': 'application/json',
      'azureml-model-deployment': deployment,
    }),
    body: JSON.stringify(body),
    timeout: options.timeoutMs ?? 30_000,
  });
  const client = await httpClient();
  const { status, bodyAsText, headers } = await asking(provider, asked, () => client.sendRequest(request));
  const text = bodyAsText ?? '';
  if (status >= 400) throw errorOf(provider, asked, { status, body: text, retryAfter: headers.get('retry-after') });
  return parsed(provider, asked, started, json(text));
}

async function tokenFor(credential: TokenCredential, endpoint: string): Promise<string> {
  const ask = () => credential.getToken('https://ml.azure.com/.default');
  const answer = await asking('Azure ML', `token for batch endpoint ${endpoint}`, ask);
  if (answer === null) throw new Refused('forbidden', 'identity', 'No token for https://ml.azure.com');
  return answer.token;
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
