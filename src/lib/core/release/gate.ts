import type { Evidence } from '../gate/evidence.ts';
import { judgeGate } from '../gate/judge.ts';
import { evidenceOfTrainings } from '../gate/trainings.ts';
import type { GateResult } from '../lifecycle.ts';
import { deploymentName } from '../names.ts';
import type { EnvironmentPolicy, GatePolicy } from '../policy/policy.ts';
import type { Stage, Step, StageInput } from '../step.ts';
import { elapsedMs, endRelease, later, moveTo, step, tell, withRelease } from './transitions.ts';

const EVIDENCE_LOOK_MS = 30_000;
const DAY_MS = 86_400_000;
/** A first version waits this long for a person before it is rejected. */
const DECISION_MS = 7 * DAY_MS;

/** Phase `gating`: the evidence against the policy. */
export const gate: Stage = {
  needs(_lifecycle, { version, fallback, evaluation }, policy) {
    if (!evaluation || !policy.gate || !policy.evaluation) return {};
    const metrics = metricsOf(policy.gate);
    const { predictions } = policy.evaluation;
    if (evaluation.job !== undefined) return { evidence: { job: evaluation.job, metrics, predictions } };
    return { measured: { challenger: version, ...(fallback && { champion: fallback.version }), metrics } };
  },
  decide(input) {
    const { lifecycle, release, policy, now } = input;
    const evidence = policy.gate && evidenceFor(policy.gate, input);
    if (!evidence || !policy.gate) return step(lifecycle, { lookInMs: EVIDENCE_LOOK_MS });
    const result = judgeGate(policy.gate, evidence, release.fallback !== undefined);
    const { verdict, reasons } = result;
    const judged = { ...release, gate: { ...result, at: now.toISOString() } };
    if (verdict === 'pass') return proceed({ ...input, release: judged }, 'gate.pass');
    if (!release.fallback && verdict === 'inconclusive') return askPerson(input, judged.gate);
    const cause = verdict === 'fail' ? 'gate' : verdict === 'error' ? 'evidence' : 'undecided';
    return endRelease(lifecycle, judged, now, {
      end: 'rejected',
      cause,
      sentence: SENTENCES[verdict],
      reasons,
      tell: {},
    });
  },
};

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

function evidenceFor(policy: GatePolicy, { release: { evaluation }, facts }: StageInput): Evidence | undefined {
  if (facts.evidence) return facts.evidence;
  return evaluation && facts.measured && evidenceOfTrainings(evaluation, metricsOf(policy), facts.measured);
}

function metricsOf(policy: GatePolicy): string[] {
  return [...new Set([policy.metric, ...policy.guardrails.map(({ metric }) => metric)])];
}

function askPerson({ lifecycle, release, policy, now }: StageInput, result: GateResult): Step {
  const waiting = moveTo(lifecycle, { ...release, gate: result }, 'awaitingDecision', now);
  const notice = tell(lifecycle, release, now, 'decisionNeeded', 'decide', {
    sentence: 'It is the first version: there is no champion to compare with, and the policy sets no bound on its metric.',
    reasons: result.reasons, deadline: later(now, DECISION_MS), steps: planned(policy, now),
  }); // prettier-ignore
  return step(waiting, { notices: [notice], rules: ['gate.person'], lookInMs: DAY_MS });
}

function planned(policy: EnvironmentPolicy, now: Date): { percent: number; at: string }[] {
  return policy.rollout.stepsPercent.map((percent, index) => ({
    percent,
    at: later(now, index * policy.rollout.bakeMs),
  }));
}

function proceed({ lifecycle, release, now }: StageInput, rule: string): Step {
  const named = { ...release, deployment: deploymentName(lifecycle, release.version, release.number) };
  return step(moveTo(withRelease(lifecycle, named), named, 'deploying', now), { rules: [rule], lookInMs: 0 });
}
