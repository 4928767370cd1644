import { describe, expect, test } from 'vitest';
import { rebuild, recorded, verifyChain } from '../../src/lib/core/ledger.ts';
import { factKey } from '../../src/lib/core/names.ts';
import { takeEvent } from '../../src/lib/intake.ts';
import { command, HOUR_MS, item, KEY, MINUTE_MS } from './core/given.ts';
import { breakOnce, POLICY, WORKSPACE, type Rig } from './rig.ts';
import { count, finds, hint, ours, tell, watched } from './trainingRig.ts';

const REGISTER = 'training: {from: {job: train-spam}, unregistered: register, when: {drift: true}, cooldown: 30m}\n';
const RUN = 'theirs-1';
const PREFIX = 'Microsoft.MachineLearningServices.';

/** A run of the template, as a schedule of the team starts it, has ended so. */
function ran(rig: Rig, state: 'running' | 'completed' = 'completed', more: { tags?: Record<string, string>; outputs?: Record<string, string> } = {}, run = RUN): void {
  rig.twins.trainings.all.set(`${WORKSPACE}|${run}`, {
    state, at: rig.clock.now(), tags: { 'steward.template': 'train-spam' }, inputs: { data: 'azureml:mails:14', rules: 'azureml://datastores/d/paths/rules' },
    outputs: { model: 'mlflow_model' }, commit: 'c0ffee1', facts: { endedAt: rig.clock.now().toISOString(), computeMinutes: 7 }, ...more,
  });
} // prettier-ignore

/** Both events that Azure raises of a run that completes. */
const tellings = (run = RUN) => {
  const data = { runId: run, runType: 'azureml.PipelineRun', runTags: { 'steward.template': 'train-spam' } };
  return [
    { id: `${run}-1`, topic: WORKSPACE, eventType: `${PREFIX}RunStatusChanged`, data: { ...data, runStatus: 'Completed' } },
    { id: `${run}-2`, topic: WORKSPACE, eventType: `${PREFIX}RunCompleted`, data },
  ];
}; // prettier-ignore
const registersItself = (rig: Rig, version: string, run = RUN) => {
  rig.twins.models.register(WORKSPACE, 'spam-filter', version, { at: rig.clock.now(), jobName: run });
  return { id: `m${version}`, topic: WORKSPACE, eventType: `${PREFIX}ModelRegistered`, data: { ModelName: 'spam-filter', ModelVersion: version } }; // prettier-ignore
};
const versions = (rig: Rig) => rig.twins.models.versions(WORKSPACE, 'spam-filter').map(({ version }) => version);

test('a run that registered nothing is told twice: one version, released, that says where it came from', async () => {
  const rig = await watched(REGISTER);
  ran(rig);
  for (const event of tellings()) {
    await takeEvent(event, rig.deps);
    await rig.live(MINUTE_MS);
  }
  await rig.live(3 * MINUTE_MS);
  expect([versions(rig), count(rig, 'register'), ours(rig)]).toEqual([['6', '7'], 1, []]);
  expect(await rig.twins.models.version(WORKSPACE, 'spam-filter', '7')).toMatchObject({ jobName: RUN, tags: { 'steward.training': '1', 'steward.data.data': 'mails:14', 'steward.commit': 'c0ffee1' } }); // prettier-ignore
  expect((await rig.row())?.release).toMatchObject({ version: '7', origin: { job: RUN, training: 1, commit: 'c0ffee1', data: [{ data: 'mails', version: '14' }], causes: [{ kind: 'outside', run: RUN }] } }); // prettier-ignore
  await rig.live(90 * MINUTE_MS);
  expect((await rig.row())?.ended).toMatchObject([{ version: '7', end: 'released' }]);
  expect(await rig.store.history.trainings(KEY, 5)).toMatchObject([{ number: 1, end: 'succeeded', version: '7', computeMinutes: 7, release: { end: 'released' } }]); // prettier-ignore
  // Told once more, by a dead letter that was taken up again long after: it is known, here and in the registry.
  await tell(rig, item({ kind: 'outsideRun', run: RUN }));
  await rig.live(HOUR_MS);
  expect([versions(rig), (await rig.row())?.counters.release]).toEqual([['6', '7'], 1]);
  const [audit, row] = [await rig.store.history.audit(KEY, 1, 1000), await rig.row()];
  expect(verifyChain(audit, row?.auditDigest)).toEqual([]);
  expect(rebuild(audit)).toEqual(row && recorded(row));
});

test.each([
  ['before its run completed', true],
  ['after', false],
])('a run that registered its model itself, which is told %s, leads to no second version and no second release', async (_, first) => {
  const rig = await watched(REGISTER);
  ran(rig);
  const registration = registersItself(rig, '7');
  const events = first ? [registration, ...tellings()] : [...tellings(), registration];
  for (const event of events) {
    await takeEvent(event, rig.deps);
    await rig.live(MINUTE_MS);
  }
  await rig.live(90 * MINUTE_MS);
  expect([versions(rig), count(rig, 'register')]).toEqual([['6', '7'], 0]);
  const row = await rig.row();
  expect([row?.counters.release, row?.ended]).toEqual([1, [expect.objectContaining({ version: '7', end: 'released' })]]);
  expect(await rig.store.history.trainings(KEY, 5)).toMatchObject([{ number: 1, end: 'succeeded', version: '7' }]);
}); // prettier-ignore

test.each<[string, (rig: Rig) => void]>([
  ['goes on', (rig) => ran(rig, 'running')],
  ['is made from something else', (rig) => ran(rig, 'completed', { tags: { 'steward.template': 'evaluate-spam' } })],
  ['carries no tag', (rig) => ran(rig, 'completed', { tags: {} })],
  ['is a job of Steward for another model', (rig) => ran(rig, 'completed', { tags: { 'steward.template': 'train-spam', stewardId: 'x' } })],
  ['does not exist', () => {}],
])('an event about a job that %s makes us register nothing', async (_, given) => {
  const rig = await watched(REGISTER);
  given(rig);
  for (const event of tellings()) await takeEvent(event, rig.deps);
  await rig.live(30 * MINUTE_MS);
  const row = await rig.row();
  expect([versions(rig), row?.training, row?.trained?.outside, row?.nextLook]).toEqual([['6'], undefined, [], undefined]);
}); // prettier-ignore

/** Three quarters of an hour, with the sweep that lists the world, and time for what follows. */
const swept = async (rig: Rig) => {
  for (let quarter = 0; quarter < 3; quarter += 1) {
    rig.clock.nowMs = (Math.floor(rig.clock.nowMs / (15 * MINUTE_MS)) + 1) * 15 * MINUTE_MS;
    await rig.sweep();
    await rig.live(5 * MINUTE_MS);
  }
};

describe('a run of which no event told', () => {
  test('is found by the sweep and registered, once, also when its event comes after all', async () => {
    const rig = await watched(REGISTER);
    ran(rig);
    await swept(rig);
    expect(versions(rig)).toEqual(['6', '7']);
    expect(await rig.store.lifecycles.knows(KEY, factKey.run(WORKSPACE, RUN, 'Completed'))).toBe(true);
    for (const event of tellings()) await takeEvent(event, rig.deps);
    await swept(rig);
    expect([versions(rig), count(rig, 'register'), (await rig.row())?.trained?.outside]).toEqual([['6', '7'], 1, []]);
  });

  test.each<[string, (rig: Rig) => unknown]>([
    ['goes on', (rig) => ran(rig, 'running')],
    ['is made from something else', (rig) => ran(rig, 'completed', { tags: { 'steward.template': 'evaluate-spam' } })],
    ['is a job of Steward for another model', (rig) => ran(rig, 'completed', { tags: { 'steward.template': 'train-spam', stewardId: 'x' } })],
    ['began before the policy said so', (rig) => (ran(rig), (rig.clock.nowMs += MINUTE_MS), rig.publish(`${POLICY}${REGISTER}# changed\n`.replace('bake: 10m', 'bake: 20m')))],
    ['began more than a week ago', (rig) => (ran(rig), (rig.clock.nowMs += 8 * 24 * HOUR_MS))],
  ])('and that %s is not', async (_, given) => {
    const rig = await watched(REGISTER);
    await given(rig);
    await swept(rig);
    expect(versions(rig)).toEqual(['6']);
  });

  test('is not looked for where the policy ignores it', async () => {
    const rig = await watched();
    Object.assign(rig.deps.trainings, { completed: () => Promise.reject(new Error('nobody asks')) });
    ran(rig);
    await swept(rig);
    expect(versions(rig)).toEqual(['6']);
  });
}); // prettier-ignore

test('by default the model of such a run is ignored, and the audit says why', async () => {
  const rig = await watched();
  ran(rig);
  for (const event of tellings()) await takeEvent(event, rig.deps);
  await rig.live(10 * MINUTE_MS);
  expect([versions(rig), (await rig.row())?.training]).toEqual([['6'], undefined]);
  const refusals = (await rig.store.history.audit(KEY, 1, 100)).flatMap(({ refused }) => Object.values(refused));
  expect(refusals).toEqual(['the policy ignores models that a run leaves unregistered: training.unregistered']);
});

test('a run that left no model ends quietly', async () => {
  const rig = await watched(REGISTER);
  ran(rig, 'completed', { outputs: {} });
  for (const event of tellings()) await takeEvent(event, rig.deps);
  await rig.live(15 * MINUTE_MS);
  expect(await rig.store.history.trainings(KEY, 5)).toMatchObject([{ end: 'failed', cause: 'noModel', job: RUN }]);
  const audit = await rig.store.history.audit(KEY, 1, 100);
  expect(audit.flatMap(({ notices }) => notices)).toEqual([]);
});

test('two runs are registered one after the other; the newer one has the higher version and is released', async () => {
  const rig = await watched(REGISTER);
  for (const run of ['theirs-1', 'theirs-2']) {
    ran(rig, 'completed', {}, run);
    for (const event of tellings(run)) await takeEvent(event, rig.deps);
  }
  await rig.live(HOUR_MS);
  const [first, second] = await Promise.all(['7', '8'].map((version) => rig.twins.models.version(WORKSPACE, 'spam-filter', version))); // prettier-ignore
  expect([first, second]).toMatchObject([{ jobName: 'theirs-1' }, { jobName: 'theirs-2' }]);
  await rig.live(3 * HOUR_MS);
  expect((await rig.row())?.champion?.version).toBe('8');
});

test('a run costs no budget: what is found next is trained for at once', async () => {
  const rig = await watched(REGISTER);
  ran(rig);
  for (const event of tellings()) await takeEvent(event, rig.deps);
  await rig.live(5 * MINUTE_MS);
  finds(rig, 'm1');
  await tell(rig, hint('m1'));
  await rig.live(MINUTE_MS);
  expect([ours(rig).length, (await rig.row())?.training?.number]).toEqual([1, 2]);
});

test('a registration that dies half way is seen, not done again', async () => {
  const rig = await watched(REGISTER);
  ran(rig);
  breakOnce(rig.deps.trainings, 'register', new Error('the process died'), 'after');
  for (const event of tellings()) await takeEvent(event, rig.deps);
  await rig.live(5 * MINUTE_MS).catch(() => undefined);
  await rig.live(5 * MINUTE_MS);
  expect([versions(rig), (await rig.row())?.release?.version]).toEqual([['6', '7'], '7']);
});

test('a person can stop it', async () => {
  const rig = await watched(REGISTER);
  ran(rig);
  for (const event of tellings()) await takeEvent(event, rig.deps);
  await rig.live(MINUTE_MS);
  await tell(rig, command('reject', { training: 1 }));
  await rig.live(10 * MINUTE_MS);
  expect([versions(rig), count(rig, 'cancel')]).toEqual([['6'], 0]);
  expect(await rig.store.history.trainings(KEY, 5)).toMatchObject([{ end: 'canceled', cause: 'command', job: RUN }]);
});
