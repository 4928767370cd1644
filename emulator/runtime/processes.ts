import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { appendLog } from './log.ts';

/** Real milliseconds between the polite signal and the one that cannot be ignored. */
const killDelayMs = 2_000;
const ownGroup = process.platform !== 'win32';

export interface CommandLine {
  readonly command: string;
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** Runs the line in a shell, its own process group; answers the exit code, or undefined when a signal ended it. */
export async function runCommand(
  line: CommandLine,
  owner: { log: string },
  stop: AbortSignal,
): Promise<number | undefined> {
  const child = spawn(line.command, {
    shell: true,
    cwd: line.folder,
    env: { ...line.environment },
    detached: ownGroup,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  keepOutput(child, owner);
  // As in a container, whatever the line left behind ends with it; without that the output would never close.
  child.once('exit', () => signal(child, 'SIGKILL'));
  const kill = () => void killProcess(child);
  stop.addEventListener('abort', kill);
  if (stop.aborted) kill();
  try {
    await once(child, 'close');
    return child.exitCode ?? undefined;
  } finally {
    stop.removeEventListener('abort', kill);
  }
}

export function keepOutput(child: ChildProcess, owner: { log: string }): void {
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => appendLog(owner, text));
  }
}

/** Ends the process and what it started; resolves when it is gone. */
export async function killProcess(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  signal(child, 'SIGTERM');
  const insist = setTimeout(() => signal(child, 'SIGKILL'), killDelayMs);
  await gone;
  clearTimeout(insist);
}

function signal(child: ChildProcess, name: NodeJS.Signals): void {
  if (!ownGroup || child.pid === undefined) {
    child.kill(name);
    return;
  }
  try {
    process.kill(-child.pid, name);
  } catch {
    // The group is gone already.
  }
}
