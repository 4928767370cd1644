import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { trust } from '../emulator/certificates.ts';
import { startHost, type Host } from '../emulator/host/start.ts';
import { startEmulator } from '../emulator/main.ts';
import { gridOf, type EventGrid } from '../emulator/services/eventGrid/grid.ts';
import { customSender, mailOf, type Mailbox } from '../emulator/services/email/mailbox.ts';
import type { Workspace, World } from '../emulator/world.ts';
import { azureOf, type Azure } from './azure.ts';
import { CLIENT_ID, SIGN_IN } from './people.ts';
import { freePort } from './port.ts';

const ROOT = new URL('..', import.meta.url).pathname;
const DEAD_LETTERS = 'dead-letters';

/** The emulated Azure alone: what is there before Steward comes. */
export interface Cloud {
  readonly world: World;
  /** Where the spam filter serves: ml-prod. */
  readonly workspace: Workspace;
  readonly azure: Azure;
  workspaceOf(name: string): Workspace;
  readonly events: EventGrid;
  readonly mail: Mailbox;
  stop(): Promise<void>;
}

/** Everything on this machine: storage, the emulated Azure, and the built app in a process of its own. */
export interface Stack extends Cloud {
  readonly host: Host;
  /** Settings of the app, e.g. for a second process of it. */
  readonly settings: Readonly<Record<string, string>>;
  /** Publishes policy files the way a team does: by the command line. Returns what it printed. */
  publish(policies: readonly string[], estate: string): Promise<string>;
  /** Asks the app, with the function key. */
  ask(
    path: string,
    options?: {
      readonly method?: string;
      readonly body?: unknown;
      readonly headers?: Readonly<Record<string, string>>;
    },
  ): Promise<{ readonly status: number; readonly body: unknown }>;
}

export interface CloudOptions {
  readonly folder: string;
  /** Virtual seconds per real second. */
  readonly factor?: number;
  /** Keep data between runs; in memory otherwise. */
  readonly keep?: boolean;
}

export interface AppOptions {
  readonly hostPort?: number;
  /** Published before the app starts; without it the caller publishes. */
  readonly policy?: { readonly policies: readonly string[]; readonly estate: string };
}

export async function startStack(options: CloudOptions & AppOptions): Promise<Stack> {
  return startSteward(await startCloud(options), options);
}

export async function startCloud({ folder, factor = 60, keep = false }: CloudOptions): Promise<Cloud> {
  const emulator = await startEmulator({
    folder,
    clock: { origin: new Date(), factor },
    workspaces: ['ml-dev', 'ml-test', 'ml-prod'].map((name) => ({ name })),
    ...(keep ? {} : { storage: 'inMemory' }),
  });
  const { world } = emulator;
  trust(world.ca.pem);
  const workspaceOf = (name: string) => {
    const found = [...world.workspaces.values()].find((workspace) => workspace.name === name);
    if (!found) throw new Error(`the emulator has no workspace ${name}`);
    return found;
  };
  const workspace = workspaceOf('ml-prod');
  const azure = azureOf(world, workspace);
  return {
    world,
    workspace,
    workspaceOf,
    azure,
    events: gridOf(world),
    mail: mailOf(world),
    stop: () => emulator.stop(),
  };
}

export async function startSteward(cloud: Cloud, { hostPort, policy }: AppOptions = {}): Promise<Stack> {
  const { world, events, mail } = cloud;
  const port = hostPort ?? (await freePort(0));
  const settings = { ...settingsFor(world, mail), STEWARD_BASE_URL: `http://127.0.0.1:${port}` };
  const { origin, factor } = world.clock;
  const clock = { origin: origin.toISOString(), realStart: origin.getTime(), factor };
  if (policy) await publish(settings, clock, policy.policies, policy.estate);
  const host = await startHost({ app: ROOT, settings, clock, port, signIn: SIGN_IN });
  for (const workspace of world.workspaces.values()) await subscribe(events, workspace, host);
  return {
    ...cloud, host, settings,
    publish: (files, estate) => publish(settings, clock, files, estate),
    ask: (path, options) => ask(host, path, options),
    async stop() {
      await host.stop();
      await cloud.stop();
    },
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
    STEWARD_LOGS_ENDPOINT: world.origin,
    STEWARD_DATASTORE_CONNECTION: world.storage.connectionString,
    STEWARD_EMAIL_ENDPOINT: world.origin,
    STEWARD_EMAIL_SENDER: mail.senders[0] ?? customSender,
    STEWARD_DEAD_LETTERS: DEAD_LETTERS,
    STEWARD_ENTRA_TENANT: SIGN_IN.tenant,
    STEWARD_ENTRA_CLIENT_ID: CLIENT_ID,
  };
}

/** Three subscriptions of a workspace's system topic, as the infrastructure makes them. */
async function subscribe(events: EventGrid, workspace: Workspace, host: Host): Promise<void> {
  const prefix = 'Microsoft.MachineLearningServices.';
  const wanted = {
    runEvents: [`${prefix}RunCompleted`, `${prefix}RunStatusChanged`],
    modelEvents: [`${prefix}ModelRegistered`, `${prefix}ModelDeployed`],
    driftEvents: [`${prefix}DatasetDriftDetected`],
  };
  for (const [name, includedEventTypes] of Object.entries(wanted)) {
    await events.addSubscription({ name: `${workspace.name}-${name}`, workspace: workspace.id, endpointUrl: host.eventGridUrl(name), schema: 'EventGridSchema', filter: { includedEventTypes }, deadLetter: DEAD_LETTERS });
  } // prettier-ignore
}

async function publish(
  settings: Readonly<Record<string, string>>,
  clock: unknown,
  policies: readonly string[],
  estate: string,
): Promise<string> {
  const env = { ...settings, PATH: process.env['PATH'] ?? '', STEWARD_CLOCK: JSON.stringify(clock) };
  const args = [
    '--disable-warning=ExperimentalWarning',
    'src/cli/policy.ts',
    'publish',
    ...policies,
    '--estate',
    estate,
  ];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: ROOT, env });
  return stdout;
}

async function ask(
  host: Host,
  path: string,
  {
    method = 'GET',
    body,
    headers = {},
  }: { readonly method?: string; readonly body?: unknown; readonly headers?: Readonly<Record<string, string>> } = {},
) {
  const answer = await fetch(`${host.url}${path}`, {
    method,
    headers: { 'x-functions-key': host.keys.function, 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  return { status: answer.status, body: text === '' ? undefined : (JSON.parse(text) as unknown) };
}
