import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { instanceOf, type Instance } from './instances.ts';
import { keepOutput, killProcess } from './processes.ts';

/** Real milliseconds between two looks whether a starting process is ready. */
const pollMs = 25;

const portMessage = z.object({ port: z.int() });

export interface ServingStart {
  /** The process starts here; holds the deployment's code. */
  readonly code: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Real milliseconds. */
  readonly readyWithinMs: number;
  readonly stop: AbortSignal;
}

/** Starts a deployment's process and answers once it is ready; throws, with nothing left running, when it is not. */
export async function startServing(start: ServingStart, owner: { log: string }): Promise<Instance> {
  const server = join(start.code, '..', 'inferenceServer.mts');
  await copyFile(fileURLToPath(new URL('inferenceServer.ts', import.meta.url)), server);
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', server], {
    cwd: start.code,
    env: { ...start.environment },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    detached: process.platform !== 'win32',
  });
  keepOutput(child, owner);
  try {
    const port = await ready(child, start);
    const isAlive = () => child.exitCode === null && child.signalCode === null;
    return instanceOf({ port, isAlive, onExit: (ended) => child.once('exit', ended), kill: () => killProcess(child) }); // prettier-ignore
  } catch (error) {
    await killProcess(child);
    throw error;
  }
}

async function ready(child: ChildProcess, { readyWithinMs, stop }: ServingStart): Promise<number> {
  const deadline = performance.now() + readyWithinMs;
  let port: number | undefined;
  child.on('message', (message) => (port = portMessage.parse(message).port));
  const ended = once(child, 'close').then(() => true);
  for (;;) {
    if (await Promise.race([ended, sleep(pollMs, false)])) {
      throw new Error(`the process ended (${child.signalCode ?? `exit code ${child.exitCode}`}) before it was ready`);
    }
    if (stop.aborted) throw new Error('stopped while it was starting');
    if (performance.now() > deadline) throw new Error('the process was not ready in the time of its readiness probe');
    if (port !== undefined && (await isReady(port))) return port;
  }
}

async function isReady(port: number): Promise<boolean> {
  return fetch(`http://127.0.0.1:${port}/ready`, { signal: AbortSignal.timeout(2_000) }).then(
    async (response) => {
      await response.body?.cancel();
      return response.ok;
    },
    () => false,
  );
}
