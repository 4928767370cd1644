/** How many versions were judged against a champion on one version of the evaluation data. */
export interface Holdout {
  /** `name:version`. */
  readonly data: string;
  readonly judged: number;
  /** The last of them, and the job that evaluated it: the same again is no further try. */
  readonly version: string;
  /** Absent where its training said how good it is, and in rows that an older version wrote. */
  readonly job?: string;
}

/** What is held against the champion. */
export type Try = Pick<Holdout, 'data' | 'version' | 'job'>;

const KEPT = 5;

/** The how manieth try on this data it is. */
export function tryOf(holdouts: readonly Holdout[] = [], { data, version, job }: Try): number {
  const known = holdouts.find((holdout) => holdout.data === data);
  if (known === undefined) return 1;
  const again = known.version === version && (known.job === undefined || known.job === job);
  return again ? known.judged : known.judged + 1;
}

/** Newest first. Twice is once. */
export function withTry(holdouts: readonly Holdout[] = [], one: Try): readonly Holdout[] {
  const judged = tryOf(holdouts, one);
  return [{ ...one, judged }, ...holdouts.filter(({ data }) => data !== one.data)].slice(0, KEPT);
}

/**
 * How sure the comparison must be at the k-th try on the same rows: chance may pass the first in 1 - confidence of all cases, and
 * the k-th in the k (k - 1)-th part of that, which for all that ever follow comes to as much once more. Otherwise 20
 * tries of equal models at 5 % pass one in 64 of 100 cases; so it stays below 10. With 6 / (pi^2 k^2), whose sum is 1, the first
 * try would have 3 % instead of 5, and a gain of 2 points at 1,000 rows would pass in 77 % of all cases instead of 83;
 * every later one would have less than here.
 */
export function confidenceAt(confidence: number, k: number): number {
  return k <= 1 ? confidence : 1 - (1 - confidence) / (k * (k - 1));
}

/** As many digits as what is missing to 100 % needs: at the hundredth try that is 0.001 %. */
export function shown(confidence: number): string {
  const missing = (1 - confidence) * 100;
  return `${Number((confidence * 100).toFixed(Math.max(1, 2 - Math.ceil(Math.log10(missing)))))} %`;
}
