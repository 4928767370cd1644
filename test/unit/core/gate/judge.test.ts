import { describe, expect, test } from 'vitest';
import type { Evidence, PairedCounts } from '../../../../src/lib/core/gate/evidence.ts';
import { judgeGate } from '../../../../src/lib/core/gate/judge.ts';
import type { GatePolicy } from '../../../../src/lib/core/policy/policy.ts';
import type { Verdict } from '../../../../src/lib/core/verdict.ts';

const gate: GatePolicy = { metric: 'accuracy', better: 'higher', compare: 'superior', margin: 0, confidence: 0.95, guardrails: [], require: [] }; // prettier-ignore
const evidence: Evidence = { job: 'e1', data: 'holdout', dataVersion: '4', n: 1000, metrics: {}, faults: [] };

function pairs(b: number, c: number, n = 1000, more: Partial<PairedCounts> = {}): PairedCounts {
  const bothRight = n - b - c - Math.floor((n - b - c) / 10);
  return { n, bothRight, championOnly: b, challengerOnly: c, bothWrong: n - b - c - bothRight, majority: 0, majorityLabel: 'ham', ...more }; // prettier-ignore
}

function verdict(policy: Partial<GatePolicy>, given: Partial<Evidence>, hasChampion = true): Verdict {
  return judgeGate({ ...gate, ...policy }, { ...evidence, ...given }, hasChampion).verdict;
}

/** P(X >= c), X ~ Binomial(b + c, 1/2), by whole numbers; from ten rows on P(X = c) counts half. */
function exactP(b: number, c: number): number {
  let choose = 1;
  let sum = 0;
  for (let i = 0; i <= b + c; i += 1) {
    if (i >= c) sum += i === c && b + c >= 10 ? choose / 2 : choose;
    choose = (choose * (b + c - i)) / (i + 1);
  }
  return sum / 2 ** (b + c);
}

describe('superior on the same rows (McNemar)', () => {
  test('agrees with whole numbers at every small table', () => {
    for (let b = 0; b <= 20; b += 1) {
      for (let c = 0; c <= 20; c += 1) {
        const passes = exactP(b, c) < 0.05;
        expect(verdict({}, { paired: pairs(b, c) }) === 'pass', `${b} against ${c}: p = ${exactP(b, c)}`).toBe(passes);
      }
    }
  });

  test.each<[string, number, number, Verdict]>([
    ['five to none is just enough', 0, 5, 'pass'],
    ['four to none is not', 0, 4, 'inconclusive'],
    ['half of what was found counts where ten rows or more differ', 8, 17, 'pass'],
    ['one more is not', 10, 11, 'inconclusive'],
    ['equal is not', 10, 10, 'inconclusive'],
    ['identical answers show nothing', 0, 0, 'inconclusive'],
    ['clearly worse is a failure', 40, 2, 'fail'],
  ])('%s', (_, b, c, expected) => {
    expect(verdict({}, { paired: pairs(b, c) })).toBe(expected);
  });

  test.each([
    [0, 4],
    [4, 9],
    [20, 31],
  ])('what the test leaves open names the rows that would settle it: %i against %i', (b, c) => {
    const { verdict: judged, reasons } = judgeGate(gate, { ...evidence, paired: pairs(b, c) }, true);
    const rows = Number(
      /about ([\d,]+) rows like these would settle it/.exec(reasons[0]?.note ?? '')?.[1]?.replace(',', ''),
    );
    const like = (count: number) => pairs(Math.round((b * rows) / 1000), Math.round((c * rows) / 1000), count);
    expect([judged, verdict({}, { paired: like(rows) })]).toEqual(['inconclusive', 'pass']);
    expect(rows).toBeLessThan(4000);
  });

  test('more confidence asks for more', () => {
    expect(verdict({ confidence: 0.95 }, { paired: pairs(0, 5) })).toBe('pass');
    expect(verdict({ confidence: 0.99 }, { paired: pairs(0, 5) })).toBe('inconclusive');
    expect(verdict({ confidence: 0.99 }, { paired: pairs(0, 7) })).toBe('pass');
  });

  test('the reason shows both, the difference, its interval and the counts', () => {
    const { reasons } = judgeGate(gate, { ...evidence, paired: pairs(18, 291, 1000, { bothRight: 691, bothWrong: 0 }) }, true); // prettier-ignore
    const [reason] = reasons;
    expect(reason).toMatchObject({ rule: 'gate.superior', verdict: 'pass', champion: 0.709, challenger: 0.982, samples: 1000 }); // prettier-ignore
    expect(reason?.measured).toBeCloseTo(0.273, 12);
    // Half a row more in each of the four cells, by hand: d +- 1.6449 sqrt(b + c - (c - b)^2 / n) / n
    const half = (1.644853626951 * Math.sqrt(310 - 273 ** 2 / 1002)) / 1002;
    expect(reason?.interval?.low).toBeCloseTo(273 / 1002 - half, 9);
    expect(reason?.interval?.high).toBeCloseTo(273 / 1002 + half, 9);
    expect(reason?.interval?.confidence).toBeCloseTo(0.9, 12);
    expect(reason?.note).toBe('champion alone right on 18, challenger alone right on 291');
  });

  test('a direction that the metric does not have is an error, not a surprise', () => {
    const { verdict: judged, reasons } = judgeGate(
      { ...gate, better: 'lower' },
      { ...evidence, paired: pairs(2, 40) },
      true,
    );
    expect(judged).toBe('error');
    expect(reasons[0]?.note).toContain('lower is better');
  });

  test('a metric for which lower is better turns the signs, not the verdict', () => {
    const { verdict, reasons } = judgeGate({ ...gate, metric: 'errorRate', better: 'lower' }, { ...evidence, paired: pairs(2, 40) }, true); // prettier-ignore
    expect(verdict).toBe('pass');
    expect(reasons[0]?.measured).toBeCloseTo(-0.038, 12);
    expect((reasons[0]?.interval?.low ?? 0) < (reasons[0]?.interval?.high ?? 0)).toBe(true);
  });

  test('swapped labels are suspected when always one answer would be better', () => {
    const paired = pairs(291, 18, 1000, { bothRight: 100, majority: 714 });
    expect(judgeGate(gate, { ...evidence, paired }, true).reasons[0]?.note).toMatch(/always answering "ham"/);
  });
});

const bounds = (b: number, c: number, n = 1000) => {
  const half = (1.644853626951 * Math.sqrt(b + c + 1 - (c - b) ** 2 / (n + 2))) / (n + 2);
  return { low: (c - b) / (n + 2) - half, high: (c - b) / (n + 2) + half };
};

describe('with a margin the interval decides', () => {
  test('superior by more than the margin', () => {
    for (const [b, c] of [[2, 40], [10, 40], [20, 40], [5, 10], [0, 20]] as const) {
      const { low } = bounds(b, c);
      expect(verdict({ margin: 0.01 }, { paired: pairs(b, c) }) === 'pass', `${b} ${c}`).toBe(low > 0.01);
    }
  }); // prettier-ignore

  test('not worse by more than the margin', () => {
    for (const [b, c] of [[2, 2], [10, 8], [30, 10], [0, 0], [5, 0], [14, 10]] as const) {
      const { low, high } = bounds(b, c);
      const expected = low > -0.01 ? 'pass' : high <= -0.01 ? 'fail' : 'inconclusive';
      expect(verdict({ compare: 'nonInferior', margin: 0.01 }, { paired: pairs(b, c) }), `${b} ${c}`).toBe(expected);
    }
  }); // prettier-ignore

  test.each<[string, Partial<GatePolicy>, PairedCounts, Verdict]>([
    ['identical on 3 rows may be inferior', { compare: 'nonInferior', margin: 0.003 }, pairs(0, 0, 3), 'inconclusive'],
    ['identical on 500 rows may be, by that little', { compare: 'nonInferior', margin: 0.003 }, pairs(0, 0, 500), 'inconclusive'],
    ['identical on 1000 rows is not', { compare: 'nonInferior', margin: 0.003 }, pairs(0, 0), 'pass'],
    ['no number of rows shows that nothing at all is lost', { compare: 'nonInferior', margin: 0 }, pairs(0, 0, 1_000_000), 'inconclusive'],
    ['clearly worse with margin 0', { compare: 'nonInferior', margin: 0 }, pairs(40, 0), 'fail'],
    ['clearly better with margin 0', { compare: 'nonInferior', margin: 0 }, pairs(0, 40), 'pass'],
    ['better on both of 2 rows is not better by half', { margin: 0.5 }, pairs(0, 2, 2), 'inconclusive'],
    ['better on all of 30 rows is', { margin: 0.5 }, pairs(0, 30, 30), 'pass'],
  ])('%s', (_, policy, paired, expected) => {
    expect(verdict(policy, { paired })).toBe(expected);
  }); // prettier-ignore

  test('what a few rows cannot settle names how many would', () => {
    const policy = { ...gate, compare: 'nonInferior', margin: 0.003 } as const;
    const note = (paired: PairedCounts) => judgeGate(policy, { ...evidence, paired }, true).reasons[0]?.note ?? '';
    const rows = Number(/about (\d+) rows like these/.exec(note(pairs(0, 0, 3)))?.[1]);
    // 1.6449 / (n + 2) <= 0.003, rounded up to two figures
    expect(rows).toBe(550);
    expect(verdict(policy, { paired: pairs(0, 0, rows) })).toBe('pass');
    expect(note(pairs(0, 0))).not.toMatch(/rows like these/);
    expect(judgeGate({ ...policy, margin: 0 }, { ...evidence, paired: pairs(0, 0) }, true).reasons[0]?.note).toMatch(/rows like these would not settle it/); // prettier-ignore
  });
});

describe('bounds on the challenger’s own value, inclusive', () => {
  const metrics = { accuracy: { challenger: 0.9 } };
  test.each<[string, Partial<GatePolicy>, Verdict]>([
    ['met exactly from below', { min: 0.9 }, 'pass'],
    ['missed from below', { min: 0.900001 }, 'fail'],
    ['met exactly from above', { min: 0.5, max: 0.9 }, 'pass'],
    ['missed from above', { max: 0.899999 }, 'fail'],
    ['one met, one missed', { min: 0.5, max: 0.8 }, 'fail'],
    ['a guardrail missed', { min: 0.5, guardrails: [{ metric: 'accuracy', min: 0.95 }] }, 'fail'],
    ['a guardrail that was not logged', { min: 0.5, guardrails: [{ metric: 'brier', max: 0.2 }] }, 'error'],
  ])('%s, without a champion', (_, policy, expected) => {
    expect(verdict(policy, { metrics }, false)).toBe(expected);
  });

  test('count beside the comparison: the worst decides', () => {
    const better = { paired: pairs(2, 40), metrics };
    expect(verdict({ min: 0.8 }, better)).toBe('pass');
    expect(verdict({ min: 0.95 }, better)).toBe('fail');
  });
});

const firstOf = (logged: number, paired: PairedCounts) =>
  judgeGate({ ...gate, min: 0.85 }, { ...evidence, metrics: { accuracy: { challenger: logged } }, paired }, false);

describe('bounds beside predictions', () => {
  test('hold of what the predictions say', () => {
    // 500 of 1,000 rows are right.
    const half = pairs(0, 0, 1000, { bothRight: 500, bothWrong: 500 });
    expect(firstOf(0.5, half).verdict).toBe('fail');
    expect(firstOf(0.5, half).reasons[0]).toMatchObject({
      rule: 'gate.min',
      unit: 'fraction',
      challenger: 0.5,
      samples: 1000,
    });
  });

  test.each<[string, number, number, Verdict]>([
    ['rounded to one place', 0.9, 862, 'pass'],
    ['rounded to one place, and less in truth', 0.9, 851, 'pass'],
    ['rounded to two', 0.86, 857, 'pass'],
    ['rounded up to what is asked for', 0.85, 849, 'fail'],
    ['of other rows', 0.9, 500, 'error'],
    ['of other rows, to two places', 0.91, 899, 'error'],
  ])('that were logged %s', (_, logged, right, expected) => {
    expect(firstOf(logged, pairs(0, 0, 1000, { bothRight: right, bothWrong: 1000 - right })).verdict).toBe(expected);
  });
});

describe('a first version with a bound', () => {
  const { n: _, ...uncounted } = evidence;
  const metrics = { accuracy: { challenger: 0.9 } };
  test.each<[string, Evidence, Verdict]>([
    ['of enough rows', { ...evidence, n: 30 }, 'pass'],
    ['of too few', { ...evidence, n: 29 }, 'inconclusive'],
    ['of one', { ...evidence, n: 1 }, 'inconclusive'],
    ['of who knows how many', uncounted, 'inconclusive'],
    ['of none', { ...evidence, n: 0 }, 'error'],
    ['of half a row', { ...evidence, n: 0.5 }, 'error'],
    ['of few predictions', { ...evidence, paired: pairs(0, 0, 20, { bothRight: 18, bothWrong: 2 }) }, 'inconclusive'],
  ])('%s', (__, given, expected) => {
    expect(judgeGate({ ...gate, min: 0.8 }, { ...given, metrics }, false).verdict).toBe(expected);
  }); // prettier-ignore

  test.each<[string, Partial<GatePolicy>, Verdict]>([
    ['on the good side alone', { max: 0.99 }, 'inconclusive'],
    ['on both', { min: 0.8, max: 0.99 }, 'pass'],
    ['below, of what is better low', { metric: 'size', better: 'lower', min: 1 }, 'inconclusive'],
    ['above, of what is better low', { metric: 'size', better: 'lower', max: 9 }, 'pass'],
  ])('%s', (__, policy, expected) => {
    expect(verdict(policy, { metrics: { ...metrics, size: { challenger: 5 } } }, false)).toBe(expected);
  });
});

describe('a first version without a bound on the primary metric', () => {
  const guarded = { guardrails: [{ metric: 'size', max: 100 }] };
  test.each<[string, Partial<GatePolicy>, number, Verdict, string[]]>([
    ['is for a person, whatever guardrails it keeps', guarded, 5, 'inconclusive', ['gate.max', 'gate.nothingToJudge']],
    ['fails where a guardrail does', guarded, 500, 'fail', ['gate.max', 'gate.nothingToJudge']],
    ['unlike one with a bound', { ...guarded, min: 0.8 }, 5, 'pass', ['gate.min', 'gate.max']],
  ])('%s', (_, policy, size, expected, rules) => {
    const metrics = { size: { challenger: size }, accuracy: { challenger: 0.9 } };
    const judged = judgeGate({ ...gate, ...policy }, { ...evidence, metrics }, false);
    expect([judged.verdict, judged.reasons.map(({ rule }) => rule)]).toEqual([expected, rules]);
  }); // prettier-ignore
});

describe('never a pass', () => {
  test.each<[string, Partial<GatePolicy>, Partial<Evidence>, boolean, Verdict]>([
    ['an empty gate without a champion', {}, { paired: pairs(0, 50) }, false, 'inconclusive'],
    ['no evidence at all', {}, {}, true, 'inconclusive'],
    ['a bound on a metric that was not logged', { min: 0.5 }, { paired: pairs(0, 50) }, true, 'error'],
    ['a bound on NaN (which is read as absent)', { min: 0.5 }, { metrics: { accuracy: {} } }, false, 'error'],
    ['faults beside a clear win', {}, { paired: pairs(0, 50), faults: ['n differs'] }, true, 'error'],
    ['predictions without rows', {}, { paired: { ...pairs(0, 0, 0) } }, true, 'error'],
    ['a metric that pairs cannot tell', { metric: 'auc' }, { paired: pairs(0, 50), metrics: { auc: { champion: 0.5, challenger: 0.9 } } }, true, 'inconclusive'],
    ['a guardrail that pairs cannot tell', { guardrails: [{ metric: 'brier', comparison: { better: 'lower', compare: 'nonInferior', margin: 0.01 } }] }, { paired: pairs(0, 50) }, true, 'inconclusive'],
    ['a metric named like a property of all objects', { metric: 'constructor' }, { paired: pairs(0, 50) }, true, 'inconclusive'],
  ])('%s', (_, policy, given, hasChampion, expected) => {
    expect(verdict(policy, given, hasChampion)).toBe(expected);
  }); // prettier-ignore
});
