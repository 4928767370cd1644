import { normalQuantile } from '../../../src/lib/core/statistics/normal.ts';
import type { Method } from '../method.ts';

/** What many scripts do: an ordinary test of level 1 % after each minute, of everything so far, until one is significant. */
const CRITICAL = normalQuantile(0.99);
const MIN_MINUTES = 2;

export const naivePeeking: Method = {
  name: 'z-test each minute',
  undecided: 'promote',
  begin() {
    let [e1, n1, e0, n0] = [0, 0, 0, 0];
    let [pairs, sum, squares] = [0, 0, 0];
    return {
      look({ arms: { champion, challenger } }) {
        e1 += challenger?.errors ?? 0;
        n1 += challenger?.requests ?? 0;
        e0 += champion?.errors ?? 0;
        n0 += champion?.requests ?? 0;
        if (champion?.meanLatencyMs !== undefined && challenger?.meanLatencyMs !== undefined) {
          const ratio = Math.log(challenger.meanLatencyMs / champion.meanLatencyMs);
          pairs += 1;
          sum += ratio;
          squares += ratio ** 2;
        }
        const slow = pairs >= MIN_MINUTES && zOfMean(pairs, sum, squares) > CRITICAL;
        return slow || zOfProportions(e1, n1, e0, n0) > CRITICAL ? 'rollBack' : 'goOn';
      },
    };
  },
};

/** Pooled two-proportion z. */
export function zOfProportions(e1: number, n1: number, e0: number, n0: number): number {
  if (n1 === 0 || n0 === 0) return 0;
  const pooled = (e1 + e0) / (n1 + n0);
  const deviation = Math.sqrt(pooled * (1 - pooled) * (1 / n1 + 1 / n0));
  return deviation > 0 ? (e1 / n1 - e0 / n0) / deviation : 0;
}

function zOfMean(n: number, sum: number, squares: number): number {
  const variance = (squares - sum ** 2 / n) / (n - 1);
  return variance > 0 ? sum / n / Math.sqrt(variance / n) : 0;
}
