import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  high,
  kayentaEveryTen,
  kayentaOnce,
  shift,
  standardised,
} from '../../../../../bench/decisions/peers/kayenta.ts';
import { arm, minute, watched } from '../given.ts';

const sorted = (values: readonly number[]) => Float64Array.from(values).toSorted();

/** MannWhitneySuite.scala@39364a8, "tie out with R version": 95 %, R says -0.500002521696696 to -3.486287505871302e-5. */
const CONTROL = sorted([1.5, 6.0, 5.0, 2.5, 2.5, 2.0, 2.0, 3.5, 3.0, 3.0, 3.0, 2.0, 3.0, 8.0, 4.0, 2.5, 3.0, 2.5, 2.5, 2.0, 2.5, 2.0, 2.0, 2.5, 3.5, 3.0, 1.5, 5.0, 2.5, 5.5, 2.0, 2.5, 3.5, 2.0, 2.5, 4.0, 2.0, 2.0, 2.0, 2.0, 5.5, 4.5, 4.0, 3.0, 3.0, 3.5, 2.5, 3.0, 2.5, 4.0, 6.0, 2.0, 5.0, 6.0, 3.5, 3.0, 54.5, 3.0, 5.0, 6.0, 3.5, 4.5, 2.5, 2.0, 6.0, 5.0, 2.5, 3.5, 2.0, 3.0, 2.5, 3.5, 3.5, 2.5, 3.0, 4.5, 3.0, 15.5, 5.0, 2.5, 3.0, 4.0, 3.5, 4.0, 4.0, 2.0, 4.5, 2.5, 4.0, 3.0]); // prettier-ignore
const EXPERIMENT = sorted([2.5, 2.5, 2.0, 2.5, 3.5, 2.0, 3.5, 1.5, 3.0, 3.0, 2.5, 3.5, 2.0, 2.5, 2.0, 2.0, 5.0, 3.0, 2.0, 1.5, 2.0, 4.0, 3.0, 2.5, 3.0, 2.0, 2.0, 2.0, 2.5, 3.5, 1.5, 1.5, 3.5, 2.0, 2.5, 2.5, 3.0, 3.5, 2.5, 6.5, 2.5, 4.0, 2.5, 3.0, 2.5, 6.5, 2.5, 3.0, 1.5, 2.0, 2.5, 3.0, 7.5, 1.5, 2.0, 4.0, 2.5, 2.0, 2.5, 3.5, 4.0, 2.5, 3.0, 2.5, 2.0, 3.5, 3.0, 16.5, 3.0, 3.0, 7.0, 4.5, 5.0, 2.0, 3.5, 6.0, 1.5, 3.0, 2.5, 4.0, 3.0, 1.5, 5.0, 3.0, 2.5, 5.5, 3.0, 1.5, 2.5, 6.0]); // prettier-ignore

test('the confidence interval of the shift is that of R, with ties', () => {
  const { low, high } = shift(EXPERIMENT, CONTROL, 0.95);
  // A root finder stops beside a step of the rank sum: the step itself is at -0.5 and at 0.
  expect(low).toBeCloseTo(-0.500002521696696, 4);
  expect(high).toBeCloseTo(-3.486287505871302e-5, 4);
});

/** ClassifierSuite.scala@39c1d8a: fraction 0.10, confidence 0.95. */
const PASS = [9.7767343120109462, 10.587071850477695, 7.8375506388901766, 9.3243326886113884, 8.3774505409784421, 8.9359264399606282, 8.2707663324728511, 9.7484308126716925, 11.623746715547156, 9.2753442679633942, 8.1538047749171518, 10.562020975754294, 13.498135575451835, 11.054419256110332, 6.9538903590055092, 12.521008342195479, 9.0216358603546443, 4.9234856699531662, 11.251360203607172, 11.598449508040337, 8.435232204668182, 11.110228516867279, 10.70063380164755, 8.9212773652115249, 10.086167067942661, 11.42107515483087, 9.3792347813644952, 7.7980320148552593, 10.62339807275746, 11.909642062063739]; // prettier-ignore
const HIGH = [20.878412601720026, 21.78550581191622, 19.70828084717019, 15.859946903461562, 19.510058772176841, 19.392005525270303, 22.926528314912101, 17.156530276709894, 18.655117916226171, 23.422607911610392, 24.055817684156644, 22.62689958516501, 21.979472967817678, 21.659318607218694, 20.067707574072426, 22.119570836305414, 16.44037132663307, 21.559622826341268, 21.000181443489218, 17.779369411412663, 17.806006358943584, 18.537200618386109, 20.555550300210797, 19.552928184468378, 21.771118944087092, 21.809622806176627, 20.961762909905271, 20.977571577503021, 19.106303205498794, 16.976918966987078]; // prettier-ignore
const BASELINE = [11.1453586774086, 9.9618059885597017, 7.068574306369829, 7.3012661810483657, 9.7944630265656727, 9.6037918603687302, 6.1867793350339388, 12.345599159550174, 10.371891733859533, 8.6094300785016724, 9.913162673361084, 10.361375299003466, 14.206800387518818, 10.946153754753301, 10.215876627044048, 11.739760899484603, 10.907627468626439, 12.823353694464775, 8.1018609771732137, 8.4981616408804932, 12.113441374697231, 13.272210809932028, 10.114579381663297, 6.9463958767978067, 6.2105278541727778, 10.160401684903775, 8.3457712066455461, 8.383822063895833, 7.0020205070083765, 10.755757401808442]; // prettier-ignore

test('the classifier calls High and Pass what its own suite does', () => {
  expect(high(sorted(HIGH), sorted(BASELINE), 0.95, 0.1)).toBe(true);
  expect(high(sorted(PASS), sorted(BASELINE), 0.95, 0.1)).toBe(false);
  expect(high(sorted(BASELINE), sorted(HIGH), 0.95, 0.1)).toBe(false);
  expect(high(sorted([]), sorted(BASELINE))).toBe(false);
});

/** Small numbers, so that there are ties. */
const some = fc.array(fc.integer({ min: 0, max: 12 }), { minLength: 2, maxLength: 25 });

/** Pair by pair, and tie by tie. */
function byDefinition(x: readonly number[], y: readonly number[], mu: number): number {
  const wins = x
    .flatMap((a) => y.map((b) => (a - mu > b ? 1 : a - mu === b ? 0.5 : 0) as number))
    .reduce((sum, win) => sum + win, 0);
  const all = [...x.map((a) => a - mu), ...y];
  const tied = [...new Set(all)]
    .map((value) => all.filter((other) => other === value).length)
    .reduce((sum, same) => sum + same ** 3 - same, 0);
  const centred = wins - (x.length * y.length) / 2;
  const deviation = Math.sqrt(((x.length * y.length) / 12) * (all.length + 1 - tied / (all.length * (all.length - 1))));
  return deviation > 0 ? (centred - Math.sign(centred) / 2) / deviation : 0;
}

test('the rank sum is that of its definition, ties and all', () => {
  fc.assert(
    fc.property(some, some, fc.integer({ min: -4, max: 4 }), (x, y, mu) => {
      expect(standardised(sorted(x), sorted(y), mu)).toBeCloseTo(byDefinition(x, y, mu), 9);
    }),
  );
});

test('the estimate is where the pairs part in two halves, and the ends of the interval enclose it', () => {
  const value = fc.double({ min: -100, max: 100, noNaN: true });
  const values = fc.uniqueArray(value, { minLength: 4, maxLength: 20 });
  fc.assert(
    fc.property(values, values, (x, y) => {
      const { low, high, estimate } = shift(sorted(x), sorted(y), 0.95);
      const differences = x.flatMap((a) => y.map((b) => a - b));
      const within = 1e-6;
      // Half a pair is the correction for continuity.
      expect(differences.filter((each) => each < estimate - within).length).toBeLessThanOrEqual(differences.length / 2 + 0.5);
      expect(differences.filter((each) => each > estimate + within).length).toBeLessThanOrEqual(differences.length / 2 + 0.5);
      expect(low).toBeLessThanOrEqual(estimate + within);
      expect(high).toBeGreaterThanOrEqual(estimate - within);
    }),
  );
}); // prettier-ignore

const worse = (i: number) => minute(arm({ errors: 5 + (i % 3) }), arm({ errors: i % 3 }));

test('one run at the horizon, or one every ten minutes', () => {
  expect(watched(kayentaOnce, worse)).toEqual({ decision: 'rollBack', after: 60 });
  expect(watched(kayentaEveryTen, worse)).toEqual({ decision: 'rollBack', after: 10 });
  expect(watched(kayentaEveryTen, (i) => minute(arm({ errors: i % 3 }), arm({ errors: (i + 1) % 3 }))).decision).toBe('goOn');
}); // prettier-ignore
