import { z } from 'zod';
import type { PairedCounts } from './evidence.ts';
import { Fingerprints } from './fingerprints.ts';

export interface Pairs {
  /** Absent when anything was wrong: counts over the rows that happened to be readable would mislead. */
  readonly paired?: PairedCounts;
  readonly rows: number;
  readonly faults: readonly string[];
}

/** One answer: a class (text or true/false) or a number. */
const answer = z.union([z.string().min(1), z.boolean(), z.number()]);
const row = z.object({
  id: z.union([z.string().min(1), z.number()]),
  label: answer,
  champion: answer,
  challenger: answer,
});

/** What keeps memory bounded, together with the length of a line: ids are remembered to find doubles, labels to count them. */
const maxRows = 2_000_000;
const maxClasses = 1_000;
const maxLabelChars = 1_000_000;
/** Whoever reads a file need not keep more of a line than one character beyond this. */
export const maxLineChars = 65_536;
const maxFaultsTold = 10;
/** Ids and labels are other people's text, and what is told of them must fit into rows and mails. */
const maxChars = 200;

/**
 * Counts how often champion and challenger agree with the label, over lines of the predictions file (NDJSON, one
 * example a line). Classes are compared as text, so `true` and `"true"` are the same class.
 */
export async function countPairs(
  lines: AsyncIterable<string> | Iterable<string>,
  limits = { rows: maxRows },
): Promise<Pairs> {
  const tally = new Tally();
  let number = 0;
  for await (const line of lines) {
    number += 1;
    if (line.trim() === '') continue;
    if (tally.rows === limits.rows) {
      tally.fault(`predictions hold more than ${limits.rows.toLocaleString('en')} rows`);
      break;
    }
    tally.add(line, number);
  }
  return tally.result();
}

class Tally {
  rows = 0;
  #faults: string[] = [];
  #faultCount = 0;
  #numberAt: number | undefined;
  #tooManyLabels = false;
  #ids = new Fingerprints();
  #labels = new Map<string, number>();
  #labelChars = 0;
  #bothRight = 0;
  #championOnly = 0;
  #challengerOnly = 0;
  #bothWrong = 0;

  fault(text: string): void {
    this.#faultCount += 1;
    if (this.#faults.length < maxFaultsTold) this.#faults.push(text);
  }

  add(line: string, number: number): void {
    this.rows += 1;
    if (line.length > maxLineChars) {
      return this.fault(`predictions, line ${number}: longer than ${maxLineChars.toLocaleString('en')} characters`);
    }
    const read = row.safeParse(json(line));
    if (!read.success) return this.fault(`predictions, line ${number}: ${describe(read.error)}`);
    const { id, label, champion, challenger } = read.data;
    const written = JSON.stringify(id);
    if (!this.#ids.add(written)) this.fault(`predictions, line ${number}: id ${clamped(written)} was there before`);
    if ([label, champion, challenger].some((value) => typeof value === 'number')) {
      this.#numberAt ??= number;
      return;
    }
    this.#count(String(label), String(champion), String(challenger));
  }

  #count(label: string, champion: string, challenger: string): void {
    this.#countLabel(label);
    if (champion === label && challenger === label) this.#bothRight += 1;
    else if (champion === label) this.#championOnly += 1;
    else if (challenger === label) this.#challengerOnly += 1;
    else this.#bothWrong += 1;
  }

  #countLabel(label: string): void {
    const known = this.#labels.get(label);
    if (known === undefined) this.#labelChars += label.length;
    if (known !== undefined || (this.#labels.size < maxClasses && this.#labelChars <= maxLabelChars)) {
      this.#labels.set(label, (known ?? 0) + 1);
    } else this.#tooManyLabels = true;
  }

  result(): Pairs {
    if (this.rows === 0) this.fault('predictions are empty');
    if (this.#numberAt !== undefined) {
      this.fault(`predictions, line ${this.#numberAt}: scores and numbers are not compared yet, only classes`);
    }
    if (this.#tooManyLabels) {
      this.fault(`predictions hold more than ${maxClasses.toLocaleString('en')} labels: these are not classes`);
    }
    const more = this.#faultCount - this.#faults.length;
    if (more > 0) return { rows: this.rows, faults: [...this.#faults, `predictions: and ${more} faults more`] };
    if (this.#faultCount > 0) return { rows: this.rows, faults: this.#faults };
    const [majorityLabel, majority] = mostFrequent(this.#labels);
    return {
      rows: this.rows,
      faults: [],
      paired: {
        n: this.rows,
        bothRight: this.#bothRight,
        championOnly: this.#championOnly,
        challengerOnly: this.#challengerOnly,
        bothWrong: this.#bothWrong,
        majority,
        majorityLabel: clamped(majorityLabel),
      },
    };
  }
}

function clamped(text: string): string {
  return text.length <= maxChars ? text : `${text.slice(0, maxChars)}...`;
}

function json(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function describe(error: z.ZodError): string {
  const places = [...new Set(error.issues.map((issue) => issue.path.join('.')))].filter((place) => place !== '');
  if (places.length === 0) return 'expected a JSON object {"id", "label", "champion", "challenger"}';
  return `expected ${places.map((place) => `"${place}"`).join(', ')} to be a class, a score or a number`;
}

/** Ties go to the label that sorts first, so that the same rows in any order give the same answer. */
function mostFrequent(labels: ReadonlyMap<string, number>): [string, number] {
  return [...labels].reduce((best, entry) => {
    const [label, count] = entry;
    return count > best[1] || (count === best[1] && label < best[0]) ? entry : best;
  });
}
