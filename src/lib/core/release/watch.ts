import { judgeCanary } from '../canary/judge.ts';
import { NO_RATES } from '../canary/rates.ts';
import type { Release } from './state.ts';
import type { Notice } from '../notice.ts';
import type { Stage, StageInput } from '../step.ts';
import type { Reason } from '../verdict.ts';
import { crown } from './crown.ts';
import { elapsedMs, settleExposure, step, stretchesOf, turnBack, withRelease } from './transitions.ts';

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
    if (over && (state.challenger.minutes > 0 || mayEndUnseen(input)))
      return crown(input, row, judged, { sentence: sentenceOf(judged, reasons), reasons, tell: metBy(judged) });
    if (over) return step(row, { rules: ['watch.noTraffic'], lookInMs: MINUTE_MS });
    return step(row, { rules: [`watch.${verdict}`], lookInMs: MINUTE_MS });
  },
};

/**
 * Where the steps proved it side by side the watch looks for harm only, so quiet hours end it too. What was promoted past
 * them, is the first, or was updated in place has shown nothing yet: it waits for one minute to judge by, until the
 * rollout's deadline.
 */
function mayEndUnseen({ release, policy, now }: StageInput): boolean {
  const proven = release.fallback !== undefined && release.promoted === undefined && release.inPlace === undefined;
  return proven || elapsedMs(release.exposedSince ?? release.phaseSince, now) >= policy.rollout.deadlineMs;
}

function sentenceOf(release: Release, reasons: readonly Reason[]): string {
  const { canary } = release;
  const shown = shownOf(release);
  if (!canary || canary.challenger.minutes === 0) return `${shown}; the watch ended without traffic to judge by.`;
  const open = reasons.filter(({ verdict }) => verdict === 'inconclusive').map(({ what }) => what);
  const watched =
    open.length === 0
      ? 'passed the watch'
      : `met no alarm in the watch (too little to judge its ${open.join(' and ')} there)`;
  return `${shown}, and ${watched}.`;
}

/** What it has shown before all traffic was on it. */
function shownOf({ promoted, fallback, inPlace, breakGlass }: Release): string {
  if (promoted) return `It was promoted past its steps by ${promoted.actor}`;
  if (!fallback) return 'It is the first version';
  const judged = breakGlass ? `It went past the gate, ordered by ${breakGlass.actor}` : 'It passed the gate';
  return inPlace ? `${judged}, was updated in place` : `${judged}${breakGlass ? ', passed' : ' and'} every step`;
}

function metBy(judged: Release): Pick<Notice, 'harm'> {
  const { exposed } = settleExposure(judged);
  return exposed ? { harm: { requests: exposed.requests, errors: exposed.errors, excess: 0 } } : {};
}
