import { evidenceShown, isComplete, startedBy } from '../approval.ts';
import { compareArtifacts } from '../gate/artifact.ts';
import { evidenceNeeds, judgement } from '../gate/judgement.ts';
import type { Approval, Release } from './state.ts';
import { digest } from '../names.ts';
import type { NoticeOfApproval } from '../notice.ts';
import { closesNext } from '../policy/calendar.ts';
import type { ApprovalPolicy } from '../policy/policy.ts';
import { formatDuration } from '../policy/units.ts';
import type { Stage, StageInput, Step } from '../step.ts';
import { beforeTraffic, endRelease, later, letOut, moveTo, planned, step, tell, withRelease } from './transitions.ts';

/** So soon a policy that was published anew is noticed while nobody decides. */
const LOOK_MS = 3_600_000;

/**
 * Phase `awaitingApproval`: people must agree to what the gate judged. Once enough have, everything that they were shown is
 * read again before anything follows from it.
 */
export const awaitApproval: Stage = {
  needs({ conditions }, release, policy) {
    if (!isComplete(release) || conditions.paused || conditions.held) return {};
    return { ...evidenceNeeds(release, policy), ...(release.artifact && { artifact: release.version }) };
  },
  decide(input) {
    const { lifecycle, release, policy, now } = input;
    if (!policy.approval) return letOut(lifecycle, release, policy, now, 'approval.notAskedFor');
    const { approval } = release;
    if (!approval) return ask(input, policy.approval);
    const changed = whatChanged(input);
    if (changed !== undefined) return judgeAnew(input, policy.approval, changed);
    if (isComplete(release)) return goOn(input);
    if (now.getTime() >= Date.parse(approval.until)) return timeIsOver(input, policy.approval, approval);
    return step(lifecycle, { lookInMs: Math.min(LOOK_MS, Date.parse(approval.until) - now.getTime()) });
  },
};

function ask(input: StageInput, policy: ApprovalPolicy): Step {
  const { lifecycle, release, now } = input;
  const { role, count, fourEyes, expiresMs } = policy;
  const until = later(now, expiresMs);
  const approval: Approval = { role, count, fourEyes, evidence: evidenceShown(release), askedAt: now.toISOString(), until, given: [] };
  const asked: Release = { ...release, approval };
  const notice = tell(lifecycle, release, now, 'approvalNeeded', 'decide', {
    ...told(input, approval, policy),
    ...(release.voided ? { sentence: release.voided.sentence } : {}),
  });
  return step(withRelease(lifecycle, asked), { notices: [notice], rules: ['approval.asked'], lookInMs: Math.min(LOOK_MS, expiresMs) });
} // prettier-ignore

function told(input: StageInput, approval: Approval, policy: ApprovalPolicy) {
  const { release, policy: whole, now, calendars } = input;
  const { role, count, evidence, given, until } = approval;
  const steps = planned(whole, release, now);
  const freezesAt = whole.freeze && closesNext(whole.freeze, calendars, now);
  const facts: NoticeOfApproval = {
    role, count, evidence, given: given.map(({ actor, at }) => ({ actor, at })), fourEyes: policy.fourEyes, startedBy: startedBy(release), onTimeout: policy.onTimeout,
    doneAt: new Date(Date.parse(steps.at(-1)?.at ?? now.toISOString()) + whole.rollout.watchMs).toISOString(),
    ...(beforeTraffic(release, whole) === 'shadowing' ? { copiedPercent: whole.rollout.shadow?.percent ?? 0 } : {}),
    ...(whole.freeze && freezesAt ? { freeze: { calendar: whole.freeze.calendar, from: freezesAt.toISOString() } } : {}),
  };
  return { approval: facts, steps, reasons: release.gate?.reasons ?? [], deadline: until, policy: release.policy };
} // prettier-ignore

/** What is no longer as people were shown it. Files and metrics are looked at when the last approval is there. */
function whatChanged({ lifecycle, release, facts, policy, published }: StageInput): string | undefined {
  if (published !== undefined && published !== release.policy) return 'another policy was published';
  const { artifact, gate } = release;
  if (artifact && facts.artifact && compareArtifacts(artifact, facts.artifact) === 'changed')
    return 'its files are no longer those that were judged';
  const now = judgement(lifecycle, release, policy, facts);
  if (now && digest([now.verdict, now.reasons]) !== digest([gate?.verdict, gate?.reasons]))
    return 'its evaluation no longer says what it said';
  return undefined;
}

/** Nobody can have agreed to what is there now, and the gate has not seen it: the version goes its way again from the beginning. */
function judgeAnew({ lifecycle, release, now, published }: StageInput, policy: ApprovalPolicy, changed: string): Step {
  const { evaluation: _, artifact: __, gate: ___, decision: ____, approval, ...rest } = release;
  const times = (release.voided?.times ?? 0) + 1;
  const sentence = `It is judged and asked for anew, because ${changed}.`;
  const again: Release = { ...rest, policy: published ?? release.policy, voided: { times, sentence } };
  const { role, count, evidence, given } = approval ?? { role: policy.role, count: policy.count, evidence: '', given: [] };
  const notice = tell(lifecycle, release, now, 'approvalVoid', 'decide', {
    sentence,
    approval: {
      role, count, evidence, given: given.map(({ actor, at }) => ({ actor, at })), fourEyes: policy.fourEyes, startedBy: startedBy(release), onTimeout: policy.onTimeout,
    },
  });
  return step(moveTo(lifecycle, again, 'registered', now), { notices: [notice], rules: ['approval.void'], lookInMs: 0 });
} // prettier-ignore

function goOn({ lifecycle, release, facts, policy, now, mayMove }: StageInput): Step {
  if (!mayMove) {
    const opensMs = Date.parse(lifecycle.conditions.paused?.until ?? '') - now.getTime();
    return step(lifecycle, { lookInMs: opensMs > 0 ? Math.min(LOOK_MS, opensMs) : LOOK_MS });
  }
  const needs = evidenceNeeds(release, policy);
  const unread =
    (release.artifact && !facts.artifact) ||
    (needs.evidence && !facts.evidence) ||
    (needs.measured && !facts.measured) ||
    (needs.lineage && !facts.lineage);
  // The last approval came after this pass had read what it thought it needed.
  if (unread) return step(lifecycle, { rules: ['approval.complete'], lookInMs: 0 });
  return letOut(lifecycle, release, policy, now, 'approval.given');
}

function timeIsOver(input: StageInput, policy: ApprovalPolicy, approval: Approval): Step {
  const { lifecycle, release, now } = input;
  const { role, count, given, overdueSince } = approval;
  const sentence = `${given.length} of ${count} of ${role} approved it within ${formatDuration(policy.expiresMs)}.`;
  switch (policy.onTimeout) {
    case 'reject':
      return endRelease(lifecycle, release, now, { end: 'rejected', cause: 'approvalExpired', sentence, reasons: release.gate?.reasons ?? [], tell: {} }); // prettier-ignore
    case 'hold': {
      if (overdueSince !== undefined) return step(lifecycle, { lookInMs: LOOK_MS });
      const overdue = { ...approval, overdueSince: now.toISOString() };
      const notice = tell(lifecycle, release, now, 'approvalOverdue', 'decide', {
        ...told(input, approval, policy), sentence,
      }); // prettier-ignore
      const held = withRelease(lifecycle, { ...release, approval: overdue });
      return step(held, { notices: [notice], rules: ['approval.overdue'], lookInMs: LOOK_MS });
    }
  }
}
