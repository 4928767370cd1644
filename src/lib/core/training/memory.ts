import type { Lifecycle } from '../lifecycle.ts';
import type { EndedRelease } from '../release/state.ts';
import { digest } from '../names.ts';
import { inBrief, trainingThatMade, withOrigin } from './lineage.ts';
import type { EndedTraining, Pin, Training, TrainingMemory } from './state.ts';

/** Ended trainings kept in the row; all of them have rows of their own. */
const ENDED_KEPT = 3;

export const NOTHING_REMEMBERED: TrainingMemory = { hints: [], starts: [], ended: [] };

export function remember(lifecycle: Lifecycle, change: Partial<TrainingMemory>): Lifecycle {
  return { ...lifecycle, trained: { ...NOTHING_REMEMBERED, ...lifecycle.trained, ...change } };
}

/** The same for the same data at the same versions, whatever the inputs are called. Undefined: no pins prove nothing. */
export function dataDigest(pins: readonly Pin[]): string | undefined {
  const named = [...new Set(pins.map(({ data, version }) => `${data}:${version}`))].toSorted();
  return named.length === 0 ? undefined : digest(named).slice(0, 32);
}

/** Submissions that the budget's window still holds, oldest first. */
export function startsWithin(starts: readonly string[], windowMs: number, now: Date): readonly string[] {
  return starts.filter((start) => now.getTime() - Date.parse(start) < windowMs);
}

export interface TrainingEnding {
  readonly end: EndedTraining['end'];
  readonly cause: string;
  readonly sentence: string;
  readonly computeMinutes?: number;
  readonly version?: string;
}

/** What the ledger gets, and the row that remembers it. */
interface Noted {
  readonly lifecycle: Lifecycle;
  readonly ledger: EndedTraining;
}

/** Ends the training under way: it leaves the row, and its entry goes into the ledger. */
export function endTraining(
  lifecycle: Lifecycle,
  training: Training,
  { computeMinutes = 0, ...ending }: TrainingEnding,
  now: Date,
): Noted {
  const { number, job, source, pins, attempt, commit, spentMinutes, since } = training;
  const data = dataDigest(pins);
  const ledger: EndedTraining = {
    ...ending, number, job, source, attempts: attempt, at: now.toISOString(), submittedAt: since, ...inBrief(training),
    durationMs: Math.max(0, now.getTime() - Date.parse(since)), computeMinutes: spentMinutes + computeMinutes,
    ...(commit === undefined ? {} : { commit }), ...(data === undefined ? {} : { data }),
  }; // prettier-ignore
  const { training: _, ...rest } = lifecycle;
  const ended = [ledger, ...(lifecycle.trained?.ended ?? [])].slice(0, ENDED_KEPT);
  const row = remember(withOrigin(rest, ledger), { ended });
  // A version that its job registered itself may have been released, or turned down, before the job ended.
  const release = lifecycle.ended.find(({ version, at }) => version === ledger.version && at >= since);
  return release ? learn(row, ledger, release) : { lifecycle: row, ledger };
}

/** Ends that speak of what the version is, and not of a template, a quota or a person's wish. */
const TURNED_DOWN: ReadonlySet<string> = new Set(['gate', 'undecided', 'canary', 'watch', 'shadow', 'smokeTest']);

/** What became of a version that a training made. */
export function noteRelease(
  lifecycle: Lifecycle,
  release: EndedRelease,
): Pick<Noted, 'lifecycle'> & { readonly ledger?: EndedTraining } {
  const training = trainingThatMade(lifecycle, release.version);
  return training ? learn(lifecycle, training, release) : { lifecycle };
}

/** The data of a version that was turned down is remembered. */
function learn(lifecycle: Lifecycle, training: EndedTraining, { number, version, end, cause, gain }: EndedRelease): Noted {
  const ledger = { ...training, release: { number, end, ...(gain === undefined ? {} : { gain }) } };
  const ended = (lifecycle.trained?.ended ?? []).map((each) => (each === training ? ledger : each));
  const { data } = training;
  const turnedDown = end !== 'released' && TURNED_DOWN.has(cause) && data !== undefined;
  const rejected = turnedDown ? { rejected: { version, data } } : {};
  return { lifecycle: remember(lifecycle, { ended, ...rejected }), ledger };
} // prettier-ignore
