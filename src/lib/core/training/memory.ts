import type { ClosedRelease, Lifecycle } from '../lifecycle.ts';
import type { EndedTraining, Pin, Training, TrainingMemory } from './state.ts';

/** Ended trainings kept in the row; all of them have rows of their own. */
const ENDED_KEPT = 3;
const ENDED_CAUSES = 3;

export const NOTHING_REMEMBERED: TrainingMemory = { hints: [], starts: [], ended: [] };

export function remember(lifecycle: Lifecycle, change: Partial<TrainingMemory>): Lifecycle {
  return { ...lifecycle, trained: { ...NOTHING_REMEMBERED, ...lifecycle.trained, ...change } };
}

/** The same data at the same versions, whatever the inputs are called. No pins at all prove nothing. */
export function samePins(a: readonly Pin[], b: readonly Pin[]): boolean {
  const named = (pins: readonly Pin[]) =>
    [...new Set(pins.map(({ data, version }) => `${data}:${version}`))].toSorted();
  const [left, right] = [named(a), named(b)];
  return left.length > 0 && left.length === right.length && left.every((pin, index) => pin === right[index]);
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

/** Ends the training under way: it leaves the row, and its entry goes into the ledger. */
export function endTraining(
  lifecycle: Lifecycle,
  training: Training,
  { computeMinutes = 0, ...ending }: TrainingEnding,
  now: Date,
): { readonly lifecycle: Lifecycle; readonly ledger: EndedTraining } {
  const { causes, more, number, job, pins, attempt, commit, spentMinutes, since } = training;
  const ledger: EndedTraining = {
    ...ending, number, job, pins, attempts: attempt, at: now.toISOString(), submittedAt: since,
    causes: causes.slice(0, ENDED_CAUSES), more: more + Math.max(0, causes.length - ENDED_CAUSES),
    durationMs: Math.max(0, now.getTime() - Date.parse(since)), computeMinutes: spentMinutes + computeMinutes,
    ...(commit === undefined ? {} : { commit }),
  }; // prettier-ignore
  const { training: _, ...rest } = lifecycle;
  const ended = [ledger, ...(lifecycle.trained?.ended ?? [])].slice(0, ENDED_KEPT);
  return { lifecycle: remember(rest, { ended }), ledger };
}

/** The ended training that made this version, as far as the row remembers it. */
export function trainingOf({ trained }: Lifecycle, version: string): EndedTraining | undefined {
  return trained?.ended.find((ended) => ended.version === version);
}

const TURNED_DOWN = new Set(['rejected', 'rolledBack']);

/** What became of a version that a training made; the data of one that was turned down is remembered. */
export function noteRelease(
  lifecycle: Lifecycle,
  { number, version, end, release }: ClosedRelease,
): { readonly lifecycle: Lifecycle; readonly ledger?: EndedTraining } {
  const training = trainingOf(lifecycle, version);
  if (!training) return { lifecycle };
  const gain = release.gate?.reasons.find(
    ({ rule }) => rule === 'gate.superior' || rule === 'gate.nonInferior',
  )?.measured;
  const ledger = { ...training, release: { number, end, ...(gain === undefined ? {} : { gain }) } };
  const ended = (lifecycle.trained?.ended ?? []).map((each) => (each === training ? ledger : each));
  const rejected = TURNED_DOWN.has(end) ? { rejected: { version, pins: training.pins } } : {};
  return { lifecycle: remember(lifecycle, { ended, ...rejected }), ledger };
}
