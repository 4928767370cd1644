import type { ContainerClient } from '@azure/storage-blob';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Workspace } from '../../../emulator/world.ts';
import { appCredential } from '../../../src/lib/azure/credential.ts';
import { blobLoggedAnswers } from '../../../src/lib/azure/loggedAnswers.ts';
import { Refused } from '../../../src/lib/core/errors.ts';
import { containerOf, startTestEmulator, type TestEmulator } from '../../emulated.ts';

let emulator: TestEmulator;
let workspace: Workspace;
let blobs: ContainerClient;

beforeAll(async () => {
  emulator = await startTestEmulator();
  ({ workspace } = emulator);
  blobs = containerOf(emulator.world, workspace);
});
afterAll(() => emulator.stop());

const FROM = '2026-10-30T09:30:00.000Z';
const TO = '2026-10-30T12:30:00.000Z';
const WANTED = { inputs: 'model_inputs', outputs: 'model_outputs', rows: '', prediction: 'label', champion: 'blue', challenger: 'green', from: FROM, to: TO }; // prettier-ignore
let endpoints = 0;

/** One request that a deployment answered. */
interface Answered {
  readonly at: string;
  readonly input: unknown;
  readonly label: string;
  /** Where its answer is not in the log. */
  readonly lost?: true;
}

/** As a data collector writes it; each deployment gives requests ids of its own. */
async function logged(endpoint: string, deployment: string, answered: readonly Answered[], instance = 'a') {
  for (const [collection, dataOf] of [['model_inputs', (one: Answered) => [one.input]], ['model_outputs', (one: Answered) => [{ label: one.label }]]] as const) { // prettier-ignore
    const hours = new Map<string, string>();
    for (const [n, one] of answered.entries()) {
      if (one.lost && collection === 'model_outputs') continue;
      const hour = one.at.slice(0, 13).replace(/[-T]/g, '/');
      const line = { specversion: '1.0', time: one.at, data: dataOf(one), correlationid: `${deployment}-${instance}-${n}` };
      hours.set(hour, `${hours.get(hour) ?? ''}${JSON.stringify(line)}\n`);
    }
    for (const [hour, text] of hours) await write(`modelDataCollector/${endpoint}/${deployment}/${collection}/${hour}/${instance}.jsonl`, text);
  }
} // prettier-ignore

async function write(path: string, text: string): Promise<void> {
  const blob = blobs.getAppendBlobClient(path);
  await blob.createIfNotExists();
  if (text !== '') await blob.appendBlock(text, Buffer.byteLength(text));
}

/** Ten requests, of which the challenger was sent some; every third gets another class. */
const REQUESTS = Array.from({ length: 10 }, (_, n) => ({
  at: `2026-10-30T1${n % 3}:0${n}:00.000Z`,
  input: { text: `mail ${n}` },
}));
const theirs = REQUESTS.map((one) => ({ ...one, label: 'ham' }));
const copies = REQUESTS.slice(0, 6).map((one, n) => ({ ...one, label: n % 3 === 0 ? 'spam' : 'ham' }));

function answers(bounds?: Parameters<typeof blobLoggedAnswers>[1], connectionString = emulator.world.storage.connectionString) {
  const { origin } = emulator.world;
  return blobLoggedAnswers({ credential: appCredential({ managed: true }), endpoint: origin, retryDelayMs: 5, datastores: { connectionString } }, bounds); // prettier-ignore
} // prettier-ignore

const newEndpoint = () => `shadowed-${(endpoints += 1)}`;
const compare = (endpoint: string, bounds?: Parameters<typeof blobLoggedAnswers>[1]) => answers(bounds).compare(workspace.id, endpoint, WANTED); // prettier-ignore

test('a copy is compared with the request that it was made of, whatever ids either has', async () => {
  const endpoint = newEndpoint();
  await logged(endpoint, 'blue', theirs.toReversed());
  await logged(endpoint, 'green', copies);
  expect(await compare(endpoint)).toEqual({
    copies: 6,
    requests: 6,
    unanswered: 0,
    unmatched: 0,
    unreadable: 0,
    flips: { n: 6, share: 1 / 3 },
  });
});

test('instances write files of their own, and the same question counts once', async () => {
  const endpoint = newEndpoint();
  const again = { at: '2026-10-30T10:30:00.000Z', input: { text: 'mail 0' } };
  await logged(endpoint, 'blue', theirs.slice(0, 5), 'a');
  await logged(endpoint, 'blue', [...theirs.slice(5), { ...again, label: 'ham' }], 'b');
  await logged(endpoint, 'green', copies.slice(0, 3), 'c');
  await logged(endpoint, 'green', [...copies.slice(3), { ...again, label: 'spam' }], 'd');
  expect(await compare(endpoint)).toMatchObject({
    copies: 6,
    requests: 6,
    unmatched: 0,
    flips: { n: 6, share: 1 / 3 },
  });
});

test.each([
  ['its original is not in the log', theirs.slice(1), copies, { requests: 5, unmatched: 1 }],
  ['its original has no answer there', [{ ...theirs[0]!, lost: true as const }, ...theirs.slice(1)], copies, { requests: 5, unmatched: 0, unreadable: 1 }],
  ['it has no answer itself: it failed, which is judged elsewhere', theirs, [{ ...copies[0]!, lost: true as const }, ...copies.slice(1)], { copies: 6, requests: 5, unanswered: 1, unmatched: 0 }],
  ['it was asked twice, its original once', theirs, [...copies, copies[0]!], { copies: 6, requests: 6, unmatched: 0 }],
  ['its original was asked three times, and it once', [...theirs, theirs[0]!, theirs[0]!], copies, { requests: 6, unmatched: 0 }],
  ['it was answered before the shadow, by a smoke test', theirs, [...copies, { ...theirs[6]!, at: '2026-10-30T09:29:59.999Z' }], { requests: 6, unmatched: 0 }],
  ['it has not settled yet', theirs, [...copies, { ...theirs[6]!, at: TO }], { requests: 6, unmatched: 0 }],
  ['nothing was logged', [], [], { requests: 0, unmatched: 0, unreadable: 0 }],
])('a copy where %s', async (_, blue, green, found) => {
  const endpoint = newEndpoint();
  await logged(endpoint, 'blue', blue);
  await logged(endpoint, 'green', green);
  expect(await compare(endpoint)).toMatchObject(found);
}); // prettier-ignore

test('lines that the collectors wrote twice are one', async () => {
  const endpoint = newEndpoint();
  for (const _ of ['once', 'again']) {
    await logged(endpoint, 'blue', theirs);
    await logged(endpoint, 'green', copies);
  }
  expect(await compare(endpoint)).toMatchObject({ requests: 6, unmatched: 0, flips: { n: 6, share: 1 / 3 } });
});

test('a champion that answered minutes before its copy is found, also beyond the hour’s end', async () => {
  const endpoint = newEndpoint();
  await logged(endpoint, 'blue', [{ at: '2026-10-30T09:29:00.000Z', input: 1, label: 'a' }, { at: '2026-10-30T10:59:59.000Z', input: 2, label: 'a' }]); // prettier-ignore
  await logged(endpoint, 'green', [{ at: FROM, input: 1, label: 'a' }, { at: '2026-10-30T11:00:01.000Z', input: 2, label: 'b' }]); // prettier-ignore
  expect(await compare(endpoint)).toMatchObject({ requests: 2, unmatched: 0, flips: { share: 0.5 } });
});

test('lines that are no events, half written or of another kind are left out', async () => {
  const endpoint = newEndpoint();
  await logged(endpoint, 'blue', theirs);
  await logged(endpoint, 'green', copies);
  const hour = `modelDataCollector/${endpoint}/green/model_inputs/2026/10/30/12`;
  await write(`${hour}/z.jsonl`, `not json\n\n{"time":"2026-10-30T12:00:00Z"}\n{"time":"x","data":1,"correlationid":"q"}\n{"time":"2026-10-30T12:00:00Z","data":[{"text":"ma`); // prettier-ignore
  await write(`${hour}/empty.jsonl`, '');
  expect(await compare(endpoint)).toMatchObject({ requests: 6, unmatched: 0 });
});

test('what no canonical form has is left out, and holds nothing up: anybody can send it', async () => {
  const endpoint = newEndpoint();
  await logged(endpoint, 'blue', theirs);
  await logged(endpoint, 'green', copies);
  const odd = ['"\\ud800"', '1e999', 'null', `{"__proto__":{"a":1}}`, '['.repeat(5000) + ']'.repeat(5000)]
    .map((data) => `{"time":"2026-10-30T12:00:00Z","correlationid":"x${data.length}","data":${data}}\n`)
    .join('');
  for (const deployment of ['blue', 'green'])
    for (const collection of ['model_inputs', 'model_outputs'])
      await write(`modelDataCollector/${endpoint}/${deployment}/${collection}/2026/10/30/12/odd.jsonl`, odd);
  // Of those one can be digested: a copy whose answers hold no label.
  expect(await compare(endpoint)).toMatchObject({ copies: 7, unreadable: 1, flips: { n: 6, share: 1 / 3 } });
});

test('of equal questions the first copy is compared with the original that is nearest in time, no further than minutes away', async () => {
  const endpoint = newEndpoint();
  // A model that answers by the time of day: both deployments alike.
  const times = Array.from({ length: 10 }, (_, n) => `2026-10-30T10:${10 + n}:00.000Z`);
  const same = times.map((at, n) => ({ at, input: 'again', label: String(n) }));
  await logged(endpoint, 'blue', [...same.toReversed(), { at: '2026-10-30T11:00:00.000Z', input: 'once', label: 'a' }]);
  await logged(endpoint, 'green', [...same.slice(4), { at: '2026-10-30T11:06:00.000Z', input: 'once', label: 'a' }]);
  expect(await compare(endpoint)).toMatchObject({ copies: 2, requests: 1, unmatched: 1, flips: { n: 1, share: 0 } });
});

test('what neither answered is no matter, and an id that two copies have says nothing', async () => {
  const endpoint = newEndpoint();
  const lost = { at: REQUESTS[7]!.at, input: 'nobody can read that', label: 'x', lost: true as const };
  await logged(endpoint, 'blue', [...theirs, lost]);
  await logged(endpoint, 'green', [...copies, lost]);
  expect(await compare(endpoint)).toMatchObject({ copies: 7, requests: 6, unanswered: 0, unreadable: 0 });
  const line = JSON.stringify({ time: REQUESTS[9]!.at, data: [{ text: 'another' }], correlationid: 'green-a-0' });
  await write(`modelDataCollector/${endpoint}/green/model_inputs/2026/10/30/12/z.jsonl`, `${line}\n`);
  expect(await compare(endpoint)).toMatchObject({ requests: 5, unanswered: 1 });
});

test('files of other hours are not read', async () => {
  const endpoint = newEndpoint();
  await logged(endpoint, 'blue', theirs);
  await logged(endpoint, 'green', copies);
  for (const hour of ['10/29/09', '10/30/13', '10/31/00'])
    for (const deployment of ['blue', 'green'])
      await write(`modelDataCollector/${endpoint}/${deployment}/model_inputs/2026/${hour}/z.jsonl`, 'x'.repeat(5000));
  expect(await compare(endpoint, { bytes: 4000 })).not.toHaveProperty('cut');
});

test('a long line is read whole', async () => {
  const endpoint = newEndpoint();
  const input = { text: 'x'.repeat(200_000) };
  await logged(endpoint, 'blue', [{ at: REQUESTS[0]!.at, input: { ...input, n: 1 }, label: 'a' }, { at: REQUESTS[0]!.at, input: { ...input, n: 2 }, label: 'b' }]); // prettier-ignore
  await logged(endpoint, 'green', [{ at: REQUESTS[0]!.at, input: { ...input, n: 2 }, label: 'b' }]);
  expect(await compare(endpoint)).toMatchObject({ requests: 1, flips: { share: 0 } });
});

test('more than may be read is cut short, and that is told', async () => {
  const endpoint = newEndpoint();
  await logged(endpoint, 'blue', theirs);
  await logged(endpoint, 'green', copies);
  expect(await compare(endpoint, { copies: 2, bytes: 1e6 })).toMatchObject({ requests: 2, unmatched: 0, cut: true });
  expect(await compare(endpoint, { copies: 100, bytes: 400 })).toMatchObject({ cut: true });
  expect(await compare(endpoint, { copies: 6, bytes: 1e6 })).not.toHaveProperty('cut');
  expect(await compare(endpoint, { rows: 5 })).toMatchObject({ unanswered: 0, unreadable: 0, cut: true });
  expect(await compare(endpoint, { files: 1 })).toMatchObject({ copies: 2, cut: true });
  await expect(compare(endpoint, { ms: 0 })).rejects.toThrow('took too long');
});

test('a container that does not answer is unavailable, and one that says no refuses', async () => {
  const nobody = emulator.world.storage.connectionString.replace(/BlobEndpoint=http:\/\/127\.0\.0\.1:\d+/, 'BlobEndpoint=http://127.0.0.1:9'); // prettier-ignore
  await expect(answers(undefined, nobody).compare(workspace.id, newEndpoint(), WANTED)).rejects.toThrow(
    'the datastore',
  );
  const wrong = emulator.world.storage.connectionString.replace(/AccountKey=[^;]+/, `AccountKey=${Buffer.from('wrong').toString('base64')}`); // prettier-ignore
  await expect(answers(undefined, wrong).compare(workspace.id, newEndpoint(), WANTED)).rejects.toThrow(Refused);
}, 60_000);
