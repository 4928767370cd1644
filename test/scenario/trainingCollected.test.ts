import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { containerOf } from '../emulated.ts';
import { eventually } from './given/eventually.ts';
import { ended, liveVersions, mailsTo, refused, running, trainingEnded } from './given/seen.ts';
import { startStack, type Stack } from './given/stack.ts';
import { AT_ONCE, published } from './given/team.ts';
import { aTrainedTeam, type TrainedTeam } from './given/trainedTeam.ts';

const HOUR_MS = 3_600_000;
/** What is asked in an hour is part of no version before its end, and a while after it. */
const SETTLE_MS = HOUR_MS / 4;
/** Each number that the holdout has, at least once. */
const NUMBERS = 200;

let stack: Stack;
let learning: TrainedTeam;
let quiet: TrainedTeam;
/** Virtual, of the last request. */
let askedAt: Date;

beforeAll(async () => {
  // So that the hour ends soon after the requests were served.
  stack = await startStack({ minute: 40 });
  learning = await collecting('learning');
  quiet = await collecting('quiet');
  await Promise.all([learning, quiet].map(served));
  askedAt = stack.world.clock.now();
  await published(stack, AT_ONCE, learning, quiet);
  await hourOver(askedAt);
}, 180_000);
afterAll(() => stack.stop());

describe.concurrent('Given a model whose endpoint keeps what it is asked, and an hour of it is over', { timeout: 120_000 }, () => {
  test('When a person asks for a training, Then that hour is a version of its data, and what is learned from it is released', async () => {
    await learning.command('retrain');
    const { job, pins } = await trainingEnded(learning, 'succeeded', 'registered');
    const { trainings, timeline } = await ended(learning, '2', 'released');

    const { properties } = (await learning.azure.get('/data/learning-asked/versions/2')).body;
    expect(properties).toMatchObject({
      dataType: 'uri_folder',
      dataUri: expect.stringMatching(/\/datastores\/workspaceblobstore\/paths\/steward\/collected\/learning-asked\/2\/$/),
      tags: { stewardId: expect.stringMatching(/^[0-9a-f]{16}$/), 'steward.endpoint': 'learning-online' },
    });
    const { 'steward.from': from = '', 'steward.to': to = '' } = properties!['tags'] as Record<string, string>;
    expect([to >= askedAt.toISOString(), Date.parse(to) % HOUR_MS]).toEqual([true, 0]);
    expect(Date.parse(to) - Date.parse(from)).toBe(24 * HOUR_MS);

    const copies = await filesBelow('steward/collected/learning-asked/2/');
    expect(copies).toEqual(await filesBelow('modelDataCollector/learning-online/'));
    expect(collectionsOf(copies)).toEqual(new Set(['first/model_inputs', 'first/model_outputs']));
    const numbers = numbersIn(copies);
    expect(new Set(numbers)).toEqual(new Set(Array.from({ length: NUMBERS }, (_, n) => n)));

    const [trained, ...others] = learning.trainingJobs();
    expect([trained?.name, others]).toEqual([job, []]);
    expect(trained?.properties['inputs']).toMatchObject({ data: { uri: 'azureml:learning-rows:1' }, asked: { uri: 'azureml:learning-asked:2' } });
    expect(trained?.log).toContain(`trained on ${numbers.length} rows`);
    expect(pins).toEqual([{ input: 'data', data: 'learning-rows', version: '1' }, { input: 'asked', data: 'learning-asked', version: '2' }]);
    expect(trainings).toMatchObject([{ number: 1, version: '2', promoted: true, pins, release: { end: 'released' } }]);
    const version = await learning.azure.get('/models/learning/versions/2');
    expect(version.body.properties!['tags']).toMatchObject({ 'steward.data.data': 'learning-rows:1', 'steward.data.asked': 'learning-asked:2' });
    expect(liveVersions(learning)).toEqual({ 2: 100 });
    const rules = timeline.toReversed().flatMap((pass) => pass.rules);
    expect(rules.filter((rule) => /^(collect\.(begin|made)|training\.submit)$/.test(rule))).toEqual(['collect.begin', 'collect.made', 'training.submit']);
  });

  test('When nothing was asked since the last version, Then a finding waits, and says why, until other data is newer', async () => {
    await quiet.runMonitor('newer');
    await ended(quiet, '2', 'released');
    const run = await quiet.runMonitor('newer');
    const { causes, refused: no } = await refused(quiet, 'sameDataAsChampion');
    expect(causes).toMatchObject([{ kind: 'monitor', run }]);
    const sentence = 'The version that serves was trained on quiet-rows:1, quiet-asked:2, and there is no newer version.';
    expect(no).toEqual({ reason: 'sameDataAsChampion', sentence, since: expect.any(String) });
    const { waitingFor, timeline } = await quiet.status();
    expect(waitingFor).toBe('training: sameDataAsChampion');
    expect(timeline.flatMap(({ rules }) => rules)).toContain('request.refused.sameDataAsChampion');
    const ends = 'Ends: when there is a newer version of one of the data assets';
    await eventually(() => expect(mailsTo(stack, quiet).map(({ text }) => text)).toContainEqual(expect.stringContaining(ends)));
    expect([versionsOf('quiet-asked'), quiet.trainingJobs().length]).toEqual([['1', '2'], 1]);

    quiet.hold();
    await quiet.deliver('2', 100);
    await quiet.runMonitor('newer');
    const { training } = await running(quiet, 2);
    expect(training.causes[0]).toMatchObject({ kind: 'monitor', run });
    expect(training.pins).toMatchObject([{ data: 'quiet-rows', version: '2' }, { data: 'quiet-asked', version: '2' }]);
    expect(versionsOf('quiet-asked')).toEqual(['1', '2']);
  });
}); // prettier-ignore

function collecting(name: string): Promise<TrainedTeam> {
  const asked = `${name}-asked`;
  const training = `when: { drift: true }, cooldown: 0m, collected: { data: ${asked}, window: 1d }`;
  return aTrainedTeam(stack, name, { training, asked });
}

/** People use the model for a while. */
async function served(team: TrainedTeam): Promise<void> {
  const clients = team.sendRequests(300, 'liveFamiliar');
  await eventually(() => expect(clients.sent).toBeGreaterThanOrEqual(NUMBERS));
  await clients.stop();
}

/** The hour of that time is over, and so is the while after it: more than an hour at the most, so more than a minute here. */
async function hourOver(time: Date): Promise<void> {
  const settled = Math.floor(time.getTime() / HOUR_MS + 1) * HOUR_MS + SETTLE_MS;
  await eventually(() => expect(stack.world.clock.now().getTime()).toBeGreaterThan(settled), 90_000);
}

/** Text by path below the folder, in the container of the workspace. */
async function filesBelow(folder: string): Promise<Record<string, string>> {
  const client = containerOf(stack.world, stack.workspace('ml-prod'));
  const files: Record<string, string> = {};
  for await (const { name } of client.listBlobsFlat({ prefix: folder }))
    files[name.slice(folder.length)] = String(await client.getBlobClient(name).downloadToBuffer());
  return files;
}

/** As `deployment/collection`. */
function collectionsOf(files: Readonly<Record<string, string>>): Set<string> {
  return new Set(Object.keys(files).map((path) => path.split('/', 2).join('/')));
}

/** What was asked, a number each time. */
function numbersIn(files: Readonly<Record<string, string>>): number[] {
  const inputs = Object.entries(files).filter(([path]) => path.includes('/model_inputs/'));
  const lines = inputs.flatMap(([, text]) => text.trim().split('\n'));
  return lines.map((line) => {
    const { data } = JSON.parse(line) as { readonly data: { readonly mails: readonly { readonly text: string }[] } };
    return Number(data.mails[0]?.text);
  });
}

function versionsOf(data: string): string[] {
  return [...(stack.workspace('ml-prod').data.get(data)?.versions.keys() ?? [])];
}
