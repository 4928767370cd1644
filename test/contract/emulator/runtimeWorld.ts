import type { Deployment, Endpoint, Job, Resource, Run, Versioned, Workspace, World } from '../../../emulator/world.ts';
import { containerOf } from '../../emulated.ts';

/** Puts things into a workspace the short way, so that these tests do not depend on the ARM service. */

export async function upload(world: World, workspace: Workspace, files: Record<string, string>): Promise<void> {
  const container = containerOf(world, workspace);
  for (const [path, content] of Object.entries(files)) {
    await container.getBlockBlobClient(path).upload(content, Buffer.byteLength(content));
  }
}

/** Lines of all files below a path of the workspace's blob store, in the order of the files' names, then of the lines. */
export async function collectedLines(
  world: World,
  workspace: Workspace,
  prefix: string,
): Promise<{ blob: string; line: Record<string, unknown> }[]> {
  const container = containerOf(world, workspace);
  const found: { blob: string; line: Record<string, unknown> }[] = [];
  for await (const { name: blob } of container.listBlobsFlat({ prefix })) {
    const text = (await container.getBlobClient(blob).downloadToBuffer()).toString();
    found.push(...text.trim().split('\n').map((line) => ({ blob, line: JSON.parse(line) as Record<string, unknown> }))); // prettier-ignore
  }
  return found;
}

export function addVersion(
  workspace: Workspace,
  kind: 'data' | 'models' | 'environments' | 'codes' | 'components',
  name: string,
  properties: Record<string, unknown>,
): string {
  const container = `${workspace.id}/${kind}/${name}`;
  const versioned: Versioned = workspace[kind].get(name) ?? {
    container: resource(container, name, {}),
    versions: new Map(),
  };
  workspace[kind].set(name, versioned);
  const version = String(versioned.versions.size + 1);
  versioned.versions.set(version, resource(`${container}/versions/${version}`, version, properties));
  return `${container}/versions/${version}`;
}

export function addEnvironment(workspace: Workspace, image = 'node:24'): string {
  return addVersion(workspace, 'environments', 'node', { image });
}

/** A code version that holds these files. */
export async function addCode(
  world: World,
  workspace: Workspace,
  name: string,
  files: Record<string, string>,
): Promise<string> {
  const placed = Object.entries(files).map(([file, content]) => [`code/${name}/${file}`, content]);
  await upload(world, workspace, Object.fromEntries(placed));
  return addVersion(workspace, 'codes', name, { codeUri: `${containerOf(world, workspace).url}/code/${name}` });
}

export function addJob(workspace: Workspace, name: string, properties: Record<string, unknown>): Job {
  const job: Job = {
    ...resource(`${workspace.id}/jobs/${name}`, name, { jobType: 'Command', ...properties }),
    status: 'NotStarted',
    log: '',
  };
  workspace.jobs.set(name, job);
  return job;
}

export function addEndpoint(workspace: Workspace, name: string): Endpoint {
  const endpoint: Endpoint = {
    ...resource(`${workspace.id}/onlineEndpoints/${name}`, name, { authMode: 'Key', traffic: {} }),
    state: 'Succeeded',
    keys: { primaryKey: 'first-key', secondaryKey: 'second-key' },
    deployments: new Map(),
  };
  workspace.endpoints.set(name, endpoint);
  return endpoint;
}

export function addDeployment(endpoint: Endpoint, name: string, properties: Record<string, unknown>): Deployment {
  const deployment: Deployment = {
    ...resource(`${endpoint.id}/deployments/${name}`, name, { endpointComputeType: 'Managed', ...properties }),
    sku: { name: 'Default', capacity: 1 },
    state: 'Creating',
    log: '',
  };
  endpoint.deployments.set(name, deployment);
  return deployment;
}

/** The run's terminal event, told by the world as the event grid service would hear it. */
export function ended(world: World, jobName: string): Promise<Run> {
  return new Promise((resolve) => {
    world.onEvent((event) => {
      if (event.kind !== 'runStatusChanged' || event.run.id !== jobName) return;
      if (['Completed', 'Failed', 'Canceled'].includes(event.status)) resolve(event.run);
    });
  });
}

function resource(id: string, name: string, properties: Record<string, unknown>): Resource {
  return { id, name, type: 'test', tags: {}, properties, createdAt: new Date(), modifiedAt: new Date() };
}
