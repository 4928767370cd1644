import { aucDifference } from '../../src/lib/core/statistics/auc.ts';
import { aucError } from '../../src/lib/core/statistics/hanleyMcNeil.ts';
import { effectiveSamples, gateRows, type GateRow } from './gate.ts';
import { ALPHA, seedOf } from './outcome.ts';
import { EVERYTHING, runAll, type Asked, type Batch } from './run.ts';
import {
  bandsOf,
  summaryOf,
  undecidedOf,
  withGate,
  type BandSummary,
  type StewardSummary,
  type Summary,
} from './summary.ts';
import { bandRowsOf, rowsOf, type Row } from './tally.ts';

/** All that the document shows; what `bench/results/decisions.json` holds. */
export interface Results {
  readonly purpose: Asked['purpose'];
  readonly alpha: number;
  /** Releases per scenario and parameter set. */
  readonly plans: number;
  /** First and last seed of each set: services, then one range per scenario, ten million apart. */
  readonly seeds: Readonly<Record<string, readonly [number, number]>>;
  readonly summary: StewardSummary;
  readonly peers: Readonly<Record<string, Summary>>;
  readonly bands: readonly BandSummary[];
  readonly gate: readonly GateRow[];
  /** What became of each scenario's first releases under the judge: an unchanged judge does the same again. */
  readonly firsts: Readonly<Record<string, string>>;
  readonly rows: readonly Row[];
  readonly bandRows: readonly Row[];
}

export const FIRSTS = 10;
export const JUDGE = 'Steward';
const ASKED_FIRST = 'Steward, asked first';
const GATE_SEED = 500_000_000;
const EVALUATIONS_PER_PLAN = 4;
const AREAS = 200;

export async function resultsOf(asked: Asked, threads: number): Promise<Results> {
  const batches: Batch[] = await runAll(asked, threads);
  const methods = EVERYTHING.methods.filter((name) => asked.methods.includes(name));
  const rows = rowsOf(batches, methods);
  const gate = gateRows(asked.purpose === 'judging' ? GATE_SEED : 2 * GATE_SEED, EVALUATIONS_PER_PLAN * asked.plans);
  return {
    purpose: asked.purpose,
    alpha: ALPHA,
    plans: asked.plans,
    seeds: Object.fromEntries(asked.sets.map((set) => [set, [seedOf(asked.purpose, set, asked.from), seedOf(asked.purpose, set, asked.from + asked.plans - 1)]])),
    summary: withGate({ ...summaryOf(JUDGE, rows, batches, ASKED_FIRST), ...undecided(rows) }, gate, effectiveSamples(GATE_SEED, Math.min(AREAS, asked.plans), { paired: aucDifference, alone: aucError })),
    peers: Object.fromEntries(methods.filter((name) => name !== JUDGE).map((name) => [name, summaryOf(name, rows, batches)])),
    bands: bandsOf(batches, methods.indexOf(ASKED_FIRST)),
    gate,
    firsts: firstsOf(batches, methods.indexOf(JUDGE)),
    rows,
    bandRows: bandRowsOf(batches, methods),
  }; // prettier-ignore
}

function undecided(rows: readonly Row[]): Partial<StewardSummary> {
  const [healthy, noisy] = ['healthy', 'noisy'].map((scenario) => undecidedOf(ASKED_FIRST, rows, scenario));
  return {
    ...(healthy !== undefined && { undecidedHealthy: healthy }),
    ...(noisy !== undefined && { undecidedNoisy: noisy }),
  };
}

export function firstsOf(batches: readonly Batch[], method: number): Record<string, string> {
  const told = ({ outcomes }: Batch['trials'][number]) => `${outcomes[method]?.end} ${outcomes[method]?.minutes}`;
  return Object.fromEntries(batches.map(({ set, scenario, trials }) => [`${set} ${scenario}`, trials.slice(0, FIRSTS).map(told).join(', ')])); // prettier-ignore
}
