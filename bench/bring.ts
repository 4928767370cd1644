/**
 * What it costs to bring a version from one workspace to another: node bench/bring.ts [MiB]. Both containers lie in an
 * Azurite of its own process, so the memory is that of the app's side alone.
 */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { startStorage } from '../emulator/storage.ts';
import { appCredential } from '../src/lib/azure/credential.ts';
import { armModels } from '../src/lib/azure/models.ts';
import { seedAsset } from '../test/contract/azure/seeds.ts';
import { containerOf, startTestEmulator } from '../test/emulated.ts';

const MIB = 1024 ** 2;
const mib = Number(process.argv[2] ?? 512);
const folder = mkdtempSync(join(tmpdir(), 'bring-'));
const storage = await startStorage(folder);
const emulator = await startTestEmulator({
  workspaces: [{ name: 'ml-dev' }, { name: 'ml-prod' }],
  storage: storage.addresses,
});
const [dev, prod] = [...emulator.world.workspaces.values()];
if (!dev || !prod) throw new Error('two workspaces were asked for');

try {
  const block = randomBytes(MIB);
  const blob = containerOf(emulator.world, dev).getBlockBlobClient('large/model.bin');
  await blob.uploadStream(Readable.from(Array.from({ length: mib }, () => block)), 8 * MIB, 2);
  const modelUri = 'azureml://datastores/workspaceblobstore/paths/large/model.bin';
  seedAsset(dev, 'models', 'large', '1', { properties: { modelType: 'custom_model', modelUri } });
  const models = armModels({
    credential: appCredential({ managed: true }),
    endpoint: emulator.world.origin,
    datastores: { connectionString: emulator.world.storage.connectionString },
  });
  const before = process.memoryUsage.rss();
  let peak = before;
  const watch = setInterval(() => (peak = Math.max(peak, process.memoryUsage.rss())), 5);
  const startedAt = performance.now();
  await models.bring(prod.id, 'large', { from: 'dev', workspace: dev.id, version: '1', as: '1', stewardId: 'bench' });
  const seconds = (performance.now() - startedAt) / 1000;
  clearInterval(watch);
  const figures = { mib, seconds: Number(seconds.toFixed(1)), mibPerSecond: Math.round(mib / seconds), moreMemoryMib: Math.round((peak - before) / MIB) }; // prettier-ignore
  console.log(JSON.stringify(figures));
} finally {
  await emulator.stop();
  await storage.stop();
  rmSync(folder, { recursive: true });
}
