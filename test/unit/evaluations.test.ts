/** The whole of lib, by what is evaluated and how: from the registered version to the end of its release. */
import { describe, expect, test } from 'vitest';
import { HOUR_MS, KEY, MINUTE_MS, registered } from './core/given.ts';
import { newRig, POLICY, WORKSPACE, type Rig } from './rig.ts';

const FILES = `${WORKSPACE}|spam-filter|7`;

/** Version 7 has been registered and told, under the policy with another evaluation. */
async function withVersion(evaluation?: string): Promise<Rig> {
  const policy = evaluation === undefined ? POLICY : POLICY.replace(/evaluation: .*/, `evaluation: ${evaluation}`);
  const rig = await newRig({ policy });
  rig.twins.models.register(WORKSPACE, 'spam-filter', '7', { at: rig.clock.now() });
  await rig.store.lifecycles.append(KEY, registered('7'));
  await rig.queue.look(KEY);
  return rig;
}

async function until(rig: Rig, phase: string): Promise<void> {
  for (let i = 0; i < 60 && (await rig.row())?.release?.phase !== phase; i += 1) await rig.live(10_000);
  expect((await rig.row())?.release?.phase).toBe(phase);
}

const told = async (rig: Rig) => (await rig.load()).outbox.map(({ delivery }) => delivery.notice);
const deployments = (rig: Rig) => rig.twins.endpoints.all.get(`${WORKSPACE}|spam-online`)?.deployments.size;

test('a component runs on the compute that the policy says, and decides like any job', async () => {
  const rig = await withVersion('{component: evaluate, compute: cpu, data: spam-holdout}');
  const id = `${WORKSPACE}/components/evaluate/versions/3`;
  rig.twins.jobs.components.set(`${WORKSPACE}|evaluate`, [{ id, inputs: ['champion', 'challenger', 'data'] }]);
  await rig.live(90 * MINUTE_MS);
  expect((await rig.row())?.ended).toMatchObject([{ version: '7', end: 'released' }]);
  const submitted = [...rig.twins.jobs.all.values()].flatMap(({ evaluates }) => evaluates ?? []);
  expect(submitted).toMatchObject([{ template: id, compute: 'cpu', champion: '6', challenger: '7', dataVersion: '4' }]);
});

const measuredOn = (version: string, evaluated: string, accuracy = 0.9) => ({
  job: `train-${version}`,
  runs: [{ run: `train-${version}`, evaluated, metrics: { accuracy }, n: 500 }],
});

test('trainings that measured alike release what is clearly better, and nothing is submitted', async () => {
  const rig = await withVersion('{from: training, data: spam-holdout}');
  rig.twins.runs.trained.set(`${WORKSPACE}|spam-filter|6`, measuredOn('6', 'spam-holdout:4', 0.9));
  rig.twins.runs.trained.set(`${WORKSPACE}|spam-filter|7`, measuredOn('7', 'spam-holdout:4', 0.96));
  await rig.live(90 * MINUTE_MS);
  expect((await rig.row())?.ended).toMatchObject([{ version: '7', end: 'released' }]);
  expect([...rig.twins.jobs.all.values()].flatMap(({ evaluates }) => evaluates ?? [])).toEqual([]);
});

test('trainings that were not measured alike release nothing, and nothing is submitted', async () => {
  const rig = await withVersion('{from: training, data: spam-holdout}');
  rig.twins.runs.trained.set(`${WORKSPACE}|spam-filter|6`, measuredOn('6', 'spam-holdout:3'));
  rig.twins.runs.trained.set(`${WORKSPACE}|spam-filter|7`, measuredOn('7', 'spam-holdout:4'));
  await rig.live(10 * MINUTE_MS);
  expect((await rig.row())?.ended).toMatchObject([{ version: '7', end: 'rejected', cause: 'evidence' }]);
  expect(rig.effects.filter((effect) => effect !== 'save')).toEqual([]);
  const [notice] = await told(rig);
  expect(notice?.reasons.map(({ note }) => note)).toContain(
    'version 6 was evaluated on spam-holdout:3 (run train-6), expected the newest version, spam-holdout:4',
  );
});

describe('files that change', () => {
  test('while they are judged are not deployed', async () => {
    const rig = await withVersion();
    await until(rig, 'evaluating');
    await rig.live(10_000);
    rig.twins.artifacts.all.set(FILES, new Map([['model.json', '{"swapped": true}']]));
    await rig.live(10 * MINUTE_MS);
    expect((await rig.row())?.ended).toMatchObject([{ version: '7', end: 'rejected', cause: 'artifactChanged' }]);
    expect([rig.effects.includes('createDeployment'), deployments(rig)]).toEqual([false, 1]);
    await rig.live(HOUR_MS);
    expect(await rig.row()).toMatchObject({ retiring: [], champion: { version: '6' } });
  });

  test('while they are deployed get no traffic, and the deployment goes', async () => {
    const rig = await withVersion();
    await until(rig, 'deploying');
    rig.twins.artifacts.all.set(FILES, new Map([['model.json', '{"swapped": true}']]));
    await rig.live(10 * MINUTE_MS);
    const [ended] = (await rig.row())?.ended ?? [];
    expect(ended).toMatchObject({ version: '7', cause: 'artifactChanged' });
    expect(rig.effects).not.toContain('setTraffic');
    await rig.live(2 * HOUR_MS);
    expect(deployments(rig)).toBe(1);
  });
});

describe('files that nobody may list', () => {
  test('are released, and people are told', async () => {
    const rig = await withVersion();
    rig.twins.artifacts.all.set(FILES, 'they lie in a registry');
    await rig.live(90 * MINUTE_MS);
    expect((await rig.row())?.ended).toMatchObject([{ version: '7', end: 'released' }]);
    expect(await told(rig)).toMatchObject([{ kind: 'released', artifact: 'they lie in a registry' }]);
    expect((await told(rig))[0]).not.toHaveProperty('monitored');
  });

  test('are not even evaluated where the policy insists', async () => {
    const rig = await withVersion('{job: evaluate-spam, data: spam-holdout, artifact: verify}');
    rig.twins.artifacts.all.set(FILES, 'they lie in a registry');
    await rig.live(20 * MINUTE_MS);
    expect((await rig.row())?.ended).toMatchObject([{ version: '7', end: 'rejected', cause: 'artifactNotVerifiable' }]); // prettier-ignore
    expect(rig.effects).not.toContain('submitEvaluation');
  });
});
