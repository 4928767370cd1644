import type { Lifecycle } from '../lifecycle.ts';
import { hold, outranking, verify, whoseTraffic, writing } from '../release/traffic.ts';
import { restartClock, step } from '../release/transitions.ts';
import type { EndpointFact, Facts, Step } from '../step.ts';
import { meetUnreachable, reached } from './unreachable.ts';

const READ_BACK_MS = 10_000;
/** Changes take seconds to minutes, so the wait does not grow; people hear of one that does not end. */
const BUSY = { provider: 'endpoint', reason: 'The endpoint is being changed.', retryAfterMs: READ_BACK_MS, answered: true } as const; // prettier-ignore
/** One 404 is not believed: traffic may be on an unproven version. */
const GONE = { provider: 'endpoint', reason: 'The endpoint does not exist any more.', answered: true } as const;
const NEEDS_ENDPOINT: ReadonlySet<string> = new Set(['deploying', 'smokeTesting', 'shadowing', 'shifting', 'watching']);

export interface JudgedTraffic {
  readonly step: Step;
  /** This pass is over: traffic is being changed, must be asserted again, or is somebody else's. */
  readonly settled: boolean;
}

/** Compares live and mirrored traffic with what we want, before any stage goes on. Rolling back has its own rule: safety wins. */
export function judgeTraffic(lifecycle: Lifecycle, facts: Facts, now: Date): JudgedTraffic {
  const { endpoint } = facts;
  const { traffic, release } = lifecycle;
  // A first deployment may be about to make its endpoint.
  const first = !traffic && release?.phase === 'deploying';
  if (endpoint === 'absent' && release && NEEDS_ENDPOINT.has(release.phase) && !first)
    return { step: meetUnreachable(lifecycle, GONE, now), settled: true };
  if (!traffic || !endpoint || endpoint === 'absent' || release?.phase === 'rollingBack')
    return { step: step(lifecycle), settled: false };
  const whose = whoseTraffic(endpoint, traffic);
  switch (whose) {
    case 'busy':
      return {
        step: meetUnreachable(lifecycle, BUSY, now),
        settled: true,
      };
    case 'ours': {
      const { held: _, ...conditions } = lifecycle.conditions;
      const verified = { ...verify(lifecycle, now), conditions };
      return {
        step: step(
          lifecycle.conditions.held ? restartClock(verified, now) : verified,
          lifecycle.conditions.held ? { rules: ['traffic.heldEnds'] } : {},
        ),
        settled: false,
      };
    }
    case 'late':
    case 'pending':
      // An unreachable condition stays while the same is asked again.
      return { step: assertAgain(lifecycle, endpoint, whose), settled: true };
    case 'foreign':
      return { step: reached(hold(lifecycle, endpoint, now)), settled: !judging(lifecycle) };
  }
}

/** Held or not, a canary that already has traffic is judged: it may only be taken back. */
function judging(lifecycle: Lifecycle): boolean {
  const { release } = lifecycle;
  return release?.phase === 'watching' || (release?.phase === 'shifting' && release.stepVerifiedAt !== undefined);
}

function assertAgain(lifecycle: Lifecycle, endpoint: EndpointFact, whose: string): Step {
  const next = outranking(lifecycle, endpoint);
  if (!next.traffic) return step(next);
  return step(next, {
    actions: [writing(endpoint, next.traffic)],
    rules: [`traffic.${whose}`],
    lookInMs: READ_BACK_MS,
  });
}
