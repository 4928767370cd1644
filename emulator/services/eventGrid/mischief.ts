import type { Clock, Mischief, WorkspaceEvent } from '../../world.ts';
import type { EventRecord } from './ledger.ts';

/** An event that waits for the next one is let go after this, virtual: Event Grid is late, not lossy. */
const reorderLimitMs = 10 * 60_000;

/** Counts an event on all mischief of its kind; the first that is due is used up by one and returned. */
export function dueMischief(all: readonly Mischief[], kind: WorkspaceEvent['kind']): Mischief | undefined {
  let due: Mischief | undefined;
  for (const mischief of all) {
    if (mischief.event !== kind) continue;
    mischief.seen += 1;
    if (due === undefined && mischief.times > 0 && mischief.seen > (mischief.skip ?? 0)) due = mischief;
  }
  if (due) due.times -= 1;
  return due;
}

/** Sends events on, as they come or as mischief has it. Events that were held back follow the next one. */
export function mischiefMaker(clock: Clock, send: (record: EventRecord) => void) {
  const held = new Map<EventRecord, () => void>();
  const release = (record: EventRecord) => {
    held.get(record)?.();
    held.delete(record);
    send(record);
  };
  return (record: EventRecord, mischief: Mischief | undefined): void => {
    const overtaken = [...held.keys()];
    switch (mischief?.kind) {
      case undefined:
        send(record);
        break;
      case 'double':
        send(record);
        send(record);
        break;
      case 'delay':
        clock.after(mischief.delayMs ?? 0, () => send(record));
        return;
      case 'lose':
        return;
      case 'reorder':
        held.set(
          record,
          clock.after(reorderLimitMs, () => release(record)),
        );
        return;
    }
    for (const earlier of overtaken) release(earlier);
  };
}
