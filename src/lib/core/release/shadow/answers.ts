import { judgeAnswers, measureAnswers } from '../../shadow/judge.ts';
import type { EnvironmentPolicy } from '../../policy/policy.ts';
import type { Facts, Needs } from '../../step.ts';
import type { Reason } from '../../verdict.ts';
import type { Release, Shadow } from '../state.ts';
import { elapsedMs, stretchesOf } from '../transitions.ts';

/** Each look waits until there is this much more to see: reading takes minutes of a large log, and costs part of the risk. */
const MORE_TO_SEE = 1.5;

/** What is to be read now: from the end of the shadow's time on, while what the policy limits is undecided. */
export function answersDue(asked: Shadow, release: Release, policy: EnvironmentPolicy, now: Date): Needs['answers'] {
  const { answers, forMs } = policy.rollout.shadow ?? {};
  const { since } = asked;
  if (!answers || since === undefined || !release.deployment || !release.fallback) return undefined;
  if (elapsedMs(since, now) < (forMs ?? 0) || !isOpen(asked, policy)) return undefined;
  const to = new Date(now.getTime() - policy.rollout.canary.settleMs);
  const before = asked.answers === undefined ? 0 : elapsedMs(since, new Date(asked.answers.to));
  if (elapsedMs(since, to) <= before * MORE_TO_SEE) return undefined;
  const { maxFlips: _, maxShift: __, ...where } = answers;
  return { ...where, champion: release.fallback.deployment, challenger: release.deployment, from: since, to: to.toISOString() };
} // prettier-ignore

/** Is there anything that another look could say? */
function isOpen({ answers }: Shadow, policy: EnvironmentPolicy): boolean {
  if (answers === undefined) return true;
  const limited = policy.rollout.shadow?.answers;
  if (limited && limited.maxFlips === undefined && limited.maxShift === undefined) return false;
  return answersReasons({ answers }, policy).some(({ verdict }) => verdict === 'inconclusive');
}

/** The shadow as it is known after this pass, with what was read of the answers. */
export function withAnswers(asked: Shadow, due: Needs['answers'], found: Facts['answers'], { rollout }: EnvironmentPolicy): Shadow {
  if (!due || !found || 'away' in found) return asked;
  const look = (asked.answers?.look ?? 0) + 1;
  // What both answered is a stretch of its own among those that share what may be rolled back by chance.
  const risk = rollout.canary.maxFalseRollback / stretchesOf(rollout);
  return { ...asked, answers: { look, to: due.to, found, measured: measureAnswers(found, due, { look, risk }) } };
} // prettier-ignore

/** Empty where the policy limits nothing. `read`: why they cannot be read just now, where that is so. */
export function answersReasons({ answers: seen }: Pick<Shadow, 'answers'>, policy: EnvironmentPolicy, read?: Facts['answers']): readonly Reason[] {
  const limits = policy.rollout.shadow?.answers;
  if (!limits) return [];
  const away = read && 'away' in read ? `the logged answers cannot be read: ${read.away.reason}` : undefined;
  return judgeAnswers(seen, limits, policy.rollout.canary.minRequests).map((reason) =>
    away !== undefined && reason.verdict === 'inconclusive' ? { ...reason, note: away } : reason,
  );
} // prettier-ignore
