import type { InboxItem } from '../core/inbox.ts';
import type { Key } from '../core/lifecycle.ts';
import type { Log } from '../log.ts';
import type { Lifecycles, WorkQueue } from '../ports.ts';

export interface PutDeps {
  readonly lifecycles: Pick<Lifecycles, 'append'>;
  readonly queue: Pick<WorkQueue, 'look'>;
  readonly log: Log;
}

/** Stores the item and asks for a pass. Known and read: nothing to do. Known and unread: the asking may have got lost. */
export async function putItem(key: Key, item: InboxItem, { lifecycles, queue, log }: PutDeps): Promise<void> {
  const { known, unread } = await lifecycles.append(key, item);
  if (!known || unread) await queue.look(key);
  log.info(known ? 'Item known already' : 'Item taken in', { ...key, factKey: item.factKey });
}
