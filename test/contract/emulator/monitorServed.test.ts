import { ManagedIdentityCredential } from '@azure/identity';
import { MetricsQueryClient } from '@azure/monitor-query';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Endpoint } from '../../../emulator/world.ts';
import { startTestEmulator, type TestEmulator } from '../../emulated.ts';
import { addCode, addDeployment, addEndpoint, addEnvironment } from './runtimeWorld.ts';

let emulator: TestEmulator;
let endpoint: Endpoint;

beforeAll(async () => {
  emulator = await startTestEmulator();
  const { world, workspace } = emulator;
  const script = 'export async function run({ fail }) { if (fail) throw new Error(); return 1; }';
  const codeId = await addCode(world, workspace, 'score', { 'score.mjs': script });
  endpoint = addEndpoint(workspace, 'spam-online');
  endpoint.properties['traffic'] = { blue: 100 };
  const codeConfiguration = { codeId, scoringScript: 'score.mjs' };
  const blue = addDeployment(endpoint, 'blue', { environmentId: addEnvironment(workspace), codeConfiguration });
  await world.startDeployment(workspace, endpoint, blue);
});
afterAll(() => emulator.stop());

it('shows what was really served, with real durations, once its minute has settled', async () => {
  const { world } = emulator;
  const headers = { authorization: 'Bearer first-key' };
  for (const body of ['{}', '{}', '{"fail":true}', '{}', '{}']) {
    await fetch(`${world.origin}/endpoints/spam-online/score`, { method: 'POST', headers, body });
  }
  const client = new MetricsQueryClient(new ManagedIdentityCredential(), {
    endpoint: world.origin,
    audience: 'https://management.azure.com',
  });
  const ask = async (metric: string, filter: string) => {
    const { metrics } = await client.queryResource(endpoint.id, [metric], { timespan: { duration: 'PT10M' }, filter });
    return (metrics[0]?.timeseries ?? []).flatMap(({ data }) => (data ?? []).flatMap(({ average }) => average ?? []));
  };
  const count = async (filter: string) =>
    (await ask('RequestsPerMinute', filter)).reduce((sum, value) => sum + value, 0);
  await expect.poll(() => count("deployment eq 'blue'"), { timeout: 10_000, interval: 100 }).toBe(5);
  expect(await count("deployment eq 'blue' and statusCode eq '424'")).toBe(1);
  const [latencyMs] = await ask('RequestLatency', "deployment eq 'blue'");
  expect(latencyMs).toBeGreaterThan(0);
  expect(latencyMs).toBeLessThan(1_000);
});
