import { judgeCanary } from '../../src/lib/core/canary/judge.ts';
import type { CanaryState } from '../../src/lib/core/canary/state.ts';
import type { CanaryPolicy } from '../../src/lib/core/policy/policy.ts';
import type { Method } from './method.ts';

const MINUTE_MS = 60_000;
/** The product takes the next step when the bake is over and the verdict is pass; its default bake. */
const BAKE_MINUTES = 10;

/**
 * The product's own judge, called as its step does each minute. One stretch, so that the whole alpha is the step's; settle is 0,
 * so that every method sees the same minutes (in live traffic all wait alike for minutes that are still being counted).
 */
export const steward: Method = {
  name: 'Steward',
  undecided: 'held',
  begin({ alpha, limits, startedAt }) {
    const policy: CanaryPolicy = { ...limits, maxFalseRollback: alpha, minRequests: 100, settleMs: 0, traffic: 'metrics', limits: {} }; // prettier-ignore
    let state: CanaryState | undefined;
    let looks = 0;
    return {
      look(minute) {
        looks += 1;
        const judged = judgeCanary({
          ...(state && { state }),
          minutes: [minute],
          challenger: 'challenger',
          against: { deployment: 'champion' },
          since: startedAt,
          now: new Date(startedAt.getTime() + looks * MINUTE_MS),
          policy,
          stretches: 1,
        });
        state = judged.state;
        if (judged.verdict === 'fail') return 'rollBack';
        return judged.verdict === 'pass' && looks >= BAKE_MINUTES ? 'promote' : 'goOn';
      },
    };
  },
};
