import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { BadInput } from '../../../../src/lib/core/errors.ts';
import {
  parseStoredEstate, parseStoredPolicy, restorePolicy, storedEstate, storedPolicy,
} from '../../../../src/lib/core/policy/stored.ts'; // prettier-ignore
import { ESTATE, estateFrom, policyFrom, SIMPLE } from './given.ts';

const SMOKE = `${SIMPLE}rollout: {bake: 20m, smokeTest: {request: smoke.json}}\n`;
const FILES = { 'smoke.json': '{"data": ["free money", 1e2]}' };

function faultsOf(read: () => unknown): unknown {
  try {
    return read();
  } catch (error) {
    if (error instanceof BadInput) return error.faults;
    throw error;
  }
}

describe('the stored form', () => {
  it('means what the file means, without any other file', () => {
    const parsed = policyFrom(SMOKE, 'p.yaml', FILES);
    const restored = parseStoredPolicy(storedPolicy(parsed).text);
    expect(restored).toEqual(parsed.policy);
    expect(restored.environments['prod']?.rollout.smokeTest?.request).toEqual({ data: ['free money', 100] });
  });

  it('is named by the digest of its text', () => {
    const { hash, text } = storedPolicy(policyFrom(SIMPLE));
    expect(hash).toBe(createHash('sha256').update(text).digest('hex'));
  });

  it('does not depend on order, comments, or defaults being written', () => {
    const reordered = SIMPLE.split('\n').toReversed().filter((line) => !/prod|environments/.test(line)); // prettier-ignore
    const same = `# a comment\n${reordered.join('\n')}\nenvironments:\n  prod: {endpoint: spam-online, workspace: ml-prod}\n`;
    expect(storedPolicy(policyFrom(same))).toEqual(storedPolicy(policyFrom(SIMPLE)));
    expect(storedPolicy(policyFrom(`${SIMPLE}rollout: {bake: 10m}\n`))).toEqual(storedPolicy(policyFrom(SIMPLE)));
    expect(storedPolicy(policyFrom(`${SIMPLE}rollout: {bake: 11m}\n`)).hash).not.toBe(
      storedPolicy(policyFrom(SIMPLE)).hash,
    );
  });

  it('holds every default, so that a later default changes no policy in force', () => {
    expect(JSON.parse(storedPolicy(policyFrom(SIMPLE)).text)).toMatchObject({
      gate: { compare: 'superior', confidence: '95%' },
      rollout: { steps: ['10%', '50%', '100%'], canary: { errors: '2x', settle: '5m' } },
    });
  });

  it('of an estate means what the file means', () => {
    const parsed = estateFrom(ESTATE);
    expect(parseStoredEstate(storedEstate(parsed).text)).toEqual(parsed.estate);
  });

  it('keeps an environment section whole', () => {
    const text = SIMPLE.replace('spam-online}', 'spam-online, rollout: {bake: 20m}}') + 'rollout: {watch: 9h}\n';
    const parsed = policyFrom(text);
    const { rollout } = restorePolicy(storedPolicy(parsed).text, 'x').policy.environments['prod'] ?? {};
    expect(rollout).toMatchObject({ bakeMs: 20 * 60_000, watchMs: 2 * 3_600_000 });
  });
});

function data(): object {
  return JSON.parse(storedPolicy(policyFrom(SIMPLE)).text) as object;
}

describe('a stored text that cannot be obeyed whole is refused whole', () => {
  it.each([
    ['not JSON', () => '{', [{ place: 'text', message: expect.stringContaining('expected JSON') }]],
    ['an unknown key', () => JSON.stringify({ ...data(), gaet: {} }), [{ place: 'gaet', message: "unknown key (did you mean 'gate'?)" }]],
    ['a demand of a newer version', () => JSON.stringify({ ...data(), gate: { metric: 'accuracy', better: 'higher', require: ['horoscope'] } }), [{ place: 'gate.require[0]', message: expect.stringContaining("got 'horoscope'") }]],
    ['a request that was never inlined', () => JSON.stringify({ ...data(), rollout: { smokeTest: { request: 'a.json' } } }), [{ place: 'rollout.smokeTest.request', message: expect.stringContaining("got 'a.json'") }]],
  ])('%s', (_, text, faults) => {
    expect(faultsOf(() => parseStoredPolicy(text()))).toEqual(faults);
  }); // prettier-ignore

  it('an estate too', () => {
    expect(faultsOf(() => parseStoredEstate('{"steward":1}'))).toEqual([
      { place: 'workspaces', message: 'missing: expected a map from workspace name to {id, environment}' },
    ]);
  });
});

/** As the version before trainings wrote them: their defaults of that day, and nothing of what came later. */
const OLDER = {
  policy:
    '{"environments":{"prod":{"endpoint":"spam-online","workspace":"ml-prod"}},"evaluation":{"data":"spam-holdout","deadline":"6h","job":"evaluate-spam"},"gate":{"better":"higher","compare":"superior","confidence":"95%","guardrails":[],"margin":0,"metric":"accuracy","require":[]},"model":"spam-filter","notify":{},"owners":["ml-oncall@example.com"],"rollout":{"bake":"10m","canary":{"errors":"2x","latency":"+30%","limits":{},"maxFalseRollback":"2%","minRequests":100,"settle":"5m","traffic":"metrics"},"deadline":"24h","deployDeadline":"1h","keepPrevious":"24h","onInconclusive":"hold","steps":["10%","50%","100%"],"watch":"2h"},"steward":1,"training":{"budget":{"per":"30d","runs":4},"cooldown":"24h","deadline":{"finish":"12h","start":"2h"},"from":{"job":"train-spam"},"when":{"drift":{"breaches":"2 of 3","monitor":"spam-monitor"},"newData":"mails","schedule":{"cron":"0 3 * * SUN","timeZone":"UTC"}}}}',
  estate:
    '{"calendars":{},"channels":{"oncall":{"email":{"to":["oncall@example.com"]}}},"floor":{},"roles":{},"steward":1,"workspaces":{"ml-prod":{"environment":"prod","id":"/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/ml/providers/Microsoft.MachineLearningServices/workspaces/ml-prod"}}}',
};

describe('what an older version stored is still obeyed, with the defaults of what came later', () => {
  it('a policy', () => {
    const { training, evaluation } = parseStoredPolicy(OLDER.policy).environments['prod'] ?? {};
    expect(training).toEqual({
      from: { kind: 'job', job: 'train-spam' }, output: 'model', unregistered: 'ignore', dataOwners: [], cooldownMs: 24 * 3_600_000,
      when: { drift: { monitor: 'spam-monitor', breaches: 2, of: 3 }, newData: 'mails', schedule: { cron: '0 3 * * SUN', timeZone: 'UTC' } },
      budget: { runs: 4, perMs: 30 * 24 * 3_600_000 }, deadline: { startMs: 2 * 3_600_000, finishMs: 12 * 3_600_000 },
    }); // prettier-ignore
    expect(evaluation).toMatchObject({
      from: { kind: 'job', job: 'evaluate-spam' },
      data: 'spam-holdout',
      deadlineMs: 6 * 3_600_000,
    });
  });

  it('an estate', () => {
    expect(parseStoredEstate(OLDER.estate)).toMatchObject({ computes: {}, calendars: {}, channels: { oncall: {} } });
  });
});
