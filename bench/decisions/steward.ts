import { baselineOf } from '../../src/lib/core/canary/baseline.ts';
import { judgeCanary } from '../../src/lib/core/canary/judge.ts';
import { preflight } from '../../src/lib/core/canary/preflight.ts';
import type { CanaryState } from '../../src/lib/core/canary/state.ts';
import type { CanaryPolicy } from '../../src/lib/core/policy/policy.ts';
import type { Method, Plan } from './method.ts';

const MINUTE_MS = 60_000;
/** As where a policy says nothing else. */
const USUAL = { negligible: 0.002, minRequests: 100, traffic: 'metrics', limits: {} } as const;

/**
 * The product's own judge, called as its step does each minute. One stretch, so that the whole alpha is the step's; settle is 0,
 * so that every method sees the same minutes (in live traffic all wait alike for minutes that are still being counted).
 */
export const steward: Method = {
  name: 'Steward',
  undecided: 'held',
  begin(plan) {
    const policy = policyOf(plan);
    const before = beforeOf(plan);
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
          before,
          since: plan.startedAt,
          now: new Date(plan.startedAt.getTime() + looks * MINUTE_MS),
          policy,
          stretches: 1,
        });
        state = judged.state;
        return judged.verdict === 'fail' ? 'rollBack' : judged.verdict === 'pass' ? 'promote' : 'goOn';
      },
    };
  },
};

/** The same where pre-flight is asked first, as the product does: with the horizon for a deadline. */
export const stewardAskedFirst: Method = {
  ...steward,
  name: 'Steward, asked first',
  preflight(plan) {
    const rollout = { stepsPercent: [100 * plan.weight, 100], bakeMs: 0, deadlineMs: plan.horizonMinutes * MINUTE_MS, canary: policyOf(plan) };
    const refused = preflight(beforeOf(plan), rollout, 1)?.refused;
    return refused === undefined ? 'accepted' : { refused };
  },
}; // prettier-ignore

function policyOf({ alpha, limits }: Plan): CanaryPolicy {
  return { ...USUAL, ...limits, maxFalseRollback: alpha, settleMs: 0 };
}

function beforeOf({ history }: Plan) {
  return baselineOf(history, 'champion');
}
