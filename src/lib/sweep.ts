import { Unavailable } from './core/errors.ts';
import type { Lifecycles, Policies } from './ports.ts';
import { attempt, throwBug } from './sweep/attempt.ts';
import type { FoundDeps } from './sweep/found.ts';
import { askOverdue, type OverdueDeps } from './sweep/overdue.ts';
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
  await askOverdue(deps);
  const met: unknown[] = [];
  for (const place of await everyPlace(deps.policies)) {
    met.push(await attempt('Schedule skipped', place, deps.log, () => takeSlot(place, deps)));
    // The storage of all: to wait for it once more per place would only delay the next run.
    if (met.at(-1) instanceof Unavailable) break;
  }
  throwBug(met);
}
