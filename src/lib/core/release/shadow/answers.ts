import { couldJudge, isLimited, judgeAnswers, measureAnswers } from '../../shadow/judge.ts';
import type { EnvironmentPolicy } from '../../policy/policy.ts';
import type { Facts, Needs } from '../../step.ts';
import type { Reason } from '../../verdict.ts';
import type { Release, Shadow } from '../state.ts';
import { elapsedMs, stretchesOf } from '../transitions.ts';

/** Each look waits until there is this much more to see: reading a large log takes a while, and costs part of the risk. */
const MORE_TO_SEE = 1.5;
/** What could not be read is not tried again at once. */
const AGAIN_MS = 10 * 60_000;

/** What is to be read now: from the end of the shadow's time on, while what the policy limits is undecided. */
export function answersDue(asked: Shadow, release: Release, policy: EnvironmentPolicy, now: Date): Needs['answers'] {
  const { answers, forMs } = policy.rollout.shadow ?? {};
  const { since, answersAway } = asked;
  if (!answers || since === undefined || !release.deployment || !release.fallback) return undefined;
  if (elapsedMs(since, now) < (forMs ?? 0) || !isOpen(asked, policy)) return undefined;
  if (answersAway && elapsedMs(answersAway.at, now) < AGAIN_MS) return undefined;
  const to = new Date(now.getTime() - policy.rollout.canary.settleMs);
  const before = asked.answers === undefined ? 0 : elapsedMs(since, new Date(asked.answers.to));
  if (elapsedMs(since, to) <= before * MORE_TO_SEE) return undefined;
  const { maxFlips: _, maxShift: __, ...where } = answers;
  return { ...where, champion: release.fallback.deployment, challenger: release.deployment, from: since, to: to.toISOString() };
} // prettier-ignore

/** Is there anything that another look could say? */
function isOpen({ answers }: Shadow, policy: EnvironmentPolicy): boolean {
  if (answers === undefined) return true;
  if (answers.found.cut || !isLimited(policy.rollout.shadow?.answers)) return false;
  return answersReasons({ answers }, policy).some(({ verdict }) => verdict === 'inconclusive');
}

/** The shadow as it is known after this pass, with what was read of the answers. */
export function withAnswers(asked: Shadow, due: Needs['answers'], read: Facts['answers'], { rollout }: EnvironmentPolicy, now: Date): Shadow {
  if (!due || !read) return asked;
  if ('away' in read) return { ...asked, answersAway: { at: now.toISOString(), reason: read.away.reason } };
  const { answersAway: _, ...known } = asked;
  const before = asked.answers?.look ?? 0;
  // What both answered is a stretch of its own among those that share what may be rolled back by chance.
  const risk = rollout.canary.maxFalseRollback / stretchesOf(rollout);
  const look = couldJudge(read, rollout.canary.minRequests) ? before + 1 : before;
  const measured = measureAnswers(read, due, { look: before + 1, risk });
  return { ...known, answers: { look, to: due.to, found: read, measured } };
} // prettier-ignore

/** Empty where the policy limits nothing. */
export function answersReasons({ answers: seen, answersAway }: Pick<Shadow, 'answers' | 'answersAway'>, policy: EnvironmentPolicy): readonly Reason[] {
  const limits = policy.rollout.shadow?.answers;
  if (!limits) return [];
  const away = answersAway && `the logged answers cannot be read: ${answersAway.reason}`;
  return judgeAnswers(seen, limits, policy.rollout.canary.minRequests).map((reason) =>
    away !== undefined && reason.verdict === 'inconclusive' ? { ...reason, note: away } : reason,
  );
} // prettier-ignore
