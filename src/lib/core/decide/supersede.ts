import type { Known } from '../decide.ts';
import type { Lifecycle } from '../lifecycle.ts';
import type { Release } from '../release/state.ts';
import { endRelease, turnBack } from '../release/transitions.ts';
import type { Action, Step } from '../step.ts';

/**
 * Where the policy says so, a release makes room for a newer version that waits: at once before it has a deployment, else by
 * turning back, so that the newer one begins where the champion has all traffic again, as a GET has shown. A version that
 * has all traffic is watched to its end, and one that a person let go on goes on.
 */
export function makesRoom({ policy, now }: Pick<Known, 'policy' | 'now'>, lifecycle: Lifecycle, release: Release): Step | undefined {
  const { waiting, conditions } = lifecycle;
  if (!waiting || policy.rollout.onNewerVersion !== 'supersede') return undefined;
  if (conditions.paused || conditions.held || release.promoted || release.decision || release.breakGlass) return undefined;
  const cause = 'superseded';
  const sentence = `Version ${waiting.version} is newer, and the policy lets it take the place of one that is under way.`;
  switch (release.phase) {
    case 'registered':
    case 'evaluating':
    case 'gating':
    case 'awaitingDecision':
    case 'awaitingApproval':
      return { ...endRelease(lifecycle, release, now, { end: 'superseded', cause, sentence, tell: {} }), actions: unneeded(release) };
    case 'deploying':
    case 'smokeTesting':
    case 'shadowing':
    case 'shifting':
      return turnBack(lifecycle, release, now, { cause, sentence });
    case 'watching':
    case 'rollingBack':
      return undefined;
  }
} // prettier-ignore

/** Nobody waits for the answer of its evaluation any more. */
function unneeded({ phase, evaluation }: Release): readonly Action[] {
  return phase === 'evaluating' && evaluation?.job !== undefined ? [{ do: 'cancelJob', job: evaluation.job }] : [];
}
