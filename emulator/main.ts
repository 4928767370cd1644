import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { certificates } from './certificates.ts';
import { virtualClock } from './clock.ts';
import { control } from './control.ts';
import { attachRuntime } from './runtime/attach.ts';
import { arm } from './services/arm/app.ts';
import { batch } from './services/batch/app.ts';
import { email } from './services/email/app.ts';
import { eventGrid } from './services/eventGrid/app.ts';
import { github } from './services/github/app.ts';
import { logs } from './services/logs/app.ts';
import { mlflow } from './services/mlflow/app.ts';
import { modelMonitor } from './services/modelMonitor/app.ts';
import { modelMonitors, type ModelMonitors } from './services/modelMonitor/monitors.ts';
import { monitor } from './services/monitor/app.ts';
import { runHistory } from './services/runHistory/app.ts';
import { scoring } from './services/scoring/app.ts';
import { dataCollector, type DataCollector } from './services/scoring/collecting.ts';
import { startFront, type Mounted } from './front.ts';
import { startStorage } from './storage.ts';
import { identity, tokensSignedWith } from './tokens.ts';
import { createWorkspace, type WorkspaceOptions } from './workspace.ts';
import type { Pace, StorageAddresses, World, WorkspaceEvent } from './world.ts';

export interface EmulatorOptions {
  /** For everything written at run time; made when missing. Keep it between starts to keep certificates and tokens. */
  readonly folder: string;
  readonly clock: { readonly origin: Date; readonly factor: number };
  readonly workspaces: readonly WorkspaceOptions[];
  /** Storage that somebody else runs; without it Azurite is started, its data in `folder` or in memory. */
  readonly storage?: StorageAddresses | 'inMemory';
  /** 0 or absent = any free port. */
  readonly port?: number;
  readonly pace?: Partial<Pace>;
}

export interface Emulator {
  readonly world: World;
  stop(): Promise<void>;
}

const defaultPace: Pace = { endpointMs: 5_000, deploymentMs: 5_000, deleteMs: 2_000 };

export async function startEmulator(options: EmulatorOptions): Promise<Emulator> {
  const started = new AsyncDisposableStack();
  try {
    const world = await start(options, started);
    return { world, stop: () => started.disposeAsync() };
  } catch (error) {
    await started.disposeAsync();
    throw error;
  }
}

/** What it starts it defers to end, last first. */
async function start(options: EmulatorOptions, started: AsyncDisposableStack): Promise<World> {
  mkdirSync(options.folder, { recursive: true });
  const made = await certificates(join(options.folder, 'certificates'));
  const secrets = keptSecrets(join(options.folder, 'identity.json'));
  const storage = await storageOf(options);
  started.defer(() => storage.stop());
  const front = await startFront(made, options.port);
  started.defer(() => front.stop());
  const clock = virtualClock(options.clock.origin, options.clock.factor);
  const world = emptyWorld({
    clock,
    origin: front.origin,
    ca: made.ca,
    folder: options.folder,
    storage: storage.addresses,
    identity: { endpoint: `${front.origin}/msi/token`, header: secrets.header },
    tokens: tokensSignedWith(secrets.tokens),
    pace: { ...defaultPace, ...options.pace },
  });
  for (const wanted of options.workspaces) {
    const workspace = await createWorkspace(wanted, storage.addresses, clock.now());
    world.workspaces.set(workspace.id.toLowerCase(), workspace);
  }
  const runtime = attachRuntime(world);
  started.defer(() => runtime.stop());
  started.defer(() => clock.stop());
  const collector = dataCollector(world);
  started.defer(() => collector.stop());
  const monitors = modelMonitors(world);
  started.defer(() => monitors.stop());
  front.mount(world, services(world, collector, monitors));
  return world;
}

type Fixed = 'clock' | 'origin' | 'ca' | 'folder' | 'storage' | 'identity' | 'tokens' | 'pace';

function emptyWorld(fixed: Pick<World, Fixed>): World {
  const listeners: ((event: WorkspaceEvent) => void)[] = [];
  return {
    ...fixed,
    workspaces: new Map(),
    faults: [],
    mischief: [],
    calls: [],
    served: [],
    unimplemented: [],
    crashes: [],
    raise: (event) => listeners.forEach((listener) => listener(event)),
    onEvent: (listener) => void listeners.push(listener),
    runJob: unattached,
    cancelJob: unattached,
    preemptJob: unattached,
    startDeployment: unattached,
    stopDeployment: unattached,
  };
}

/** First match wins; every path is a service's own, so that faults and recorded calls can name the service. */
function services(world: World, collector: DataCollector, monitors: ModelMonitors): readonly Mounted[] {
  const mail = email(world);
  const events = eventGrid(world);
  return [
    { name: 'control', path: /^\/_control\/mail/, app: mail },
    { name: 'control', path: /^\/_control\/eventGrid\//, app: events },
    { name: 'control', path: /^\/_control\/(monitors\/|datasetDrift$)/, app: modelMonitor(world, monitors) },
    { name: 'control', path: /^\/_control\//, app: control(world) },
    { name: 'token', path: /^\/msi\//, app: identity(world) },
    { name: 'email', path: /^\/emails/, app: mail },
    { name: 'eventGrid', path: /^\/topics\//, app: events },
    { name: 'github', path: /^\/github\//, app: github(world) },
    { name: 'mlflow', path: /^\/mlflow\//, app: mlflow(world) },
    { name: 'runHistory', path: /^\/history\//, app: runHistory(world) },
    { name: 'scoring', path: /^\/endpoints\//, app: scoring(world, collector) },
    { name: 'batch', path: /^\/batch\//, app: batch(world) },
    { name: 'logs', path: /^\/v1\//, app: logs(world) },
    { name: 'monitor', path: /\/providers\/Microsoft\.Insights\/|:getBatch$/i, app: monitor(world) },
    { name: 'arm', path: /^\/subscriptions(\/|$)/i, app: arm(world) },
  ];
}

async function storageOf({ storage, folder }: EmulatorOptions) {
  if (storage === undefined) return startStorage(join(folder, 'azurite'));
  if (storage === 'inMemory') return startStorage();
  return { addresses: storage, stop: async () => {} };
}

const secretsSchema = z.object({ header: z.string(), tokens: z.string() });

function keptSecrets(path: string): z.infer<typeof secretsSchema> {
  if (!existsSync(path)) {
    const fresh = { header: randomBytes(16).toString('hex'), tokens: randomBytes(32).toString('hex') };
    writeFileSync(path, JSON.stringify(fresh), { mode: 0o600 });
  }
  return secretsSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
}

function unattached(): never {
  throw new Error('emulator/runtime is not attached');
}
