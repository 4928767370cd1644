import { describe, expect, test } from 'vitest';
import { Refused, Unavailable } from '../../src/lib/core/errors.ts';
import type { Needs } from '../../src/lib/core/step.ts';
import { observe } from '../../src/lib/observe.ts';
import { iso, OLD, policy } from './core/given.ts';
import { newRig, WORKSPACE, type Rig } from './rig.ts';

const see = (rig: Rig, needs: Needs) => observe(needs, policy, WORKSPACE, rig.deps);
const everything: Required<Needs> = {
  version: '6', endpoint: true, deployments: true, evaluationPlan: { template: 'evaluate-spam', data: 'spam-holdout' }, job: 'evaluate-1',
  evidence: { job: 'e1', metrics: ['accuracy'] }, minutes: { from: iso(-60_000), to: iso() },
}; // prettier-ignore

describe('it reads what is needed and nothing else', () => {
  const names = Object.keys(everything) as (keyof Needs)[];
  test.each(names)('%s', async (name) => {
    const rig = await newRig();
    rig.twins.runs.all.set(`${WORKSPACE}|e1`, { data: 'spam-holdout', dataVersion: '4', metrics: {} });
    const facts = await see(rig, { [name]: everything[name] });
    expect(Object.keys(facts)).toEqual([name]);
  });

  test('nothing: nothing is called', async () => {
    const rig = await newRig();
    expect(await see(rig, {})).toEqual({});
    expect(await see(rig, { endpoint: false })).toEqual({});
  });

  test('several together', async () => {
    const rig = await newRig();
    const facts = await see(rig, { version: '9', endpoint: true, deployments: true });
    expect(facts).toMatchObject({ version: 'absent', endpoint: { traffic: { [OLD]: 100 } }, deployments: [{ name: OLD }] }); // prettier-ignore
  });
});

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
