import { factKey } from '../core/names.ts';
import { lastSlot } from '../core/training/schedule.ts';
import { takesIn } from '../core/training/takesIn.ts';
import { takeOnce, type FoundDeps } from './found.ts';
import type { Place } from './place.ts';

/** A slot that the app slept through is made up for within a day; what is older is left to the next one. */
const LATE_MS = 24 * 60 * 60_000;

/** The last slot of the schedule, when it came since the policy says so. */
export async function takeSlot({ key, policy, whole, changedAt }: Place, deps: FoundDeps): Promise<void> {
  const schedule = policy.training?.when.schedule;
  if (!schedule || !takesIn(whole, policy, 'schedule')) return;
  const now = deps.clock.now().getTime();
  const at = lastSlot(schedule, new Date(now))?.getTime();
  if (at === undefined || at <= Date.parse(changedAt) || now - at > LATE_MS) return;
  const slot = new Date(at).toISOString();
  await takeOnce(key, factKey.scheduleDue(slot), { kind: 'scheduleDue', slot }, deps);
}
