import type { Lifecycle } from '../lifecycle.ts';
import type { Release } from './state.ts';
import type { StageInput, Step } from '../step.ts';
import { endRelease, keep, later, type Ending } from './transitions.ts';

/** The challenger is the champion; what it took over from is kept for a while. `release`: with what was judged of it last. */
export function crown(
  { policy, now }: Pick<StageInput, 'policy' | 'now'>,
  row: Lifecycle,
  release: Release,
  { sentence, reasons = [], tell = {} }: Pick<Ending, 'sentence' | 'reasons' | 'tell'>,
): Step {
  const until = later(now, policy.rollout.keepPreviousMs);
  // Updated in place there is none that could be kept.
  const replaced = release.inPlace ? undefined : release.fallback;
  const crowned: Lifecycle = {
    ...row,
    champion: {
      version: release.version,
      deployment: release.deployment ?? '',
      since: release.stepVerifiedAt ?? now.toISOString(),
      release: release.number,
      ...(replaced ? { replaced: replaced.deployment } : {}),
      ...(release.gate?.slices ? { slices: release.gate.slices } : {}),
    },
  };
  const kept = replaced ? keep(crowned, { ...replaced, until }) : crowned;
  return endRelease(kept, release, now, {
    end: 'released', cause: 'watched', sentence,
    reasons: [...(release.gate?.reasons ?? []), ...reasons],
    tell: { steps: release.trail ?? [], ...(replaced ? { keptUntil: until } : {}), ...tell },
  }); // prettier-ignore
}
