import type { Notice } from '../notice.ts';
import { versionName } from './figures.ts';
import type { Check } from './reason.ts';

/** A message before it is text or HTML. Every string is one line. */
export interface Letter {
  /** Without the name of the lifecycle, which `mail` puts in front. */
  readonly subject: string;
  /** `act`: mend it now. `ask`: somebody has to choose. `calm`: good to know. */
  readonly mood: 'act' | 'ask' | 'calm';
  /** The state, first of all: what serves, and whether there is anything to do. */
  readonly headline: string;
  readonly parts: readonly Part[];
}

export type Part =
  | { readonly kind: 'line'; readonly label: string; readonly text: string }
  | { readonly kind: 'list'; readonly label: string; readonly items: readonly Item[] }
  | { readonly kind: 'checks'; readonly challenger: string; readonly champion: string; readonly rows: readonly Check[] }
  | { readonly kind: 'traffic'; readonly rows: readonly TrafficRow[] }
  | { readonly kind: 'choices'; readonly label: string; readonly choices: readonly Choice[] };

/** One of several things, with what was measured of it. */
export interface Item {
  readonly text: string;
  readonly details: readonly string[];
}

export interface TrafficRow {
  readonly deployment: string;
  readonly live: string;
  readonly expected: string;
}

export interface Choice {
  readonly text: string;
  /** A line for a shell. */
  readonly command?: string;
}

/** A line, or nothing where there is nothing to say. */
export function line(label: string, text: string | undefined): Part[] {
  return text === undefined || text === '' ? [] : [{ kind: 'line', label, text }];
}

/** A list, or nothing where it would be empty. */
export function list(label: string, items: readonly Item[]): Part[] {
  return items.length === 0 ? [] : [{ kind: 'list', label, items }];
}

export function challengerOf(notice: Notice): string {
  return notice.version === undefined ? 'the challenger' : versionName(notice.version);
}

export function championOf(notice: Notice): string | undefined {
  return notice.champion === undefined ? undefined : versionName(notice.champion);
}

export function stillServes(notice: Notice): string {
  const champion = championOf(notice);
  return champion === undefined ? 'There is no champion yet' : `${champion} keeps serving`;
}

/** What an endpoint of this kind has that decides which version is asked. */
export function routingWord({ batch }: Notice): string {
  return batch ? 'the default deployment' : 'traffic';
}

/** What Steward goes on doing about a rollback that is not verified, and so how long to wait for it. */
export function goesOn(notice: Notice): string {
  const champion = championOf(notice) ?? 'the version before';
  if (notice.wayBack === 'deploying')
    return `Steward deploys ${champion} again and goes back when it is ready, in minutes.`;
  if (notice.wayBack === 'failed') return 'Steward cannot go on: a person must decide.';
  return 'Steward keeps trying; do not wait for it.';
}
