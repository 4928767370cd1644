import { describe, expect, test } from 'vitest';
import { Refused, Unavailable } from '../../src/lib/core/errors.ts';
import { factKey } from '../../src/lib/core/names.ts';
import type { Needs, TrainingNeeds } from '../../src/lib/core/step.ts';
import { observe } from '../../src/lib/observe.ts';
import { iso, item, KEY, OLD, policy } from './core/given.ts';
import { newRig, WORKSPACE, type Rig } from './rig.ts';

const see = (rig: Rig, needs: Needs) => observe(needs, policy, WORKSPACE, rig.deps);
const wanted: Required<TrainingNeeds> = {
  monitor: { hints: [], runs: 1 }, plan: { from: { kind: 'champion' }, champion: '6' }, job: 'train-2', result: { job: 'train-1', output: 'model' },
  handedOver: { to: 'dev', factKey: factKey.handOver(KEY, 1) },
  collected: { data: 'asked', collections: ['model_inputs'], from: iso(-60_000), to: iso() }, collectedVersion: { data: 'asked', version: '2', stewardId: 's' },
}; // prettier-ignore
const everything: Required<Needs> = {
  version: '6', endpoint: true, deployments: true, evaluationPlan: { template: 'evaluate-spam', data: 'spam-holdout' }, job: 'evaluate-1',
  evidence: { job: 'e1', metrics: ['accuracy'], predictions: 'predictions' }, minutes: { from: iso(-60_000), to: iso() }, answers: { inputs: 'model_inputs', outputs: 'model_outputs', rows: '', prediction: 'label', champion: OLD, challenger: 'new', from: iso(-60_000), to: iso() }, room: { like: OLD, plan: {} },
  measured: { champion: '6', challenger: '7', metrics: ['accuracy'] }, artifact: '6', lineage: { version: '6', demands: ['gitCommit'] }, testOutput: { job: 'batch-1', output: 'score' }, training: wanted,
  handOver: { know: { of: ['prod'], factKey: 'version|dev|spam-filter|1|7' }, arriving: { as: '6' } },
}; // prettier-ignore

describe('it reads what is needed and nothing else', () => {
  const names = Object.keys(everything) as (keyof Needs)[];
  test.each(names)('%s', async (name) => {
    const rig = await newRig();
    rig.twins.runs.all.set(`${WORKSPACE}|e1`, { data: 'spam-holdout', dataVersion: '4', metrics: {} });
    for (const version of ['6', '7']) rig.twins.runs.trained.set(`${WORKSPACE}|spam-filter|${version}`, { runs: [] });
    const facts = await see(rig, { [name]: everything[name] });
    expect(Object.keys(facts)).toEqual([name]);
  });

  test('nothing: nothing is called', async () => {
    const rig = await newRig();
    expect(await see(rig, {})).toEqual({});
    expect(await see(rig, { endpoint: false })).toEqual({});
    expect(await see(rig, { training: {} })).toEqual({ training: {} });
  });

  test.each(Object.keys(wanted) as (keyof TrainingNeeds)[])('of a training: %s', async (name) => {
    const rig = await newRig();
    const facts = await see(rig, { training: { [name]: wanted[name] } });
    expect(facts).toEqual({ training: { [name]: expect.anything() } });
  });

  test('several together', async () => {
    const rig = await newRig();
    const facts = await see(rig, { version: '9', endpoint: true, deployments: true });
    expect(facts).toMatchObject({ version: 'absent', endpoint: { traffic: { [OLD]: 100 } }, deployments: [{ name: OLD }] }); // prettier-ignore
  });
});

test('logged answers that cannot be read do not hide the rest', async () => {
  const rig = await newRig();
  const { answers, endpoint } = everything;
  for (const error of [new Refused('forbidden', 'the datastore', 'no role'), new Error('no role')]) {
    rig.twins.loggedAnswers.compare = async () => {
      throw error;
    };
    expect(await see(rig, { answers, endpoint })).toMatchObject({
      endpoint: { traffic: { [OLD]: 100 } },
      answers: { away: { reason: 'no role' } },
    });
  }
});

describe('of a training', () => {
  test('what the ports know', async () => {
    const rig = await newRig();
    const { trainings, monitors, models } = rig.twins;
    models.register(WORKSPACE, 'spam-filter', '7', { jobName: 'train-1' });
    const job = { state: 'completed', at: rig.clock.now(), tags: {}, inputs: {}, outputs: { model: 'mlflow_model' } } as const; // prettier-ignore
    trainings.all.set(`${WORKSPACE}|train-1`, { ...job });
    monitors.all.set(`${WORKSPACE}|spam-monitor`, { endpoint: 'spam-online', runs: [] });
    expect(await see(rig, { training: wanted })).toMatchObject({
      training: {
        monitor: { found: 'one', name: 'spam-monitor' }, plan: { pins: [] }, job: 'absent', result: { version: '7' }, handedOver: false,
      },
    }); // prettier-ignore
  });

  test('whether the environment that it was handed to has been told', async () => {
    const rig = await newRig();
    const told = { ...item({ kind: 'handOver', from: 'prod', causes: [], more: 0 }), factKey: wanted.handedOver.factKey };
    await rig.store.lifecycles.append(KEY, told);
    expect(await see(rig, { training: { handedOver: wanted.handedOver } })).toEqual({ training: { handedOver: false } });
    await rig.store.lifecycles.append({ ...KEY, environment: 'dev' }, told);
    expect(await see(rig, { training: { handedOver: wanted.handedOver } })).toEqual({ training: { handedOver: true } });
  }); // prettier-ignore

  test('a failure stands beside the facts of the release, and hides nothing else of the training', async () => {
    const rig = await newRig();
    const error = new Unavailable('serverError', 'MLflow', 'HTTP 503', { retryAfterMs: 5000 });
    Object.assign(rig.deps.monitors, { monitor: async () => Promise.reject(error) });
    expect(await see(rig, { endpoint: true, training: wanted })).toMatchObject({
      endpoint: { traffic: { [OLD]: 100 } },
      training: {
        handedOver: false,
        away: { monitor: { provider: 'MLflow', reason: 'HTTP 503', retryAfterMs: 5000 } },
      },
    });
  });

  test('a failure of the release is told as before', async () => {
    const rig = await newRig();
    const error = new Unavailable('serverError', 'Azure ML', 'HTTP 503');
    Object.assign(rig.deps.endpoints, { endpoint: async () => Promise.reject(error) });
    expect(await see(rig, { endpoint: true, training: wanted })).toEqual({ unreachable: { provider: 'Azure ML', reason: 'HTTP 503' } }); // prettier-ignore
  });

  test('is read beside the rest, not after it', async () => {
    const rig = await newRig();
    let called = false;
    const answer = Promise.withResolvers<never>();
    Object.assign(rig.deps.endpoints, { endpoint: () => answer.promise });
    Object.assign(rig.deps.trainings, {
      plan: async () => {
        called = true;
        return answer.promise;
      },
    });
    const seen = see(rig, { endpoint: true, training: { plan: wanted.plan } });
    expect(called).toBe(true);
    answer.reject(new Unavailable('timeout', 'Azure ML', 'no answer'));
    expect(await seen).toMatchObject({ unreachable: {} });
  });

  test('only a bug throws', async () => {
    const rig = await newRig();
    Object.assign(rig.deps.trainings, { job: async () => Promise.reject(new TypeError('a bug')) });
    await expect(see(rig, { training: { job: 'train-1' } })).rejects.toThrow('a bug');
  });
});

test.each(['metrics', 'log'] as const)('requests are counted where the policy says: %s', async (traffic) => {
  const rig = await newRig();
  const served = { workspace: WORKSPACE, endpoint: policy.endpoint, deployment: OLD, at: new Date(iso(-60_000)), status: 200, durationMs: 1 };
  rig.twins.trafficMetrics.served.push(served);
  rig.twins.trafficLog.served.push(served, served);
  const { rollout } = policy;
  const told = { ...policy, rollout: { ...rollout, canary: { ...rollout.canary, traffic } } };
  const facts = await observe({ minutes: { from: iso(-300_000), to: iso() } }, told, WORKSPACE, rig.deps);
  expect(facts).toMatchObject({ minutes: [{ arms: { [OLD]: { requests: traffic === 'log' ? 2 : 1 } } }] });
}); // prettier-ignore

describe('what cannot be read is an answer', () => {
  test.each([
    ['away', new Unavailable('serverError', 'Azure ML', 'HTTP 503'), { provider: 'Azure ML', reason: 'HTTP 503' }],
    ['busy, with a time', new Unavailable('throttled', 'Azure ML', 'HTTP 429', { retryAfterMs: 30_000 }), { provider: 'Azure ML', reason: 'HTTP 429', retryAfterMs: 30_000 }],
    ['forbidden', new Refused('forbidden', 'Azure ML', 'HTTP 403'), { provider: 'Azure ML', reason: 'HTTP 403' }],
  ])('%s', async (_, error, unreachable) => {
    const rig = await newRig();
    Object.assign(rig.deps.endpoints, { endpoint: async () => Promise.reject(error) });
    expect(await see(rig, { endpoint: true, deployments: true })).toEqual({ unreachable });
  }); // prettier-ignore

  test('only a bug throws', async () => {
    const rig = await newRig();
    Object.assign(rig.deps.endpoints, { endpoint: async () => Promise.reject(new TypeError('a bug')) });
    await expect(see(rig, { endpoint: true })).rejects.toThrow('a bug');
  });
});
