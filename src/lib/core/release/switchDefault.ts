import { sameSplit } from '../lifecycle.ts';
import { type Release } from './state.ts';
import type { Stage } from '../step.ts';
import { take } from './take.ts';
import { splitFor } from './traffic.ts';
import { moveTo, step } from './transitions.ts';

const MINUTE_MS = 60_000;

/** Phase `shifting` of a batch endpoint: its default deployment is one, so there is one step. */
export const switchDefault: Stage = {
  needs: () => ({ endpoint: true, deployments: true }),
  decide(input) {
    const { lifecycle, release, facts, now } = input;
    if (!facts.endpoint || facts.endpoint === 'absent' || !facts.deployments || !release.deployment)
      return step(lifecycle, { lookInMs: MINUTE_MS });
    const desired = splitFor(release.deployment, release.fallback?.deployment, 100);
    if (!lifecycle.traffic || !sameSplit(lifecycle.traffic.desired, desired)) {
      const stay = (rule: string) => step(lifecycle, { rules: [rule], lookInMs: MINUTE_MS });
      return take(input, facts.endpoint, desired, { rule: 'shift.default', stay });
    }
    // `decide` runs a stage only when the default is as desired, so it has just been read back.
    const at = now.toISOString();
    const next: Release = { ...release, stepVerifiedAt: at, trail: [{ percent: 100, at }] };
    return step(moveTo(lifecycle, next, 'watching', now), { rules: ['shift.isDefault'], lookInMs: 0 });
  },
};
