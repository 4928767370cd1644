import { patienceMs, tellHeld } from '../canary/held.ts';
import { judgeCanary, type CanaryVerdict } from '../canary/judge.ts';
import { baselineOf } from '../canary/baseline.ts';
import { preflight } from '../canary/preflight.ts';
import { NO_RATES } from '../canary/rates.ts';
import type { Lifecycle } from '../lifecycle.ts';
import type { Release } from './state.ts';
import { sameSplit } from '../lifecycle.ts';
import type { EnvironmentPolicy } from '../policy/policy.ts';
import type { Needs, Stage, StageInput, Step } from '../step.ts';
import { take } from './take.ts';
import { splitFor } from './traffic.ts';
import { elapsedMs, moveTo, step, stretchesOf, turnBack, withRelease } from './transitions.ts';

/** Metrics have a grain of one minute. */
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** Phase `shifting`: traffic in steps, each judged against the champion before the next. */
export const shift: Stage = {
  needs: (_lifecycle, release, _policy, now) => ({
    endpoint: true,
    deployments: true,
    ...minutesNeeded(release, now),
  }),
  decide(input) {
    const { lifecycle, release, facts } = input;
    if (!facts.endpoint || facts.endpoint === 'absent' || !release.deployment)
      return step(lifecycle, { lookInMs: MINUTE_MS });
    if (!facts.minutes && minutesNeeded(release, input.now).minutes) return step(lifecycle, { lookInMs: MINUTE_MS });
    if (!release.baseline) return prepare(input);
    const desired = splitFor(release.deployment, release.fallback?.deployment, percentOf(release, input.policy));
    if (!lifecycle.traffic || !sameSplit(lifecycle.traffic.desired, desired))
      return take(input, facts.endpoint, desired, {
        rule: `shift.step.${percentOf(release, input.policy)}`,
        stay: (rule) => stay(input, rule),
      });
    if (!release.stepVerifiedAt) return verified(input);
    return judge(input, release.stepVerifiedAt);
  },
};

/** A day before anything moves, then those since the step or the watermark. None while a step is not read back. */
function minutesNeeded(release: Release, now: Date): Pick<Needs, 'minutes'> {
  const to = now.toISOString();
  if (!release.baseline) return { minutes: { from: new Date(now.getTime() - DAY_MS).toISOString(), to } };
  return release.stepVerifiedAt ? { minutes: { from: release.canary?.watermark ?? release.stepVerifiedAt, to } } : {};
}

function percentOf(release: Release, policy: EnvironmentPolicy): number {
  return policy.rollout.stepsPercent[release.step ?? 0] ?? 100;
}

/** The champion's own rates before anything moved: what the watch will be judged against. */
function prepare({ lifecycle, release, facts, policy, now }: StageInput): Step {
  const baseline = baselineOf(facts.minutes ?? [], release.fallback?.deployment ?? '');
  // Without a champion there is nobody to share traffic with, or to be judged beside: all of it at once, then the watch.
  const first = release.fallback ? 0 : policy.rollout.stepsPercent.length - 1;
  const known = { ...release, baseline, step: first };
  const judged = release.fallback && !release.promoted && !release.breakGlass;
  const plan = judged ? preflight(baseline, policy.rollout, stretchesOf(policy.rollout)) : undefined;
  if (plan?.refused !== undefined)
    return turnBack(withRelease(lifecycle, known), known, now, { cause: 'cannotBeJudged', sentence: plan.refused });
  return step(withRelease(lifecycle, { ...known, ...(plan && { plan: plan.steps }) }), {
    rules: ['shift.baseline'],
    lookInMs: 0,
  });
}

/** The next step has to wait. What is live already is judged on: it may only be taken back. */
function stay(input: StageInput, rule: string): Step {
  const { lifecycle, release } = input;
  if (!release.stepVerifiedAt) return step(lifecycle, { rules: [rule], lookInMs: MINUTE_MS });
  const judged = judge({ ...input, mayMove: false }, release.stepVerifiedAt);
  return { ...judged, rules: [rule, ...judged.rules] };
}

/** `decide` runs a stage only when live traffic is as desired, so this step's split has just been read back. */
function verified({ lifecycle, release, policy, now }: StageInput): Step {
  const at = now.toISOString();
  const percent = percentOf(release, policy);
  const next: Release = { ...release, stepVerifiedAt: at, trail: [...(release.trail ?? []), { percent, at }] };
  if (percent >= 100)
    return step(moveTo(lifecycle, next, 'watching', now), { rules: ['shift.all'], lookInMs: MINUTE_MS });
  return step(withRelease(lifecycle, next), { rules: [`shift.verified.${percent}`], lookInMs: MINUTE_MS });
}

function judge(input: StageInput, since: string): Step {
  const { lifecycle, release, facts, policy, now } = input;
  const { rollout } = policy;
  const against = release.fallback
    ? { deployment: release.fallback.deployment }
    : { rates: release.baseline ?? NO_RATES };
  const { state, verdict, reasons } = judgeCanary({
    ...(release.canary ? { state: release.canary } : {}), minutes: facts.minutes ?? [], challenger: release.deployment ?? '', against,
    ...(release.baseline ? { before: release.baseline } : {}),
    since: new Date(since), now, policy: rollout.canary, stretches: stretchesOf(rollout),
  }); // prettier-ignore
  const judged: Release = { ...release, canary: state };
  const row = withRelease(lifecycle, judged);
  if (verdict === 'fail')
    return turnBack(row, judged, now, {
      cause: 'canary',
      sentence: 'The challenger does worse than the champion on live traffic.',
      reasons,
    });
  if (release.promoted && input.mayMove) return advance(row, judged, rollout.stepsPercent.length - 1, 'shift.promoted');
  const baked = elapsedMs(since, now) >= rollout.bakeMs;
  if (verdict === 'pass' && baked && input.mayMove)
    return advance(row, judged, (release.step ?? 0) + 1, 'shift.bakeOver');
  return undecided({ ...input, lifecycle: row, release: judged }, since, { verdict, reasons });
}

/** Not yet, or not any more: held, told where it takes long, or turned back. */
function undecided(input: StageInput, since: string, { verdict, reasons }: Pick<CanaryVerdict, 'verdict' | 'reasons'>): Step {
  const { lifecycle, release, policy: { rollout }, now } = input;
  const back = (cause: string, sentence: string) => turnBack(lifecycle, release, now, { cause, sentence, reasons });
  // What has passed and only may not go on is not undecided, however long it waits.
  if (verdict !== 'pass' && elapsedMs(release.exposedSince ?? since, now) > rollout.deadlineMs)
    return back('deadline', 'It could not be decided in time whether the challenger is as good as the champion.');
  const overdue = elapsedMs(since, now) >= patienceMs(rollout, release);
  if (overdue && input.mayMove && verdict !== 'pass' && rollout.onInconclusive === 'rollback')
    return back('undecided', 'The step took longer than it should without a decision, and the policy says to roll back then.');
  const going = { rules: [`shift.${verdict}`], lookInMs: MINUTE_MS };
  if (verdict !== 'inconclusive') return step(lifecycle, going);
  const held = tellHeld(input, release, overdue, reasons);
  return step(withRelease(lifecycle, held.release), { ...going, notices: held.notices });
} // prettier-ignore

function advance(lifecycle: Lifecycle, release: Release, index: number, rule: string): Step {
  return step(withRelease(lifecycle, { ...release, step: index }), { rules: [rule], lookInMs: 0 });
}
