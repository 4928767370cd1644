import { describe, expect, test } from 'vitest';
import type { EnvironmentPolicy } from '../../../../src/lib/core/policy/policy.ts';
import type { Answers } from '../../../../src/lib/core/shadow/answers.ts';
import { stretchesOf } from '../../../../src/lib/core/release/transitions.ts';
import type { Facts } from '../../../../src/lib/core/step.ts';
import {
  arm, BOTH, command, copied, HOUR_MS, iso, minutes, MINUTE_MS, needed, NEW, OLD, pass, policyOf, SHADOWED, shadowing,
} from '../given.ts'; // prettier-ignore

const SETTLE_MS = 5 * MINUTE_MS;
const withAnswers = (more: string, rollout = '') => policyOf(`shadow: {percent: 20%, for: 1h, answers: {prediction: label${more}}}${rollout}`); // prettier-ignore
const LIMITED = withAnswers(', maxFlips: 5%');
const TOLD = withAnswers('');
const AWAY = { away: { provider: 'the datastore', reason: 'no role' } };
const healthy = minutes(60, () => ({ [OLD]: arm(1000, 9), [NEW]: arm(200, 2) }));
const flips = (share: number, requests = 3000): Answers => ({ copies: requests, requests, unanswered: 0, unmatched: 0, unreadable: 0, flips: { n: requests, share } }); // prettier-ignore
const facts = (answers?: Facts['answers']): Facts => ({ endpoint: copied(), deployments: BOTH, minutes: healthy, ...(answers ? { answers } : {}) }); // prettier-ignore
const over = (policy: EnvironmentPolicy, answers?: Facts['answers'], row = shadowing()) => pass(row, { facts: facts(answers), policy, at: HOUR_MS }); // prettier-ignore

describe('answers are asked for', () => {
  const wanted = { inputs: 'model_inputs', outputs: 'model_outputs', rows: '', prediction: 'label', champion: OLD, challenger: NEW }; // prettier-ignore

  test('when the time of the shadow is over, as far as they have settled', () => {
    expect(needed(shadowing(), { policy: LIMITED, at: HOUR_MS - 1 }).answers).toBeUndefined();
    expect(needed(shadowing(), { policy: LIMITED, at: HOUR_MS }).answers).toEqual({ ...wanted, from: iso(), to: iso(HOUR_MS - SETTLE_MS) }); // prettier-ignore
  });

  test('only where the policy has them looked at, and only while the mirror is on', () => {
    expect(needed(shadowing(), { policy: SHADOWED, at: HOUR_MS }).answers).toBeUndefined();
    expect(needed(shadowing({ until: iso() }), { policy: LIMITED, at: HOUR_MS }).answers).toBeUndefined();
  });

  test('again when there is half as much more to see, while it is undecided', () => {
    const undecided = over(LIMITED, flips(0.05)).next;
    const [again] = [HOUR_MS + 0.5 * (HOUR_MS - SETTLE_MS)];
    expect(needed(undecided, { policy: LIMITED, at: again }).answers).toBeUndefined();
    expect(needed(undecided, { policy: LIMITED, at: again + MINUTE_MS }).answers).toMatchObject({ from: iso(), to: iso(again + MINUTE_MS - SETTLE_MS) }); // prettier-ignore
  });

  test('once, where nothing is limited', () => {
    const few = pass(shadowing(), { facts: { ...facts(flips(0.5)), minutes: [] }, policy: TOLD, at: HOUR_MS }).next;
    expect(few.release?.shadow?.answers?.look).toBe(1);
    expect(needed(few, { policy: TOLD, at: 10 * HOUR_MS }).answers).toBeUndefined();
  });

  test('no more once they pass, while errors or latency are undecided', () => {
    const passed = pass(shadowing(), { facts: { ...facts(flips(0.01)), minutes: [] }, policy: LIMITED, at: HOUR_MS }).next; // prettier-ignore
    expect(passed.release?.phase).toBe('shadowing');
    expect(needed(passed, { policy: LIMITED, at: 10 * HOUR_MS }).answers).toBeUndefined();
  });
});

describe('what follows', () => {
  test('as the champion answers: the shadow ends', () => {
    const { next } = over(LIMITED, flips(0.01));
    expect(next.release?.shadow).toMatchObject({ until: iso(HOUR_MS), answers: { look: 1, measured: { flips: { value: 0.01, inputs: 3000 } } } }); // prettier-ignore
  });

  test('otherwise than the champion: turned back, with what was measured', () => {
    const { next } = over(LIMITED, flips(0.3));
    expect(next.release).toMatchObject({ phase: 'rollingBack', rollback: { cause: 'shadow', sentence: expect.stringContaining('otherwise than the champion') } }); // prettier-ignore
    expect(next.release?.rollback?.reasons).toContainEqual(expect.objectContaining({ rule: 'shadow.flips', verdict: 'fail', limit: 0.05, measured: 0.3 })); // prettier-ignore
  });

  test('errors come first in what is said where both fail', () => {
    const failing = minutes(60, () => ({ [OLD]: arm(1000, 9), [NEW]: arm(200, 60) }));
    const { next } = pass(shadowing(), { facts: { ...facts(flips(0.3)), minutes: failing }, policy: LIMITED, at: HOUR_MS }); // prettier-ignore
    expect(next.release?.rollback?.sentence).toContain('does worse');
  });

  test('undecided, or nothing logged: it stays, is told, and ends as the policy says', () => {
    for (const found of [flips(0.05), flips(0, 0)]) {
      const stays = over(LIMITED, found);
      expect([stays.next.release?.phase, stays.next.release?.shadow?.until]).toEqual(['shadowing', undefined]);
      const tellAt = HOUR_MS + SETTLE_MS + 20 * MINUTE_MS;
      const told = pass(stays.next, { facts: facts(), policy: LIMITED, at: tellAt });
      expect(told.notices).toMatchObject([{ kind: 'shadowUndecided', shadow: { answers: { requests: found.requests } } }]); // prettier-ignore
      expect(told.notices[0]?.reasons).toContainEqual(expect.objectContaining({ rule: 'shadow.flips', verdict: 'inconclusive' })); // prettier-ignore
    }
    const strict = withAnswers(', maxFlips: 5%', ', onInconclusive: rollback');
    expect(over(strict, flips(0.05)).next.release?.rollback?.cause).toBe('undecided');
  });

  test('logs that cannot be read are no pass, cost no look, and say why', () => {
    const { next } = over(LIMITED, AWAY);
    expect(next.release?.shadow).not.toHaveProperty('answers');
    expect([next.release?.phase, next.release?.shadow?.until, next.conditions.unreachable]).toEqual(['shadowing', undefined, undefined]); // prettier-ignore
    const told = pass(next, { facts: facts(), policy: LIMITED, at: 2 * HOUR_MS });
    expect(told.notices[0]?.reasons).toContainEqual(expect.objectContaining({ note: 'the logged answers cannot be read: no role' })); // prettier-ignore
  });

  test('and are tried again after ten minutes, whatever the policy says of undecided shadows, until the deadline', () => {
    const strict = withAnswers(', maxFlips: 5%', ', onInconclusive: rollback');
    const { next } = over(strict, AWAY);
    expect(next.release?.phase).toBe('shadowing');
    expect(needed(next, { policy: strict, at: HOUR_MS + 9 * MINUTE_MS }).answers).toBeUndefined();
    expect(needed(next, { policy: strict, at: HOUR_MS + 10 * MINUTE_MS }).answers).toBeDefined();
    const read = pass(next, { facts: facts(flips(0.01)), policy: strict, at: HOUR_MS + 10 * MINUTE_MS }).next;
    expect(read.release?.shadow).toMatchObject({ until: iso(HOUR_MS + 10 * MINUTE_MS), answers: { look: 1 } });
    expect(read.release?.shadow).not.toHaveProperty('answersAway');
    const late = pass(next, { facts: facts(), policy: strict, at: strict.rollout.deadlineMs + MINUTE_MS });
    expect(late.next.release?.rollback?.cause).toBe('deadline');
  });

  test('errors that are undecided are rolled back all the same where the policy says so', () => {
    const strict = withAnswers(', maxFlips: 5%', ', onInconclusive: rollback');
    const { next } = pass(shadowing(), { facts: { ...facts(AWAY), minutes: [] }, policy: strict, at: HOUR_MS });
    expect(next.release?.rollback?.cause).toBe('undecided');
  });

  test('a look that has too little to judge costs nothing of the risk', () => {
    const { next } = over(LIMITED, flips(0, 50));
    expect(next.release?.shadow?.answers?.look).toBe(0);
    const enough = pass(next, { facts: facts(flips(0.01)), policy: LIMITED, at: 3 * HOUR_MS }).next;
    expect(enough.release?.shadow?.answers).toMatchObject({ look: 1, measured: { flips: { confidence: 1 - 0.02 / 5 / 2 } } }); // prettier-ignore
  });

  test('what was cut short is not read again, and a person is told that waiting does not help', () => {
    const { next } = over(LIMITED, { ...flips(0.05), cut: true });
    expect(needed(next, { policy: LIMITED, at: 10 * HOUR_MS }).answers).toBeUndefined();
    const told = pass(next, { facts: facts(), policy: LIMITED, at: 2 * HOUR_MS });
    expect(told.notices[0]).toMatchObject({ sentence: expect.stringContaining('what was answered to them does not decide it'), reasons: expect.arrayContaining([expect.objectContaining({ note: expect.stringContaining('a person has to decide') })]) }); // prettier-ignore
  });

  test('without a limit any answers end it, and logs that cannot be read hold nothing up', () => {
    expect(over(TOLD, flips(0.9)).next.release?.shadow?.until).toBe(iso(HOUR_MS));
    expect(over(TOLD, AWAY).next.release?.shadow?.until).toBe(iso(HOUR_MS));
    expect(stretchesOf(TOLD.rollout)).toBe(4);
  });

  test('a person who promotes need not wait for them', () => {
    const { next } = pass(shadowing(), { items: [command('promote')], facts: facts(), policy: LIMITED, at: MINUTE_MS });
    expect(next.release?.shadow?.until).toBe(iso(MINUTE_MS));
  });

  test('they are a stretch of their own: half of a share of what may be rolled back by chance, at the first look', () => {
    const { next } = over(LIMITED, flips(0.01));
    // Three steps, the shadow and the answers share 2 %.
    expect(next.release?.shadow?.answers?.measured.flips?.confidence).toBeCloseTo(1 - 0.02 / 5 / 2, 7);
  });
});
