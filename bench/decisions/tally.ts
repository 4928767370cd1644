import { normalQuantile } from '../../src/lib/core/statistics/normal.ts';
import type { Outcome, Trial } from './outcome.ts';
import type { Batch } from './run.ts';
import { SCENARIOS, type ParameterSet, type Scenario } from './scenarios.ts';

/** What a method did with the plans of one scenario. Shares are fractions of the judged plans; wrong = rolled back though it was good, or promoted though it was bad. */
export interface Row {
  readonly method: string;
  readonly scenario: string;
  readonly set: ParameterSet;
  readonly kind: Scenario['kind'];
  /** Requests a minute from..to; absent: all. */
  readonly traffic?: readonly [number, number];
  readonly plans: number;
  readonly refused: number;
  readonly rolledBack: number;
  readonly promoted: number;
  readonly held: number;
  readonly wrong: number;
  /** Wilson, 95 %. */
  readonly interval: readonly [number, number];
  readonly medianExposed: number;
  readonly medianFailed: number;
  /** Of those that were; absent: none was. */
  readonly medianMinutesToRollBack?: number;
  readonly medianMinutesToPromote?: number;
}

export const BANDS: readonly (readonly [number, number])[] = [[1, 3], [3, 10], [10, 30], [30, 100], [100, 300], [300, 1000], [1000, 6000]]; // prettier-ignore

export function rowsOf(batches: readonly Batch[], methods: readonly string[]): Row[] {
  return batches.flatMap(({ set, scenario, trials }) =>
    methods.flatMap((method, index) => row(method, set, scenario, trials, index) ?? []),
  );
}

/** Those that the curves show. */
const BANDED = ['healthy', 'err2x', 'lat30'];

export function bandRowsOf(batches: readonly Batch[], methods: readonly string[]): Row[] {
  return batches
    .filter(({ set, scenario }) => set === 'random' && BANDED.includes(scenario))
    .flatMap(({ set, scenario, trials }) =>
      methods.flatMap((method, index) =>
        BANDS.flatMap((traffic) => {
          const found = row(method, set, scenario, inBand(trials, traffic), index);
          return found ? { ...found, traffic } : [];
        }),
      ),
    );
}

export function inBand(trials: readonly Trial[], [from, to]: readonly [number, number]): Trial[] {
  return trials.filter(({ requestsPerMinute }) => requestsPerMinute >= from && requestsPerMinute < to);
}

function row(
  method: string,
  set: ParameterSet,
  scenario: string,
  trials: readonly Trial[],
  index: number,
): Row | undefined {
  const kind = SCENARIOS.find(({ name }) => name === scenario)?.kind ?? 'ok';
  const outcomes = trials.flatMap(({ outcomes }) => outcomes[index] ?? []).filter(({ end }) => end !== 'notJudged');
  if (outcomes.length === 0) return undefined;
  const judged = outcomes.filter(({ end }) => end !== 'refused');
  const ended = (end: Outcome['end']) => judged.filter((outcome) => outcome.end === end);
  const wrong = ended(kind === 'bad' ? 'promoted' : 'rolledBack').length;
  const [back, promoted] = [ended('rolledBack'), ended('promoted')];
  const n = Math.max(1, judged.length);
  return {
    method, scenario, set, kind,
    plans: outcomes.length,
    refused: outcomes.length - judged.length,
    rolledBack: round(back.length / n),
    promoted: round(promoted.length / n),
    held: round(ended('held').length / n),
    wrong: round(wrong / n),
    interval: wilson(wrong, judged.length),
    // Where all were refused nobody met anything.
    medianExposed: judged.length === 0 ? 0 : median(judged.map(({ exposed }) => exposed)),
    medianFailed: judged.length === 0 ? 0 : median(judged.map(({ failed }) => failed)),
    ...(back.length > 0 && { medianMinutesToRollBack: median(back.map(({ minutes }) => minutes)) }),
    ...(promoted.length > 0 && { medianMinutesToPromote: median(promoted.map(({ minutes }) => minutes)) }),
  }; // prettier-ignore
}

export function wilson(k: number, n: number, confidence = 0.95): readonly [number, number] {
  if (n === 0) return [0, 1];
  const z = normalQuantile(1 - (1 - confidence) / 2);
  const middle = (k + z ** 2 / 2) / (n + z ** 2);
  const half = (z / (n + z ** 2)) * Math.sqrt((k * (n - k)) / n + z ** 2 / 4);
  return [round(k === 0 ? 0 : middle - half), round(k === n ? 1 : middle + half)];
}

export function median(values: readonly number[]): number {
  if (values.length === 0) return NaN;
  const sorted = Float64Array.from(values).toSorted();
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? NaN)
    : ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2;
}

export function round(value: number): number {
  return Number(value.toPrecision(5));
}
