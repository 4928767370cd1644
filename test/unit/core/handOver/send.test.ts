import { describe, expect, test } from 'vitest';
import { handOn } from '../../../../src/lib/core/handOver/send.ts';
import { isQuiet, type Lifecycle } from '../../../../src/lib/core/lifecycle.ts';
import { ENDS } from '../../../../src/lib/core/release/state.ts';
import type { Facts } from '../../../../src/lib/core/step.ts';
import { after, AWAY, command, HOUR_MS, iso, MINUTE_MS, NEW, needed, OLD, pass, policyOf, served, watching } from '../given.ts'; // prettier-ignore
import { found } from '../training/given.ts';
import { devPolicy as policy } from './given.ts';

const artifact = { digest: 'd1', files: 2, verifiable: true } as const;
const sending = { release: 7, version: '7', artifact: 'd1', origin: { job: 'train-7' }, to: ['test', 'prod'] };
const knownTo = (...know: string[]): Facts => ({ handOver: { know } });

/** The watch is over at this pass, and nothing spoke against the version. */
function lastPass(row: Lifecycle, by = policy) {
  const at = by.rollout.watchMs + by.rollout.canary.settleMs + MINUTE_MS;
  const split = { [NEW]: 100 };
  const facts: Facts = {
    endpoint: { state: 'ready', traffic: split },
    deployments: [],
    minutes: Array.from({ length: 10 }, (_, n) => ({
      at: after(at - (20 - n) * MINUTE_MS).toISOString(),
      arms: { [NEW]: { requests: 600, errors: 0, throttled: 0, meanLatencyMs: 20, failures: {} } },
    })),
  };
  return pass(row, { policy: by, facts, at });
}

const judged = (demand: string, verdict: 'pass' | 'fail') => ({ rule: `gate.require.${demand}`, verdict, what: demand, unit: 'plain' }) as const; // prettier-ignore
const gate = { verdict: 'pass', at: iso(), reasons: [judged('gitCommit', 'pass'), judged('cleanTree', 'fail'), judged('tag:card', 'pass')] } as const; // prettier-ignore
const met = (origin: object, by = policy) => lastPass(watching({ gate, origin }), by).next.sending?.origin.met;

describe('a version that is released', () => {
  test('goes to the environments after this one, with what it is and where it comes from', () => {
    const decision = lastPass(watching({ artifact, origin: { job: 'train-7' } }));
    expect(decision.closed).toMatchObject({ end: 'released' });
    expect(decision.next.sending).toEqual(sending);
    expect([decision.actions, decision.lookInMs]).toEqual([[], 0]);
  });

  test('takes its causes along in brief', () => {
    const causes = [1, 2, 3, 4].map((n) => found(`m${n}`, n));
    const { origin } = lastPass(watching({ origin: { training: 3, causes, more: 2 } })).next.sending ?? {};
    expect(origin).toMatchObject({ training: 3, causes: [{ id: causes[0]?.id }, {}, {}], more: 3 });
    expect(origin?.causes).toHaveLength(3);
    for (const cause of origin?.causes ?? [])
      expect(cause).toMatchObject({ kind: 'monitor', breaches: [{ features: [], more: expect.any(Number) }] });
  });

  test('takes along who had a part in it: they may not approve it further on', () => {
    const asked = { kind: 'command', id: 'c', at: iso(), actor: 'ada@example.com', by: 'ada', reason: 'r' } as const;
    const causes = [...[1, 2, 3].map((n) => found(`m${n}`, n)), asked];
    const retry = { of: 6, actor: 'kim', reason: 'r', startedBy: [] };
    const { origin } = lastPass(watching({ retry, origin: { training: 3, causes, registeredBy: 'Lea' } })).next.sending ?? {}; // prettier-ignore
    expect(origin?.startedBy).toEqual(['ada@example.com', 'ada', 'Lea', 'kim']);
  });

  test('takes along what its lineage was found to be, here and before', () => {
    expect(met({})).toEqual(['gitCommit']);
    expect(met({ met: ['dataVersions', 'gitCommit'] })).toEqual(['dataVersions', 'gitCommit']);
    // What a pipeline brought here was compared with nothing.
    expect(met({ met: ['dataVersions'] }, { ...policy, bring: 'ci' })).toEqual(['gitCommit']);
  });

  test('goes nowhere where nobody comes after', () => {
    const decision = lastPass(watching({ artifact }), policyOf());
    expect(decision.closed).toMatchObject({ end: 'released' });
    expect(decision.next.sending).toBeUndefined();
  });

  test('whose files nobody could list goes without a digest', () => {
    const hidden = { digest: 'd1', files: 0, verifiable: false, why: 'no role' } as const;
    expect(lastPass(watching({ artifact: hidden })).next.sending).not.toHaveProperty('artifact');
  });

  test.each(ENDS.filter((end) => end !== 'released'))('one that ended otherwise does not: %s', (end) => {
    const { release, ...row } = watching();
    const closed = { number: 7, version: '7', end, cause: 'c', at: iso(), sentence: 's', reasons: [], release };
    expect(handOn(row, closed, policy).sending).toBeUndefined();
  });
});

describe('those who come after', () => {
  const row = served({ sending });

  test('are asked whether they know it', () => {
    const fact = `version|${row.environment}|${row.model}|7|7`;
    expect(needed(row, { policy }).handOver).toEqual({ know: { of: ['test', 'prod'], factKey: fact } });
    expect(isQuiet(row)).toBe(false);
  });

  test('are told again until they know', () => {
    const first = pass(row, { policy, facts: knownTo() });
    const { to: _, ...version } = sending;
    expect(first.actions).toEqual([
      { do: 'handOverVersion', to: 'test', ...version },
      { do: 'handOverVersion', to: 'prod', ...version },
    ]);
    expect(first.lookInMs).toBe(MINUTE_MS);
    const second = pass(first.next, { policy, facts: knownTo('test') });
    expect(second.actions).toEqual([{ do: 'handOverVersion', to: 'prod', ...version }]);
    expect(second.next.sending?.to).toEqual(['prod']);
    const third = pass(second.next, { policy, facts: knownTo('prod') });
    expect([third.actions, third.next.sending]).toEqual([[], undefined]);
    expect(isQuiet(third.next)).toBe(true);
  });

  test('are not told while it is paused, nor while storage cannot say who knows', () => {
    const paused = { ...row, conditions: { paused: { since: iso(), actor: 'ada', reason: 'holiday' } } };
    expect(pass(paused, { policy, facts: knownTo() }).actions).toEqual([]);
    const away = pass(row, { policy, facts: { handOver: { away: { know: AWAY.unreachable } } } });
    expect([away.actions, away.lookInMs, away.next.sending]).toEqual([[], MINUTE_MS, sending]);
  });

  test('are not told once they have left the policy', () => {
    const left = pass(row, { policy: { ...policy, handsTo: ['prod'] }, facts: knownTo() });
    expect(left.actions).toMatchObject([{ do: 'handOverVersion', to: 'prod' }]);
    const nobody = pass(row, { policy: { ...policy, handsTo: [] }, facts: knownTo() });
    expect([nobody.actions, nobody.next.sending]).toEqual([[], undefined]);
  });

  test('are not told of a version that is taken back', () => {
    const kept = { version: '6', deployment: OLD, until: iso(HOUR_MS) };
    const champion = { version: '7', deployment: NEW, since: iso(), release: 7, replaced: OLD };
    const traffic = { desired: { [NEW]: 100 }, generation: 3, verified: { split: { [NEW]: 100 }, at: iso() } };
    const back = pass(
      { ...row, champion, traffic, retiring: [kept] },
      { policy, items: [command('rollback', { release: 7 })] },
    );
    expect(back.next.release).toMatchObject({ version: '7', phase: 'rollingBack' });
    expect(back.next.sending).toBeUndefined();
  });

  test('are told of the newest alone', () => {
    const next = lastPass(
      watching({ version: '7', artifact }, { sending: { ...sending, release: 6, version: '6' } }),
    ).next;
    expect(next.sending).toMatchObject({ version: '7', to: ['test', 'prod'] });
  });
});
