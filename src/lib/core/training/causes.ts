import type { Lifecycle } from '../lifecycle.ts';
import type { Cause, TrainingRequest } from './state.ts';

/** Kept in the row; what is beyond is counted. */
export const CAUSES_KEPT = 6;
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
 * Adds causes to the one request there is; a cause that it holds already changes nothing. What is counted and not kept
 * may be counted twice when it is told twice.
 */
export function coalesce(
  request: TrainingRequest | undefined,
  causes: readonly Cause[],
  since: string,
  more = 0,
): TrainingRequest | undefined {
  const known = new Map([...causes, ...(request?.causes ?? [])].map((cause) => [cause.id, cause]));
  if (known.size === 0) return request;
  const all = inOrder([...known.values()]);
  const beyond = Math.max(0, all.length - CAUSES_KEPT);
  return { ...(request ?? { since }), causes: kept(all), more: (request?.more ?? 0) + more + beyond };
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
