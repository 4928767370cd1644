import { describe, expect, test } from 'vitest';
import type { CommandName } from '../../src/lib/core/inbox.ts';
import { jobPrefix, trainingJobName } from '../../src/lib/core/names.ts';
import { takeCommand } from '../../src/lib/intake/commands.ts';
import { takeEvent } from '../../src/lib/intake.ts';
import { HOUR_MS, iso, KEY, MINUTE_MS, OLD, registered, served } from './core/given.ts';
import { SIMPLE } from './core/policy/given.ts';
import { newRig, WORKSPACE, type Rig } from './rig.ts';

const PREFIX = 'Microsoft.MachineLearningServices.';
const event = (name: string, data: unknown, topic = WORKSPACE, id = 'e1') => ({ id, topic, eventType: `${PREFIX}${name}`, data }); // prettier-ignore
const model = (version: unknown, name = 'spam-filter') => event('ModelRegistered', { ModelName: name, ModelVersion: version }); // prettier-ignore

const unread = async (rig: Rig) => (await rig.load()).unread.map(({ item }) => item.happening);
const refused = (rig: Rig) => {
  const kept: string[] = [];
  Object.assign(rig.deps.refused, { keep: async (_: string, body: string) => void kept.push(body) });
  return kept;
};

describe('an event', () => {
  test('that concerns a lifecycle is stored, and a pass is asked for', async () => {
    const rig = await newRig();
    await takeEvent(model(7), rig.deps);
    expect(await unread(rig)).toEqual([{ kind: 'modelRegistered', version: '7', source: 'event' }]);
    expect(rig.queue.nextAtMs()).toBe(rig.clock.nowMs);
  });

  test('told again in another way is one item; while unread a pass is asked for again, once read never', async () => {
    const rig = await newRig();
    await takeEvent(model(7), rig.deps);
    await takeEvent({ id: 'other', source: WORKSPACE.toUpperCase(), type: `${PREFIX}ModelRegistered`, specversion: '1.0', data: { modelName: 'spam-filter', modelVersion: '7' } }, rig.deps); // prettier-ignore
    expect(await unread(rig)).toHaveLength(1);
    expect([rig.queue.take('reconcile', rig.clock.nowMs), rig.queue.take('reconcile', rig.clock.nowMs)]).toMatchObject([KEY, KEY]); // prettier-ignore
    await rig.queue.look(KEY);
    await rig.drain();
    while (rig.queue.take('reconcile', Number.MAX_SAFE_INTEGER) !== undefined);
    await takeEvent(model(7), rig.deps);
    expect([await unread(rig), rig.queue.take('reconcile', Number.MAX_SAFE_INTEGER)]).toEqual([[], undefined]);
  });

  test('of our own job is an item when the run has ended, in either telling', async () => {
    const rig = await newRig();
    const run = `${jobPrefix(KEY)}e1-a1`;
    await takeEvent(event('RunStatusChanged', { runId: run, runStatus: 'Running' }), rig.deps);
    await takeEvent(event('RunStatusChanged', { runId: 'somebody-else', runStatus: 'Completed' }), rig.deps);
    expect(await unread(rig)).toEqual([]);
    await takeEvent(event('RunStatusChanged', { runId: run, runStatus: 'completed' }), rig.deps);
    await takeEvent(event('RunCompleted', { runId: run }), rig.deps);
    expect(await unread(rig)).toEqual([{ kind: 'runEnded', run, status: 'completed' }]);
  });

  test('of a child of our own job is not of that job', async () => {
    const rig = await newRig();
    await takeEvent(event('RunCompleted', { runId: `${jobPrefix(KEY)}t1-a1_3` }), rig.deps);
    expect(await unread(rig)).toEqual([]);
  });

  test('of a version matters only where versions are taken in directly', async () => {
    const rig = await newRig();
    const all = await rig.deps.policies.all();
    const changed = all.map((each) => ({ ...each, policy: { ...each.policy, environments: Object.fromEntries(Object.entries(each.policy.environments).map(([name, here]) => [name, { ...here, entry: false }])) } })); // prettier-ignore
    Object.assign(rig.deps.policies, { all: async () => changed });
    await takeEvent(model(7), rig.deps);
    expect(await unread(rig)).toEqual([]);
  });

  test('of a deployment is an item for the endpoint’s lifecycle, in any case', async () => {
    const rig = await newRig();
    await takeEvent(event('ModelDeployed', { ServiceName: 'SPAM-online' }), rig.deps);
    await takeEvent(event('ModelDeployed', { ServiceName: 'other' }, WORKSPACE, 'e2'), rig.deps);
    expect(await unread(rig)).toEqual([{ kind: 'modelDeployed', endpoint: 'SPAM-online' }]);
  });

  test.each([
    ['another model', model(7, 'other')],
    [
      'a step of a pipeline',
      event('RunStatusChanged', { runId: 's', runStatus: 'Failed', runType: 'azureml.StepRun' }),
    ],
    ['an unknown type', event('SomethingNew', {})],
  ])('of %s is ignored: not stored, not kept', async (_, raw) => {
    const rig = await newRig();
    const kept = refused(rig);
    await takeEvent(raw, rig.deps);
    expect([await unread(rig), kept, rig.queue.nextAtMs()]).toEqual([[], [], undefined]);
    expect(rig.logged).toContainEqual({ level: 'info', message: 'Event ignored' });
  });

  test.each([
    ['a foreign workspace', model(7) && event('ModelRegistered', { ModelName: 'spam-filter', ModelVersion: 7 }, `${WORKSPACE}-not`), /not in the estate/],
    ['no known form', { hello: 1 }, /neither an Event Grid event/],
    ['a model event without a version', event('ModelRegistered', { ModelName: 'spam-filter' }), /data lacks version/],
  ])('of %s is kept for people, and acknowledged', async (_, raw, reason) => {
    const rig = await newRig();
    const kept = refused(rig);
    await takeEvent(raw, rig.deps);
    expect(kept).toHaveLength(1);
    expect(JSON.parse(kept[0] ?? '{}')).toMatchObject({ reason: expect.stringMatching(reason), event: raw });
    expect(await unread(rig)).toEqual([]);
  }); // prettier-ignore

  test('of a workspace that was published a moment ago is taken in', async () => {
    const rig = await newRig();
    const kept = refused(rig);
    const estate = rig.deps.policies.estate.bind(rig.deps.policies);
    const stale = { ...(await estate()), workspaces: {} };
    Object.assign(rig.deps.policies, { estate: async ({ fresh = false } = {}) => (fresh ? estate({ fresh }) : stale) });
    await takeEvent(model(7), rig.deps);
    expect([kept, (await unread(rig)).length]).toEqual([[], 1]);
  });

  test('is not acknowledged when it could not be stored', async () => {
    const rig = await newRig();
    Object.assign(rig.deps.lifecycles, { append: async () => Promise.reject(new Error('storage is away')) });
    await expect(takeEvent(model(7), rig.deps)).rejects.toThrow('storage is away');
  });
});

const finding = (signal: string) => ({ azureml_modelmonitor_threshold_breached: `The signal '${signal}' has failed.\n[{}` }); // prettier-ignore
const monitored = (status: string, runTags: unknown, runId = 'step-1', name = 'RunStatusChanged') =>
  event(
    name,
    { runId, runType: 'azureml.StepRun', runStatus: status, runTags },
    WORKSPACE,
    `${runId}-${status}-${name}`,
  );

describe('a finding of a monitor', () => {
  test('is one item, in whichever status its run is told, and however its tail was cut off', async () => {
    const rig = await newRig();
    for (const status of ['Running', 'Finalizing', 'Completed']) await takeEvent(monitored(status, finding('drift')), rig.deps); // prettier-ignore
    await takeEvent(monitored('', finding('drift'), 'step-1', 'RunCompleted'), rig.deps);
    const cut = { azureml_modelmonitor_threshold_breached: `The signal 'drift' has failed.\n[{"feature_na` };
    await takeEvent(monitored('Completed', cut), rig.deps);
    expect(await unread(rig)).toEqual([{ kind: 'monitorTold', run: 'step-1' }]);
    expect(rig.queue.nextAtMs()).toBe(rig.clock.nowMs);
  });

  test('is another one on another run, or for another signal', async () => {
    const rig = await newRig();
    await takeEvent(monitored('Running', finding('drift')), rig.deps);
    await takeEvent(monitored('Running', finding('drift'), 'step-2'), rig.deps);
    await takeEvent(monitored('Running', finding('quality')), rig.deps);
    const [first, second] = ['step-1', 'step-2'].map((run) => ({ kind: 'monitorTold', run }));
    expect(await unread(rig)).toEqual(expect.arrayContaining([first, second]));
    expect(await unread(rig)).toHaveLength(3);
  });

  test('of the first generation is one item a run, with its number where it has one', async () => {
    const rig = await newRig();
    const drift = { DataDriftId: 'd', DataDriftName: 'mails', RunId: 'r-1', DriftCoefficient: '0.4' };
    await takeEvent(event('DatasetDriftDetected', drift), rig.deps);
    await takeEvent(event('DatasetDriftDetected', drift, WORKSPACE, 'e2'), rig.deps);
    await takeEvent(event('DatasetDriftDetected', { ...drift, RunId: 'r-2', DriftCoefficient: null }), rig.deps);
    expect(await unread(rig)).toEqual(
      expect.arrayContaining([
        { kind: 'datasetDrift', id: 'd/r-1', name: 'mails', coefficient: 0.4 },
        { kind: 'datasetDrift', id: 'd/r-2', name: 'mails' },
      ]),
    );
    expect(await unread(rig)).toHaveLength(2);
  });
});

/** Version 7 on its way, as release 1. */
async function underWay(): Promise<Rig> {
  const rig = await newRig();
  rig.twins.models.register(WORKSPACE, 'spam-filter', '7', { at: rig.clock.now() });
  await rig.store.lifecycles.append(KEY, registered('7'));
  await rig.queue.look(KEY);
  await rig.drain();
  return rig;
}

/** The job of training 3 runs. */
async function inTraining(): Promise<Rig> {
  const rig = await newRig();
  const training = { number: 3, phase: 'running', phaseSince: iso(), since: iso(), policy: 'p1', causes: [], more: 0, job: trainingJobName(KEY, 3, 1), attempt: 1, submittedAt: iso(), source: 'train-1', pins: [], unpinned: [], spentMinutes: 0 } as const; // prettier-ignore
  await rig.store.lifecycles.save(KEY, { lifecycle: served({ training }), taken: [], deliveries: [] });
  return rig;
}

const order = (rig: Rig, name: string, body: unknown, idempotencyKey = 'k1', key = KEY) => takeCommand({ key, name, body, idempotencyKey }, rig.deps); // prettier-ignore

describe('a command', () => {
  const who = { actor: 'ada', reason: 'because' };

  test('is promised to the index before it is stored, and asks for a pass', async () => {
    const rig = await underWay();
    const steps: string[] = [];
    const promise = rig.deps.index.promise.bind(rig.deps.index);
    Object.assign(rig.deps.index, { promise: async (...given: Parameters<typeof promise>) => { steps.push('promise'); await promise(...given); } }); // prettier-ignore
    const append = rig.deps.lifecycles.append.bind(rig.deps.lifecycles);
    Object.assign(rig.deps.lifecycles, { append: async (...given: Parameters<typeof append>) => { steps.push('append'); return append(...given); } }); // prettier-ignore
    const answer = await order(rig, 'rollback', { ...who, release: 1 });
    expect([answer.status, steps]).toEqual([202, ['promise', 'append']]);
    expect(await unread(rig)).toEqual([{ kind: 'command', command: { name: 'rollback', ...who, release: 1, expiresAt: iso(15 * MINUTE_MS) } }]); // prettier-ignore
  });

  test('that is sent twice under one key is one', async () => {
    const rig = await underWay();
    await order(rig, 'pause', who);
    await order(rig, 'pause', who);
    await order(rig, 'pause', who, 'k2');
    expect(await unread(rig)).toHaveLength(2);
  });

  test('told again under its key after it was obeyed is taken again, and is still one', async () => {
    const rig = await underWay();
    for (const _ of [1, 2]) {
      expect((await order(rig, 'rollback', { ...who, release: 1 })).status).toBe(202);
      await rig.drain();
    }
    expect((await rig.row())?.ended).toMatchObject([{ number: 1, end: 'aborted' }]);
    expect((await order(rig, 'rollback', { ...who, release: 1 }, 'k2')).status).toBe(409);
  });

  test('under the key of another command is another command', async () => {
    const rig = await underWay();
    await order(rig, 'pause', who);
    await rig.drain();
    expect((await order(rig, 'resume', who)).status).toBe(202);
    await rig.drain();
    expect((await rig.row())?.conditions.paused).toBeUndefined();
  });

  test('to pause reaches a model that has no row yet', async () => {
    const rig = await newRig();
    expect((await order(rig, 'pause', who)).status).toBe(202);
    await rig.drain();
    expect((await rig.row())?.conditions.paused).toMatchObject({ actor: 'ada' });
  });

  test('that got lost before the queue is found by the sweep', async () => {
    const rig = await underWay();
    while (rig.queue.take('reconcile', Number.MAX_SAFE_INTEGER) !== undefined);
    const look = rig.deps.queue.look.bind(rig.deps.queue);
    Object.assign(rig.deps.queue, { look: async () => Promise.reject(new Error('the process died')) });
    await expect(order(rig, 'pause', who)).rejects.toThrow('died');
    Object.assign(rig.deps.queue, { look });
    rig.clock.nowMs += 2 * MINUTE_MS;
    await rig.sweep();
    await rig.drain();
    expect((await rig.row())?.conditions.paused).toMatchObject({ actor: 'ada' });
  });

  const refusals: [string, string, unknown, number, RegExp][] = [
    ['an unknown name', 'explode', who, 404, /no command explode/],
    ['no body', 'pause', undefined, 400, /not as expected/],
    ['no actor', 'pause', { reason: 'x' }, 400, /actor/],
    ['a blank reason', 'pause', { actor: 'ada', reason: '  ' }, 400, /reason/],
    ['an unknown key', 'pause', { ...who, force: true }, 400, /force/],
    ['an end that is no time', 'pause', { ...who, until: 'tomorrow' }, 400, /until/],
    ['an end that is over', 'pause', { ...who, until: '2020-01-01T00:00:00Z' }, 400, /until.*a time to come/],
    [
      'an end that it cannot have',
      'rollback',
      { ...who, release: 1, until: '2030-01-01T00:00:00Z' },
      400,
      /until.*only pause/,
    ],
    ['a training that it cannot have', 'pause', { ...who, training: 1 }, 400, /training.*only reject/],
    ['a training that is no number', 'reject', { ...who, training: 0 }, 400, /training/],
    ['no training under way', 'reject', { ...who, training: 1 }, 409, /would do nothing now.*"allowed":\["pause"/],
    ['no release', 'rollback', who, 400, /must say which release/],
    ['another release', 'rollback', { ...who, release: 2 }, 409, /not the current one/],
    ['nothing to do', 'resume', who, 409, /would do nothing now/],
    ['a scope it cannot have', 'rollback', { ...who, release: 1, scope: 'estate' }, 400, /scope estate/],
  ];
  test.each(refusals)('with %s is refused at once', async (_, name, body, status, why) => {
    const rig = await underWay();
    const answer = await order(rig, name, body);
    expect(answer.status).toBe(status);
    expect(JSON.stringify(answer.body)).toMatch(why);
    expect(await unread(rig)).toEqual([]);
  });

  test('to reject names the training it means, and ends unread after 15 minutes', async () => {
    const rig = await inTraining();
    expect(await order(rig, 'reject', who)).toMatchObject({ status: 400, body: { error: expect.stringMatching(/which training/), training: 3 } }); // prettier-ignore
    expect(await order(rig, 'reject', { ...who, training: 2 })).toMatchObject({ status: 409, body: { error: 'Training 2 is not the current one', training: 3, allowed: expect.arrayContaining(['reject']) } }); // prettier-ignore
    expect((await order(rig, 'reject', { ...who, training: 3 })).status).toBe(202);
    expect(await unread(rig)).toEqual([{ kind: 'command', command: { name: 'reject', ...who, training: 3, expiresAt: iso(15 * MINUTE_MS) } }]); // prettier-ignore
  });

  test('to train again names nothing, and does not expire', async () => {
    const rig = await newRig({ policy: SIMPLE });
    expect((await order(rig, 'retrain', who)).status).toBe(202);
    expect(await unread(rig)).toEqual([{ kind: 'command', command: { name: 'retrain', ...who } }]);
  });

  test('to train again is refused where the policy does not train', async () => {
    const rig = await newRig();
    expect(await order(rig, 'retrain', who)).toMatchObject({ status: 409, body: { error: 'The policy has no section training: there is nothing to train by' } }); // prettier-ignore
  });

  test('to roll back means the champion, though another release ended since', async () => {
    const rig = await newRig();
    const ended = [{ number: 7, version: '7', end: 'rolledBack', cause: 'canary', at: iso() } as const];
    const champion = { version: '6', deployment: OLD, since: iso(), release: 6, replaced: 'mold-5' };
    const retiring = [{ version: '5', deployment: 'mold-5', until: iso(HOUR_MS) }];
    await rig.store.lifecycles.save(KEY, { lifecycle: served({ champion, retiring, ended }), taken: [], deliveries: [] }); // prettier-ignore
    expect(await order(rig, 'rollback', { ...who, release: 7 })).toMatchObject({ status: 409, body: { release: 6 } });
    expect((await order(rig, 'rollback', { ...who, release: 6 })).status).toBe(202);
  });

  test('for a model that no policy speaks of is refused', async () => {
    const rig = await newRig();
    expect((await order(rig, 'pause', who, 'k', { environment: 'prod', model: 'other' })).status).toBe(404);
    expect((await order(rig, 'pause', who, 'k', { environment: 'dev', model: 'spam-filter' })).status).toBe(404);
  });

  test.each<CommandName>(['pause', 'resume'])('to %s the estate goes to every model, seen or not', async (name) => {
    const rig = await newRig();
    const answer = await order(rig, name, { ...who, scope: 'estate' });
    expect(answer).toMatchObject({ status: 202, body: { models: [KEY] } });
    expect(await unread(rig)).toMatchObject([{ command: { name } }]);
  });
});
