/** What an endpoint is asked, one file an hour, and the versions that are made of it. */
import assert from 'node:assert/strict';
import type { Outcome } from '../../src/lib/core/inbox.ts';
import type { Action, TrainingFacts, TrainingNeeds } from '../../src/lib/core/step.ts';

const HOUR_MS = 3_600_000;

/** What making a version meets until something else is said, `foreign` and `crash` once: made, made without a word, or not made. */
export type Meets = 'nothing' | 'lostAnswer' | 'outage' | 'forbidden' | 'foreign' | 'crash';

export class CollectedData {
  /** Version -> the end of its window; of those that somebody else made nothing is known. */
  readonly versions = new Map<string, string | undefined>([['1', undefined]]);
  next: Meets = 'nothing';
  tries = 0;

  get newest(): string {
    return String(this.versions.size);
  }

  facts({ collected, collectedVersion }: TrainingNeeds): TrainingFacts {
    const facts: TrainingFacts = collectedVersion ? { collectedVersion: this.versions.get(collectedVersion.version) !== undefined } : {}; // prettier-ignore
    if (!collected) return facts;
    const hours = (from: string) => Math.max(0, (Date.parse(collected.to) - Date.parse(from)) / HOUR_MS);
    const reached = [...this.versions.values(), collected.from].filter((to) => to !== undefined).toSorted().at(-1) ?? '';
    const files = hours(collected.from);
    return { ...facts, collected: { files, bytes: files, newFiles: hours(reached), nextVersion: String(this.versions.size + 1) } }; // prettier-ignore
  }

  make({ version, to }: Extract<Action, { do: 'collectData' }>): Outcome | undefined {
    this.tries += 1;
    const meets = this.next;
    if (meets === 'foreign' || meets === 'crash') this.next = 'nothing';
    if (meets === 'crash') return undefined;
    const of = 'collectData';
    if (meets === 'outage') return { of, result: 'unavailable', provider: 'the datastore', message: 'HTTP 503' };
    if (meets === 'forbidden') return { of, result: 'refused', code: 'forbidden', message: 'HTTP 403' };
    if (meets === 'foreign' && !this.versions.has(version)) this.versions.set(version, undefined);
    if (this.versions.has(version) && this.versions.get(version) === undefined)
      return { of, result: 'refused', code: 'foreign', message: 'taken' };
    const latest = [...this.versions.values()].filter((end) => end !== undefined).toSorted().at(-1) ?? '';
    if (!this.versions.has(version)) assert.ok(to > latest, 'a version that holds nothing new');
    if (!this.versions.has(version)) this.versions.set(version, to);
    return meets === 'lostAnswer' ? { of, result: 'unavailable', provider: 'Azure ML', message: 'time-out' } : undefined;
  }
} // prettier-ignore
