/** What went wrong once, or would have: an Azure that throttles, refuses, forgets, or answers late, while a model is trained. */
import { describe, expect, test } from 'vitest';
import { publishTo } from '../../src/cli/policy/publication.ts';
import { Refused, Unavailable } from '../../src/lib/core/errors.ts';
import { takeCommand } from '../../src/lib/intake/commands.ts';
import { command, DAY_MS, HOUR_MS, iso, KEY, MINUTE_MS, registered } from './core/given.ts';
import { estateFrom, policyFrom } from './core/policy/given.ts';
import { ESTATE, newRig, POLICY, WORKSPACE, type Rig } from './rig.ts';
import { arrange, ends, finds, hint, JOB, jobOf, ours, submitted, tell, TRAINING, watched } from './trainingRig.ts';

const throttled = new Unavailable('throttled', 'Azure ML', 'HTTP 429', { retryAfterMs: 300_000 });
const forbidden = new Refused('forbidden', 'Azure ML', 'HTTP 403');

/** Every call of this method fails from now on; returns how many there were. */
function failing(port: object, method: string, error: Error): () => number {
  let calls = 0;
  Object.assign(port, { [method]: async () => { calls += 1; throw error; } });
  return () => calls;
} // prettier-ignore

async function noticesOf(rig: Rig): Promise<readonly string[]> {
  return (await rig.store.history.audit(KEY, 1, 1000)).flatMap(({ notices }) => notices);
}

async function publish(rig: Rig, text: string): Promise<void> {
  const files = { 'smoke.json': '{"text": "hello"}' };
  const { kind } = await publishTo(rig.store.policies, [policyFrom(text, 'p.yaml', files)], estateFrom(ESTATE), rig.clock.now()); // prettier-ignore
  expect(kind).toBe('published');
}

describe('what Azure refuses or puts off is not asked in a loop', () => {
  test('a submission that is throttled waits as long as it was asked to', async () => {
    const rig = await watched();
    finds(rig, 'm1');
    const calls = failing(rig.deps.trainings, 'submit', throttled);
    await tell(rig, hint('m1'));
    await rig.live(4 * MINUTE_MS);
    expect(calls()).toBe(1);
    await rig.live(3 * MINUTE_MS);
    expect(calls()).toBe(2);
  });

  test('a registration that is refused is asked once a minute, and people hear why in the end', async () => {
    const rig = await submitted();
    const calls = failing(rig.deps.trainings, 'register', forbidden);
    ends(rig, 'completed');
    await rig.live(5 * MINUTE_MS);
    expect(calls()).toBeLessThanOrEqual(4);
    await rig.live(65 * MINUTE_MS);
    expect((await rig.row())?.trained?.ended[0]).toMatchObject({ cause: 'noModel', sentence: `The model that the job ${JOB} left could not be registered: HTTP 403.` }); // prettier-ignore
  });

  test('a cancellation that is refused is asked once a minute', async () => {
    const rig = await submitted();
    const calls = failing(rig.deps.jobs, 'cancel', forbidden);
    await tell(rig, command('reject', { training: 1 }));
    await rig.live(3 * MINUTE_MS);
    expect(calls()).toBeLessThanOrEqual(5);
  });

  test('a plan that is refused is asked less and less, told once, and given up some day', async () => {
    const rig = await newRig({ policy: `${POLICY}${TRAINING}notify: {inform: [oncall]}\n` });
    arrange(rig, WORKSPACE);
    const calls = failing(rig.deps.trainings, 'plan', forbidden);
    await tell(rig, command('retrain'));
    await rig.live(2 * HOUR_MS);
    expect(calls()).toBeLessThan(30);
    expect(await noticesOf(rig)).toHaveLength(1);
    for (let day = 0; day < 31; day += 1) {
      rig.clock.nowMs += DAY_MS;
      await rig.drain();
    }
    expect((await rig.row())?.request).toBeUndefined();
    expect(await noticesOf(rig)).toHaveLength(2);
  });
});

describe('a monitor that cannot be read', () => {
  test('keeps no training from ending well', async () => {
    const rig = await submitted();
    failing(rig.deps.monitors, 'monitor', forbidden);
    await tell(rig, hint('any-tagged-run-of-the-workspace'));
    ends(rig, 'completed', { version: '7' });
    await rig.live(5 * MINUTE_MS);
    expect((await rig.row())?.trained?.ended).toMatchObject([{ end: 'succeeded', version: '7' }]);
  });

  test('keeps nobody from being obeyed', async () => {
    const rig = await watched();
    failing(rig.deps.monitors, 'monitor', forbidden);
    await tell(rig, hint('any-tagged-run-of-the-workspace'));
    await tell(rig, command('retrain'));
    await rig.live(MINUTE_MS);
    expect(ours(rig)).toHaveLength(1);
  });
});

test('a reason is told once although Azure is away now and then', async () => {
  const rig = await watched();
  const pins = [{ input: 'd', data: 'mails', version: '14' }];
  let asked = 0;
  const plan = async () => {
    asked += 1;
    if (asked % 2 === 0) throw throttled;
    return { source: 'train-1', pins, championPins: pins, unpinned: [], onCompute: 0 };
  };
  Object.assign(rig.deps.trainings, { plan });
  finds(rig, 'm1');
  await tell(rig, hint('m1'));
  await rig.live(8 * HOUR_MS);
  expect((await noticesOf(rig)).filter((id) => id.startsWith('trainingRefused-sameData'))).toHaveLength(1);
});

async function running(): Promise<Rig> {
  const rig = await submitted();
  Object.assign(jobOf(rig) ?? {}, { state: 'running' });
  await rig.live(2 * MINUTE_MS);
  rig.clock.nowMs += 3 * HOUR_MS;
  return rig;
}

describe('a job that was seen', () => {
  test('is not given up for one 404', async () => {
    const rig = await running();
    const job = rig.deps.trainings.job.bind(rig.deps.trainings);
    Object.assign(rig.deps.trainings, { job: async () => 'absent' });
    await rig.drain();
    Object.assign(rig.deps.trainings, { job });
    await rig.live(2 * MINUTE_MS);
    const row = await rig.row();
    expect([row?.training?.phase, row?.training?.missingSince]).toEqual(['running', undefined]);
  });

  test('and was deleted is given up, and not made anew', async () => {
    const rig = await running();
    rig.twins.trainings.all.delete(`${WORKSPACE}|${JOB}`);
    await rig.live(15 * MINUTE_MS);
    expect((await rig.row())?.trained?.ended).toMatchObject([{ end: 'failed', cause: 'gone' }]);
    expect(ours(rig)).toEqual([]);
  });

  test('and waits for a node again has started all the same', async () => {
    const rig = await running();
    Object.assign(jobOf(rig) ?? {}, { state: 'waiting' });
    await rig.live(3 * MINUTE_MS);
    expect([jobOf(rig)?.state, (await rig.row())?.training?.attempt]).toEqual(['waiting', 1]);
  });
});

test('a submission that gets through after its training was stopped is stopped too', async () => {
  const rig = await watched();
  finds(rig, 'm1');
  const submit = rig.deps.trainings.submit.bind(rig.deps.trainings);
  let late: (() => Promise<void>) | undefined;
  const hanging = async (...given: Parameters<typeof submit>) => {
    late ??= () => submit(...given);
    throw new Unavailable('timeout', 'Azure ML', 'no answer in 30 s');
  };
  Object.assign(rig.deps.trainings, { submit: hanging });
  await tell(rig, hint('m1'));
  await rig.live(10_000);
  await tell(rig, command('reject', { training: 1 }));
  await rig.live(5 * MINUTE_MS);
  await late?.();
  await rig.live(3 * MINUTE_MS);
  expect(jobOf(rig)?.state).toBe('canceled');
  expect((await rig.row())?.trained?.ended).toMatchObject([{ end: 'canceled', cause: 'command' }]);
});

test('a job with more inputs than can be kept is refused, and the row stays short enough', async () => {
  const rig = await watched();
  const names = Array.from({ length: 120 }, (_, index) => `customer-transactions-daily-${index}`);
  const inputs = Object.fromEntries(names.map((name) => [`input_${name}`, `azureml:${name}:1`]));
  Object.assign(rig.twins.trainings.all.get(`${WORKSPACE}|train-1`) ?? {}, { inputs });
  for (const name of names) rig.twins.dataAssets.all.set(`${WORKSPACE}|${name}`, [{ version: '1', createdAt: iso(-HOUR_MS) }]); // prettier-ignore
  await tell(rig, command('retrain'));
  await rig.live(2 * MINUTE_MS);
  const row = await rig.row();
  expect(row?.request?.refused).toMatchObject({ reason: 'noSource', sentence: 'train-1 has 120 inputs that name data assets; Steward can pin 30.' }); // prettier-ignore
  expect([row?.conditions.stalled, ours(rig)]).toEqual([undefined, []]);
});

describe('a policy that is published anew', () => {
  test('is the one that a training beside a release is recorded under', async () => {
    const rig = await newRig();
    arrange(rig, WORKSPACE);
    rig.twins.models.register(WORKSPACE, 'spam-filter', '7', { at: rig.clock.now() });
    await tell(rig, registered('7'));
    await rig.live(MINUTE_MS);
    await publish(rig, `${POLICY}${TRAINING}`);
    await rig.live(MINUTE_MS);
    await tell(rig, command('retrain'));
    await rig.live(MINUTE_MS);
    const row = await rig.row();
    const { publication } = (await rig.store.policies.current()) ?? {};
    expect(row?.training?.policy).toBe(publication?.policies['spam-filter']?.hash);
    expect(row?.release?.policy).not.toBe(row?.training?.policy);
  });

  test('does not change what a second attempt is made from', async () => {
    const rig = await submitted();
    await publish(rig, `${POLICY}training: {from: {component: train-comp, compute: cpu}, when: {drift: true}}\n`);
    await rig.live(2 * MINUTE_MS);
    Object.assign(jobOf(rig) ?? {}, { state: 'failed', facts: { failure: { platform: true, message: 'preempted' } } });
    await rig.live(3 * MINUTE_MS);
    expect(ours(rig)).toHaveLength(2);
  });

  test('lifts a reason within the hour, whatever end that had', async () => {
    const rig = await submitted(TRAINING.replace('30m', '20d'));
    ends(rig, 'failed');
    await rig.live(2 * MINUTE_MS);
    finds(rig, 'm2');
    await tell(rig, hint('m2'));
    await rig.live(MINUTE_MS);
    expect((await rig.row())?.request?.refused?.reason).toBe('cooldown');
    await publish(rig, `${POLICY}${TRAINING}`);
    for (let quarter = 0; quarter < 5; quarter += 1) {
      rig.clock.nowMs += 15 * MINUTE_MS;
      await rig.sweep();
      await rig.drain();
    }
    expect(ours(rig)).toHaveLength(2);
  });
});

const asked = (training: number) => ({ key: KEY, name: 'reject', idempotencyKey: `k${training}`, body: { actor: 'ada', reason: 'r', training } }); // prettier-ignore

test('what waits can be rejected over HTTP by the number that is shown', async () => {
  const rig = await submitted(TRAINING.replace('30m', '10h'));
  ends(rig, 'failed');
  await rig.live(2 * MINUTE_MS);
  finds(rig, 'm2');
  await tell(rig, hint('m2'));
  await rig.live(MINUTE_MS);
  expect(await takeCommand(asked(1), rig.deps)).toMatchObject({ status: 409, body: { training: 2 } });
  expect(await takeCommand(asked(2), rig.deps)).toMatchObject({ status: 202 });
  await rig.live(MINUTE_MS);
  expect((await rig.row())?.request).toBeUndefined();
});
