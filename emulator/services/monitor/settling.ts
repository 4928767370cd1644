import type { World } from '../../world.ts';

export const minuteMs = 60_000;

/** Virtual: how old a minute's end must be before it can be seen whole. */
export const defaultSettleMs = 2 * minuteMs;

/** Minutes of an endpoint that start in [from, to) arrive `lateByMs` virtual ms after their time, or never. */
export interface LateMinutes {
  readonly endpoint: string;
  readonly from: Date;
  readonly to: Date;
  readonly lateByMs: number | 'never';
}

const lateMinutesOf = new WeakMap<World, LateMinutes[]>();

/** The nasty minutes of a world, empty at first; push to it to make minutes late or lost. */
export function lateMinutes(world: World): LateMinutes[] {
  const known = lateMinutesOf.get(world) ?? [];
  lateMinutesOf.set(world, known);
  return known;
}

/**
 * What of a minute has arrived: nothing in the first half of the settling delay after its end, then the requests of
 * its first thirty seconds, then all.
 */
export function arrived(
  { world, endpoint, settleMs }: { world: World; endpoint: string; settleMs: number },
  minuteStart: Date,
): 'nothing' | 'firstHalf' | 'all' {
  let ageMs = world.clock.now().getTime() - minuteStart.getTime() - minuteMs;
  for (const late of lateMinutes(world)) {
    if (late.endpoint !== endpoint || minuteStart < late.from || minuteStart >= late.to) continue;
    if (late.lateByMs === 'never') return 'nothing';
    ageMs -= late.lateByMs;
  }
  if (ageMs >= settleMs) return 'all';
  return ageMs >= settleMs / 2 ? 'firstHalf' : 'nothing';
}
