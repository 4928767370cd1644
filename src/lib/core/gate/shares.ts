export type Direction = 'higher' | 'lower';

/**
 * Metrics that are a share of all n rows, and which way they count. Precision, recall, F1 and AUC are not among them:
 * they are counted over other rows than n says, or are no share at all.
 */
const SHARES: ReadonlyMap<string, Direction> = new Map([
  ['accuracy', 'higher'],
  ['errorRate', 'lower'],
  ['error_rate', 'lower'],
]);

export const shareNames: readonly string[] = [...SHARES.keys()];

/** Undefined: not a share of all rows, so that champion and challenger cannot be compared by it. */
export function directionOfShare(metric: string): Direction | undefined {
  return SHARES.get(metric);
}
