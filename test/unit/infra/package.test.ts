import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startHost, type Host } from '../../../emulator/host/start.ts';
import { packageApp } from '../../../infra/package.ts';
import { startAzurite, type TestAzurite } from '../../azurite.ts';
import { registered } from './registered.ts';

const root = resolve(import.meta.dirname, '../../..');
// Below the system's folder for temporary files, where no node_modules is found on the way up.
let folder: string;
let storage: TestAzurite;
let host: Host;

beforeAll(async () => {
  folder = join(mkdtempSync(join(tmpdir(), 'packaged-')), 'app');
  packageApp(folder);
  storage = await startAzurite();
  const settings = { AzureWebJobsStorage: storage.connectionString };
  publishExample(settings);
  host = await startHost({ app: folder, settings });
});
afterAll(async () => {
  await host?.stop();
  await storage?.stop();
  rmSync(join(folder, '..'), { recursive: true, force: true });
});

function publishExample(settings: Readonly<Record<string, string>>): void {
  const example = join(root, 'examples/spam-filter');
  const args = ['src/cli/policy.ts', 'publish', `${example}/policy.yaml`, '--estate', `${example}/estate.yaml`];
  execFileSync(process.execPath, args, { cwd: root, env: { ...process.env, ...settings }, stdio: 'pipe' });
}

test('it holds the bundle, host.json and a package.json that asks for nothing', () => {
  expect(readdirSync(folder).toSorted()).toEqual(['dist', 'host.json', 'package.json']);
  const manifest: unknown = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  expect(manifest).toEqual({
    name: 'azureml-steward',
    version: expect.any(String),
    type: 'module',
    main: 'dist/functions/*.js',
  });
});

test('every file of the bundle loads, whatever it needs is inside', () => {
  const files = readdirSync(join(folder, 'dist'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.js'))
    .map((file) => `./dist/${file}`);
  const program = `for (const file of ${JSON.stringify(files)}) await import(file);
    console.log('loaded');`;
  const printed = execFileSync(process.execPath, ['--input-type=module', '--eval', program], {
    cwd: folder,
    encoding: 'utf8',
    stdio: 'pipe',
  });
  expect(printed).toContain('loaded');
  // What is loaded later by name could still be missing.
  const byName = files.flatMap((file) =>
    [...readFileSync(join(folder, file), 'utf8').matchAll(/\bimport\(\s*["'`]([^"'`]+)["'`]\s*\)/g)].map(
      ([, name]) => name ?? '',
    ),
  );
  expect(byName.filter((name) => !/^(\.|node:)/.test(name))).toEqual([]);
});

test('the host finds every function that the source registers', () => {
  const ready = host.logs().find(({ message }) => message.startsWith('ready at '));
  const names = ready?.message.split(' with ')[1]?.split(', ').toSorted();
  expect(names).toEqual(registered().map(({ name }) => name).toSorted()); // prettier-ignore
});

test('it takes an event in and answers people', async () => {
  const delivery = await fetch(host.eventGridUrl('runEvents'), {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'aeg-event-type': 'Notification' },
    body: JSON.stringify([{ eventType: 'Microsoft.Something.Else', id: '1', topic: '/w', subject: 's', data: {} }]),
  });
  expect(delivery.status).toBe(202);
  const models = await fetch(`${host.url}/api/models`, { headers: { 'x-functions-key': host.keys.function } });
  expect(await models.json()).toMatchObject({ models: [{ environment: 'prod', model: 'spam-filter' }] });
});
