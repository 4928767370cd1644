import { Unavailable } from './core/errors.ts';
import type { Lifecycles, Policies } from './ports.ts';
import { attempt, throwBug } from './sweep/attempt.ts';
import type { FoundDeps } from './sweep/found.ts';
import { askOverdue, GIVES_UP_AFTER, type OverdueDeps } from './sweep/overdue.ts';
import { everyPlace } from './sweep/place.ts';
import { takeSlot } from './sweep/schedule.ts';

export interface SweepDeps extends OverdueDeps, FoundDeps {
  readonly index: OverdueDeps['index'] & FoundDeps['index'];
  readonly lifecycles: Pick<Lifecycles, 'load' | 'append' | 'knows'>;
  readonly policies: Pick<Policies, 'estate' | 'all'>;
}

/**
 * The net under lost messages, and the clock of schedules. Runs each minute and asks nobody but storage: what waits for a
 * workspace has no place here, since a run that lasts longer is followed by none. Twice at once does no harm.
 */
export async function sweep(deps: SweepDeps): Promise<void> {
  try {
    await askOverdue(deps);
  } finally {
    await takeSlots(deps);
  }
}

async function takeSlots(deps: SweepDeps): Promise<void> {
  const met: unknown[] = [];
  for (const place of await everyPlace(deps.policies)) {
    met.push(await attempt('Schedule skipped', place, deps.log, () => takeSlot(place, deps)));
    const last = met.slice(-GIVES_UP_AFTER);
    if (last.length === GIVES_UP_AFTER && last.every((error) => error instanceof Unavailable)) break;
  }
  throwBug(met);
}
