/** What champion and challenger answered to the same inputs. */
import { at, own } from '../jsonPointer.ts';
import type { Estimate } from '../statistics/estimate.ts';
import { pairedMean } from '../statistics/pairedMean.ts';
import type { Share } from '../statistics/share.ts';

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

export interface Answers {
  /** Requests that were copied. */
  readonly copies: number;
  /** Of those, the ones that both answered, and to which the champion's answer could be read. */
  readonly requests: number;
  /** No answer of the challenger's is in its log. */
  readonly unanswered: number;
  /** No request with the same input is in the champion's log. */
  readonly unmatched: number;
  /** It is, but nothing of what was asked for stands in the champion's answer, or the answer is not there. */
  readonly unreadable: number;
  /** Rows whose class is another, or is missing in the challenger's answer: for each different input their share, of all the mean. */
  readonly flips?: Share;
  readonly shift?: Shift;
  /** There was more than one look reads. */
  readonly cut?: true;
}

/** The challenger's score less the champion's: for each different input the mean of its rows, of all the mean. */
export interface Shift extends Estimate {
  readonly champion: number;
  readonly challenger: number;
  /** How far scores may lie apart: those from 0 to 1 are taken for probabilities, of others what was seen counts. */
  readonly range: number;
  readonly rows: number;
  /** Rows left out because the challenger gave them no score. */
  readonly unscored: number;
}

/** What is kept of an answer: of each row its class and its score, as far as they were asked for and are there. */
export type Rows = readonly { readonly label?: string; readonly score?: number }[];

/** Longer classes are told apart by their beginning and length. */
const LONGEST_LABEL = 200;
/** Beyond it sums of cubes would no longer be numbers. */
const LARGEST_SCORE = 1e12;

/** A single answer is a list of one; empty where nothing is. An answer that is no map is its own only column. */
export function rowsOf(answer: unknown, { rows: place, prediction, score }: AnswersAsked): Rows {
  const found = at(answer, place);
  if (found === undefined || found === null) return [];
  const rows: readonly unknown[] = Array.isArray(found) ? found : [found];
  return rows.map((row) => {
    const label = prediction === undefined ? undefined : labelOf(valueOf(row, prediction));
    const number = score === undefined ? undefined : scoreOf(valueOf(row, score));
    return { ...(label === undefined ? {} : { label }), ...(number === undefined ? {} : { score: number }) };
  });
}

function valueOf(row: unknown, column: string): unknown {
  return typeof row === 'object' && row !== null ? own(row, column) : row;
}

/** A number and the text that it is written as are the same class, as two scripts may write it. */
function labelOf(value: unknown): string | undefined {
  if (typeof value !== 'string' && typeof value !== 'boolean' && typeof value !== 'number') return undefined;
  const text = String(value);
  return text.length <= LONGEST_LABEL ? text : `${text.slice(0, LONGEST_LABEL)} ${text.length}`;
}

function scoreOf(value: unknown): number | undefined {
  return typeof value === 'number' && Math.abs(value) <= LARGEST_SCORE ? value : undefined;
}

interface Sums {
  rows: number;
  flipped: number;
  scored: number;
  champion: number;
  challenger: number;
}

/**
 * Takes in pairs of answers. Those to the same input count once, however often it was asked: a client that repeats itself
 * says nothing new, and the rows of one request are often alike.
 */
export class AnswersTally {
  readonly #asked: AnswersAsked;
  readonly #inputs = new Map<string, Sums>();
  #requests = 0;
  #unreadable = 0;
  #unscored = 0;
  #low = Number.POSITIVE_INFINITY;
  #high = Number.NEGATIVE_INFINITY;

  constructor(asked: AnswersAsked) {
    this.#asked = asked;
  }

  /** `input`: the same for the same input. */
  add(input: string, champion: Rows, challenger: Rows): void {
    const sums = this.#inputs.get(input) ?? { rows: 0, flipped: 0, scored: 0, champion: 0, challenger: 0 };
    const before = sums.rows + sums.scored + this.#unscored;
    for (const [index, row] of champion.entries()) this.#row(sums, row, challenger[index] ?? {});
    if (sums.rows + sums.scored + this.#unscored === before) {
      this.#unreadable += 1;
      return;
    }
    this.#requests += 1;
    this.#inputs.set(input, sums);
  }

  #row(sums: Sums, champion: Rows[number], challenger: Rows[number]): void {
    if (this.#asked.prediction !== undefined && champion.label !== undefined) {
      sums.rows += 1;
      if (champion.label !== challenger.label) sums.flipped += 1;
    }
    if (this.#asked.score === undefined || champion.score === undefined) return;
    if (challenger.score === undefined) {
      this.#unscored += 1;
      return;
    }
    sums.scored += 1;
    sums.champion += champion.score;
    sums.challenger += challenger.score;
    this.#low = Math.min(this.#low, champion.score, challenger.score);
    this.#high = Math.max(this.#high, champion.score, challenger.score);
  }

  found(): Pick<Answers, 'requests' | 'unreadable' | 'flips' | 'shift'> {
    const inputs = [...this.#inputs.values()];
    const shares = inputs.flatMap(({ rows, flipped }) => (rows > 0 ? [flipped / rows] : []));
    const shift = this.#shift(inputs.filter(({ scored }) => scored > 0));
    return {
      requests: this.#requests,
      unreadable: this.#unreadable,
      ...(shares.length > 0 ? { flips: { n: shares.length, share: mean(shares) } } : {}),
      ...(shift ? { shift } : {}),
    };
  }

  /** Of a single input no error is known. */
  #shift(inputs: readonly Sums[]): Shift | undefined {
    if (inputs.length < 2) return undefined;
    const champion = Float64Array.from(inputs, (one) => one.champion / one.scored);
    const challenger = Float64Array.from(inputs, (one) => one.challenger / one.scored);
    return {
      ...pairedMean(champion, challenger),
      champion: mean(champion),
      challenger: mean(challenger),
      range: this.#low >= 0 && this.#high <= 1 ? 1 : this.#high - this.#low,
      rows: inputs.reduce((sum, { scored }) => sum + scored, 0),
      unscored: this.#unscored,
    };
  }
}

function mean(values: readonly number[] | Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}
