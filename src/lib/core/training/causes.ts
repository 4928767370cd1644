import type { Lifecycle } from '../lifecycle.ts';
import { sha256 } from '../names.ts';
import type { Cause, TrainingRequest } from './state.ts';

/** Kept in the row; what is beyond is counted. */
export const CAUSES_KEPT = 6;
/** So many of those beyond are known again. */
export const COUNTED_KEPT = 30;
const DAY_MS = 86_400_000;
/** A request that nothing could be done about for so long is given up. */
const EXPIRES_MS = 30 * DAY_MS;

/** Earliest first, so that the row does not depend on the order in which causes came in. */
function inOrder(causes: readonly Cause[]): readonly Cause[] {
  return causes.toSorted((a, b) => a.at.localeCompare(b.at) || a.id.localeCompare(b.id));
}

/** What a person asked for is never the one that is left out. */
function kept(causes: readonly Cause[]): readonly Cause[] {
  const asked = causes.filter(({ kind }) => kind === 'command');
  const others = causes.filter(({ kind }) => kind !== 'command');
  return inOrder([...asked, ...others].slice(0, CAUSES_KEPT));
}

/**
 * Adds causes to the one request there is; a cause that it holds already, or has counted, changes nothing. Only where more
 * are counted than it remembers may one that is told twice be counted twice, as may those of which it was told a number.
 */
export function coalesce(
  request: TrainingRequest | undefined,
  causes: readonly Cause[],
  since: string,
  more = 0,
): TrainingRequest | undefined {
  const counted = request?.counted ?? [];
  const unheard = causes.filter((cause) => !counted.includes(mark(cause)));
  const known = new Map([...unheard, ...(request?.causes ?? [])].map((cause) => [cause.id, cause]));
  if (known.size === 0) return request;
  const all = inOrder([...known.values()]);
  const named = kept(all);
  const beyond = all.filter((cause) => !named.includes(cause)).map(mark);
  const marks = [...counted, ...beyond].toSorted().slice(0, COUNTED_KEPT);
  return {
    ...(request ?? { since }),
    causes: named,
    more: (request?.more ?? 0) + more + beyond.length,
    ...(marks.length > 0 && { counted: marks }),
  };
}

/** Short, for a row holds many: two of one request that share theirs would be one too few in a number. */
function mark({ id }: Cause): string {
  return sha256(id).slice(0, 8);
}

/** The request without the causes that `keep` refuses; undefined when none is left. */
export function only(request: TrainingRequest, keep: (cause: Cause) => boolean): TrainingRequest | undefined {
  const causes = request.causes.filter(keep);
  if (causes.length === request.causes.length) return request;
  return causes.length === 0 ? undefined : { ...request, causes };
}

/** When the champion was released; undefined for one that Steward met serving, whose age it does not know. */
export function releasedSince({ champion }: Lifecycle): string | undefined {
  return champion?.release === undefined ? undefined : champion.since;
}

/**
 * A finding that is older than the champion's release is answered: the new version was judged against the one that it is
 * about. Everything else stays until it is trained for.
 */
export function unanswered(request: TrainingRequest, since: string | undefined): TrainingRequest | undefined {
  if (since === undefined) return request;
  return only(request, ({ kind, at }) => (kind !== 'monitor' && kind !== 'datasetDrift') || at >= since);
}

/** Never before the end that its reason names. */
export function hasExpired({ since, refused }: TrainingRequest, now: Date): boolean {
  const untilMs = refused?.until === undefined ? 0 : Date.parse(refused.until) + DAY_MS;
  return now.getTime() > Math.max(Date.parse(since) + EXPIRES_MS, untilMs);
}

/** A person asked: what holds a machine's request does not hold a person's. */
export function byPerson({ causes }: Pick<TrainingRequest, 'causes'>): boolean {
  return causes.some(({ kind }) => kind === 'command');
}

/** Of a run that the team started: nothing was submitted for it, so neither budget nor failure is ours. */
export function isOutside({ causes }: Pick<TrainingRequest, 'causes'>): boolean {
  return causes.some(({ kind }) => kind === 'outside');
}
