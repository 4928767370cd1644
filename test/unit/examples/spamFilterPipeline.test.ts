import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { buildDataSets, type DataSets } from '../../../examples/spam-filter/data.js';
import { example, linesOf, outcome, runScript, type Mail, type Prediction } from './given.ts';

const root = mkdtempSync(join(tmpdir(), 'spam-filter-pipeline-'));
afterAll(() => rmSync(root, { recursive: true }));

const job = (script: string, options: Record<string, string>) => runScript(root, script, options);
const mail = (id: string, label: string, body: string) => JSON.stringify({ id, label, text: `Subject: ${id}\n\n${body}`, slice: {} }); // prettier-ignore
const some = (label: string) => Array.from({ length: 25 }, (_, at) => mail(`${label}-${at}`, label, `${label} ${at}`)); // prettier-ignore

const text =
  'Date: Thu, 22 Aug 2002 18:26:25 +0700\nContent-Type: text/html; charset=x\nSubject: Hi\n\nBUY now! http://a https://b';
const request = (time: string, data: unknown) => JSON.stringify({ specversion: '1.0', time, data });

/** How often the two models are right on the mails of a set. */
async function accuracies(from: DataSets, set: keyof DataSets, champion: string, challenger: string) {
  const predictions = join(mkdtempSync(join(root, 'drift-')), 'predictions');
  await job('evaluate.js', { champion, challenger, data: from[set].path, predictions });
  return outcome(linesOf<Prediction>(predictions));
}

async function prepare(...lines: readonly string[]): Promise<Mail[]> {
  const [mails, prepared] = [mkdtempSync(join(root, 'mails-')), join(mkdtempSync(join(root, 'prepared-')), 'out')];
  writeFileSync(join(mails, 'a.ndjson'), lines.join('\n'));
  await job('prepare.js', { mails, prepared });
  return linesOf<Mail>(join(prepared, 'mails.ndjson'));
}

async function featuresOf(files: Readonly<Record<string, string>>, from: string, to: string) {
  const [data, table] = [mkdtempSync(join(root, 'served-')), join(mkdtempSync(join(root, 'table-')), 'out')];
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(data, name)), { recursive: true });
    writeFileSync(join(data, name), content);
  }
  await job('features.js', { data, from, to, table });
  expect(readFileSync(join(table, 'MLTable'), 'utf8')).toContain('read_json_lines');
  return readFileSync(join(table, 'features.jsonl'), 'utf8').trim().split('\n').filter(Boolean).map((line) => JSON.parse(line) as Record<string, unknown>); // prettier-ignore
}

describe('drift', () => {
  test.each([{ seed: 1 }, { seed: 2 }, { seed: 3 }])('a model regains four fifths of what it loses on newer mails when it learns from their kind (seed $seed)', async ({ seed }) => {
    const folder = join(root, `seed-${seed}`);
    const drifted = buildDataSets(folder, { seed });
    const [before = '', after = ''] = await Promise.all(
      (['train1', 'train2'] as const).map(async (name) => {
        const model = join(folder, `model-${name}`);
        await job('train.js', { data: drifted[name].path, model });
        return model;
      }),
    );
    const familiar = await accuracies(drifted, 'liveFamiliar', before, after);
    const newer = await accuracies(drifted, 'liveNewer', before, after);
    expect(familiar.champion - newer.champion).toBeGreaterThan(0.1);
    expect((newer.challenger - newer.champion) / (familiar.champion - newer.champion)).toBeGreaterThan(0.8);
  }); // prettier-ignore
});

describe('the steps of the training pipeline', () => {
  test('a mail that was delivered twice is kept once, with the label that came later', async () => {
    const kept = await prepare(...some('ham'), ...some('spam'), mail('again', 'spam', 'ham 3'));
    expect(kept).toHaveLength(50);
    expect(kept.filter(({ label }) => label === 'spam')).toHaveLength(26);
    expect(kept.find(({ id }) => id === 'again')?.label).toBe('spam');
  });

  test('mails of one kind only are refused before anything is trained', async () => {
    await expect(prepare(...some('ham'))).rejects.toThrow('0 spam and 25 ham: at least 20 of each are needed');
  });

  test('what it prepares of the data sets is what they are', async () => {
    const prepared = mkdtempSync(join(root, 'prepared-'));
    const sets = buildDataSets(join(root, 'sets'));
    await job('prepare.js', { mails: sets.train1.path, prepared });
    expect(linesOf(join(prepared, 'mails.ndjson'))).toEqual(linesOf(sets.train1.path));
  });
});

describe("the monitor's preprocessing", () => {
  test('figures of each mail of training data', async () => {
    const mails = [text, 'Subject: no date\n\n'].map((each) => JSON.stringify({ id: '1', label: 'ham', text: each })).join('\n');
    expect(await featuresOf({ 'mails.ndjson': mails }, '2000-01-01T00:00:00Z', '2100-01-01T00:00:00Z')).toEqual([
      { length: 27, links: 2, exclamations: 1, capitals: 3 / 17, hour: 18, format: 'html' },
      { length: 0, links: 0, exclamations: 0, capitals: 0, hour: null, format: 'plain' },
    ]);
  }); // prettier-ignore

  test('of what was served inside the window, whatever else was collected', async () => {
    const inside = request('2026-11-05T09:30:00Z', { mails: [{ text }, { text: 'x\n\ny' }, {}] });
    const lines = [request('2026-11-05T08:59:59Z', { mails: [{ text }] }), inside, request('2026-11-05T10:00:00Z', { mails: [{ text }] }), request('2026-11-05T09:31:00Z', 'no JSON')];
    const found = await featuresOf({ '2026/11/05/09/a.jsonl': lines.join('\n') }, '2026-11-05T09:00:00Z', '2026-11-05T10:00:00Z');
    expect(found.map(({ length }) => length)).toEqual([27, 1]);
  }); // prettier-ignore

  test('has every figure that the monitor asks for', async () => {
    const monitor = readFileSync(join(example, 'jobs/monitor.json'), 'utf8');
    const asked = [...monitor.matchAll(/"features": \[([^\]]*)\]/g)].flatMap(([, names]) => JSON.parse(`[${names}]`) as string[]);
    const [row = {}] = await featuresOf({ 'a.ndjson': JSON.stringify({ text }) }, '2000-01-01T00:00:00Z', '2100-01-01T00:00:00Z');
    expect(asked.toSorted()).toEqual(Object.keys(row).toSorted());
  }); // prettier-ignore

  test('says what is missing', async () => {
    await expect(job('features.js', { data: 'x' })).rejects.toThrow('--from is missing; --to is missing; --table is missing'); // prettier-ignore
    await expect(job('features.js', { data: 'x', table: 'y', from: 'then', to: 'now' })).rejects.toThrow('ISO 8601');
  });
});
