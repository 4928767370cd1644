import type { MeasuredArm, Method } from '../method.ts';

/**
 * Argo Rollouts, the background analysis of its documentation: every five minutes the success rate of the last five must be
 * 95 % or more; failed when more than `failureLimit` measurements were not. 0/0 is NaN, which meets no condition and so is a
 * failed measurement; before the first request there is no series and the measurement errs, which more than
 * `consecutiveErrorLimit` times in sequence aborts too. The query is taken as the rate over all five minutes, which is kinder
 * than `irate` (its last two scrapes).
 *
 * argoproj/argo-rollouts: docs/features/analysis.md@010ad55 (the example), analysis/analysis.go@045c1cf
 * (`result.Failed > metric.FailureLimit`, `DefaultConsecutiveErrorLimit` 4), metricproviders/prometheus/prometheus.go@070bf61.
 */
export interface ArgoSpec {
  readonly intervalMinutes: number;
  readonly minSuccess: number;
  readonly failureLimit: number;
  readonly consecutiveErrorLimit: number;
}

export const DOCUMENTED: ArgoSpec = { intervalMinutes: 5, minSuccess: 0.95, failureLimit: 3, consecutiveErrorLimit: 4 };

export function argo(name: string, spec: ArgoSpec): Method {
  return {
    name,
    undecided: 'promote',
    begin() {
      let window: (MeasuredArm | undefined)[] = [];
      let [failed, erred, seen] = [0, 0, false];
      return {
        look({ arms }) {
          window.push(arms.challenger);
          if (window.length < spec.intervalMinutes) return 'goOn';
          const requests = window.reduce((sum, arm) => sum + (arm?.requests ?? 0), 0);
          const errors = window.reduce((sum, arm) => sum + (arm?.errors ?? 0), 0);
          window = [];
          seen ||= requests > 0;
          erred = seen ? 0 : erred + 1;
          if (seen && !(1 - errors / requests >= spec.minSuccess)) failed += 1;
          return failed > spec.failureLimit || erred > spec.consecutiveErrorLimit ? 'rollBack' : 'goOn';
        },
      };
    },
  };
}

export const argoAsDocumented = argo('Argo Rollouts, example', DOCUMENTED);
