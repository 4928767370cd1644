/** Watches what is trained, and how often. */
import type { Lifecycle } from '../../src/lib/core/lifecycle.ts';
import { BUDGET, COOLDOWN_MS } from './policies.ts';

const MINUTE_MS = 60_000;
/** Two instances may decide by clocks that are three minutes off each way. */
const SKEW_MS = 7 * MINUTE_MS;
/** From a decision to its save: a stall, and a clock that is off. */
const SAVED_MS = 20 * MINUTE_MS;

export class Spending {
  readonly #blame: (what: string) => void;
  readonly #count: (effect: string) => void;
  /** Job -> when it was decided on. */
  readonly #starts = new Map<string, number>();
  readonly #ended = new Set<number>();
  /** Runs of the team's own, which cost nothing. */
  readonly #outside = new Set<string>();
  /** Cause -> number of the training that it led to. */
  readonly #causes = new Map<string, number>();

  constructor(blame: (what: string) => void, count: (effect: string) => void) {
    this.#blame = blame;
    this.#count = count;
  }

  saved({ training, trained }: Lifecycle, nowMs: number): void {
    for (const { number, end } of trained?.ended ?? []) {
      if (this.#ended.has(number)) continue;
      this.#ended.add(number);
      this.#count(`training.${end}`);
    }
    if (!training || this.#starts.has(training.job) || this.#outside.has(training.job)) return;
    const { number, attempt, causes, job, submittedAt } = training;
    if (this.#ended.has(number)) this.#blame(`training ${number} came back after its end`);
    const atMs = Date.parse(submittedAt);
    if (causes.some(({ kind }) => kind === 'outside')) {
      this.#outside.add(job);
      this.#count('teamRun');
      return;
    }
    if (Math.abs(nowMs - atMs) > SAVED_MS) this.#blame(`${job} says that it was decided on at ${submittedAt}`);
    const before = [...this.#starts.values()];
    this.#starts.set(job, atMs);
    const within = before.filter((ms) => ms > atMs - BUDGET.perMs + SKEW_MS);
    if (within.length >= BUDGET.runs) this.#blame(`${job} is job ${within.length + 1} of a budget of ${BUDGET.runs}`);
    if (attempt > 1) return;
    const sinceMs = atMs - Math.max(...before);
    const asked = causes.some(({ kind }) => kind === 'command');
    if (!asked && sinceMs < COOLDOWN_MS - SKEW_MS) this.#blame(`${job} came ${Math.round(sinceMs / MINUTE_MS)} min after the one before`); // prettier-ignore
    for (const { id: fact, kind, from } of causes) {
      // Each environment has slots of its own; what one hands over says where it is from.
      const id = kind === 'schedule' && from !== undefined ? `${fact} of ${from}` : fact;
      const earlier = this.#causes.get(id);
      if (earlier !== undefined && earlier !== number) this.#blame(`${id} led to trainings ${earlier} and ${number}`);
      this.#causes.set(id, number);
    }
  }
}
