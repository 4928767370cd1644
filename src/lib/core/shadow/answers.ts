/** What champion and challenger answered to the same requests. */
import { at, own } from '../jsonPointer.ts';
import type { Estimate } from '../statistics/estimate.ts';
import { clusteredMean, clusteredShare, type Share } from '../statistics/clustered.ts';

/** Where in what the data collector logs the answers are found. */
export interface AnswersAsked {
  /** Names of the collections. */
  readonly inputs: string;
  readonly outputs: string;
  /** JSON Pointer to the list of rows within one answer; empty: it is the list. */
  readonly rows: string;
  /** Column of the class. */
  readonly prediction?: string;
  /** Column of a number. */
  readonly score?: string;
}

/** What the collector wrote of one request that both answered. */
export interface AnsweredTwice {
  readonly champion: unknown;
  readonly challenger: unknown;
}

export interface Answers {
  /** Requests that both answered, and to which the champion's answer could be read. */
  readonly requests: number;
  /** Rows in which the class is another, or is missing in the challenger's answer. */
  readonly flips?: Share;
  /** The challenger's score less the champion's, row by row. */
  readonly shift?: Shift;
  /** Copies for which no answer of the champion to the same input was found. */
  readonly unmatched: number;
  /** Requests left out because nothing in the champion's answer is where it should be. */
  readonly unreadable: number;
  /** There was more than one look reads. */
  readonly cut?: true;
}

export interface Shift extends Estimate {
  readonly rows: number;
  /** Rows left out because the challenger gave them no score. */
  readonly unscored: number;
  readonly champion: number;
  readonly challenger: number;
}

/** `unmatched` and `cut` are known to whoever found the pairs. */
export function compareAnswers(
  pairs: Iterable<AnsweredTwice>,
  { rows: place, prediction, score }: AnswersAsked,
): Omit<Answers, 'unmatched' | 'cut'> {
  const flips = new Groups();
  const shifts = new Shifts();
  let [requests, unreadable] = [0, 0];
  for (const pair of pairs) {
    const champion = rowsOf(pair.champion, place);
    const challenger = rowsOf(pair.challenger, place);
    const classes = prediction === undefined ? [] : flipped(champion, challenger, prediction);
    const scores = score === undefined ? [] : scoresOf(champion, challenger, score);
    if (classes.length + scores.length === 0) unreadable += 1;
    else requests += 1;
    flips.add(classes);
    shifts.add(scores);
  }
  return {
    requests,
    unreadable,
    ...(flips.rows > 0 ? { flips: clusteredShare(...flips.sums()) } : {}),
    ...(shifts.rows > 0 ? { shift: shifts.found() } : {}),
  };
}

/** Of each request how many rows there are, and what they come to. */
class Groups {
  rows = 0;
  #sum = 0;
  readonly #sizes: number[] = [];
  readonly #totals: number[] = [];

  add(values: readonly number[]): void {
    if (values.length === 0) return;
    const total = values.reduce((sum, value) => sum + value, 0);
    this.#sizes.push(values.length);
    this.#totals.push(total);
    this.rows += values.length;
    this.#sum += total;
  }

  sums(): readonly [Float64Array, Float64Array] {
    return [Float64Array.from(this.#sizes), Float64Array.from(this.#totals)];
  }

  mean(): number {
    return this.#sum / this.rows;
  }
}

class Shifts {
  readonly #differences = new Groups();
  readonly #champion = new Groups();
  readonly #challenger = new Groups();
  #unscored = 0;

  get rows(): number {
    return this.#champion.rows;
  }

  add(scores: readonly Scores[]): void {
    const both = scores.flatMap(({ champion, challenger }) => (challenger === undefined ? [] : [{ champion, challenger }]));
    this.#unscored += scores.length - both.length;
    this.#differences.add(both.map(({ champion, challenger }) => challenger - champion));
    this.#champion.add(both.map(({ champion }) => champion));
    this.#challenger.add(both.map(({ challenger }) => challenger));
  }

  found(): Shift {
    const [champion, challenger] = [this.#champion.mean(), this.#challenger.mean()];
    return { ...clusteredMean(...this.#differences.sums()), rows: this.rows, unscored: this.#unscored, champion, challenger };
  }
} // prettier-ignore

interface Scores {
  readonly champion: number;
  /** Absent: it gave none. */
  readonly challenger?: number;
}

/** A single answer is a list of one; empty where nothing is. */
function rowsOf(answer: unknown, pointer: string): readonly unknown[] {
  const found = at(answer, pointer);
  if (found === undefined || found === null) return [];
  return Array.isArray(found) ? found : [found];
}

/** 1 for each row of the champion's that has a class and meets another, or none, in the challenger's answer. */
function flipped(champion: readonly unknown[], challenger: readonly unknown[], column: string): number[] {
  return champion.flatMap((row, index) => {
    const known = classOf(row, column);
    if (known === undefined) return [];
    return [known === classOf(challenger[index], column) ? 0 : 1];
  });
}

function scoresOf(champion: readonly unknown[], challenger: readonly unknown[], column: string): Scores[] {
  return champion.flatMap((row, index): Scores[] => {
    const [first, second] = [valueOf(row, column), valueOf(challenger[index], column)];
    if (!isNumber(first)) return [];
    return [isNumber(second) ? { champion: first, challenger: second } : { champion: first }];
  });
}

/** A number and the text that it is written as are the same class, as two scripts may write it. */
function classOf(row: unknown, column: string): string | undefined {
  const value = valueOf(row, column);
  return typeof value === 'string' || typeof value === 'boolean' || isNumber(value) ? String(value) : undefined;
}

/** An answer that is no map is its own only column. */
function valueOf(row: unknown, column: string): unknown {
  return typeof row === 'object' && row !== null ? own(row, column) : row;
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}
