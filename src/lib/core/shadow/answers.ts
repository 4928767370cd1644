/** What champion and challenger answered to the same inputs. */
import { at, own } from '../jsonPointer.ts';
import { sha256 } from '../names.ts';
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

/** All by different inputs: one that is asked again and again, by a probe or on purpose, counts once. */
export interface Answers {
  /** Inputs that were copied. */
  readonly copies: number;
  /** Of those, the ones that both answered, and to which the champion's answer could be read. */
  readonly requests: number;
  /** The champion's answer is in its log, and none of the challenger's. */
  readonly unanswered: number;
  /** No request with the same input is in the champion's log. */
  readonly unmatched: number;
  /** It is, and the challenger answered, but nothing of what was asked for stands in the champion's answer, or the answer is not there. */
  readonly unreadable: number;
  /** Rows whose class is another, or that stand on one side only: for each input their share, of all the mean. */
  readonly flips?: Share;
  readonly shift?: Shift;
  /** There was more than one look reads. */
  readonly cut?: true;
}

/** The challenger's score less the champion's: for each input the mean of its rows, of all the mean. */
export interface Shift extends Estimate {
  readonly champion: number;
  readonly challenger: number;
  /** How far scores may lie apart: those from 0 to 1 are taken for probabilities, of others what was seen counts. */
  readonly range: number;
  readonly rows: number;
  /** Inputs left out because the challenger gave no score to all of their rows. */
  readonly unscored: number;
}

/** What is kept of an answer: of each row its class and its score, as far as they were asked for and are there. */
export type Rows = readonly { readonly label?: string; readonly score?: number }[];

/** Longer classes are known by their digest. */
const LONGEST_LABEL = 200;
/** Beyond it sums of cubes would no longer be numbers. */
const LARGEST_SCORE = 1e12;

/** Undefined where nothing is. A single answer is a list of one, and one that is no map is its own only column. */
export function rowsOf(answer: unknown, { rows: place, prediction, score }: AnswersAsked): Rows | undefined {
  const found = at(answer, place);
  if (found === undefined || found === null) return undefined;
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
  return text.length <= LONGEST_LABEL ? text : sha256(text);
}

function scoreOf(value: unknown): number | undefined {
  return typeof value === 'number' && Math.abs(value) <= LARGEST_SCORE ? value : undefined;
}

/** What both answered to one input. */
export interface Pair {
  readonly champion: Rows | undefined;
  readonly challenger: Rows;
}

interface Scored {
  readonly champion: number;
  readonly challenger: number;
}

export function compareAnswers(pairs: Iterable<Pair>, asked: AnswersAsked): Pick<Answers, 'requests' | 'unreadable' | 'flips' | 'shift'> {
  const shares: number[] = [];
  const scores = new Scores();
  let [requests, unreadable] = [0, 0];
  for (const { champion, challenger } of pairs) {
    const share = champion && asked.prediction !== undefined ? flippedIn(champion, challenger) : undefined;
    const scored = champion && asked.score !== undefined && scores.add(champion, challenger);
    if (share === undefined && !scored) unreadable += 1;
    else requests += 1;
    if (share !== undefined) shares.push(share);
  }
  const shift = scores.shift();
  return {
    requests,
    unreadable,
    ...(shares.length > 0 ? { flips: { n: shares.length, share: mean(shares) } } : {}),
    ...(shift ? { shift } : {}),
  };
} // prettier-ignore

/** Undefined: the champion named no class. Rows that only one of the two answered are flipped; two empty lists are the same. */
function flippedIn(champion: Rows, challenger: Rows): number | undefined {
  const known = champion.flatMap(({ label }, index) => (label === undefined ? [] : [label === challenger[index]?.label ? 0 : 1]));
  const surplus = Math.max(0, challenger.length - champion.length);
  if (known.length === 0 && champion.length > 0) return undefined;
  const rows = known.length + surplus;
  return rows === 0 ? 0 : (known.filter((flip) => flip === 1).length + surplus) / rows;
} // prettier-ignore

class Scores {
  readonly #inputs: Scored[] = [];
  #rows = 0;
  #unscored = 0;
  #low = Number.POSITIVE_INFINITY;
  #high = Number.NEGATIVE_INFINITY;

  /** False: the champion gave no score. Inputs that the challenger scored in part count as not scored at all. */
  add(champion: Rows, challenger: Rows): boolean {
    const pairs = champion.flatMap((row, index) => (row.score === undefined ? [] : [{ champion: row.score, challenger: challenger[index]?.score }]));
    if (pairs.length === 0) return champion.length === 0;
    const both = pairs.flatMap(({ champion: theirs, challenger: mine }) => (mine === undefined ? [] : [{ champion: theirs, challenger: mine }]));
    if (both.length < pairs.length) {
      this.#unscored += 1;
      return true;
    }
    this.#rows += both.length;
    for (const { champion: theirs, challenger: mine } of both) {
      this.#low = Math.min(this.#low, theirs, mine);
      this.#high = Math.max(this.#high, theirs, mine);
    }
    this.#inputs.push({ champion: mean(both.map((one) => one.champion)), challenger: mean(both.map((one) => one.challenger)) });
    return true;
  }

  /** Of a single input no error is known. */
  shift(): Shift | undefined {
    if (this.#inputs.length < 2) return undefined;
    const champion = Float64Array.from(this.#inputs, (one) => one.champion);
    const challenger = Float64Array.from(this.#inputs, (one) => one.challenger);
    return {
      ...pairedMean(champion, challenger),
      champion: mean(champion),
      challenger: mean(challenger),
      range: this.#low >= 0 && this.#high <= 1 ? 1 : this.#high - this.#low,
      rows: this.#rows,
      unscored: this.#unscored,
    };
  }
} // prettier-ignore

function mean(values: readonly number[] | Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}
