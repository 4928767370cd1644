import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildDataSets, type DataSets } from '../../../examples/spam-filter/data.js';
import type { Run } from '../../../emulator/world.ts';
import { startTestEmulator, type TestEmulator } from '../../emulated.ts';
import { armClient } from './armClient.ts';
import { addCode, addEnvironment, addVersion, upload } from './runtimeWorld.ts';

const example = new URL('../../../examples/spam-filter/', import.meta.url);
const tag = 'azureml_modelmonitor_threshold_breached';
const folder = mkdtempSync(join(tmpdir(), 'example-monitor-'));
let emulator: TestEmulator;
let mailFeaturesId: string;

/** A file of the example with what stands in `<...>` filled in. */
function filled(file: string, values: Readonly<Record<string, string>>): { properties: Record<string, unknown> } {
  const text = readFileSync(new URL(file, example), 'utf8');
  const whole = Object.entries(values).reduce((body, [key, value]) => body.replaceAll(`<${key}>`, value), text);
  return JSON.parse(whole) as { properties: Record<string, unknown> };
}

beforeAll(async () => {
  emulator = await startTestEmulator();
  const { world, workspace } = emulator;
  const code = Object.fromEntries(['features.js', 'classifier.mjs', 'package.json'].map((name) => [name, readFileSync(new URL(`code/${name}`, example), 'utf8')])); // prettier-ignore
  const values = {
    codeId: await addCode(world, workspace, 'spam-filter', code),
    environmentId: addEnvironment(workspace),
  };
  mailFeaturesId = addVersion(workspace, 'components', 'mail_features', filled('components/mail_features.json', values).properties); // prettier-ignore
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await emulator.stop();
});

async function asset(name: string, lines: readonly string[], file: string): Promise<string> {
  await upload(emulator.world, emulator.workspace, { [`${name}/${file}`]: lines.join('\n') });
  const dataUri = `azureml://datastores/workspaceblobstore/paths/${name}/`;
  return addVersion(emulator.workspace, 'data', name, { dataType: 'uri_folder', dataUri });
}

/** The messages of signals that breach when the served mails are these: 150 of them, as few as a short window may hold. */
async function breaches(name: string, train: string, served: string): Promise<string[]> {
  const { world, workspace } = emulator;
  const time = new Date(world.clock.now().getTime() - 60_000).toISOString();
  const mails = readFileSync(served, 'utf8').trim().split('\n').slice(0, 150).map((line) => ({ text: (JSON.parse(line) as { text: string }).text })); // prettier-ignore
  const requests = mails.map((mail) => JSON.stringify({ specversion: '1.0', time, data: { mails: [mail] } }));
  const body = filled('jobs/monitor.json', {
    startTime: '2100-01-01T00:00:00',
    deploymentId: `${workspace.id}/onlineEndpoints/spam-online/deployments/first`,
    servedUri: await asset(`${name}-served`, requests, '2026/11/05/09/a.jsonl'),
    mailsUri: await asset(`${name}-mails`, readFileSync(train, 'utf8').trim().split('\n'), 'mails.ndjson'),
    mailFeaturesId,
    windowSize: 'PT1H',
  });
  const { status } = await armClient(world, workspace).send('PUT', `/schedules/${name}`, body);
  expect(status).toBe(201);
  const answer = await fetch(`${world.origin}/_control/monitors/ml-prod/${name}/run`, { method: 'POST' });
  const { run } = (await answer.json()) as { run: string };
  const found = (): Run => workspace.runs.get(run)!;
  await expect.poll(() => found().endedAt, { timeout: 20_000, interval: 50 }).toBeDefined();
  expect([found().status, workspace.jobs.get(run)!.log]).toEqual(['Completed', expect.any(String)]);
  return [...workspace.runs.values()].flatMap(({ parentId, tags }) => (parentId === run ? (tags.get(tag) ?? []) : []));
}

describe.each([1, 2, 3])("the example's monitor, on cut %i of the corpus", (seed) => {
  let sets: DataSets;
  beforeAll(() => {
    sets = buildDataSets(join(folder, String(seed)), { seed });
  });

  it('finds nothing in mails of the kinds that the model learned from', async () => {
    expect(await breaches(`familiar-${seed}`, sets.train1.path, sets.liveFamiliar.path)).toEqual([]);
  });

  it('finds drift in the newer mails, and no bad data', async () => {
    const [drift = '', ...others] = await breaches(`newer-${seed}`, sets.train1.path, sets.liveNewer.path);
    expect(others).toEqual([]);
    expect(drift).toContain("The signal 'spam-monitor_drift' has failed");
    for (const feature of ['length', 'exclamations', 'format']) expect(drift).toContain(`"group":"${feature}"`);
  });
});
