import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BlobServiceClient, type ContainerClient } from '@azure/storage-blob';
import { trust } from '../emulator/certificates.ts';
import { startEmulator, type EmulatorOptions } from '../emulator/main.ts';
import type { Workspace, World } from '../emulator/world.ts';

export interface TestEmulator {
  readonly world: World;
  /** The first workspace, `ml-prod` unless asked otherwise. */
  readonly workspace: Workspace;
  /** Throws when a route was met that the emulator does not do, or a service threw. */
  stop(): Promise<void>;
}

/**
 * A whole emulated Azure in a new folder, storage in memory. Trusts its authority in this process and points
 * @azure/identity at its token endpoint: call it before the first credential is used (the source is cached).
 */
export async function startTestEmulator(options: Partial<EmulatorOptions> = {}): Promise<TestEmulator> {
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), 'emulated-'));
  const emulator = await startEmulator({
    folder,
    clock: { origin: new Date(), factor: 60 },
    workspaces: [{ name: 'ml-prod' }],
    storage: 'inMemory',
    ...options,
  });
  const { world } = emulator;
  trust(world.ca.pem);
  process.env['IDENTITY_ENDPOINT'] = world.identity.endpoint;
  process.env['IDENTITY_HEADER'] = world.identity.header;
  const [workspace] = world.workspaces.values();
  if (workspace === undefined) throw new Error('a test emulator needs a workspace');
  return {
    world,
    workspace,
    async stop() {
      await emulator.stop();
      if (options.folder === undefined) rmSync(folder, { recursive: true, force: true });
      const faults = [...world.unimplemented.map((route) => `501: ${route}`), ...world.crashes];
      if (faults.length > 0) throw new Error(`The emulator met what it cannot do:\n${faults.join('\n')}`);
    },
  };
}

/** The container of the workspace's own datastore. */
export function containerOf(world: World, workspace: Workspace): ContainerClient {
  const name = String(workspace.datastores.get('workspaceblobstore')!.properties['containerName']);
  return BlobServiceClient.fromConnectionString(world.storage.connectionString).getContainerClient(name);
}
