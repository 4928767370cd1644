import { comparePaired, compareUnpaired } from '../../src/lib/core/gate/compare.ts';
import { binomialUpperTail } from '../../src/lib/core/statistics/binomial.ts';
import { normalQuantile } from '../../src/lib/core/statistics/normal.ts';
import { randomOf, type Random } from './random.ts';
import { median, round, wilson } from './tally.ts';

/** How often a gate lets a challenger through that is better by `gain` (0: as good). */
export interface GateRow {
  readonly gate: string;
  readonly rows: number;
  readonly gain: number;
  /** Drawn; none: the probability is computed. */
  readonly evaluations: number;
  readonly promoted: number;
  /** Wilson, 95 %. */
  readonly interval: readonly [number, number];
}

interface Drawn {
  readonly n: number;
  readonly championOnly: number;
  readonly challengerOnly: number;
  readonly bothRight: number;
}

const ACCURACY = 0.9;
/** Share of the rows on which exactly one of the two is right. */
const DISCORDANT = 0.06;
const ROWS = 1000;
const GAINS = [0, 0.02];
const CONFIDENCE = 0.95;
const SUPERIOR = { metric: 'accuracy', better: 'higher', compare: 'superior', margin: 0 } as const;

/** counted: rows on which both are right change nothing, so all that can be drawn is gone through instead. */
const GATES: readonly { readonly name: string; readonly counted: boolean; readonly lets: (drawn: Drawn) => boolean }[] = [
  { name: 'Steward, paired', counted: true, lets: (drawn) => comparePaired(SUPERIOR, CONFIDENCE, pairedCounts(drawn)).verdict === 'pass' },
  { name: 'Steward, two accuracies', counted: false, lets: (drawn) => compareUnpaired(SUPERIOR, CONFIDENCE, accuracies(drawn), drawn.n).verdict === 'pass' },
  { name: 'higher accuracy wins', counted: true, lets: (drawn) => drawn.challengerOnly > drawn.championOnly },
  { name: 'higher by a point wins', counted: true, lets: (drawn) => drawn.challengerOnly - drawn.championOnly > 0.01 * drawn.n },
]; // prettier-ignore

export const STEWARDS_GATE = 'Steward, paired';

export function gateRows(seed: number, evaluations: number): GateRow[] {
  return GAINS.flatMap((gain) => {
    const random = randomOf(seed + Math.round(1000 * gain));
    const drawn = Array.from({ length: evaluations }, () => draw(random, gain));
    return GATES.map(({ name, counted, lets }) => {
      if (counted) return exactly(name, gain, round(probability(lets, gain)));
      const through = drawn.filter((each) => lets(each)).length;
      return { gate: name, rows: ROWS, gain, evaluations, promoted: round(through / evaluations), interval: wilson(through, evaluations) }; // prettier-ignore
    });
  });
}

function exactly(gate: string, gain: number, promoted: number): GateRow {
  return { gate, rows: ROWS, gain, evaluations: 0, promoted, interval: [promoted, promoted] };
}

/** Over all numbers of discordant rows, and of those on which the challenger is right. */
function probability(lets: (drawn: Drawn) => boolean, gain: number): number {
  const right = (DISCORDANT + gain) / 2 / DISCORDANT;
  let total = 0;
  for (let discordant = 0; discordant <= ROWS / 2; discordant += 1) {
    const likely = binomialAt(discordant, ROWS, DISCORDANT);
    if (likely < 1e-12) continue;
    for (let challengerOnly = 0; challengerOnly <= discordant; challengerOnly += 1) {
      const drawn = { n: ROWS, challengerOnly, championOnly: discordant - challengerOnly, bothRight: ROWS / 2 };
      if (lets(drawn)) total += likely * binomialAt(challengerOnly, discordant, right);
    }
  }
  return total;
}

function binomialAt(k: number, n: number, p: number): number {
  return binomialUpperTail(k, n, p) - binomialUpperTail(k + 1, n, p);
}

/** Of the discordant rows the challenger is right on more than half, so that its accuracy is higher by `gain`. */
function draw(random: Random, gain: number): Drawn {
  const discordant = random.binomial(ROWS, DISCORDANT);
  const challengerOnly = random.binomial(discordant, (DISCORDANT + gain) / 2 / DISCORDANT);
  const concordantRight = (ACCURACY - (DISCORDANT - gain) / 2) / (1 - DISCORDANT);
  const bothRight = random.binomial(ROWS - discordant, concordantRight);
  return { n: ROWS, challengerOnly, championOnly: discordant - challengerOnly, bothRight };
}

function pairedCounts({ n, championOnly, challengerOnly, bothRight }: Drawn) {
  const bothWrong = n - championOnly - challengerOnly - bothRight;
  return { n, championOnly, challengerOnly, bothRight, bothWrong, majority: n / 2, majorityLabel: 'yes' };
}

function accuracies({ n, championOnly, challengerOnly, bothRight }: Drawn) {
  return { champion: (bothRight + championOnly) / n, challenger: (bothRight + challengerOnly) / n };
}

/** Scores of two models on the same rows, apart by the rows' label. */
export interface Scored {
  readonly positive: readonly [Float64Array, Float64Array];
  readonly negative: readonly [Float64Array, Float64Array];
}

export interface AreaMethods {
  /** Both areas under the curve, and the standard error of their difference on the same rows. */
  readonly paired: (scored: Scored) => { readonly first: number; readonly second: number; readonly error: number };
  /** The standard error of an area of which only the numbers of rows are known. */
  readonly alone: (area: number, positives: number, negatives: number) => number;
}

/** Scores are normal with this mean for one label and its negative for the other: at 0 as accurate as above. */
const MEAN_SCORE = normalQuantile(ACCURACY);
/** Correlation of both models' scores within a label at which exactly one of them is right on as many rows as above. */
const CORRELATION = 0.9072;

/** How many times the rows two areas without predictions would need for as narrow an interval: median of some draws. */
export function effectiveSamples(seed: number, draws: number, { paired, alone }: AreaMethods): number {
  const random = randomOf(seed);
  const ratios = Array.from({ length: draws }, () => {
    const [positive, negative] = [scored(random, MEAN_SCORE), scored(random, -MEAN_SCORE)];
    const { first, second, error } = paired({ positive, negative });
    const apart = [first, second].reduce((sum, area) => sum + alone(area, ROWS / 2, ROWS / 2) ** 2, 0);
    return apart / error ** 2;
  });
  return round(median(ratios));
}

function scored(random: Random, mean: number): [Float64Array, Float64Array] {
  const common = Float64Array.from({ length: ROWS / 2 }, () => mean + Math.sqrt(CORRELATION) * random.normal());
  const own = () => common.map((score) => score + Math.sqrt(1 - CORRELATION) * random.normal());
  return [own(), own()];
}
