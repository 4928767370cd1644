import type { Trial } from './outcome.ts';
import { STEWARDS_GATE, type GateRow } from './gate.ts';
import type { Batch } from './run.ts';
import { BANDS, inBand, median, round, type Row } from './tally.ts';

/** What the goals are about. Shares are fractions, the worst over both parameter sets; absent: there is no such figure. */
export interface Summary {
  readonly worstFalseRollback?: number;
  readonly missTwice?: number;
  /** Worst of err5x, hardfail, lat30 and leak. */
  readonly missHard?: number;
  readonly missNoisyTwice?: number;
  readonly missLowFail?: number;
  /** Geometric mean of median exposed requests / the oracle's, over err2x, err5x, hardfail, low_fail of the named set. */
  readonly exposureRatio?: number;
  /** Median minutes to promote healthy / Wald's expected minutes, named set. */
  readonly promoteRatio?: number;
}

export interface StewardSummary extends Summary {
  /** Worst of both sets, of what pre-flight took on. */
  readonly undecidedHealthy?: number;
  readonly undecidedNoisy?: number;
  readonly gateFalse?: number;
  readonly gatePower?: number;
  /** Effective samples of paired predictions against two areas alone. */
  readonly gateEffective?: number;
}

const OK = ['healthy', 'noisy', 'bluefail', 'warmup', 'low_ok'];
const HARD = ['err5x', 'hardfail', 'lat30', 'leak'];
const BY_ERRORS = ['err2x', 'err5x', 'hardfail', 'low_fail'];

export const ORACLE = 'oracle (SPRT)';

/** `also`: another name of the same method, such as where pre-flight was asked first; the worse of both counts. */
export function summaryOf(method: string, rows: readonly Row[], batches: readonly Batch[], also = method): Summary {
  const worst = (scenarios: readonly string[]) => {
    const shares = rows.filter(
      (row) =>
        (row.method === method || (row.method === also && enough(row))) &&
        scenarios.includes(row.scenario) &&
        row.plans > row.refused,
    );
    return shares.length > 0 ? Math.max(...shares.map(({ wrong }) => wrong)) : undefined;
  };
  return defined({
    worstFalseRollback: worst(OK),
    missTwice: worst(['err2x']),
    missHard: worst(HARD),
    missNoisyTwice: worst(['noisy2x']),
    missLowFail: worst(['low_fail']),
    exposureRatio: exposureRatio(method, rows),
    promoteRatio: promoteRatio(method, rows, batches),
  });
}

/** Of what pre-flight takes on only rows with so many plans count: one of 25 is 4 % by chance. */
const ENOUGH = 100;

function enough({ plans, refused }: Row): boolean {
  return plans - refused >= ENOUGH;
}

/** Share of the plans that pre-flight took on of which the judge says nothing by the horizon, though they are good. */
export function undecidedOf(method: string, rows: readonly Row[], scenario: string): number | undefined {
  const shares = rows
    .filter((row) => row.method === method && row.scenario === scenario && enough(row))
    .map(({ held }) => held);
  return shares.length > 0 ? round(Math.max(...shares)) : undefined;
}

export function withGate(summary: Summary, gates: readonly GateRow[], gateEffective?: number): StewardSummary {
  const passedAt = (gain: number) => gates.find((row) => row.gate === STEWARDS_GATE && row.gain === gain)?.promoted;
  return defined({ ...summary, gateFalse: passedAt(0), gatePower: passedAt(0.02), gateEffective });
}

function exposureRatio(method: string, rows: readonly Row[]): number | undefined {
  const logs = BY_ERRORS.map((scenario) => {
    const of = (name: string) => named(rows, name, scenario)?.medianExposed ?? NaN;
    return Math.log(of(method) / of(ORACLE));
  });
  const mean = logs.reduce((sum, log) => sum + log, 0) / logs.length;
  return Number.isFinite(mean) ? round(Math.exp(mean)) : undefined;
}

function promoteRatio(method: string, rows: readonly Row[], batches: readonly Batch[]): number | undefined {
  const row = named(rows, method, 'healthy');
  const wald = batches.find(({ set, scenario }) => set === 'named' && scenario === 'healthy')?.trials[0]?.wald.good;
  if (row?.medianMinutesToPromote === undefined || wald === undefined || row.promoted < 0.5) return undefined;
  return round(row.medianMinutesToPromote / wald);
}

function named(rows: readonly Row[], method: string, scenario: string): Row | undefined {
  return rows.find((row) => row.set === 'named' && row.method === method && row.scenario === scenario);
}

/** By traffic, over the random set's healthy plans: what could be decided at all, and how fast it was. */
export interface BandSummary {
  readonly traffic: readonly [number, number];
  readonly plans: number;
  /** Share that Wald's oracle needs longer for than the horizon, on average, to tell twice the errors from none more. */
  readonly beyondOracle: number;
  /** Share that the judge's pre-flight refused, and those of them that the oracle could have decided. */
  readonly refused: number;
  readonly refusedNeedlessly: number;
  /** Median of minutes to promote / Wald's minutes, of plans within the oracle's reach; what was not promoted counts with its horizon. Absent: none within reach, or fewer than half promoted. */
  readonly promoteRatio?: number;
}

export function bandsOf(batches: readonly Batch[], method: number): BandSummary[] {
  const trials = batches.find(({ set, scenario }) => set === 'random' && scenario === 'healthy')?.trials ?? [];
  return BANDS.flatMap((traffic) => {
    const inside = inBand(trials, traffic);
    if (inside.length === 0) return [];
    const share = (found: readonly Trial[]) => round(found.length / inside.length);
    const refused = inside.filter(({ outcomes }) => outcomes[method]?.end === 'refused');
    return {
      traffic,
      plans: inside.length,
      beyondOracle: share(inside.filter((trial) => beyondOracle(trial))),
      refused: share(refused),
      refusedNeedlessly: share(refused.filter((trial) => !beyondOracle(trial))),
      ...defined({ promoteRatio: typicalRatio(inside.filter((trial) => !beyondOracle(trial)), method) }),
    }; // prettier-ignore
  });
}

function beyondOracle({ wald, horizonMinutes }: Trial): boolean {
  return Math.max(wald.bad, wald.good) > horizonMinutes;
}

function typicalRatio(trials: readonly Trial[], method: number): number | undefined {
  const judged = trials.filter(({ outcomes }) => outcomes[method] !== undefined && outcomes[method].end !== 'refused');
  const promoted = judged.filter(({ outcomes }) => outcomes[method]?.end === 'promoted');
  if (judged.length === 0 || promoted.length < judged.length / 2) return undefined;
  // A minute is the grain: the oracle cannot be faster than one either.
  return round(median(judged.map(({ outcomes, wald }) => (outcomes[method]?.minutes ?? 0) / Math.max(1, wald.good))));
}

function defined<T extends object>(values: { [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as T;
}
