import type { Release } from './state.ts';
import type { Stage } from '../step.ts';
import { crown } from './crown.ts';
import { elapsedMs, step } from './transitions.ts';

const MINUTE_MS = 60_000;

/** Phase `watching` of a batch endpoint: whoever starts jobs has so long to object. Nothing measures what they do. */
export const watchDefault: Stage = {
  needs: () => ({ endpoint: true }),
  decide(input) {
    const { lifecycle, release, policy, now, mayMove } = input;
    const leftMs = policy.rollout.watchMs - elapsedMs(release.phaseSince, now);
    if (leftMs > 0) return step(lifecycle, { lookInMs: Math.min(leftMs, MINUTE_MS) });
    if (!mayMove) return step(lifecycle, { rules: ['watch.mayNotMove'], lookInMs: MINUTE_MS });
    return crown(input, lifecycle, release, { sentence: sentenceOf(release) });
  },
};

function sentenceOf({ testRun: tested, gate, decision }: Release): string {
  const judged = decision ? `A person let it go on (${decision.actor})` : gate ? 'It passed the gate' : 'It was released'; // prettier-ignore
  const { job, data, files = 0, rows } = tested ?? {};
  const left = rows === undefined ? `${files} ${files === 1 ? 'file' : 'files'}` : `${rows} rows`;
  const shown = job === undefined ? '' : `, and its test job ${job} on ${data ?? 'the test data'} left ${left}`;
  return `${judged}${shown}. How later jobs fare is not measured.`;
}
