import { judgeCanary, NO_RATES } from '../canary/judge.ts';
import type { Lifecycle, Release } from '../lifecycle.ts';
import type { Stage, StageInput, Step } from '../step.ts';
import type { Reason } from '../verdict.ts';
import {
  elapsedMs,
  endRelease,
  keep,
  later,
  settleExposure,
  step,
  stretchesOf,
  turnBack,
  withRelease,
} from './transitions.ts';

const MINUTE_MS = 60_000;

/** Phase `watching`: all traffic is on the challenger; judged against the champion's own rates from before, and the hard limits. */
export const watch: Stage = {
  needs: (_lifecycle, release, _policy, now) => ({
    endpoint: true,
    minutes: { from: release.canary?.watermark ?? release.stepVerifiedAt ?? release.phaseSince, to: now.toISOString() },
  }),
  decide(input) {
    const { lifecycle, release, facts, policy, now } = input;
    if (!facts.minutes || !release.deployment) return step(lifecycle, { lookInMs: MINUTE_MS });
    const { state, verdict, reasons } = judgeCanary({
      ...(release.canary ? { state: release.canary } : {}), minutes: facts.minutes, challenger: release.deployment,
      against: { rates: release.baseline ?? NO_RATES }, since: new Date(release.stepVerifiedAt ?? release.phaseSince), now,
      policy: policy.rollout.canary, stretches: stretchesOf(policy.rollout),
    }); // prettier-ignore
    const judged: Release = { ...release, canary: state };
    const row = withRelease(lifecycle, judged);
    if (verdict === 'fail') {
      return turnBack(row, judged, now, {
        cause: 'watch',
        sentence: 'With all traffic, the challenger does worse than the champion did before.',
        reasons,
      });
    }
    const over = elapsedMs(release.phaseSince, now) >= policy.rollout.watchMs && input.mayMove;
    if (over && (state.challenger.minutes > 0 || mayEndUnseen(input))) return crown(input, row, judged, reasons);
    if (over) return step(row, { rules: ['watch.noTraffic'], lookInMs: MINUTE_MS });
    return step(row, { rules: [`watch.${verdict}`], lookInMs: MINUTE_MS });
  },
};

/**
 * Where the steps proved it side by side the watch looks for harm only, so quiet hours end it too. What was promoted past
 * them, or is the first, has shown nothing yet: it waits for one minute to judge by, until the rollout's deadline.
 */
function mayEndUnseen({ release, policy, now }: StageInput): boolean {
  const proven = release.fallback !== undefined && release.promoted === undefined;
  return proven || elapsedMs(release.exposedSince ?? release.phaseSince, now) >= policy.rollout.deadlineMs;
}

function sentenceOf({ promoted, fallback, canary }: Release, reasons: readonly Reason[]): string {
  const shown = promoted ? `was promoted past its steps by ${promoted.actor}` : fallback ? 'passed every step' : 'is the first version'; // prettier-ignore
  if (!canary || canary.challenger.minutes === 0) return `It ${shown}; the watch ended without traffic to judge by.`;
  const open = reasons.filter(({ verdict }) => verdict === 'inconclusive').map(({ what }) => what);
  const watched =
    open.length === 0
      ? 'passed the watch'
      : `met no alarm in the watch (too little to judge its ${open.join(' and ')} there)`;
  return promoted || !fallback ? `It ${shown} and ${watched}.` : `It passed the gate and every step, and ${watched}.`;
}

function crown(input: StageInput, row: Lifecycle, judged: Release, reasons: readonly Reason[]): Step {
  const { release, policy, now } = input;
  const deployment = release.deployment ?? '';
  const until = later(now, policy.rollout.keepPreviousMs);
  // Updated in place there is none that could be kept.
  const replaced = release.inPlace ? undefined : release.fallback;
  const crowned: Lifecycle = {
    ...row,
    champion: {
      version: release.version,
      deployment,
      since: release.stepVerifiedAt ?? now.toISOString(),
      release: release.number,
      ...(replaced ? { replaced: replaced.deployment } : {}),
    },
  };
  const kept = replaced ? keep(crowned, { ...replaced, until }) : crowned;
  const { exposed } = settleExposure(judged);
  return endRelease(kept, judged, now, {
    end: 'released', cause: 'watched', sentence: sentenceOf(judged, reasons),
    reasons: [...(release.gate?.reasons ?? []), ...reasons],
    tell: { steps: release.trail ?? [], ...(replaced ? { keptUntil: until } : {}), ...(exposed ? { harm: { requests: exposed.requests, errors: exposed.errors, excess: 0 } } : {}) },
  }); // prettier-ignore
}
