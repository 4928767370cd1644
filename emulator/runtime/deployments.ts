import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Deployment, Endpoint, Workspace, World } from '../world.ts';
import { assetVersion } from './assets.ts';
import { download } from './blobFiles.ts';
import { blobLocation } from './blobLocations.ts';
import { containerEnvironment, pathForImage } from './containers.ts';
import { instanceKey, instances, type Instance } from './instances.ts';
import { assetUri, downloadCode } from './jobFolder.ts';
import { appendNote } from './log.ts';
import { parseDeployment, readinessLimitMs, type OnlineDeployment } from './onlineDeployment.ts';
import { startServing } from './servingProcess.ts';

/** A real process needs real time to start, however fast the virtual clock runs. */
const leastReadinessMs = 20_000;

export interface DeploymentRunner {
  start(workspace: Workspace, endpoint: Endpoint, deployment: Deployment): Promise<void>;
  stop(workspace: Workspace, endpoint: Endpoint, deployment: Deployment): Promise<void>;
  stopAll(): Promise<void>;
}

export function deploymentRunner(world: World): DeploymentRunner {
  const serving = instances(world);
  const starting = new Map<string, { abort: AbortController; done: Promise<void> }>();
  let count = 0;

  const stop = async (key: string) => {
    starting.get(key)?.abort.abort();
    await starting.get(key)?.done;
    const instance = serving.get(key);
    serving.delete(key);
    await instance?.close();
  };
  return {
    async start(workspace, endpoint, deployment) {
      const key = instanceKey(deployment);
      const abort = new AbortController();
      const folder = join(world.folder, 'deployments', endpoint.name, `${deployment.name}-${(count += 1)}`);
      const done = settle(serving, deployment, launch({ world, workspace, deployment, folder, stop: abort.signal }));
      const entry = { abort, done };
      starting.set(key, entry);
      await done;
      if (starting.get(key) === entry) starting.delete(key);
    },
    stop: (_workspace, _endpoint, deployment) => stop(instanceKey(deployment)),
    async stopAll() {
      await Promise.all([...starting.keys(), ...serving.keys()].map(stop));
    },
  };
}

/** The state follows the process: what fails to start, or ends later by itself, is Failed; the log says why. */
async function settle(
  serving: Map<string, Instance>,
  deployment: Deployment,
  launched: Promise<Instance>,
): Promise<void> {
  const key = instanceKey(deployment);
  const fail = (why: string) => {
    appendNote(deployment, why);
    deployment.state = 'Failed';
  };
  try {
    const fresh = await launched;
    if (!fresh.alive) throw new Error('the process ended right after it was ready');
    const old = serving.get(key);
    serving.set(key, fresh);
    fresh.onExit(() => {
      if (serving.get(key) === fresh) fail('the process ended; no instance is left to answer');
    });
    deployment.state = 'Succeeded';
    await old?.close();
  } catch (error) {
    fail(error instanceof Error ? error.message : String(error));
  }
}

interface Launch {
  readonly world: World;
  readonly workspace: Workspace;
  readonly deployment: Deployment;
  readonly folder: string;
  readonly stop: AbortSignal;
}

async function launch({ world, workspace, deployment, folder, stop }: Launch): Promise<Instance> {
  const wanted = parseDeployment(deployment.properties);
  const path = pathForImage(assetVersion(workspace, 'environments', wanted.environmentId));
  const [code, model] = [join(folder, 'code'), join(folder, 'model')];
  await rm(folder, { recursive: true, force: true });
  for (const made of [code, model]) await mkdir(made, { recursive: true });
  await writeFile(join(folder, 'package.json'), '{}\n');
  await downloadCode(world, workspace, wanted.codeConfiguration.codeId, code);
  await downloadModel(world, workspace, wanted, model);
  return startServing(
    {
      code,
      environment: {
        ...containerEnvironment(path, world.ca.path),
        ...wanted.environmentVariables,
        AZUREML_MODEL_DIR: model,
        AZUREML_ENTRY_SCRIPT: wanted.codeConfiguration.scoringScript,
      },
      readyWithinMs: Math.max(readinessLimitMs(wanted) / world.clock.factor, leastReadinessMs),
      stop,
    },
    deployment,
  );
}

async function downloadModel(
  world: World,
  workspace: Workspace,
  { model }: OnlineDeployment,
  folder: string,
): Promise<void> {
  if (!model) return;
  await download(world.storage, blobLocation(world, workspace, assetUri(workspace, 'models', model)), folder);
}
