/** What an endpoint was asked becomes data to train on, over the whole lib. */
import { describe, expect, test } from 'vitest';
import { Refused, Unavailable } from '../../src/lib/core/errors.ts';
import { rebuild, recorded, verifyChain } from '../../src/lib/core/ledger.ts';
import { stewardId } from '../../src/lib/core/names.ts';
import { showModel } from '../../src/lib/history.ts';
import { HOUR_MS, iso, KEY, MINUTE_MS } from './core/given.ts';
import { breakOnce, WORKSPACE, type Rig } from './rig.ts';
import { count, ends, finds, hint, JOB, jobOf, ours, tell, watched } from './trainingRig.ts';

const COLLECTED =
  'training: {from: {job: train-spam}, when: {drift: true}, cooldown: 30m, collected: {data: asked, window: 2d}}\n';
const crash = new Error('the process died');
const away = new Unavailable('serverError', 'the datastore', 'HTTP 503');

/** Of the hour that ended so many hours before T0's. */
function asked(rig: Rig, hours: number): void {
  const until = `${iso(-hours * HOUR_MS).slice(0, 13)}:00:00.000Z`;
  const known = rig.twins.dataAssets.files.get(`${WORKSPACE}|spam-online`) ?? [];
  const file = { path: `blue/model_inputs/${until}.jsonl`, collection: 'model_inputs', bytes: 100, until };
  rig.twins.dataAssets.files.set(`${WORKSPACE}|spam-online`, [...known, file]);
}

/** The template takes mails and what was asked, of which the team made the first version. */
async function collecting(): Promise<Rig> {
  const rig = await watched(COLLECTED);
  const template = jobOf(rig, 'train-1');
  Object.assign(template ?? {}, { inputs: { data: 'azureml:mails@latest', asked: 'azureml:asked:1' } });
  rig.twins.dataAssets.all.set(`${WORKSPACE}|asked`, [{ version: '1', createdAt: iso(-HOUR_MS) }]);
  for (const hours of [1, 2, 3, 90]) asked(rig, hours);
  return rig;
}

async function drift(rig: Rig, run: string, ms = 2 * MINUTE_MS): Promise<void> {
  finds(rig, run);
  await tell(rig, hint(run));
  await rig.live(ms);
}

const versions = (rig: Rig) => rig.twins.dataAssets.all.get(`${WORKSPACE}|asked`) ?? [];

describe('what the endpoint was asked', () => {
  test('becomes a version of its own, which the job pins', async () => {
    const rig = await collecting();
    await drift(rig, 'm1');
    expect(versions(rig)).toMatchObject([{ version: '1' }, { version: '2', made: { endpoint: 'spam-online', stewardId: stewardId(KEY, 'asked:2') } }]); // prettier-ignore
    expect(versions(rig)[1]?.made?.files).toHaveLength(3);
    expect(jobOf(rig)?.made?.pins).toEqual([
      { input: 'data', data: 'mails', version: '14' },
      { input: 'asked', data: 'asked', version: '2' },
    ]);
    expect([count(rig, 'collect'), ours(rig).length, (await rig.row())?.request]).toEqual([1, 1, undefined]);
    const [audit, row] = [await rig.store.history.audit(KEY, 1, 1000), await rig.row()];
    expect(verifyChain(audit, row?.auditDigest)).toEqual([]);
    expect(rebuild(audit)).toEqual(row && recorded(row));
  });

  test('since then becomes the next one, and nothing new becomes none', async () => {
    const rig = await collecting();
    await drift(rig, 'm1');
    ends(rig, 'failed');
    await rig.live(40 * MINUTE_MS);
    await drift(rig, 'm2');
    expect([versions(rig).length, ours(rig).length]).toEqual([2, 2]);
    ends(rig, 'failed', { name: JOB.replace('-t1-', '-t2-') });
    asked(rig, -1);
    await rig.live(2 * HOUR_MS);
    await drift(rig, 'm3');
    expect(versions(rig)[2]).toMatchObject({ version: '3', made: { files: { length: 4 } } });
    expect(jobOf(rig, JOB.replace('-t1-', '-t3-'))?.made?.pins).toMatchObject([{}, { version: '3' }]);
  });
});

describe('whatever happens, a version is made once', () => {
  test.each(['before', 'after'] as const)('when the process dies %s it is made', async (when) => {
    const rig = await collecting();
    breakOnce(rig.deps.dataAssets, 'collect', crash, when);
    await expect(drift(rig, 'm1')).rejects.toBe(crash);
    expect((await rig.row())?.request?.collecting).toMatchObject({ data: 'asked', version: '2' });
    await rig.live(3 * MINUTE_MS);
    expect([versions(rig).length, ours(rig).length]).toEqual([2, 1]);
    expect(jobOf(rig)?.made?.pins).toMatchObject([{}, { version: '2' }]);
  });

  test('when the answer is lost', async () => {
    const rig = await collecting();
    breakOnce(rig.deps.dataAssets, 'collect', away, 'after');
    await drift(rig, 'm1', 3 * MINUTE_MS);
    expect([versions(rig).length, ours(rig).length, count(rig, 'collect')]).toEqual([2, 1, 1]);
  });

  test('when somebody takes its number', async () => {
    const rig = await collecting();
    breakOnce(rig.deps.dataAssets, 'collected', away, 'before');
    const whole = rig.deps.dataAssets.collect.bind(rig.deps.dataAssets);
    Object.assign(rig.deps.dataAssets, {
      collect: async (...given: Parameters<typeof whole>) => {
        if (given[2].version === '2') versions(rig).push({ version: '2', createdAt: iso() });
        return whole(...given);
      },
    });
    await drift(rig, 'm1', 6 * MINUTE_MS);
    expect(versions(rig).map(({ version, made }) => [version, made !== undefined])).toEqual([['1', false], ['2', false], ['3', true]]); // prettier-ignore
    expect(jobOf(rig)?.made?.pins).toMatchObject([{}, { version: '3' }]);
  });
});

describe('a store that says no', () => {
  test.each([
    ['is away', away, 'unreachable', 1, 9],
    ['forbids it', new Refused('forbidden', 'the datastore', 'HTTP 403'), 'notCollected', 1, 1],
  ])('and %s is asked rarely, shown, and heals', async (_, error, reason, least, most) => {
    const rig = await collecting();
    const collect = rig.deps.dataAssets.collect.bind(rig.deps.dataAssets);
    let tries = 0;
    Object.assign(rig.deps.dataAssets, {
      collect: async () => {
        tries += 1;
        throw error;
      },
    });
    await drift(rig, 'm1', 8 * MINUTE_MS);
    expect((await rig.row())?.request?.refused).toMatchObject({ reason, sentence: error.message });
    expect((await showModel(KEY, rig.deps))?.waitingFor).toContain(reason);
    expect([tries >= least, tries <= most, ours(rig), (await rig.row())?.conditions]).toEqual([true, true, [], {}]);
    Object.assign(rig.deps.dataAssets, { collect });
    await rig.live(65 * MINUTE_MS);
    expect([versions(rig).length, ours(rig).length]).toEqual([2, 1]);
  });
});
