import { describe, expect, test } from 'vitest';
import { Refused, Unavailable } from '../../src/lib/core/errors.ts';
import { evaluationJobName, stewardId, trainingJobName } from '../../src/lib/core/names.ts';
import type { Action } from '../../src/lib/core/step.ts';
import type { Cause } from '../../src/lib/core/training/state.ts';
import { perform } from '../../src/lib/perform.ts';
import { deployment, iso, KEY, MINUTE_MS, NEW, OLD, policy, policyOf, releasing } from './core/given.ts';
import { newRig, WORKSPACE, type Rig } from './rig.ts';

const row = { ...releasing('deploying'), sequence: 12 };

/** The row of release 7 as it was just saved, and the right to act on it. */
async function saved() {
  const rig = await newRig();
  const { etag } = await rig.store.lifecycles.save(KEY, { lifecycle: row, taken: [], deliveries: [] });
  rig.twins.models.register(WORKSPACE, 'spam-filter', '7');
  return { rig, mandate: { lifecycle: row, etag, policy, workspace: WORKSPACE } };
}

const unread = async (rig: Rig) => (await rig.load()).unread.map(({ item }) => item);
const create: Action = { do: 'createDeployment', deployment: NEW, version: '7', like: OLD, plan: {} };
const ask: Action = { do: 'smokeTest', deployment: NEW, attempt: 2 };
/** Three requests; the second expects this label. */
const threeAsked = (label: string) =>
  policyOf(`smokeTest: {request: {q: 1}, also: [{request: {q: 2}, expect: {values: {/0/label: ${label}}}}, {request: {q: 3}}]}`); // prettier-ignore

test('success is not told: the next look reads it back', async () => {
  const { rig, mandate } = await saved();
  await perform([create], mandate, rig.deps);
  expect(rig.effects).toEqual(['createDeployment']);
  expect([await unread(rig), rig.queue.nextAtMs()]).toEqual([[], undefined]);
});

test('the right ends with another save: nothing more is called', async () => {
  const { rig, mandate } = await saved();
  await rig.store.lifecycles.save(KEY, { lifecycle: row, etag: mandate.etag, taken: [], deliveries: [] });
  await perform([create], mandate, rig.deps);
  expect(rig.effects).toEqual([]);
});

const failing = (error: Error) => ({ createDeployment: async () => Promise.reject(error) });

describe('what no look can see comes back as an item, once for a pass, and asks for one', () => {
  test.each<[string, Error, object]>([
    ['a refusal', new Refused('quota', 'Azure ML', 'no cores left'), { of: 'createDeployment', result: 'refused', code: 'quota', message: 'no cores left' }],
    ['an outage', new Unavailable('serverError', 'Azure ML', 'HTTP 503'), { of: 'createDeployment', result: 'unavailable', provider: 'Azure ML', message: 'HTTP 503' }],
    ['a wait', new Unavailable('throttled', 'Azure ML', 'HTTP 429', { retryAfterMs: 5000 }), { of: 'createDeployment', result: 'unavailable', retryAfterMs: 5000 }],
  ])('%s', async (_, error, outcome) => {
    const { rig, mandate } = await saved();
    Object.assign(rig.deps.endpoints, failing(error));
    await perform([create], mandate, rig.deps);
    await perform([create], mandate, rig.deps);
    expect(await unread(rig)).toMatchObject([{ factKey: 'outcome|12|0|createDeployment', happening: { kind: 'outcome', release: 7, outcome } }]);
    expect(rig.queue.nextAtMs()).toBe(rig.clock.nowMs);
  }); // prettier-ignore

  test('the answer to a smoke test, whatever its status', async () => {
    const { rig, mandate } = await saved();
    await perform([ask], mandate, rig.deps);
    expect(await unread(rig)).toMatchObject([{ happening: { outcome: { of: 'smokeTest', result: 'answered', attempt: 2, status: 404 } } }]); // prettier-ignore
  });

  test('of several requests the first that fails, and none after it; the last when all are answered as they should be', async () => {
    const { rig, mandate } = await saved();
    const asked: unknown[] = [];
    const answers = new Map([[NEW, (body: unknown) => (asked.push(body), { status: 200, latencyMs: 5, body: '[{"label":"spam"}]' })]]); // prettier-ignore
    rig.twins.scoring.all.set(`${WORKSPACE}|spam-online`, answers);
    await perform([ask], { ...mandate, policy: threeAsked('ham') }, rig.deps);
    expect(asked).toEqual([{ q: 1 }, { q: 2 }]);
    expect(await unread(rig)).toMatchObject([{ happening: { outcome: { which: 1, status: 200, faults: ['/0/label is "spam", expected "ham"'] } } }]); // prettier-ignore
    const other = await saved();
    other.rig.twins.scoring.all.set(`${WORKSPACE}|spam-online`, answers);
    await perform([ask], { ...other.mandate, policy: threeAsked('spam') }, other.rig.deps);
    expect(await unread(other.rig)).toMatchObject([{ happening: { outcome: { which: 2, faults: [] } } }]);
  });

  test('a smoke test that could not be asked is an outage, not a verdict', async () => {
    const { rig, mandate } = await saved();
    rig.twins.scoring.all.clear();
    await perform([ask], mandate, rig.deps);
    expect(await unread(rig)).toMatchObject([{ happening: { outcome: { of: 'smokeTest', result: 'unavailable' } } }]);
  });

  test('each action of a pass tells its own, also of the same kind', async () => {
    const { rig, mandate } = await saved();
    Object.assign(rig.deps.jobs, { cancel: async (_: string, job: string) => Promise.reject(new Refused('forbidden', 'Azure ML', `no role for ${job}`)) });
    const jobs = [evaluationJobName(KEY, 7, 1), trainingJobName(KEY, 3, 1)];
    const actions = jobs.map((job): Action => ({ do: 'cancelJob', job }));
    await perform(actions, mandate, rig.deps);
    await perform(actions, mandate, rig.deps);
    const told = (await unread(rig)).map(({ happening }) => happening);
    expect(told).toHaveLength(2);
    expect(told).toContainEqual(expect.objectContaining({ release: 7, outcome: expect.objectContaining({ message: `no role for ${jobs[0]}` }) }));
    expect(told).toContainEqual(expect.objectContaining({ training: 3, outcome: expect.objectContaining({ message: `no role for ${jobs[1]}` }) }));
  }); // prettier-ignore

  test('an outage is one, however many calls met it', async () => {
    const { rig, mandate } = await saved();
    Object.assign(rig.deps.jobs, { cancel: async () => Promise.reject(new Unavailable('serverError', 'Azure ML', 'HTTP 503')) });
    const jobs = [1, 2, 3].map((attempt) => evaluationJobName(KEY, 7, attempt));
    await perform(jobs.map((job): Action => ({ do: 'cancelJob', job })), mandate, rig.deps);
    expect(await unread(rig)).toHaveLength(1);
  }); // prettier-ignore

  test('a bug is thrown', async () => {
    const { rig, mandate } = await saved();
    Object.assign(rig.deps.endpoints, failing(new TypeError('a bug')));
    await expect(perform([create], mandate, rig.deps)).rejects.toThrow('a bug');
  });
});

test('a champion made by hand is retired like any other', async () => {
  const { rig, mandate } = await saved();
  const endpoint = rig.twins.endpoints.all.get(`${WORKSPACE}|spam-online`);
  endpoint?.deployments.set(NEW, deployment(NEW, '7'));
  Object.assign(endpoint ?? {}, { traffic: { [NEW]: 100 } });
  await perform([{ do: 'deleteDeployment', deployment: OLD }], mandate, rig.deps);
  expect(await unread(rig)).toEqual([]);
  rig.settle();
  expect([...(endpoint?.deployments.keys() ?? [])]).toEqual([NEW]);
});

const JOB = trainingJobName(KEY, 3, 2);
const CAUSES: readonly Cause[] = [
  { id: 'm1', at: iso(), kind: 'monitor', monitor: 'spam-monitor', run: 'm1', breaches: [] },
  { id: 'm2', at: iso(), kind: 'monitor', monitor: 'spam-monitor', run: 'm2', breaches: [] },
  { id: 'd', at: iso(), kind: 'newData', data: 'mails', version: '14' },
];
const submit: Action = { do: 'submitTraining', job: JOB, source: 'train-1', pins: [{ input: 'data', data: 'mails', version: '14' }], causes: CAUSES, attempt: 2 }; // prettier-ignore
const register: Action = { do: 'registerModel', job: JOB, version: '8', uri: 'azureml://jobs/x/outputs/model/paths/', type: 'mlflow_model', tags: { a: 'b' } }; // prettier-ignore
const collect: Action = { do: 'collectData', data: 'asked', version: '2', collections: ['model_inputs'], from: '2026-03-01T09:00:00.000Z', to: '2026-03-02T09:00:00.000Z' }; // prettier-ignore
const hand: Action = { do: 'handOver', to: 'dev', number: 4, causes: CAUSES, more: 1 };
const DEV = { ...KEY, environment: 'dev' };

/** A policy that trains from the job `train-1`, beside the release that is under way. */
async function training() {
  const { rig, mandate } = await saved();
  rig.twins.trainings.all.set(`${WORKSPACE}|train-1`, { state: 'completed', at: rig.clock.now(), tags: {}, inputs: { data: 'azureml:mails:13' }, outputs: { model: 'mlflow_model' } }); // prettier-ignore
  rig.twins.dataAssets.all.set(`${WORKSPACE}|mails`, [{ version: '14', createdAt: iso() }]);
  const trains = policyOf(undefined, (read) => ({ ...read, training: TRAINING }));
  return { rig, mandate: { ...mandate, policy: trains } };
}

const TRAINING = {
  from: { kind: 'job', job: 'train-1' }, when: {}, cooldownMs: 0, budget: { runs: 1, perMs: 1 }, deadline: { startMs: 1, finishMs: 1 }, output: 'model', unregistered: 'ignore', dataOwners: [],
} as const; // prettier-ignore

const UNDER_WAY = {
  number: 5, phase: 'registering', phaseSince: iso(), since: iso(), policy: 'p', causes: [], more: 0, job: JOB, attempt: 1, submittedAt: iso(),
  source: 'train-1', pins: [], unpinned: [], spentMinutes: 0,
} as const; // prettier-ignore

describe('a training', () => {
  test('is submitted as it was saved, with tags that say which one it is and why', async () => {
    const { rig, mandate } = await training();
    await perform([submit], mandate, rig.deps);
    await perform([submit], mandate, rig.deps);
    expect(await unread(rig)).toEqual([]);
    const job = rig.twins.trainings.all.get(`${WORKSPACE}|${JOB}`);
    expect(job?.tags).toEqual({ 'steward.training': '3/2', 'steward.causes': 'monitor, newData', stewardId: stewardId(KEY, JOB) }); // prettier-ignore
    expect(job?.made).toMatchObject({ source: 'train-1', from: TRAINING.from, model: 'spam-filter', pins: [{ version: '14' }] }); // prettier-ignore
  });

  test('registers what it left, twice as once', async () => {
    const { rig, mandate } = await training();
    await perform([submit], mandate, rig.deps);
    await perform([register], mandate, rig.deps);
    await perform([register], mandate, rig.deps);
    expect(await rig.twins.models.version(WORKSPACE, 'spam-filter', '8')).toMatchObject({ jobName: JOB, tags: { a: 'b', stewardId: stewardId(KEY, JOB) } }); // prettier-ignore
    expect(await unread(rig)).toEqual([]);
  });

  test.each<[string, Action, string, Error, object]>([
    ['a refused submission', submit, 'submit', new Refused('quota', 'Azure ML', 'no cores'), { of: 'submitTraining', result: 'refused', code: 'quota', message: 'no cores' }],
    ['a refused registration', register, 'register', new Refused('foreign', 'Azure ML', 'taken'), { of: 'registerModel', result: 'refused', code: 'foreign' }],
    ['an outage', register, 'register', new Unavailable('serverError', 'Azure ML', 'HTTP 503'), { of: 'registerModel', result: 'unavailable', provider: 'Azure ML' }],
  ])('%s comes back with the number of the training, not of the release', async (_, action, method, error, outcome) => {
    const { rig, mandate } = await training();
    Object.assign(rig.deps.trainings, { [method]: async () => Promise.reject(error) });
    await perform([action], mandate, rig.deps);
    const [told, ...others] = await unread(rig);
    expect(told).toMatchObject({ factKey: `outcome|12|0|${action.do}`, happening: { kind: 'outcome', training: 3, outcome } });
    expect([told?.happening, others]).toEqual([expect.not.objectContaining({ release: 7 }), []]);
  }); // prettier-ignore

  test('has what the endpoint was asked made a version of data, and looks for what that met when it is due', async () => {
    const { rig, mandate } = await training();
    const { dataAssets } = rig.twins;
    dataAssets.files.set(`${WORKSPACE}|spam-online`, [{ path: 'blue/model_inputs/2026/03/02/08/a.jsonl', collection: 'model_inputs', bytes: 9, until: '2026-03-02T09:00:00.000Z' }]);
    await perform([collect], mandate, rig.deps);
    await perform([collect], mandate, rig.deps);
    const made = dataAssets.all.get(`${WORKSPACE}|asked`);
    expect(made).toMatchObject([{ version: '2', made: { endpoint: 'spam-online', stewardId: stewardId(KEY, 'asked:2'), files: [expect.stringContaining('blue/')] } }]);
    expect(await unread(rig)).toEqual([]);
    for (const error of [new Refused('foreign', 'Azure ML', 'taken'), new Unavailable('serverError', 'the datastore', 'HTTP 503')]) {
      Object.assign(rig.deps.dataAssets, { collect: async () => Promise.reject(error) });
      await perform([collect], { ...mandate, lifecycle: { ...mandate.lifecycle, sequence: mandate.lifecycle.sequence + 1 } }, rig.deps);
      expect(rig.queue.take('reconcile', rig.clock.nowMs)).toBeUndefined();
    }
    expect(await unread(rig)).toMatchObject([{ happening: { outcome: { of: 'collectData', result: 'refused', code: 'foreign' } } }]);
  }); // prettier-ignore

  test('of a run of the team’s own has its number from the row', async () => {
    const { rig, mandate } = await training();
    const lifecycle = { ...mandate.lifecycle, training: { ...UNDER_WAY, job: 'theirs-1' } };
    Object.assign(rig.deps.trainings, { register: async () => Promise.reject(new Unavailable('serverError', 'Azure ML', 'HTTP 503')) });
    await perform([{ ...register, job: 'theirs-1' }], { ...mandate, lifecycle }, rig.deps);
    const [told] = await unread(rig);
    expect(told?.happening).toMatchObject({ training: 5, outcome: { of: 'registerModel' } });
    expect(told?.happening).not.toHaveProperty('release');
  }); // prettier-ignore

  test('that the policy does not speak of any more is refused', async () => {
    const { rig, mandate } = await training();
    await perform([submit], { ...mandate, policy }, rig.deps);
    expect(await unread(rig)).toMatchObject([{ happening: { training: 3, outcome: { of: 'submitTraining', result: 'refused', code: 'invalid' } } }]); // prettier-ignore
    expect(rig.effects).toEqual([]);
  });

  test('is canceled like any job', async () => {
    const { rig, mandate } = await training();
    await perform([submit], mandate, rig.deps);
    await perform([{ do: 'cancelJob', job: JOB }], mandate, rig.deps);
    expect(rig.twins.trainings.all.get(`${WORKSPACE}|${JOB}`)?.state).toBe('canceled');
    Object.assign(rig.deps.jobs, { cancel: async () => Promise.reject(new Refused('forbidden', 'Azure ML', 'no')) });
    await perform([{ do: 'cancelJob', job: JOB }], mandate, rig.deps);
    expect(await unread(rig)).toMatchObject([{ happening: { training: 3, outcome: { of: 'cancelJob' } } }]);
  });
});

const handed = async (rig: Rig) => (await rig.store.lifecycles.load(DEV)).unread.map(({ item }) => item);

describe('causes that another environment trains for', () => {
  test('are told to it once, however often', async () => {
    const { rig, mandate } = await training();
    await perform([hand], mandate, rig.deps);
    await perform([hand], mandate, rig.deps);
    expect(await handed(rig)).toMatchObject([{ factKey: 'handOver|prod|spam-filter|4', happening: { kind: 'handOver', from: 'prod', causes: CAUSES, more: 1 } }]); // prettier-ignore
    expect(await unread(rig)).toEqual([]);
    expect(rig.queue.take('reconcile', rig.clock.nowMs)).toEqual(DEV);
  });

  test('are found by the sweep when the message is lost, and when the process dies before it', async () => {
    const { rig, mandate } = await training();
    const look = rig.deps.queue.look.bind(rig.deps.queue);
    Object.assign(rig.deps.queue, { look: async () => Promise.reject(new Error('the process died')) });
    await expect(perform([hand], mandate, rig.deps)).rejects.toThrow('the process died');
    Object.assign(rig.deps.queue, { look });
    const late = await rig.store.index.overdue(new Date(rig.clock.nowMs + 2 * MINUTE_MS), 10);
    expect(late.map(({ key }) => key)).toEqual([DEV]);
    await perform([hand], mandate, rig.deps);
    expect(rig.queue.take('reconcile', rig.clock.nowMs)).toEqual(DEV);
    expect(await handed(rig)).toHaveLength(1);
  });

  test('that were read already ask for no look', async () => {
    const { rig, mandate } = await training();
    await perform([hand], mandate, rig.deps);
    rig.queue.take('reconcile', rig.clock.nowMs);
    const { unread: rows } = await rig.store.lifecycles.load(DEV);
    await rig.store.lifecycles.save(DEV, { lifecycle: { ...row, ...DEV }, taken: rows.map(({ rowKey }) => rowKey), deliveries: [] }); // prettier-ignore
    await perform([hand], mandate, rig.deps);
    expect([rig.queue.nextAtMs(), await handed(rig)]).toEqual([undefined, []]);
  });

  test('are no outcome when storage is away: it throws, and the message comes back', async () => {
    const { rig, mandate } = await training();
    Object.assign(rig.deps.lifecycles, { append: async () => Promise.reject(new Unavailable('timeout', 'Azure Storage', 'no answer')) }); // prettier-ignore
    await expect(perform([hand], mandate, rig.deps)).rejects.toThrow('no answer');
  });
});
