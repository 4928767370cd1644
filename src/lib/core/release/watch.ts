import { judgeCanary, NO_RATES } from '../canary/judge.ts';
import type { Lifecycle, Release } from '../lifecycle.ts';
import type { Stage, StageInput, Step } from '../step.ts';
import type { Reason } from '../verdict.ts';
import { elapsedMs, endRelease, keep, later, settleExposure, step, turnBack, withRelease } from './transitions.ts';

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
      policy: policy.rollout.canary, stretches: policy.rollout.stepsPercent.length,
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
    // The steps proved it side by side; the watch looks for harm, so quiet hours end it too.
    if (elapsedMs(release.phaseSince, now) >= policy.rollout.watchMs && input.mayMove)
      return crown(input, row, judged, reasons);
    return step(row, { rules: [`watch.${verdict}`], lookInMs: MINUTE_MS });
  },
};

function crown(input: StageInput, row: Lifecycle, judged: Release, reasons: readonly Reason[]): Step {
  const { release, policy, now } = input;
  const deployment = release.deployment ?? '';
  const until = later(now, policy.rollout.keepPreviousMs);
  const crowned: Lifecycle = {
    ...row,
    champion: {
      version: release.version,
      deployment,
      since: release.stepVerifiedAt ?? now.toISOString(),
      release: release.number,
      ...(release.fallback ? { replaced: release.fallback.deployment } : {}),
    },
  };
  const kept = release.fallback ? keep(crowned, { ...release.fallback, until }) : crowned;
  const { exposed } = settleExposure(judged);
  return endRelease(kept, judged, now, {
    end: 'released', cause: 'watched', sentence: 'It passed the gate, every step and the watch.',
    reasons: [...(release.gate?.reasons ?? []), ...reasons],
    tell: { steps: release.trail ?? [], ...(release.fallback ? { keptUntil: until } : {}), ...(exposed ? { harm: { requests: exposed.requests, errors: exposed.errors, excess: 0 } } : {}) },
  }); // prettier-ignore
}
