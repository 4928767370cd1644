import { errorRate, NO_RATES } from './rates.ts';
import type { Notice } from '../notice.ts';
import type { RolloutPolicy } from '../policy/policy.ts';
import type { StageInput } from '../step.ts';
import type { Reason } from '../verdict.ts';
import type { Release } from '../release/state.ts';
import { later, tell } from '../release/transitions.ts';

const MINUTE_MS = 60_000;
/** Twice as long as expected happens to one release in twenty; nobody is told sooner than a step could be judged at all. */
const PATIENCE = 2;
const SOONEST_MS = 30 * MINUTE_MS;

export interface Held {
  readonly release: Release;
  readonly notices: readonly Notice[];
}

/** A step that is held is told once, with what it waits for: an unwell champion at once, one that takes long when it does. */
export function tellHeld(input: StageInput, release: Release, overdue: boolean, reasons: readonly Reason[]): Held {
  const { now } = input;
  const told = release.told ?? {};
  const unwell = reasons.some(({ rule }) => rule === 'canary.championUnwell');
  const facts = { reasons, steps: [...(release.trail ?? [])], ...harmOf(release) };
  if (unwell && told.unwell === undefined)
    return {
      release: { ...release, told: { ...told, unwell: now.toISOString() } },
      notices: [tell(input.lifecycle, release, now, 'championUnwell', 'page', facts)],
    };
  const step = release.step ?? 0;
  if (unwell || told.undecided === step || !overdue) return { release, notices: [] };
  const deadline = later(new Date(release.exposedSince ?? release.phaseSince), input.policy.rollout.deadlineMs);
  const notice = tell(input.lifecycle, release, now, 'stepUndecided', 'decide', { ...facts, deadline });
  return {
    release: { ...release, told: { ...told, undecided: step } },
    notices: [{ ...notice, id: `${notice.id}-${step}` }],
  };
} // prettier-ignore

/** The horizon of a step: longer than this it should not take. */
export function patienceMs(rollout: RolloutPolicy, { plan, step = 0 }: Release): number {
  const expectedMs = (plan?.[step]?.minutes ?? 0) * MINUTE_MS;
  return Math.max(SOONEST_MS, rollout.bakeMs, PATIENCE * expectedMs) + rollout.canary.settleMs;
}

function harmOf({ canary, exposed }: Release): Pick<Notice, 'harm'> {
  const [now, before] = [canary?.challenger, exposed];
  const requests = (now?.requests ?? 0) + (before?.requests ?? 0);
  const errors = (now?.errors ?? 0) + (before?.errors ?? 0);
  const expected = (errorRate(canary?.champion ?? NO_RATES) ?? 0) * requests;
  return requests === 0 ? {} : { harm: { requests, errors, excess: Math.max(0, Math.round(errors - expected)) } };
}
