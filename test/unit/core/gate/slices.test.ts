import { describe, expect, test } from 'vitest';
import type { Compared, Evidence, Slice } from '../../../../src/lib/core/gate/evidence.ts';
import { judgeGate } from '../../../../src/lib/core/gate/judge.ts';
import type { GatePolicy, SlicesPolicy } from '../../../../src/lib/core/policy/policy.ts';
import { worst } from '../../../../src/lib/core/verdict.ts';

const slicesPolicy: SlicesPolicy = { by: ['region'], metric: 'accuracy', minRows: 100, maxGap: 0.05 };
const gate: GatePolicy = { metric: 'accuracy', better: 'higher', compare: 'superior', margin: 0, confidence: 0.95, guardrails: [], require: [], slices: slicesPolicy }; // prettier-ignore
const paired = { n: 1000, bothRight: 850, championOnly: 10, challengerOnly: 60, bothWrong: 80, majority: 700, majorityLabel: 'ham' }; // prettier-ignore
const evidence: Evidence = { job: 'e1', data: 'holdout', dataVersion: '4', n: 1000, metrics: {}, paired, faults: [] };

/** Right on 90 % but for those where exactly one is. */
function slice(value: string, championOnly: number, challengerOnly: number, rows = 500, by = 'region'): Slice {
  const bothRight = Math.round(rows * 0.9) - championOnly;
  const right = { n: rows, bothRight, championOnly, challengerOnly, bothWrong: rows - bothRight - championOnly - challengerOnly }; // prettier-ignore
  return { by, value, rows, compared: { right } };
}

function judged(slices: readonly Slice[] | undefined, policy: Partial<SlicesPolicy> = {}, before: readonly string[] = [], hasChampion = true) {
  const bounded = hasChampion ? gate : { ...gate, min: 0.5 };
  const asked = { ...bounded, slices: { ...slicesPolicy, ...policy } };
  const given = { ...evidence, metrics: { accuracy: { challenger: 0.9 } }, ...(slices && { slices }) };
  const { reasons, ...rest } = judgeGate(asked, given, hasChampion, { slices: before });
  const mine = reasons.filter(({ rule }) => rule.startsWith('gate.slice'));
  return { reasons: mine, verdict: worst(mine.map(({ verdict }) => verdict)), slices: rest.slices };
} // prettier-ignore

const estimate = (champion: number, challenger: number, fewest = 100): Compared => ({ estimate: { n: 500, champion, challenger, error: 0.01, fewest } }); // prettier-ignore
const of = (value: string, compared: Compared): Slice => ({ by: 'region', value, rows: 500, compared });

/** Numerical Recipes' congruential generator: the same rows each time; its high digits. */
function chance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const fine = [slice('north', 5, 10), slice('south', 8, 6)];

describe('slices', () => {
  test('pass together, with one reason that says how they went', () => {
    const { reasons, verdict, slices } = judged([...fine, { by: 'region', value: 'west', rows: 3 }]);
    expect(verdict).toBe('pass');
    expect(reasons).toEqual([
      {
        rule: 'gate.slices', verdict: 'pass', what: 'largest gap between slices in accuracy', unit: 'fraction', champion: 0,
        challenger: expect.closeTo(0.014, 10), measured: expect.closeTo(0.014, 10), limit: 0.05, samples: 1000,
        note: 'furthest apart are region=south and region=north; none of 2 slices shown to be worse than with the champion (with 95 % for all of them together); 1 with less than 100 rows not judged',
      },
    ]); // prettier-ignore
    expect(slices).toEqual(['region=north', 'region=south']);
  });

  test.each<[string, readonly Slice[], readonly string[], string]>([
    ['of which one was large enough and is not any more', [...fine, { by: 'region', value: 'west', rows: 1 }], ['region=west'], 'less than 100 rows are left'],
    ['of which there is but one', [slice('north', 5, 10)], [], 'none to hold it against'],
    ['of which one is large enough', [slice('north', 5, 10), { by: 'region', value: 'west', rows: 1 }], [], 'none to hold it against'],
  ])('%s are undecided', (_, slices, before, note) => {
    const { reasons, verdict } = judged(slices, {}, before);
    expect(verdict).toBe('inconclusive');
    expect(reasons[0]?.note).toContain(note);
  }); // prettier-ignore

  test('are remembered of each name', () => {
    const many = Array.from({ length: 60 }, (_, at) => slice(`r${at}`, 5, 5));
    const { slices } = judged([...many, slice('old', 5, 5, 500, 'age'), slice('young', 5, 5, 500, 'age')], { by: ['region', 'age'] }); // prettier-ignore
    expect(slices).toHaveLength(22);
    expect(slices?.slice(-2)).toEqual(['age=old', 'age=young']);
  });

  test('of which one is shown to be worse fail, with a reason for that one', () => {
    const { reasons, verdict } = judged([...fine, slice('east', 30, 5)], { maxGap: 0.5 });
    expect(verdict).toBe('fail');
    expect(reasons.map(({ rule, verdict: each, what }) => [rule, each, what])).toEqual([
      ['gate.slice', 'fail', 'accuracy where region is "east"'],
      ['gate.slices', 'pass', 'largest gap between slices in accuracy'],
    ]);
    expect(reasons[0]).toMatchObject({ champion: 0.9, challenger: 0.85, measured: expect.closeTo(-0.05, 10), samples: 500 }); // prettier-ignore
  });

  test('are corrected for the number of looks, the first of many more than the last', () => {
    // 12 against 4: p = 0.028 by mid-p. Alone that is shown; among ten it is not.
    const doubtful = slice('east', 12, 4);
    expect(judged([doubtful]).verdict).toBe('fail');
    const others = Array.from({ length: 9 }, (_, index) => slice(`r${index}`, 5, 5));
    expect(judged([doubtful, ...others]).verdict).toBe('pass');
    // Nine that are clearly worse leave one look for the tenth.
    const bad = Array.from({ length: 9 }, (_, index) => slice(`r${index}`, 60, 2));
    const { reasons } = judged([doubtful, ...bad], { maxGap: 0.5 });
    expect(reasons.filter(({ rule }) => rule === 'gate.slice')).toHaveLength(5);
    expect(reasons.at(-1)?.note).toContain('10 of 10 slices shown');
  });

  test.each([2, 10, 40])('of equal models, %i of them, are refused in no more cases than one look would be', (looks) => {
    const next = chance(20_261_126);
    let refused = 0;
    for (let round = 0; round < 1500; round += 1) {
      const slices = Array.from({ length: looks }, (_, index) => {
        const worse = Array.from({ length: 40 }, next).filter((draw) => draw < 0.5).length;
        return slice(`r${index}`, worse, 40 - worse);
      });
      if (judged(slices, { maxGap: 1 }).verdict !== 'pass') refused += 1;
    }
    // Two standard errors of 1,500 rounds more than 5 %.
    expect(refused / 1500).toBeLessThan(0.0613);
    expect(refused / 1500).toBeGreaterThan(0.005);
  }); // prettier-ignore

  test('that lie too far apart fail, each name by itself', () => {
    const apart = [slice('north', 0, 30), slice('south', 20, 10)];
    const { reasons, verdict } = judged(apart);
    expect([verdict, reasons.at(-1)?.note]).toEqual(['fail', expect.stringContaining('region=south and region=north')]);
    const ages = [
      slice('30', 0, 30, 500, 'age'),
      slice('40', 0, 30, 500, 'age'),
      slice('south', 20, 10),
      slice('west', 20, 10),
    ];
    expect(judged(ages, { by: ['age', 'region'] }).verdict).toBe('pass');
  });

  test('of scores are compared by their estimates', () => {
    const brier = { metric: 'brier', maxGap: 0.5 };
    expect(judged([of('a', estimate(0.2, 0.2)), of('b', estimate(0.2, 0.19))], brier).verdict).toBe('pass');
    expect(judged([of('a', estimate(0.2, 0.2)), of('b', estimate(0.2, 0.23))], brier).verdict).toBe('fail');
    expect(judged([of('a', estimate(0.2, 0.2)), of('b', estimate(0.2, 0.18))], { ...brier, metric: 'auc' }).verdict).toBe('fail'); // prettier-ignore
    const rare = judged([of('a', estimate(0.2, 0.2)), of('b', estimate(0.2, 0.1, 10))], brier);
    expect([rare.verdict, rare.reasons[0]?.note]).toEqual(['inconclusive', expect.stringContaining('about 1,500 rows like these would settle it')]); // prettier-ignore
    expect(judged([of('a', estimate(0.2, 0.2)), of('b', { why: 'auc needs both labels' })], brier).verdict).toBe('inconclusive'); // prettier-ignore
  });

  test.each<[string, readonly Slice[] | undefined, readonly string[], string, RegExp]>([
    ['without predictions', undefined, [], 'error', /no predictions that have them/],
    ['that are all too small', [{ by: 'region', value: 'south', rows: 20 }, { by: 'region', value: 'north', rows: 10 }], [], 'inconclusive', /about 150 rows like these/],
    ['of which one has gone that the champion was judged on', fine, ['region=south', 'region=west'], 'error', /judged on region=west, and no row of holdout:4/],
    ['of no name that was asked for', [slice('30', 0, 0, 500, 'age')], [], 'inconclusive', /No slice has the 100 rows/],
  ])('%s never pass', (_, slices, before, verdict, note) => {
    const { reasons, verdict: found } = judged(slices, {}, before);
    expect(found).toBe(verdict);
    expect(reasons.map((reason) => reason.note).join()).toMatch(note);
  }); // prettier-ignore

  test('of a name that the policy does not ask for any more are not missed', () => {
    expect(judged(fine, {}, ['age=30']).verdict).toBe('pass');
  });

  test('without a champion are held apart only', () => {
    const { reasons, verdict } = judged([slice('north', 60, 2), slice('south', 60, 2)], {}, [], false);
    expect([verdict, reasons.length, reasons[0]?.note]).toEqual(['pass', 1, expect.stringContaining('2 slices were looked at')]); // prettier-ignore
    expect(reasons[0]).not.toHaveProperty('champion');
  });
});
