import { beforeEach, describe, expect, test } from 'vitest';
import { Unavailable } from '../../src/lib/core/errors.ts';
import type { InboxItem } from '../../src/lib/core/inbox.ts';
import type { Notice } from '../../src/lib/core/notice.ts';
import { mailOf } from '../../src/lib/core/message.ts';
import { breakOnce, newRig, WORKSPACE, type Rig } from './rig.ts';
import { command, HOUR_MS, KEY, MINUTE_MS, modelId, OLD, registered } from './core/given.ts';

const ENDPOINT = `${WORKSPACE}|spam-batch`;
const POLICY = (more = '') => `steward: 1
model: spam-filter
owners: [ml-oncall@example.com]
environments: {prod: {workspace: ml-prod, batchEndpoint: spam-batch}}
evaluation: {job: evaluate-spam, data: spam-holdout}
gate: {metric: accuracy, better: higher}
batch: {testRun: {input: mails, expect: {rows: same, minRows: 10}}${more}}
`;

let rig: Rig;
beforeEach(async () => {
  rig = await open();
});

async function open(more?: string): Promise<Rig> {
  const opened = await newRig({ policy: POLICY(more) });
  const { batchEndpoints, endpoints, jobs, trafficMetrics } = opened.twins;
  endpoints.all.clear();
  const serving = { name: OLD, state: 'ready', version: '6', model: modelId('6') } as const;
  batchEndpoints.all.set(ENDPOINT, { state: 'ready', traffic: { [OLD]: 100 }, mirror: {}, deployments: new Map([[OLD, serving]]) }); // prettier-ignore
  jobs.data.set(`${WORKSPACE}|mails`, ['1', '2']);
  // There are no live minutes of a batch endpoint: whoever asks for them is wrong.
  trafficMetrics.minutes = async () => Promise.reject(new TypeError('asked for minutes of a batch endpoint'));
  return opened;
}

const defaultNow = () => Object.keys(rig.twins.batchEndpoints.all.get(ENDPOINT)?.traffic ?? {});
const tests = () => [...rig.twins.batchRuns.started.values()];
const told = async (): Promise<Notice[]> => (await rig.load()).outbox.map(({ delivery }) => delivery.notice);
const mailsOf = async () =>
  (await told())
    .toSorted((a, b) => a.at.localeCompare(b.at))
    .map((notice) => mailOf(notice, { baseUrl: 'https://steward.example.net' }));

async function tell(item: InboxItem): Promise<void> {
  await rig.store.lifecycles.append(KEY, item);
  await rig.queue.look(KEY);
}

async function register(version: string): Promise<void> {
  rig.twins.models.register(WORKSPACE, 'spam-filter', version, { at: rig.clock.now() });
  await tell(registered(version));
}

/** The test job runs; nothing completes it by itself. */
async function testing(): Promise<string> {
  await register('7');
  for (let look = 0; look < 60; look += 1) {
    await rig.live(10_000);
    const job = (await rig.row())?.release?.testRun?.job;
    if (job !== undefined) return `${WORKSPACE}|${job}`;
  }
  throw new Error('no test job was started');
}

describe('a version for a batch endpoint', () => {
  test('is tested by a job of its deployment, becomes the default at once, and its predecessor goes', async () => {
    rig = await open(', keepPrevious: 30m');
    await register('7');
    await rig.live(20 * MINUTE_MS);
    const row = await rig.row();
    expect(row?.ended).toMatchObject([{ version: '7', end: 'released' }]);
    expect(row?.champion).toMatchObject({ version: '7', replaced: OLD });
    expect(defaultNow()).toEqual([row?.champion?.deployment]);
    expect(tests()).toMatchObject([{ deployment: row?.champion?.deployment, input: 'mails', as: 'data', output: 'score' }]);
    const effects = rig.effects.filter((effect) => ['createDeployment', 'start', 'setTraffic'].includes(effect));
    expect(effects).toEqual(['createDeployment', 'start', 'setTraffic']);
    expect((await told()).map(({ kind, batch }) => [kind, batch])).toEqual([['released', true]]);
    const [mail] = await mailsOf();
    expect(mail?.subject).toBe('spam-filter prod: v7 released, is the default deployment instead of v6');
    expect(mail?.text).toContain('It passed the gate, and its test job batch-1 on mails:2 left 100 rows. How later jobs fare is not measured.');
    expect(mail?.text).not.toMatch(/traffic|request/i);

    await rig.live(HOUR_MS);
    expect([...(rig.twins.batchEndpoints.all.get(ENDPOINT)?.deployments.keys() ?? [])]).toEqual(defaultNow());
    expect(await rig.row()).toMatchObject({ retiring: [], conditions: {} });
  }); // prettier-ignore

  test.each([
    { left: { files: 0 }, why: 'its output "score" holds no file with content' },
    { left: { files: 1, rows: 99, inputRows: 100 }, why: 'its output "score" has 99 rows, and its input mails:2 100' },
    { left: { files: 1, rows: 9, inputRows: 9 }, why: 'its output "score" has 9 rows, expected at least 10' },
    { left: { files: 1, inputRows: 9 }, why: 'the rows of its output "score" cannot be counted' },
    { left: { files: 1, rows: 9 }, why: 'the rows of mails:2 cannot be counted' },
    { left: { files: 0, fault: 'its output lies elsewhere' }, why: 'its output lies elsewhere' },
  ])('whose test job leaves $left never becomes the default', async ({ left, why }) => {
    rig.twins.batchRuns.leaves = left;
    await register('7');
    await rig.live(HOUR_MS);
    expect((await rig.row())?.ended).toMatchObject([{ version: '7', end: 'rolledBack', cause: 'testRun' }]);
    expect(defaultNow()).toEqual([OLD]);
    expect(rig.effects).not.toContain('setTraffic');
    expect((await told())[0]?.sentence).toBe(`The test job batch-1 completed, but ${why}.`);
    const [mail] = await mailsOf();
    expect(mail?.subject).toBe('spam-filter prod: v7 failed before it was the default, v6 is the default deployment (verified)');
    expect(mail?.text).not.toMatch(/traffic|request/i);
  }); // prettier-ignore

  test.each(['failed', 'canceled'] as const)('whose test job is %s never becomes the default', async (state) => {
    const job = await testing();
    rig.twins.jobs.all.get(job)!.state = state;
    await rig.live(5 * MINUTE_MS);
    expect((await rig.row())?.ended).toMatchObject([{ version: '7', end: 'rolledBack', cause: 'testRun' }]);
    expect(defaultNow()).toEqual([OLD]);
  });

  test('whose test job does not end in time is given up, and the job is canceled', async () => {
    const job = await testing();
    Object.defineProperty(rig.twins.jobs.all.get(job)!, 'state', endless(rig.twins.jobs.all.get(job)!));
    await rig.live(80 * MINUTE_MS);
    expect((await rig.row())?.ended).toMatchObject([{ version: '7', end: 'rolledBack', cause: 'testRun' }]);
    expect(rig.effects.filter((effect) => effect === 'cancel')).toHaveLength(1);
    expect(defaultNow()).toEqual([OLD]);
  });

  test('whose test job was started although the answer got lost is tested once', async () => {
    breakOnce(rig.deps.batchRuns, 'start', new Unavailable('timeout', 'the batch endpoint', 'no answer'), 'after');
    await register('7');
    await rig.live(HOUR_MS);
    expect((await rig.row())?.ended).toMatchObject([{ version: '7', end: 'released' }]);
    expect(rig.effects.filter((effect) => effect === 'start')).toHaveLength(2);
    expect(tests()).toHaveLength(1);
  });

  test('whose test cannot be started, for the data is not there, never becomes the default', async () => {
    rig.twins.jobs.data.delete(`${WORKSPACE}|mails`);
    await register('7');
    await rig.live(HOUR_MS);
    expect((await rig.row())?.ended).toMatchObject([{ version: '7', end: 'rolledBack', cause: 'testRun' }]);
    expect((await told())[0]?.sentence).toBe('The test job could not be started: no data mails');
  });
});

describe('taken back', () => {
  test('by command after it was released: the default is switched back, and no figures are claimed', async () => {
    await register('7');
    await rig.live(HOUR_MS);
    await tell(command('rollback', { release: 1 }));
    await rig.live(10 * MINUTE_MS);
    const row = await rig.row();
    expect(row?.ended[0]).toMatchObject({ version: '7', end: 'rolledBack', cause: 'command' });
    expect(row?.champion).toMatchObject({ version: '6', deployment: OLD });
    expect(defaultNow()).toEqual([OLD]);
    const [, notice] = await told();
    expect(notice).toMatchObject({ kind: 'rolledBack', restoredAt: expect.any(String) });
    expect(notice).not.toHaveProperty('harm');
    expect(notice).not.toHaveProperty('errorsNow');
    const mail = (await mailsOf())[1];
    expect(mail?.subject).toBe('spam-filter prod: v7 rolled back, v6 is the default deployment (verified)');
    expect(mail?.text).not.toMatch(/traffic|request/i);
  });

  test('by command while it is watched', async () => {
    rig = await open(', watch: 6h');
    await register('7');
    await rig.live(HOUR_MS);
    expect((await rig.row())?.release).toMatchObject({ phase: 'watching' });
    await tell(command('rollback', { release: 1 }));
    await rig.live(10 * MINUTE_MS);
    expect((await rig.row())?.ended).toMatchObject([{ version: '7', end: 'rolledBack', cause: 'command' }]);
    expect(defaultNow()).toEqual([OLD]);
  });
});

test('a default that somebody else set is held, told in its own words, and adopted', async () => {
  await register('7');
  await rig.live(HOUR_MS);
  const endpoint = rig.twins.batchEndpoints.all.get(ENDPOINT)!;
  endpoint.traffic = { [OLD]: 100 };
  await rig.live(15 * MINUTE_MS);
  await rig.sweep();
  await rig.drain();
  const [, held] = await mailsOf();
  expect(held?.subject).toBe('spam-filter prod: the default deployment was changed, but not by Steward: your choice');
  expect(held?.text).not.toMatch(/traffic|request/i);
  await tell(command('adopt'));
  await rig.live(MINUTE_MS);
  expect((await rig.row())?.champion).toMatchObject({ version: '6', deployment: OLD });
  expect((await rig.row())?.conditions).toEqual({});
});

/** The rig completes what runs; this one nobody can. */
function endless(job: { state: string }): PropertyDescriptor {
  let state = job.state;
  return {
    get: () => state,
    set(next: string) {
      if (next !== 'completed') state = next;
    },
    enumerable: true,
    configurable: true,
  };
}
