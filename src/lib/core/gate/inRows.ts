import type { Compared, Evidence } from './evidence.ts';
import type { Direction, Metric } from './metrics.ts';

/** As the metric counts. */
export interface Values {
  readonly champion: number;
  readonly challenger: number;
}

/** What the predictions say of a metric, where there are any. */
export function foundInRows({ kind }: Metric, name: string, { compared, paired }: Evidence): Compared | undefined {
  return compared?.[name] ?? (paired && kind === 'share' ? { right: paired } : undefined);
}

export function valuesOf(found: Exclude<Compared, { why: string }>, better: Direction): Values {
  if ('estimate' in found) return found.estimate;
  const { n, bothRight, championOnly, challengerOnly } = found.right;
  const [champion, challenger] = [(bothRight + championOnly) / n, (bothRight + challengerOnly) / n];
  return better === 'higher' ? { champion, challenger } : { champion: 1 - champion, challenger: 1 - challenger };
}

export function rowsOf(found: Exclude<Compared, { why: string }>): number {
  return 'estimate' in found ? found.estimate.n : found.right.n;
}

/** Metrics are logged rounded. */
export function near(one: number, other: number, times = 1): boolean {
  return Math.abs(one - other) <= times * 0.001 * Math.max(1, Math.abs(one));
}

/** The same but for rounding, however few places were kept. */
export function agrees(logged: number, found: number): boolean {
  const places = /\.(\d+)$/.exec(String(logged))?.[1]?.length ?? 0;
  return near(logged, found) || (places > 0 && Math.abs(logged - found) <= 0.5000001 * 10 ** -places);
}

export function within({ least, most }: Pick<Metric, 'least' | 'most'>, value: number): boolean {
  return value >= least && value <= most;
}

export function impossible({ least, most }: Metric, name: string, who: string, value: number): string {
  const range = most === Number.POSITIVE_INFINITY ? `${least} or more` : most === 1 ? 'a share between 0 and 1' : `a value between ${least} and ${most}`; // prettier-ignore
  return `${name} of the ${who} is ${value}, expected ${range}.`;
}

/** A share times n need not be a whole number: metrics are logged rounded, or as means over batches. */
export function isCount(n: number): boolean {
  return Number.isSafeInteger(n) && n > 0;
}
