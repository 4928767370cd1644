import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type HostedFunction, loadApp, triggeredBy } from './app.ts';
import { clockFrom } from './clock.ts';
import { type Core, provideCore } from './core.ts';
import { invoker } from './invoke.ts';
import { keysFrom } from './keys.ts';
import { openLog, textOf } from './log.ts';
import { queueOutput } from './output.ts';
import { listenToQueue } from './queue.ts';
import { listen } from './server.ts';
import { directoryFrom } from './signIn.ts';
import { readHostSettings } from './settings.ts';
import { queueOpener } from './storage.ts';
import { startTimer } from './timer.ts';

/** The cloud's lease on a message that is being worked on. */
const defaultLeaseSeconds = 600;
/** Functions that run when we are told to stop get this long. */
const graceMs = 10_000;

const { values: given } = parseArgs({
  options: {
    app: { type: 'string', default: '.' },
    port: { type: 'string', default: '0' },
    log: { type: 'string' },
    'lease-seconds': { type: 'string', default: String(defaultLeaseSeconds) },
  },
});

async function main(): Promise<void> {
  const app = resolve(given.app);
  const clock = clockFrom(process.env['STEWARD_CLOCK']);
  const keys = keysFrom(process.env['STEWARD_HOST_KEYS']);
  // The host's secrets are none of the app's settings.
  delete process.env['STEWARD_HOST_KEYS'];
  const directory = directoryFrom(process.env['STEWARD_HOST_SIGN_IN']);
  delete process.env['STEWARD_HOST_SIGN_IN'];
  const log = openLog(given.log === undefined ? undefined : resolve(given.log), () => clock.now());
  process.chdir(app);

  const settings = readHostSettings(app, process.env);
  const core = provideCore(log);
  const functions = await loadApp(app, core, process.env);
  const openQueue = queueOpener(process.env);
  const invoke = invoker(core, log, queueOutput(openQueue, settings.queues.messageEncoding));
  await runAppHooks(core, 'appStart');

  const leaseMs = Number(given['lease-seconds']) * 1000;
  const timers = new Map(
    triggeredBy(functions, 'timerTrigger').map((called) => [called.name, startTimer(called, clock, invoke)]),
  );
  const server = await listen(Number(given.port), { functions, timers, settings, keys, directory, invoke, log });
  const listeners = triggeredBy(functions, 'queueTrigger').map((called) =>
    listenToQueue(called, openQueue, { settings: settings.queues, leaseMs, invoke, log }),
  );
  const stop = once(async () => {
    const stopping = [server.close(), ...[...timers.values(), ...listeners].map((running) => running.stop())];
    await Promise.race([Promise.all(stopping), after(graceMs)]);
    await runAppHooks(core, 'appTerminate');
    process.exit(0);
  });
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  // A parent that is gone can no longer stop us.
  process.on('disconnect', stop);
  announce(server.url, functions, log);
}

async function runAppHooks(core: Core, name: 'appStart' | 'appTerminate'): Promise<void> {
  for (const hook of core.hooks[name]) await hook({ hookData: {}, appHookData: core.appHookData });
}

/** Tells whoever started us where we are: by message to a parent process, and in the log. */
function announce(url: string, functions: readonly HostedFunction[], log: ReturnType<typeof openLog>): void {
  log('information', `ready at ${url} with ${functions.map(({ name }) => name).join(', ')}`);
  process.send?.({ ready: url });
}

function once(action: () => Promise<void>): () => void {
  let begun = false;
  return () => {
    if (begun) return;
    begun = true;
    void action();
  };
}

function after(delayMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, delayMs));
}

try {
  await main();
} catch (error) {
  console.error(`The host cannot start: ${textOf(error)}`);
  process.exit(1);
}
