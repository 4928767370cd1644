import type { Command } from './inbox.ts';
import type { Lifecycle } from './lifecycle.ts';
import type { EndedRelease, Retry } from './release/state.ts';
import { compareVersions } from './versions.ts';

const MAY_BE_TRIED_AGAIN: ReadonlySet<EndedRelease['end']> = new Set(['rejected', 'rolledBack', 'aborted']);
const REASON_KEPT = 200;

/** The release whose version may go its way again: the newest, while nothing newer serves or is on its way. */
export function retriable({ release, waiting, arriving, ended, champion }: Lifecycle): EndedRelease | undefined {
  const [newest] = ended;
  if (!newest || release || waiting || arriving || !MAY_BE_TRIED_AGAIN.has(newest.end)) return undefined;
  if (champion && compareVersions(newest.version, champion.version) <= 0) return undefined;
  return newest;
}

/** The version waits again, and gets a release of its own with a new number, judged from the beginning. */
export function retry(lifecycle: Lifecycle, { actor, reason, identity }: Command, now: Date): Lifecycle {
  const before = retriable(lifecycle);
  if (!before) return lifecycle;
  const asked: Retry = {
    of: before.number, actor, reason: reason.slice(0, REASON_KEPT), startedBy: before.startedBy ?? [],
    ...(identity ? { by: identity.id } : {}),
  }; // prettier-ignore
  return { ...lifecycle, waiting: { version: before.version, since: now.toISOString(), retry: asked } };
}
