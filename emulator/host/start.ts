import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { ClockSetting } from './clock.ts';
import { type HostKeys, makeKeys } from './keys.ts';
import { type LogLine, logLine } from './log.ts';
import { directoryOf, type Directory, type Person } from './signIn.ts';

export interface HostOptions {
  /** Folder with host.json and package.json, e.g. the repository's root. */
  readonly app: string;
  /** The app's settings. Nothing else of this process's environment reaches it but PATH, HOME and TMPDIR. */
  readonly settings: Readonly<Record<string, string>>;
  readonly clock?: ClockSetting;
  readonly keys?: HostKeys;
  /** App Service authentication in front of the app, and who can sign in. Absent: it is off. */
  readonly signIn?: { readonly tenant: string; readonly people: readonly Person[] };
  /** 0 (the default) lets the system choose; a restart keeps what was chosen. */
  readonly port?: number;
  /** Lease on a message being worked on; the cloud's 600 by default. Real seconds. */
  readonly leaseSeconds?: number;
}

export interface Host {
  readonly url: string;
  readonly keys: HostKeys;
  readonly pid: number;
  /** Of somebody who can sign in, for `Authorization: Bearer ...`; the same over a restart. */
  token(signInName: string): string;
  /** Address to deliver a function's events to, system key included. */
  eventGridUrl(functionName: string): string;
  /** Log lines of all runs so far; what the app prints by itself appears with level `none`. */
  logs(): readonly LogLine[];
  /** Sends a signal; after one that ends the process, resolves when it is gone. */
  kill(signal: 'SIGKILL' | 'SIGTERM' | 'SIGSTOP' | 'SIGCONT'): Promise<void>;
  /** Starts again at the same address with the same keys and clock, after an end of any kind. */
  restart(): Promise<void>;
  /** Ends it in good order, by force when that takes longer than 15 s. */
  stop(): Promise<void>;
}

const startLimitMs = 60_000;
const stopLimitMs = 15_000;
const program = fileURLToPath(new URL('main.ts', import.meta.url));
const readyMessage = z.object({ ready: z.string() });

function inherited(): Record<string, string> {
  const names = ['PATH', 'HOME', 'TMPDIR', 'SystemRoot', 'TEMP'];
  return Object.fromEntries(names.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])));
}

function launch(options: HostOptions, keys: HostKeys, port: number, directory: Directory | undefined): ChildProcess {
  const lease = options.leaseSeconds === undefined ? [] : ['--lease-seconds', String(options.leaseSeconds)];
  return spawn(
    process.execPath,
    [
      '--disable-warning=ExperimentalWarning',
      '--enable-source-maps',
      program,
      '--app',
      options.app,
      '--port',
      String(port),
      ...lease,
    ],
    {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env: {
        ...inherited(),
        ...options.settings,
        STEWARD_HOST_KEYS: JSON.stringify(keys),
        ...(directory ? { STEWARD_HOST_SIGN_IN: JSON.stringify(directory) } : {}),
        ...(options.clock ? { STEWARD_CLOCK: JSON.stringify(options.clock) } : {}),
      },
    },
  );
}

/** Splits a stream into log lines; a line that is no log line of the host is kept as printed. */
function collect(child: ChildProcess, lines: LogLine[]): void {
  for (const stream of [child.stdout, child.stderr]) {
    let rest = '';
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      const parts = (rest + chunk).split('\n');
      rest = parts.pop() ?? '';
      lines.push(...parts.filter((line) => line !== '').map(parseLine));
    });
  }
}

function parseLine(line: string): LogLine {
  try {
    return logLine.parse(JSON.parse(line));
  } catch {
    return { at: '', level: 'none', message: line };
  }
}

/** Resolves to the address; rejects with what the process printed when it ends instead. */
function untilReady(child: ChildProcess, lines: readonly LogLine[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const limit = setTimeout(() => fail(`was not ready after ${startLimitMs / 1000} s`), startLimitMs);
    const fail = (what: string) => {
      clearTimeout(limit);
      child.kill('SIGKILL');
      reject(
        new Error(
          `The host ${what}:\n${lines
            .slice(-20)
            .map(({ message }) => message)
            .join('\n')}`,
        ),
      );
    };
    child.once('error', (error) => fail(`could not be started (${error.message})`));
    child.once('close', (code) => fail(`ended with code ${String(code)}`));
    child.on('message', (message) => {
      const ready = readyMessage.safeParse(message);
      if (!ready.success) return;
      clearTimeout(limit);
      child.removeAllListeners('close');
      resolve(ready.data.ready);
    });
  });
}

function gone(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => child.once('exit', () => resolve()));
}

async function end(child: ChildProcess): Promise<void> {
  child.kill('SIGTERM');
  const force = setTimeout(() => child.kill('SIGKILL'), stopLimitMs);
  await gone(child);
  clearTimeout(force);
}

/** Runs the built app in a process of its own and resolves when it takes requests. */
export async function startHost(options: HostOptions): Promise<Host> {
  const keys = options.keys ?? makeKeys();
  const directory = options.signIn && directoryOf(options.signIn.tenant, options.signIn.people);
  const lines: LogLine[] = [];
  const start = async (port: number) => {
    const child = launch(options, keys, port, directory);
    collect(child, lines);
    return { child, url: await untilReady(child, lines) };
  };
  let run = await start(options.port ?? 0);
  return {
    keys,
    get url() {
      return run.url;
    },
    get pid() {
      return run.child.pid ?? 0;
    },
    token(signInName) {
      const found = directory?.people.find((each) => each.signInName === signInName);
      if (!found) throw new Error(`${signInName} cannot sign in here`);
      return found.token;
    },
    eventGridUrl: (name) => `${run.url}/runtime/webhooks/eventgrid?functionName=${name}&code=${keys.system}`,
    logs: () => lines,
    async kill(signal) {
      run.child.kill(signal);
      if (signal === 'SIGKILL' || signal === 'SIGTERM') await gone(run.child);
    },
    async restart() {
      await end(run.child);
      run = await start(Number(new URL(run.url).port));
    },
    stop: () => end(run.child),
  };
}
