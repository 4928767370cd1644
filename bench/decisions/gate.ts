import { comparePaired, compareUnpaired } from '../../src/lib/core/gate/compare.ts';
import { randomOf, type Random } from './random.ts';
import { median, round, wilson } from './tally.ts';

/** How often a gate lets a challenger through that is better by `gain` (0: as good). */
export interface GateRow {
  readonly gate: string;
  readonly rows: number;
  readonly gain: number;
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

const GATES: readonly { readonly name: string; readonly lets: (drawn: Drawn) => boolean }[] = [
  { name: 'Steward, paired', lets: (drawn) => comparePaired(SUPERIOR, CONFIDENCE, pairedCounts(drawn)).verdict === 'pass' },
  { name: 'Steward, two accuracies', lets: (drawn) => compareUnpaired(SUPERIOR, CONFIDENCE, accuracies(drawn), drawn.n).verdict === 'pass' },
  { name: 'higher accuracy wins', lets: (drawn) => drawn.challengerOnly > drawn.championOnly },
  { name: 'higher by a point wins', lets: (drawn) => drawn.challengerOnly - drawn.championOnly > 0.01 * drawn.n },
]; // prettier-ignore

export const STEWARDS_GATE = 'Steward, paired';

export function gateRows(seed: number, evaluations: number): GateRow[] {
  return GAINS.flatMap((gain) => {
    const random = randomOf(seed + Math.round(1000 * gain));
    const drawn = Array.from({ length: evaluations }, () => draw(random, gain));
    return GATES.map(({ name, lets }) => {
      const through = drawn.filter((each) => lets(each)).length;
      return { gate: name, rows: ROWS, gain, evaluations, promoted: round(through / evaluations), interval: wilson(through, evaluations) }; // prettier-ignore
    });
  });
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

/** Variances and covariance of two areas under the curve on the same rows. */
export type DeLong = (
  labels: readonly boolean[],
  champion: readonly number[],
  challenger: readonly number[],
) => { readonly champion: number; readonly challenger: number; readonly covariance: number };

/** Of what both models see in a row, the part that is the same. */
const COMMON = 0.85;
const POSITIVE = 0.3;

/** How many times the rows two areas without predictions would need for an interval as narrow as that of the pairs: median of some draws. */
export function effectiveSamples(seed: number, draws: number, deLong: DeLong): number {
  const random = randomOf(seed);
  const ratios = Array.from({ length: draws }, () => {
    const labels = Array.from({ length: ROWS }, () => random.uniform() < POSITIVE);
    const common = labels.map((label) => (label ? 2 : 0) + Math.sqrt(COMMON) * random.normal());
    const scores = () => common.map((score) => score + Math.sqrt(1 - COMMON) * random.normal());
    const { champion, challenger, covariance } = deLong(labels, scores(), scores());
    return (champion + challenger) / (champion + challenger - 2 * covariance);
  });
  return round(median(ratios));
}
