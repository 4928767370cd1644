import { withTry } from '../gate/holdouts.ts';
import { evidenceNeeds, judgement, triedBy } from '../gate/judgement.ts';
import type { Lifecycle } from '../lifecycle.ts';
import type { GateResult, Release } from './state.ts';
import type { Reason } from '../verdict.ts';
import type { Stage, Step, StageInput } from '../step.ts';
import { elapsedMs, endRelease, later, letOut, moveTo, planned, step, tell } from './transitions.ts';

const EVIDENCE_LOOK_MS = 30_000;
const DAY_MS = 86_400_000;
/** A first version waits this long for a person before it is rejected. */
const DECISION_MS = 7 * DAY_MS;

/** Phase `gating`: the evidence against the policy. */
export const gate: Stage = {
  needs: (_lifecycle, release, policy) => evidenceNeeds(release, policy),
  decide(input) {
    const { release, facts, policy, now } = input;
    const result = judgement(input.lifecycle, release, policy, facts);
    if (!result) return step(input.lifecycle, { lookInMs: EVIDENCE_LOOK_MS });
    const { verdict, reasons } = result;
    const lifecycle = reasons.some(wasCompared) ? counted(input.lifecycle, release) : input.lifecycle;
    const known = { ...release, gate: { ...result, at: now.toISOString() } };
    if (verdict === 'pass') return proceed({ ...input, lifecycle, release: known }, 'gate.pass');
    if (!release.fallback && verdict === 'inconclusive') return askPerson(input, known.gate);
    const cause = verdict === 'fail' ? 'gate' : verdict === 'error' ? 'evidence' : 'undecided';
    return endRelease(lifecycle, known, now, {
      end: 'rejected',
      cause,
      sentence: SENTENCES[verdict],
      reasons,
      tell: {},
    });
  },
};

/** Whatever came of it, and whatever else was wrong: it was looked whether it is better by chance. */
function wasCompared({ interval }: Reason): boolean {
  return interval !== undefined;
}

/** Each version that is held against a champion on the same rows has its chance to pass by luck. */
function counted(lifecycle: Lifecycle, { evaluation, fallback, version }: Release): Lifecycle {
  if (!evaluation || !fallback) return lifecycle;
  return { ...lifecycle, holdouts: withTry(lifecycle.holdouts, triedBy(evaluation, version)) };
}

const SENTENCES = {
  fail: 'It did not pass the gate.',
  error: 'It could not be judged: the evidence is missing or faulty, and no data is never a pass.',
  inconclusive: 'The evidence does not show that it is better.',
} as const;

/** Phase `awaitingDecision`: no champion and no bound; the recorded command `promote` releases it. */
export const awaitDecision: Stage = {
  needs: () => ({}),
  decide(input) {
    const { lifecycle, release, now } = input;
    if (release.decision) return proceed(input, 'decision.promoted');
    if (elapsedMs(release.phaseSince, now) < DECISION_MS) return step(lifecycle, { lookInMs: DAY_MS });
    return endRelease(lifecycle, release, now, {
      end: 'rejected',
      cause: 'nobodyDecided',
      sentence: 'Nobody decided within 7 days.',
      tell: {},
    });
  },
};

function askPerson({ lifecycle, release, policy, now }: StageInput, result: GateResult): Step {
  const waiting = moveTo(lifecycle, { ...release, gate: result }, 'awaitingDecision', now);
  const notice = tell(lifecycle, release, now, 'decisionNeeded', 'decide', {
    sentence: firstVersion(result.reasons),
    reasons: result.reasons, deadline: later(now, DECISION_MS), steps: planned(policy, release, now),
  }); // prettier-ignore
  return step(waiting, { notices: [notice], rules: ['gate.person'], lookInMs: DAY_MS });
}

function firstVersion(reasons: readonly Reason[]): string {
  const why = reasons.some(({ rule }) => rule === 'gate.nothingToJudge')
    ? 'the policy sets no bound on its metric that says how good is good enough'
    : 'what was measured of it leaves something open';
  return `It is the first version: there is no champion to compare with, and ${why}.`;
}

/** People who must agree are asked before anything is deployed. */
function proceed({ lifecycle, release, policy, now }: StageInput, rule: string): Step {
  if (!policy.approval) return letOut(lifecycle, release, policy, now, rule);
  return step(moveTo(lifecycle, release, 'awaitingApproval', now), { rules: [rule], lookInMs: 0 });
}
