import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startHost, type Host, type HostOptions } from '../../../emulator/host/start.ts';
import { customSender, mailOf, type Mailbox } from '../../../emulator/services/email/mailbox.ts';
import type { Schema } from '../../../emulator/services/eventGrid/envelope.ts';
import type { SubscriptionOptions } from '../../../emulator/services/eventGrid/subscription.ts';
import type { Filter } from '../../../emulator/services/eventGrid/filter.ts';
import { gridOf, type EventGrid } from '../../../emulator/services/eventGrid/grid.ts';
import type { WorkspaceOptions } from '../../../emulator/workspace.ts';
import type { Workspace, World } from '../../../emulator/world.ts';
import type { ModelDetail } from '../../../src/lib/history.ts';
import { startTestEmulator } from '../../emulated.ts';

const ROOT = new URL('../../..', import.meta.url).pathname;
/** Virtual seconds per real one; more would be too coarse for queue delays, which are whole real seconds. */
const FACTOR = 60;
const HOUR_MS = 3_600_000;
export const DEAD_LETTERS = 'dead-letters';
const EVENTS = {
  runEvents: ['RunCompleted', 'RunStatusChanged'],
  modelEvents: ['ModelRegistered', 'ModelDeployed'],
  driftEvents: ['DatasetDriftDetected'],
} as const;

/** The built app in a process of its own, beside the emulated Azure and its storage. */
export interface Stack {
  readonly world: World;
  readonly host: Host;
  readonly events: EventGrid;
  readonly mail: Mailbox;
  /** For everything that a scenario writes; gone after `stop`. */
  readonly folder: string;
  workspace(name: string): Workspace;
  /** One more process of the app on the same storage. */
  anotherHost(settings?: Readonly<Record<string, string>>): Promise<Host>;
  /** The workspace's events go to this app, in this schema, as far as they pass the filter; again replaces what was. */
  subscribe(
    workspace: { readonly id: string; readonly name: string },
    schema?: Schema,
    filter?: Filter,
    undelivered?: Pick<SubscriptionOptions, 'deadLetter' | 'retry'>,
  ): Promise<void>;
  /** Further lines of the estate, instead of those of before; the next publication takes them along. */
  estate(lines: string): void;
  /** By the command line, as a team does it. The estate goes along. */
  publish(...policies: readonly string[]): Promise<{ readonly exitCode: number; readonly output: string }>;
  /** Which process is asked from now on; the first one by default. */
  askThrough(host: Host): void;
  /** With the function key; an order makes it a POST. Further headers say who asks. */
  ask(
    path: string,
    order?: unknown,
    headers?: Readonly<Record<string, string>>,
  ): Promise<{ readonly status: number; readonly body: unknown }>;
  model(environment: string, model: string): Promise<ModelDetail>;
  /** Throws when the app threw or the emulator met what it cannot do. `mayThrow`: the scenario makes the app throw. */
  stop(options?: { readonly mayThrow?: boolean }): Promise<void>;
}

export interface StackOptions {
  readonly workspaces?: readonly WorkspaceOptions[];
  /** The minute of the hour at which virtual time begins, for scenarios about whole hours. */
  readonly minute?: number;
  /** Authentication in front of the first process, and the settings that tell the app of it. */
  readonly signIn?: NonNullable<HostOptions['signIn']>;
  /** On top of the app's usual settings. */
  readonly settings?: (world: World) => Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>;
}

export async function startStack(options: StackOptions = {}): Promise<Stack> {
  if (!existsSync(join(ROOT, 'dist/functions'))) throw new Error('dist/ is missing: npm run build comes first');
  const folder = mkdtempSync(join(tmpdir(), 'scenario-'));
  const workspaces = options.workspaces ?? [{ name: 'ml-prod' }];
  const origin = options.minute === undefined ? new Date() : originAt(options.minute);
  const emulator = await startTestEmulator({ folder, workspaces, clock: { origin, factor: FACTOR } });
  const { world } = emulator;
  const mail = mailOf(world);
  const settings = {
    ...settingsFor(world),
    ...signInSettings(options.signIn?.tenant),
    ...(await options.settings?.(world)),
  };
  const clock = { origin: world.clock.origin.toISOString(), realStart: world.clock.origin.getTime(), factor: FACTOR };
  const anotherHost = (more: Readonly<Record<string, string>> = {}) =>
    startHost({
      app: ROOT,
      settings: { ...settings, ...more },
      clock,
      ...(options.signIn && { signIn: options.signIn }),
    });
  const hosts = [await anotherHost()];
  const [host] = hosts as [Host];
  const events = gridOf(world);
  let asked = host;
  const ask: Stack['ask'] = (path, order, headers) => askHost(asked, path, order, headers);
  const subscribe: Stack['subscribe'] = async (
    { id, name },
    schema = 'EventGridSchema',
    filter = {},
    undelivered = {},
  ) => {
    for (const [called, types] of Object.entries(EVENTS)) {
      const includedEventTypes = types.map((type) => `Microsoft.MachineLearningServices.${type}`);
      await events.addSubscription({ name: `${name}-${called}`, workspace: id, endpointUrl: host.eventGridUrl(called), schema, filter: { includedEventTypes, ...filter }, ...undelivered }); // prettier-ignore
    }
  };
  for (const workspace of world.workspaces.values()) await subscribe(workspace);
  const estate = (lines: string) => writeFileSync(join(folder, 'estate.yaml'), `${estateOf(world)}${lines}`);
  estate('');
  const publishing = (policies: readonly string[]) =>
    publish(folder, { ...settings, STEWARD_CLOCK: JSON.stringify(clock) }, policies);
  await publishing([]);
  return {
    world, host, events, mail, folder, subscribe, estate, ask,
    workspace(name) {
      const found = [...world.workspaces.values()].find((workspace) => workspace.name === name);
      if (!found) throw new Error(`the stack has no workspace ${name}`);
      return found;
    },
    askThrough(another) {
      asked = another;
    },
    async anotherHost(more) {
      const another = await anotherHost(more);
      hosts.push(another);
      return another;
    },
    publish: (...policies) => publishing(policies),
    async model(environment, model) {
      const { status, body } = await ask(`/api/models/${environment}/${model}`);
      if (status !== 200) throw new Error(`the app answered ${status}: ${JSON.stringify(body)}`);
      return body as ModelDetail;
    },
    async stop({ mayThrow = false } = {}) {
      await Promise.all(hosts.map((each) => each.stop()));
      await emulator.stop();
      rmSync(folder, { recursive: true, force: true });
      const thrown = hosts.flatMap((each) => each.logs()).filter(({ level }) => level === 'error' || level === 'critical');
      if (!mayThrow && thrown.length > 0)
        throw new Error(`The app threw:\n${thrown.map(({ message }) => message).join('\n')}`);
    },
  }; // prettier-ignore
}

/** Virtual time is real time at its origin and runs ahead from there: that minute is now. */
function originAt(minute: number): Date {
  const now = Date.now();
  const aheadMs = (minute * 60_000 - (now % HOUR_MS) + HOUR_MS) % HOUR_MS;
  return new Date(now - aheadMs / (FACTOR - 1));
}

function settingsFor(world: World): Record<string, string> {
  return {
    AzureWebJobsStorage: world.storage.connectionString,
    AzureFunctionsJobHost__extensions__queues__maxPollingInterval: '00:00:00.100',
    IDENTITY_ENDPOINT: world.identity.endpoint,
    IDENTITY_HEADER: world.identity.header,
    NODE_EXTRA_CA_CERTS: world.ca.path,
    STEWARD_ARM_ENDPOINT: world.origin,
    STEWARD_LOGS_ENDPOINT: world.origin,
    STEWARD_DATASTORE_CONNECTION: world.storage.connectionString,
    STEWARD_EMAIL_ENDPOINT: world.origin,
    STEWARD_EMAIL_SENDER: customSender,
    STEWARD_DEAD_LETTERS: DEAD_LETTERS,
  };
}

function signInSettings(tenant: string | undefined): Record<string, string> {
  return tenant === undefined
    ? {}
    : { STEWARD_ENTRA_TENANT: tenant, STEWARD_ENTRA_CLIENT_ID: '00000000-0000-0000-0000-0000000000c1' };
}

/** A workspace named `ml-x` is the environment `x`. */
function estateOf(world: World): string {
  const lines = [...world.workspaces.values()].map(
    ({ id, name }) => `  ${name}: { id: ${id}, environment: ${name.replace(/^ml-/, '')} }`,
  );
  return ['steward: 1', 'workspaces:', ...lines, ''].join('\n');
}

async function publish(folder: string, settings: Readonly<Record<string, string>>, policies: readonly string[]) {
  const files = policies.map((text, index) => {
    const file = join(folder, `policy-${index + 1}.yaml`);
    writeFileSync(file, text);
    return file;
  });
  const env = { ...settings, PATH: process.env['PATH'] ?? '' };
  const args = ['--disable-warning=ExperimentalWarning', 'src/cli/policy.ts', 'publish', ...files, '--estate', join(folder, 'estate.yaml')]; // prettier-ignore
  return new Promise<{ exitCode: number; output: string }>((resolve) => {
    const child = execFile(process.execPath, args, { cwd: ROOT, env }, (_error, stdout, stderr) =>
      resolve({ exitCode: child.exitCode ?? -1, output: `${stdout}${stderr}` }),
    );
  });
}

async function askHost(host: Host, path: string, order?: unknown, headers: Readonly<Record<string, string>> = {}) {
  const answer = await fetch(`${host.url}${path}`, {
    headers: { 'x-functions-key': host.keys.function, 'content-type': 'application/json', ...headers },
    ...(order === undefined ? {} : { method: 'POST', body: JSON.stringify(order) }),
  });
  const text = await answer.text();
  return { status: answer.status, body: text === '' ? undefined : (JSON.parse(text) as unknown) };
}
