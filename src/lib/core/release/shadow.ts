import { judgeCanary } from '../canary/judge.ts';
import type { Lifecycle, Split } from '../lifecycle.ts';
import type { Release, Shadow } from './state.ts';
import type { EndpointFact, Stage, StageInput, Step } from '../step.ts';
import { worst, type Reason, type Verdict } from '../verdict.ts';
import { answersDue, answersReasons, withAnswers } from './shadow/answers.ts';
import { desire, othersMirror, writing } from './traffic.ts';
import { elapsedMs, later, moveTo, step, stretchesOf, tell, turnBack, withRelease } from './transitions.ts';

/** Metrics have a grain of one minute. */
const MINUTE_MS = 60_000;
const READ_BACK_MS = 10_000;
/** The newest minutes still have to settle when its time is over, and latency takes minutes of its own: nobody is told of those. */
const TELL_MS = 20 * MINUTE_MS;

/**
 * Phase `shadowing`: the challenger answers copies of live requests, and nobody gets its answers. It is judged as live
 * traffic is, beside the champion's own minutes, and by what it answers where the policy limits that. The mirror is off, as a GET has shown, before any live request comes.
 */
export const shadow: Stage = {
  needs(_lifecycle, release, policy, now) {
    const { shadow: asked } = release;
    if (asked?.since === undefined || asked.until !== undefined) return { endpoint: true, deployments: true };
    const answers = answersDue(asked, release, policy, now);
    const minutes = { from: asked.canary?.watermark ?? asked.since, to: now.toISOString() };
    return { endpoint: true, deployments: true, minutes, ...(answers ? { answers } : {}) };
  },
  decide(input) {
    const { lifecycle, release, facts, policy, now } = input;
    const { endpoint } = facts;
    if (!endpoint || endpoint === 'absent') return step(lifecycle, { lookInMs: MINUTE_MS });
    if (!policy.rollout.shadow || !release.fallback || !release.deployment)
      return step(moveTo(lifecycle, release, 'shifting', now), { rules: ['shadow.none'], lookInMs: 0 });
    const { shadow: asked } = release;
    if (!asked) return begin(input, endpoint, { [release.deployment]: policy.rollout.shadow.percent });
    // `decide` runs a stage only when live and mirrored traffic are as desired, so each has just been read back.
    if (asked.until !== undefined)
      return step(moveTo(lifecycle, release, 'shifting', now), { rules: ['shadow.off'], lookInMs: 0 });
    if (asked.since === undefined)
      return step(noted(lifecycle, release, { ...asked, since: now.toISOString() }), {
        rules: [`shadow.verified.${asked.percent}`],
        lookInMs: MINUTE_MS,
      });
    return judge(input, endpoint, asked, asked.since);
  },
};

function noted(lifecycle: Lifecycle, release: Release, known: Shadow): Lifecycle {
  return withRelease(lifecycle, { ...release, shadow: known });
}

function begin(input: StageInput, endpoint: EndpointFact, mirror: Split): Step {
  const { lifecycle, release, facts, policy, now, mayMove } = input;
  if (!mayMove) return step(lifecycle, { rules: ['shadow.mayNotMove'], lookInMs: MINUTE_MS });
  const ready = facts.deployments?.some(({ name, state }) => name === release.deployment && state === 'ready') === true;
  if (!ready) {
    const sentence = `Deployment ${release.deployment} is no longer ready.`;
    return turnBack(lifecycle, release, now, { cause: 'deploymentLost', sentence });
  }
  const percent = policy.rollout.shadow?.percent ?? 0;
  const asked = noted(lifecycle, release, { percent, askedAt: now.toISOString() });
  return mirrored(asked, endpoint, mirror, `shadow.mirror.${percent}`);
}

/** Live traffic stays as it is. */
function mirrored(lifecycle: Lifecycle, endpoint: EndpointFact, mirror: Split, rule: string): Step {
  const next = desire(lifecycle, lifecycle.traffic?.desired ?? endpoint.traffic, mirror);
  const actions = next.traffic ? [writing(endpoint, next.traffic)] : [];
  return step(next, { actions, rules: [rule], lookInMs: READ_BACK_MS });
}

function judge(input: StageInput, endpoint: EndpointFact, asked: Shadow, since: string): Step {
  const { lifecycle, release, facts, policy, now, mayMove } = input;
  if (!facts.minutes) return step(lifecycle, { lookInMs: MINUTE_MS });
  const traffic = judgeCanary({
    ...(asked.canary ? { state: asked.canary } : {}), minutes: facts.minutes, challenger: release.deployment ?? '',
    against: { deployment: release.fallback?.deployment ?? '' }, since: new Date(since), now,
    policy: policy.rollout.canary, stretches: stretchesOf(policy.rollout),
  }); // prettier-ignore
  const due = answersDue(asked, release, policy, now);
  const judged = { ...withAnswers(asked, due, facts.answers, policy, now), canary: traffic.state };
  const answered = answersReasons(judged, policy);
  const verdict = worst([traffic.verdict, ...answered.map((reason) => reason.verdict)]);
  const reasons = [...traffic.reasons, ...answered];
  const row = noted(lifecycle, release, judged);
  const known = { ...release, shadow: judged };
  if (verdict === 'fail')
    return turnBack(row, known, now, {
      cause: 'shadow',
      sentence: traffic.verdict === 'fail' ? WORSE : OTHERWISE,
      reasons,
    });
  const overMs = elapsedMs(since, now) - (policy.rollout.shadow?.forMs ?? 0);
  if (mayMove && (release.promoted || (overMs >= 0 && verdict === 'pass'))) {
    const ended = noted(lifecycle, release, { ...judged, until: now.toISOString() });
    const rule = release.promoted ? 'shadow.promoted' : 'shadow.over';
    return mirrored(ended, endpoint, othersMirror(ended), rule);
  }
  return undecided({ ...input, lifecycle: row, release: known }, judged, {
    overMs,
    verdict,
    traffic: traffic.verdict,
    reasons,
  });
}

interface Judged {
  /** Since its time was over; below 0: it is not. */
  readonly overMs: number;
  readonly verdict: Verdict;
  /** By errors and latency alone. */
  readonly traffic: Verdict;
  readonly reasons: readonly Reason[];
}

/** No copies, or too few, are never a pass: what follows is what the policy says of an undecided step. */
function undecided(input: StageInput, known: Shadow, { overMs, verdict, traffic, reasons }: Judged): Step {
  const { lifecycle, release, policy, now } = input;
  const { rollout } = policy;
  if (elapsedMs(known.askedAt, now) > rollout.deadlineMs)
    return turnBack(lifecycle, release, now, {
      cause: 'deadline',
      sentence: 'It could not be decided in time, on copies of live requests, whether the challenger is as good as the champion.',
      reasons,
    }); // prettier-ignore
  const stays = step(lifecycle, { rules: [`shadow.${verdict}`], lookInMs: MINUTE_MS });
  if (overMs < 0 || verdict === 'pass') return stays;
  // What cannot be read just now is not undecided: another try will tell, or the deadline.
  const isBlind = known.answersAway !== undefined && traffic === 'pass';
  if (rollout.onInconclusive === 'rollback' && !isBlind)
    return turnBack(lifecycle, release, now, {
      cause: 'undecided',
      sentence: 'The shadow ended without a decision, and the policy says to roll back then.',
      reasons,
    });
  if (known.toldAt !== undefined || overMs < rollout.canary.settleMs + TELL_MS) return stays;
  const seen = traffic === 'pass' ? UNSETTLED : 'Copies of live requests do not decide it yet.';
  const sentence = known.canary?.challenger.requests === 0 ? UNSEEN : seen;
  const deadline = later(new Date(known.askedAt), rollout.deadlineMs);
  const notice = tell(lifecycle, release, now, 'shadowUndecided', 'decide', { sentence, reasons, deadline });
  const told = noted(lifecycle, release, { ...known, toldAt: now.toISOString() });
  return step(told, { notices: [notice], rules: ['shadow.told'], lookInMs: MINUTE_MS });
}

const WORSE = 'The challenger does worse than the champion on copies of live requests.';
const OTHERWISE =
  'The challenger answers copies of live requests otherwise than the champion, more than the policy allows.';
const UNSETTLED =
  'Copies of live requests fail no more often and take no longer than their originals, but what was answered to them does not decide it.';
/** Whether the platform counts copies under the deployment that answers them is unverified: this is how one would learn that it does not. */
const UNSEEN = 'The metrics show no copy of a live request: there was no traffic, or Azure does not count copies.';
