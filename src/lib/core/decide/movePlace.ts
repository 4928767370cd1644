import type { Decision } from '../decide.ts';
import type { Lifecycle, Place, Split } from '../lifecycle.ts';
import type { Notice } from '../notice.ts';

type Where = Pick<Place, 'workspace' | 'endpoint' | 'serves'>;

export function samePlace(a: Where, b: Where): boolean {
  if (a.serves !== b.serves) return false;
  return a.workspace.toLowerCase() === b.workspace.toLowerCase() && a.endpoint.toLowerCase() === b.endpoint.toLowerCase(); // prettier-ignore
}

/**
 * The policy speaks of another endpoint, and nothing is under way: what the row knows of the old one is forgotten, and the
 * next release meets the new one as any that was never seen. What serves at the old one goes on serving, told once. In another
 * workspace versions have other numbers and data another history, so what was learned, ordered or to be told of those is
 * forgotten as well.
 */
export function movePlace(lifecycle: Lifecycle, to: Place, now: Date): Decision {
  const { champion: _, traffic, place, conditions: all, ...kept } = lifecycle;
  const { held: __, unreachable: ___, withdrawn: ____, unpublished: _____, ...conditions } = all;
  const far = place !== undefined && place.workspace.toLowerCase() !== to.workspace.toLowerCase();
  const rest: Lifecycle = { ...kept, retiring: [], conditions };
  const next = far ? elsewhere(rest) : rest;
  return {
    next,
    actions: [],
    notices: [notice(lifecycle, to, now, { live: traffic?.verified?.split, far })],
    rules: [`place.moved ${place?.endpoint} ${to.endpoint}`],
    refused: {},
    lookInMs: 0,
  };
}

function elsewhere(lifecycle: Lifecycle): Lifecycle {
  const { newestVersion: _, waiting: __, arrived: ___, breakingGlass: ____, sending: _____, arriving, trained, request, ...rest } = lifecycle; // prettier-ignore
  return {
    ...rest,
    ended: [],
    ...(arriving ? { arriving: unnumbered(arriving) } : {}),
    ...(request ? { request: uncollected(request) } : {}),
    // What was spent counts on; runs, data and findings are the old workspace's.
    ...(trained ? { trained: { hints: [], starts: trained.starts, ended: trained.ended } } : {}),
  };
}

/** It gets the number that is free in the new workspace. */
function unnumbered(arriving: NonNullable<Lifecycle['arriving']>): NonNullable<Lifecycle['arriving']> {
  const { as: _, taken: __, bringingUntil: ___, ...rest } = arriving;
  return rest;
}

function uncollected(request: NonNullable<Lifecycle['request']>): NonNullable<Lifecycle['request']> {
  const { collecting: _, ...rest } = request;
  return rest;
}

function notice(lifecycle: Lifecycle, to: Place, now: Date, { live, far }: { readonly live: Split | undefined; readonly far: boolean }): Notice {
  const { environment, model, champion, place } = lifecycle;
  const at = now.toISOString();
  const left = lifecycle.retiring.map(({ deployment }) => deployment).join(', ');
  return {
    id: `placeMoved-${at}`, kind: 'placeMoved', audience: 'inform', environment, model, at, reasons: [],
    sentence: `Endpoint ${place?.endpoint} of ${nameOf(place?.workspace)} is no longer looked after; endpoint ${to.endpoint} of ${nameOf(to.workspace)} is.${left === '' ? '' : ` Left there, not in use, to be deleted by hand: ${left}.`}${far ? dropped(lifecycle) : ''}`,
    ...(champion ? { champion: champion.version } : {}), ...(live ? { live } : {}),
  };
} // prettier-ignore

/** Under these numbers the new workspace has other versions. */
function dropped({ breakingGlass, sending }: Lifecycle): string {
  const ordered = breakingGlass ? ` The break-glass for version ${breakingGlass.version} that ${breakingGlass.actor} ordered is void.` : ''; // prettier-ignore
  return sending
    ? `${ordered} Released version ${sending.version} is not handed on to ${sending.to.join(', ')}.`
    : ordered;
}

function nameOf(workspace: string | undefined): string {
  return `workspace ${workspace?.split('/').at(-1) ?? 'unknown'}`;
}
