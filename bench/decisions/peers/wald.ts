import type { Method, Plan } from '../method.ts';

/** How often the oracle may promote a bad release. */
export const BETA = 0.05;

/**
 * Wald's sequential probability ratio test, told the champion's true error rate and what the challenger's would be if it
 * were bad: of all tests with the same two error probabilities it needs the fewest requests on average under both (Wald and
 * Wolfowitz 1948). No method can know what it is told; it is the limit, not a rival.
 */
export const oracle: Method = {
  name: 'oracle (SPRT)',
  undecided: 'held',
  judges: ({ badError }) => badError !== undefined,
  begin({ alpha }: Plan, { baseError, badError = baseError }) {
    const perError = Math.log(badError / baseError);
    const perSuccess = Math.log((1 - badError) / (1 - baseError));
    const [reject, accept] = [Math.log((1 - BETA) / alpha), Math.log(BETA / (1 - alpha))];
    let evidence = 0;
    return {
      look({ arms: { challenger } }) {
        const { errors, requests } = challenger ?? { errors: 0, requests: 0 };
        evidence += errors * perError + (requests - errors) * perSuccess;
        if (evidence >= reject) return 'rollBack';
        return evidence <= accept ? 'promote' : 'goOn';
      },
    };
  },
};

/** Expected requests of the test until it decides, by Wald's formulas: under a bad challenger, and under a good one. */
export function expectedRequests(p0: number, p1: number, alpha: number, beta = BETA): { bad: number; good: number } {
  const bad = (1 - beta) * Math.log((1 - beta) / alpha) + beta * Math.log(beta / (1 - alpha));
  const good = (1 - alpha) * Math.log((1 - alpha) / beta) + alpha * Math.log(alpha / (1 - beta));
  return { bad: bad / divergence(p1, p0), good: good / divergence(p0, p1) };
}

function divergence(p: number, q: number): number {
  return p * Math.log(p / q) + (1 - p) * Math.log((1 - p) / (1 - q));
}
