import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { trust } from '../emulator/certificates.ts';
import { startHost, type Host } from '../emulator/host/start.ts';
import { startEmulator, type Emulator } from '../emulator/main.ts';
import { gridOf, type EventGrid } from '../emulator/services/eventGrid/grid.ts';
import { customSender, mailOf, type Mailbox } from '../emulator/services/email/mailbox.ts';
import type { Workspace, World } from '../emulator/world.ts';
import { azureOf, type Azure } from './azure.ts';

const ROOT = new URL('..', import.meta.url).pathname;

/** Everything on this machine: storage, the emulated Azure, and the built app in a process of its own. */
export interface Stack {
  readonly world: World;
  readonly workspace: Workspace;
  readonly azure: Azure;
  readonly host: Host;
  readonly events: EventGrid;
  readonly mail: Mailbox;
  /** Settings of the app, e.g. for a second process of it. */
  readonly settings: Readonly<Record<string, string>>;
  /** Publishes policy files the way a team does: by the command line. Returns what it printed. */
  publish(policy: string, estate: string): Promise<string>;
  /** Asks the app, with the function key. */
  ask(
    path: string,
    options?: { readonly method?: string; readonly body?: unknown },
  ): Promise<{ readonly status: number; readonly body: unknown }>;
  stop(): Promise<void>;
}

export interface StackOptions {
  readonly folder: string;
  /** Virtual seconds per real second. */
  readonly factor?: number;
  readonly hostPort?: number;
  /** Keep data between runs; in memory otherwise. */
  readonly keep?: boolean;
}

export async function startStack({ folder, factor = 60, hostPort, keep = false }: StackOptions): Promise<Stack> {
  const emulator = await startEmulator({
    folder,
    clock: { origin: new Date(), factor },
    workspaces: [{ name: 'ml-prod' }],
    ...(keep ? {} : { storage: 'inMemory' }),
  });
  const { world } = emulator;
  trust(world.ca.pem);
  const [workspace] = world.workspaces.values();
  if (!workspace) throw new Error('the emulator has no workspace');
  const mail = mailOf(world);
  const settings = settingsFor(world, mail);
  const clock = { origin: world.clock.origin.toISOString(), realStart: world.clock.origin.getTime(), factor };
  const host = await startHost({ app: ROOT, settings, clock, ...(hostPort === undefined ? {} : { port: hostPort }) });
  const events = gridOf(world);
  await subscribe(events, workspace, host);
  return {
    world, workspace, azure: azureOf(world, workspace), host, events, mail, settings,
    publish: (policy, estate) => publish(settings, clock, policy, estate),
    ask: (path, options) => ask(host, path, options),
    stop: () => stop(emulator, host),
  }; // prettier-ignore
}

function settingsFor(world: World, mail: Mailbox): Record<string, string> {
  return {
    AzureWebJobsStorage: world.storage.connectionString,
    // host.json's 2 s would be 2 virtual minutes.
    AzureFunctionsJobHost__extensions__queues__maxPollingInterval: '00:00:00.100',
    IDENTITY_ENDPOINT: world.identity.endpoint,
    IDENTITY_HEADER: world.identity.header,
    NODE_EXTRA_CA_CERTS: world.ca.path,
    STEWARD_ARM_ENDPOINT: world.origin,
    STEWARD_DATASTORE_CONNECTION: world.storage.connectionString,
    STEWARD_EMAIL_ENDPOINT: world.origin,
    STEWARD_EMAIL_SENDER: mail.senders[0] ?? customSender,
  };
}

/** Three subscriptions of the workspace's system topic, as the infrastructure makes them. */
async function subscribe(events: EventGrid, workspace: Workspace, host: Host): Promise<void> {
  const prefix = 'Microsoft.MachineLearningServices.';
  const wanted = {
    runEvents: [`${prefix}RunCompleted`, `${prefix}RunStatusChanged`],
    modelEvents: [`${prefix}ModelRegistered`, `${prefix}ModelDeployed`],
    driftEvents: [`${prefix}DatasetDriftDetected`],
  };
  for (const [name, includedEventTypes] of Object.entries(wanted)) {
    await events.addSubscription({ name, workspace: workspace.id, endpointUrl: host.eventGridUrl(name), schema: 'EventGridSchema', filter: { includedEventTypes } });
  } // prettier-ignore
}

async function publish(
  settings: Readonly<Record<string, string>>,
  clock: unknown,
  policy: string,
  estate: string,
): Promise<string> {
  const env = { ...settings, PATH: process.env['PATH'] ?? '', STEWARD_CLOCK: JSON.stringify(clock) };
  const args = ['--disable-warning=ExperimentalWarning', 'src/cli/policy.ts', 'publish', policy, '--estate', estate];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: ROOT, env });
  return stdout;
}

async function ask(
  host: Host,
  path: string,
  { method = 'GET', body }: { readonly method?: string; readonly body?: unknown } = {},
) {
  const answer = await fetch(`${host.url}${path}`, {
    method,
    headers: { 'x-functions-key': host.keys.function, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  return { status: answer.status, body: text === '' ? undefined : (JSON.parse(text) as unknown) };
}

async function stop(emulator: Emulator, host: Host): Promise<void> {
  await host.stop();
  await emulator.stop();
}
