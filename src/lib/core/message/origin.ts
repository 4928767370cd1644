import type { Notice } from '../notice.ts';
import type { Origin } from '../origin.ts';
import type { Pin } from '../training/state.ts';
import { causesInShort } from './causes.ts';
import { series, versionName } from './figures.ts';
import { challengerOf, line, type Part } from './letter.ts';

const PINS_NAMED = 3;

/** Lineage as far as it is known: causes, training, version, and what it was made of. */
export function whereFrom(notice: Notice): Part[] {
  return notice.origin === undefined ? [] : line('Where from', `${way(notice.origin, challengerOf(notice))}.`);
}

function way(origin: Origin, version: string): string {
  const { from, job, training, causes = [], more = 0 } = origin;
  const before = from && `${versionName(from.version)} released in ${from.environment}`;
  if (training === undefined) {
    const made = job === undefined ? 'registered by hand, without a training job' : `training job ${job}`;
    return before === undefined ? made : `${before} (${made})`;
  }
  const why = causesInShort(causes, more);
  const stations = [
    ...(why === '' ? [] : [why]),
    `training ${job ?? training}`,
    ...(before === undefined ? [] : [before]),
    version,
  ];
  return `${stations.join(' -> ')}${madeOf(origin)}`;
}

function madeOf({ commit, data = [] }: Origin): string {
  const facts = [
    ...(commit === undefined ? [] : [`commit ${commitName(commit)}`]),
    ...(data.length === 0 ? [] : [`data ${dataInShort(data)}`]),
  ];
  return facts.length === 0 ? '' : ` (${facts.join(', ')})`;
}

/** `mails:14`; an asset that several inputs read is one. */
function dataInShort(pins: readonly Pin[]): string {
  const assets = [...new Set(pins.map(({ data, version }) => `${data}:${version}`))];
  return series(assets.slice(0, PINS_NAMED), Math.max(0, assets.length - PINS_NAMED));
}

/** A git commit as git abbreviates it; anything else stays as it is. */
export function commitName(commit: string): string {
  return /^[0-9a-f]{40}$/i.test(commit) ? commit.slice(0, 7) : commit;
}
