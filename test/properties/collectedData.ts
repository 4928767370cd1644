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
  /** Nobody asks the endpoint anything. */
  silent = false;
  #offered = 0;
  #againFromMs = 0;

  get newest(): string {
    return String(this.versions.size);
  }

  facts({ collected, collectedVersion }: TrainingNeeds): TrainingFacts {
    const facts: TrainingFacts = collectedVersion ? { collectedVersion: this.versions.get(collectedVersion.version) !== undefined } : {}; // prettier-ignore
    if (!collected) return facts;
    const hours = (from: string) => Math.max(0, (Date.parse(collected.to) - Date.parse(from)) / HOUR_MS);
    const reached = [...this.versions.values(), collected.from].filter((to) => to !== undefined).toSorted().at(-1) ?? '';
    const files = hours(collected.from);
    this.#offered = this.silent ? 0 : hours(reached);
    return { ...facts, collected: { files, bytes: files, newFiles: this.#offered, nextVersion: String(this.versions.size + 1) } }; // prettier-ignore
  }

  /** `begins`: it is asked for the first time, for this request. */
  make({ version, to }: Extract<Action, { do: 'collectData' }>, nowMs: number, begins: boolean): Outcome | undefined {
    this.tries += 1;
    assert.ok(!begins || this.#offered > 0, 'a version of nothing new');
    assert.ok(begins || nowMs >= this.#againFromMs, 'what was refused is asked again too soon');
    const meets = this.next;
    if (meets === 'foreign' || meets === 'crash') this.next = 'nothing';
    if (meets === 'crash') return undefined;
    const of = 'collectData';
    this.#againFromMs = nowMs + (meets === 'forbidden' ? HOUR_MS : meets === 'outage' || meets === 'lostAnswer' ? 60_000 : 0);
    if (meets === 'outage') return { of, result: 'unavailable', provider: 'the datastore', message: 'HTTP 503' };
    if (meets === 'forbidden') return { of, result: 'refused', code: 'forbidden', message: 'HTTP 403' };
    if (meets === 'foreign' && !this.versions.has(version)) this.versions.set(version, undefined);
    if (this.versions.has(version) && this.versions.get(version) === undefined)
      return { of, result: 'refused', code: 'foreign', message: 'taken' };
    if (!this.versions.has(version)) this.versions.set(version, to);
    return meets === 'lostAnswer' ? { of, result: 'unavailable', provider: 'Azure ML', message: 'time-out' } : undefined;
  }
} // prettier-ignore
