import type { Decision, MeasuredArm, MeasuredMinute, Method, Plan } from '../../../../bench/decisions/method.ts';

const AT = '2026-01-06T00:00:00.000Z';
const QUIET: MeasuredArm = { requests: 100, errors: 0, throttled: 0, meanLatencyMs: 100, p95LatencyMs: 200, p99LatencyMs: 300, memoryPercent: 50, failures: {} }; // prettier-ignore

export function arm(changed: Partial<MeasuredArm> = {}): MeasuredArm {
  return { ...QUIET, ...changed };
}

/** undefined: that version answered nothing. */
export function minute(challenger: MeasuredArm | undefined, champion: MeasuredArm | undefined = arm()): MeasuredMinute {
  return { at: AT, arms: { ...(champion && { champion }), ...(challenger && { challenger }) } };
}

export function plan(changed: Partial<Plan> = {}): Plan {
  const history = Array.from({ length: 60 }, () => ({ at: AT, arms: { champion: arm({ errors: 1 }) } }));
  return { history, weight: 0.1, limits: { errors: 2, latencyPercent: 30 }, alpha: 0.02, horizonMinutes: 60, startedAt: new Date(AT), ...changed }; // prettier-ignore
}

/** Minute by minute, each a minute later: the first decision that is one, and after how many minutes. */
export function watched(
  method: Method,
  minuteAt: (index: number) => MeasuredMinute,
  { minutes = 60, of = plan(), truth = { baseError: 0.01 } }: { minutes?: number; of?: Plan; truth?: Parameters<Method['begin']>[1] } = {},
): { decision: Decision; after: number } {
  const watch = method.begin(of, truth);
  for (let index = 0; index < minutes; index += 1) {
    const at = new Date(of.startedAt.getTime() + index * 60_000).toISOString();
    const decision = watch.look({ ...minuteAt(index), at });
    if (decision !== 'goOn') return { decision, after: index + 1 };
  }
  return { decision: 'goOn', after: minutes };
} // prettier-ignore
