import { describe, expect, test } from 'vitest';
import { Conflict, Unavailable } from '../../src/lib/core/errors.ts';
import { rebuild, recorded, verifyChain } from '../../src/lib/core/ledger.ts';
import { trainingJobName } from '../../src/lib/core/names.ts';
import { showModel } from '../../src/lib/history.ts';
import { command, iso, KEY, MINUTE_MS, registered } from './core/given.ts';
import { workspaceId } from './core/policy/given.ts';
import { breakOnce, newRig, POLICY, WORKSPACE, type Rig } from './rig.ts';
import {
  arrange,
  count,
  ends,
  finds,
  hint,
  JOB,
  jobOf,
  ours,
  submitted,
  tell,
  TRAINING,
  watched,
} from './trainingRig.ts';

const crash = new Error('the process died');
const away = new Unavailable('serverError', 'MLflow', 'HTTP 503');

describe('a finding', () => {
  const orders = [['m1', 'm1-drift', 'm1-report'], ['m1-report', 'm1-drift', 'm1'], ['m1-drift', 'm1', 'm1-drift']]; // prettier-ignore
  test.each(orders)('told three times, %s before %s before %s, leads to one job', async (...hints) => {
    const rig = await watched();
    finds(rig, 'm1');
    for (const run of hints) await tell(rig, hint(run));
    await rig.live(MINUTE_MS);
    expect(ours(rig)).toHaveLength(1);
    const row = await rig.row();
    expect(row?.training).toMatchObject({ number: 1, job: JOB, pins: [{ data: 'mails', version: '14' }], causes: [{ kind: 'monitor', monitor: 'spam-monitor', run: 'm1' }] }); // prettier-ignore
    expect([row?.training?.causes.length, row?.request]).toEqual([1, undefined]);
    expect(jobOf(rig)?.tags).toMatchObject({ 'steward.training': '1/1', 'steward.causes': 'monitor' });
  });

  test('told again by latecomers, with passes in between, changes nothing', async () => {
    const rig = await submitted();
    for (const run of ['m1', 'm1-report', 'm1-drift']) {
      await tell(rig, hint(run));
      await rig.live(MINUTE_MS);
    }
    expect([ours(rig).length, count(rig, 'submit'), (await rig.row())?.request]).toEqual([1, 1, undefined]);
  });

  test('of a run that the monitor does not know asks for nothing', async () => {
    const rig = await watched();
    await tell(rig, hint('a-job-with-a-forged-tag'));
    await rig.live(MINUTE_MS);
    const row = await rig.row();
    expect([row?.request, row?.training, ours(rig)]).toEqual([undefined, undefined, []]);
    expect(row?.nextLook).toBeUndefined();
  });
});

describe('a training', () => {
  test.each([
    ['which the job registered', '7'],
    ['which we register, as it did not', undefined],
  ])('gives a version %s, and that goes the way of any', async (_, version) => {
    const rig = await submitted();
    Object.assign(jobOf(rig) ?? {}, { state: 'running' });
    await rig.live(2 * MINUTE_MS);
    expect((await rig.row())?.training?.phase).toBe('running');
    ends(rig, 'completed', version === undefined ? {} : { version });
    await rig.live(5 * MINUTE_MS);
    expect(await rig.twins.models.version(WORKSPACE, 'spam-filter', '7')).toMatchObject({ jobName: JOB });
    expect(count(rig, 'register')).toBe(version === undefined ? 1 : 0);
    const row = await rig.row();
    expect(row?.training).toBeUndefined();
    expect(row?.release).toMatchObject({ version: '7', origin: { job: JOB, training: 1, commit: '9c1e2b7' } });
    expect(await rig.store.history.trainings(KEY, 5)).toMatchObject([{ number: 1, end: 'succeeded', version: '7', computeMinutes: 4.5, causes: [{ run: 'm1' }] }]); // prettier-ignore
    await rig.live(90 * MINUTE_MS);
    expect((await rig.row())?.ended).toMatchObject([{ version: '7', end: 'released' }]);
    const mails = (await rig.load()).outbox.map(({ delivery }) => delivery.notice);
    expect(mails.find(({ kind }) => kind === 'released')).toMatchObject({
      monitored: true,
      keptUntil: expect.any(String),
    });
    expect((await showModel(KEY, rig.deps))?.trainings).toMatchObject([{ number: 1, promoted: true, release: { number: 1, end: 'released' } }]); // prettier-ignore
  });

  test('waits for the cooldown, shows until when, and is taken up when it ends', async () => {
    const rig = await submitted();
    ends(rig, 'failed');
    await rig.live(2 * MINUTE_MS);
    expect(await rig.store.history.trainings(KEY, 5)).toMatchObject([{ number: 1, end: 'failed' }]);
    finds(rig, 'm2');
    await tell(rig, hint('m2'));
    await rig.live(MINUTE_MS);
    const { refused } = (await rig.row())?.request ?? {};
    expect(refused).toMatchObject({ reason: 'cooldown', until: iso(30 * MINUTE_MS + 10_000) });
    expect((await showModel(KEY, rig.deps))?.waitingFor).toBe(`training: cooldown until ${refused?.until}`);
    expect(ours(rig)).toHaveLength(1);
    await rig.live(30 * MINUTE_MS);
    expect([ours(rig).length, (await rig.row())?.training?.causes]).toEqual([2, [expect.objectContaining({ run: 'm2' })]]);
  }); // prettier-ignore

  test('is stopped by command, and its job with it', async () => {
    const rig = await submitted();
    await tell(rig, command('reject', { training: 1 }));
    await rig.live(2 * MINUTE_MS);
    expect(jobOf(rig)?.state).toBe('canceled');
    expect(await rig.store.history.trainings(KEY, 5)).toMatchObject([{ number: 1, end: 'canceled' }]);
    expect((await rig.row())?.training).toBeUndefined();
  });

  test('leaves an audit that rebuilds the row', async () => {
    const rig = await submitted();
    ends(rig, 'completed', { version: '7' });
    await rig.live(5 * MINUTE_MS);
    const audit = await rig.store.history.audit(KEY, 1, 1000);
    const row = await rig.row();
    expect(verifyChain(audit, row?.auditDigest)).toEqual([]);
    expect(rebuild(audit)).toEqual(row && recorded(row));
    expect(audit.some(({ facts }) => facts.training !== undefined)).toBe(true);
  });
});

describe('whatever happens to a pass, there is one job', () => {
  test('when every other save loses its race', async () => {
    const rig = await watched();
    finds(rig, 'm1');
    const save = rig.deps.lifecycles.save.bind(rig.deps.lifecycles);
    let saves = 0;
    Object.assign(rig.deps.lifecycles, {
      save: async (...given: Parameters<typeof save>) => {
        saves += 1;
        if (saves % 2 === 1) throw new Conflict('lost');
        return save(...given);
      },
    });
    await tell(rig, hint('m1'));
    await rig.live(2 * MINUTE_MS);
    expect(saves).toBeGreaterThan(2);
    expect([ours(rig).length, count(rig, 'submit')]).toEqual([1, 1]);
  });

  test.each([
    ['between save and submission: it is asked for again', 'before'],
    ['after the submission: it is seen', 'after'],
  ] as const)('when the process dies %s', async (_, when) => {
    const rig = await watched();
    finds(rig, 'm1');
    breakOnce(rig.deps.trainings, 'submit', crash, when);
    await tell(rig, hint('m1'));
    await expect(rig.live(10_000)).rejects.toBe(crash);
    expect((await rig.row())?.training).toMatchObject({ job: JOB });
    await rig.live(3 * MINUTE_MS);
    expect([ours(rig).length, jobOf(rig)?.state, (await rig.row())?.training?.attempt]).toEqual([1, 'waiting', 1]);
    expect(count(rig, 'submit')).toBe(1);
  });

  test('when the registration dies half way', async () => {
    const rig = await submitted();
    ends(rig, 'completed');
    breakOnce(rig.deps.trainings, 'register', crash, 'after');
    await rig.live(5 * MINUTE_MS).catch(() => undefined);
    await rig.live(5 * MINUTE_MS);
    expect(rig.twins.models.versions(WORKSPACE, 'spam-filter').map(({ version }) => version)).toEqual(['6', '7']);
    expect((await rig.row())?.release).toMatchObject({ version: '7', origin: { training: 1 } });
  });
});

describe('what cannot be read of a training', () => {
  test('does not stop a canary', async () => {
    const rig = await watched();
    rig.twins.models.register(WORKSPACE, 'spam-filter', '7', { at: rig.clock.now() });
    await tell(rig, registered('7'));
    for (let i = 0; i < 60 && (await rig.row())?.release?.stepVerifiedAt === undefined; i += 1) await rig.live(10_000);
    let asked = 0;
    Object.assign(rig.deps.monitors, {
      monitor: async () => {
        asked += 1;
        throw away;
      },
    });
    finds(rig, 'm1');
    await tell(rig, hint('m1'));
    await rig.live(10 * MINUTE_MS);
    expect([(await rig.row())?.conditions, (await rig.row())?.trained?.hints]).toEqual([{}, ['m1']]);
    await rig.live(80 * MINUTE_MS);
    expect((await rig.row())?.ended).toMatchObject([{ version: '7', end: 'released' }]);
    expect(asked).toBeGreaterThan(10);
  });

  test('is shown, and read again until it can be', async () => {
    const rig = await watched();
    const plan = rig.deps.trainings.plan.bind(rig.deps.trainings);
    Object.assign(rig.deps.trainings, { plan: async () => Promise.reject(away) });
    finds(rig, 'm1');
    await tell(rig, hint('m1'));
    await rig.live(5 * MINUTE_MS);
    expect((await rig.row())?.request?.refused).toMatchObject({ reason: 'unreachable', sentence: 'HTTP 503' });
    expect((await rig.row())?.conditions).toEqual({});
    Object.assign(rig.deps.trainings, { plan });
    await rig.live(2 * MINUTE_MS);
    expect(ours(rig)).toHaveLength(1);
  });
});

describe('another environment that trains', () => {
  const DEV = { ...KEY, environment: 'dev' };
  const ML_DEV = workspaceId('ml-dev');
  const devJob = trainingJobName(DEV, 1, 1);

  async function upstream(): Promise<Rig> {
    const rig = await newRig({
      policy: `${POLICY.replace('environments: {', 'environments: {dev: {workspace: ml-dev, endpoint: spam-dev}, ')}${TRAINING.replace('{', '{in: dev, ')}`,
      estate: `steward: 1
workspaces: {ml-prod: {id: ${WORKSPACE}, environment: prod}, ml-dev: {id: ${ML_DEV}, environment: dev}}
`,
    });
    arrange(rig, ML_DEV);
    rig.twins.monitors.all.set(`${WORKSPACE}|spam-monitor`, { endpoint: 'spam-online', runs: [] });
    finds(rig, 'm1');
    return rig;
  }

  test('is told once what was found where the model serves, and trains for it', async () => {
    const rig = await upstream();
    await tell(rig, hint('m1'));
    await rig.live(3 * MINUTE_MS);
    expect(jobOf(rig, devJob, ML_DEV)?.made).toMatchObject({ model: 'spam-filter' });
    expect(ours(rig)).toHaveLength(1);
    const { lifecycle: dev } = await rig.store.lifecycles.load(DEV);
    expect(dev?.training).toMatchObject({ causes: [{ kind: 'monitor', from: 'prod', run: 'm1' }] });
    expect([(await rig.row())?.request, (await rig.row())?.training]).toEqual([undefined, undefined]);
  });

  test('is told in the end when the process dies on the way', async () => {
    const rig = await upstream();
    const append = rig.deps.lifecycles.append.bind(rig.deps.lifecycles);
    let times = 0;
    Object.assign(rig.deps.lifecycles, {
      append: async (...given: Parameters<typeof append>) => {
        if (given[0].environment !== 'dev') return append(...given);
        times += 1;
        if (times === 1) throw crash;
        await append(...given);
        if (times === 2) throw crash;
        return append(...given);
      },
    });
    await tell(rig, hint('m1'));
    for (let minute = 0; minute < 8; minute += 1) {
      await rig.live(MINUTE_MS).catch(() => undefined);
      await rig.sweep();
    }
    expect(ours(rig)).toHaveLength(1);
    expect((await rig.row())?.request).toBeUndefined();
  });
});

test('a model whose policy does not train costs no call more than before', async () => {
  const rig = await newRig();
  const called: string[] = [];
  for (const port of [rig.deps.trainings, rig.deps.monitors, rig.twins.dataAssets])
    for (const [name, method] of Object.entries(port))
      if (typeof method === 'function') Object.assign(port, { [name]: async () => void called.push(name) });
  const knows = rig.deps.lifecycles.knows.bind(rig.deps.lifecycles);
  Object.assign(rig.deps.lifecycles, { knows: async (...given: Parameters<typeof knows>) => (called.push('knows'), knows(...given)) }); // prettier-ignore
  rig.twins.models.register(WORKSPACE, 'spam-filter', '7', { at: rig.clock.now() });
  await tell(rig, registered('7'));
  await rig.live(90 * MINUTE_MS);
  expect((await rig.row())?.ended).toMatchObject([{ version: '7', end: 'released' }]);
  expect(called).toEqual([]);
});
