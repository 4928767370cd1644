import { numberOf, rowOf, rowOfRecord, textOf, type Answer, type Row } from './answers.ts';
import { ClassTally } from './classTally.ts';
import { clamped } from './clamped.ts';
import type { Asked, Compared, PairedCounts, Slice } from './evidence.ts';
import { Fingerprints } from './fingerprints.ts';
import { metricOf, type Metric } from './metrics.ts';
import { NumberRows } from './numberRows.ts';
import { listed, Said } from './said.ts';
import { SliceTally } from './sliceTally.ts';

export interface Pairs {
  /** Absent when anything was wrong, and when the rows hold no classes. */
  readonly paired?: PairedCounts;
  /** Absent when anything was wrong: figures of the rows that happened to be readable would mislead. */
  readonly compared?: Readonly<Record<string, Compared>>;
  readonly slices?: readonly Slice[];
  readonly rows: number;
  readonly faults: readonly string[];
}

/** What keeps memory bounded, together with the length of a line: ids are remembered to find doubles, labels to count them. */
const maxRows = { rows: 2_000_000, numbers: 1_000_000 };
const maxClasses = 1_000;
const maxLabelChars = 1_000_000;
/** Whoever reads a file need not keep more of a line than one character beyond this. */
export const maxLineChars = 65_536;
const maxFaultsTold = 10;
/** Ids and labels are other people's text, and what is told of them must fit into rows and mails. */
const maxChars = 200;

const nothingAsked: Asked = { metrics: [] };

/** Compares champion and challenger over lines of the predictions file (NDJSON, one example a line). */
export async function countPairs(
  lines: AsyncIterable<string> | Iterable<string>,
  asked = nothingAsked,
  limits = maxRows,
): Promise<Pairs> {
  const tally = new Tally(asked, limits);
  let number = 0;
  for await (const line of lines) {
    number += 1;
    if (line.trim() !== '' && !tally.addLine(line, number)) break;
  }
  return tally.result();
}

/** The same over the records of a CSV file, by the names of its columns, each with the line that it ends on. */
export async function countRecords(
  records: AsyncIterable<{ readonly line: number; readonly record: Readonly<Record<string, string>> }>,
  asked = nothingAsked,
  limits = maxRows,
): Promise<Pairs> {
  const tally = new Tally(asked, limits);
  for await (const { line, record } of records) if (!tally.add(rowOfRecord(record), line)) break;
  return tally.result();
}

class Tally {
  readonly #asked: Asked;
  readonly #limits: typeof maxRows;
  #rows = 0;
  #faults: string[] = [];
  #faultCount = 0;
  #tooManyLabels = false;
  #tooManyNumbers = false;
  #ids = new Fingerprints();
  #labels = new Map<string, number>();
  #labelChars = 0;
  readonly #classes: ClassTally;
  readonly #said = new Said();
  readonly #numbers = new NumberRows();
  readonly #slices: SliceTally | undefined;
  /** The first line whose answers are no classes, and the first whose are no numbers. */
  #noClassAt: number | undefined;
  #noNumberAt: number | undefined;

  constructor(asked: Asked, limits: typeof maxRows) {
    this.#asked = asked;
    this.#limits = limits;
    this.#classes = new ClassTally(positivesOf(asked));
    this.#slices = asked.slices && new SliceTally(asked.slices, () => new ClassTally(positivesOf(asked)));
  }

  #fault(text: string): void {
    this.#faultCount += 1;
    if (this.#faults.length < maxFaultsTold) this.#faults.push(text);
  }

  /** False: there is no point in going on. */
  addLine(line: string, number: number): boolean {
    if (line.length <= maxLineChars) return this.add(json(line), number);
    this.#rows += 1;
    this.#fault(`predictions, line ${number}: longer than ${maxLineChars.toLocaleString('en')} characters`);
    return true;
  }

  add(value: unknown, number: number): boolean {
    if (this.#rows === this.#limits.rows) return this.#tooMany(this.#limits.rows, 'rows');
    this.#rows += 1;
    const row = rowOf(value, this.#asked.slices?.by ?? []);
    if (typeof row === 'string') {
      this.#fault(`predictions, line ${number}: ${row}`);
      return true;
    }
    if (!this.#ids.add(row.id))
      this.#fault(`predictions, line ${number}: id ${clamped(row.id, maxChars)} was there before`);
    return this.#count(row, number);
  }

  /** As long as they can be both they are counted as both: 0 and 1 are classes to one metric and scores to another. */
  #count(row: Row, number: number): boolean {
    const { label, champion, challenger } = row;
    this.#countLabel(label);
    if (!isClass(label) || !isClass(champion) || !isClass(challenger)) this.#noClassAt ??= number;
    const [theirs, mine] = [numberOf(champion), numberOf(challenger)];
    const numbers = theirs !== undefined && mine !== undefined;
    if (!numbers) this.#noNumberAt ??= number;
    if (this.#noClassAt === undefined) {
      this.#classes.add(row);
      this.#said.add(row, number);
    }
    if (this.#noNumberAt === undefined && numbers) {
      this.#tooManyNumbers ||= this.#numbers.size === this.#limits.numbers;
      // Whole numbers may be classes, of which more fit.
      if (this.#tooManyNumbers && this.#noClassAt !== undefined) return this.#tooMany(this.#limits.numbers, 'rows of scores or numbers');
      if (!this.#tooManyNumbers) this.#numbers.add(row, theirs, mine);
    }
    const fault = this.#slices?.add(row, this.#noClassAt === undefined);
    if (fault !== undefined) this.#fault(`predictions, line ${number}: ${fault}`);
    return fault === undefined;
  } // prettier-ignore

  #tooMany(most: number, what: string): false {
    this.#fault(`predictions hold more than ${most.toLocaleString('en')} ${what}`);
    return false;
  }

  #countLabel(answer: Answer): void {
    if (this.#tooManyLabels) return;
    const label = textOf(answer);
    const known = this.#labels.get(label);
    if (known === undefined) this.#labelChars += label.length;
    if (known !== undefined || (this.#labels.size < maxClasses && this.#labelChars <= maxLabelChars)) {
      this.#labels.set(label, (known ?? 0) + 1);
    } else this.#tooManyLabels = true;
  }

  result(): Pairs {
    const rows = this.#rows;
    if (rows === 0) this.#fault('predictions are empty');
    if (this.#noClassAt !== undefined && this.#noNumberAt !== undefined)
      this.#fault(`predictions hold both: scores or numbers at line ${this.#noClassAt}, classes at line ${this.#noNumberAt}`); // prettier-ignore
    if (this.#noClassAt === undefined && this.#noNumberAt !== undefined && this.#tooManyLabels)
      this.#fault(`predictions hold more than ${maxClasses.toLocaleString('en')} labels: these are not classes`);
    const wrong =
      this.#faultCount === 0 && this.#asksForClasses() ? this.#said.wrong('challenger', this.#labels) : undefined;
    if (wrong !== undefined) this.#fault(`predictions: ${wrong}`);
    const more = this.#faultCount - this.#faults.length;
    if (more > 0) return { rows, faults: [...this.#faults, `predictions: and ${more} faults more`] };
    if (this.#faultCount > 0) return { rows, faults: this.#faults };
    const compared = this.#asked.metrics.flatMap((name) => {
      const metric = metricOf(name);
      return metric ? [[name, this.#compare(metric)] as const] : [];
    });
    const slices = this.#slicesCompared();
    const paired = this.#paired();
    return { rows, faults: [], ...(paired && { paired }), ...(compared.length > 0 && { compared: Object.fromEntries(compared) }), ...(slices && { slices }) }; // prettier-ignore
  }

  #asksForClasses(): boolean {
    if (this.#noClassAt !== undefined || this.#tooManyLabels) return false;
    const { metrics, slices } = this.#asked;
    return [...metrics, ...(slices ? [slices.metric] : [])].some((name) => ['share', 'positives'].includes(metricOf(name)?.kind ?? ''));
  } // prettier-ignore

  #paired(): PairedCounts | undefined {
    if (this.#noClassAt !== undefined || this.#tooManyLabels) return undefined;
    const [majorityLabel, majority] = mostFrequent(this.#labels);
    return { ...this.#classes.right(), majority, majorityLabel: clamped(majorityLabel, maxChars) };
  }

  #slicesCompared(): readonly Slice[] | undefined {
    const metric = this.#asked.slices && metricOf(this.#asked.slices.metric);
    if (!metric) return undefined;
    return this.#slices?.result((classes, only) => this.#compare(metric, classes, only));
  }

  #compare(metric: Metric, classes = this.#classes, only?: Uint32Array): Compared {
    if (metric.kind === 'share' || metric.kind === 'positives') {
      if (this.#noClassAt !== undefined) return { why: `${metric.is} needs classes; the predictions hold scores or numbers (line ${this.#noClassAt})` }; // prettier-ignore
      if (this.#tooManyLabels) return { why: `${metric.is} needs classes; the predictions hold more than ${maxClasses.toLocaleString('en')} labels` }; // prettier-ignore
      const wrong = this.#said.wrong('champion', this.#labels);
      if (wrong !== undefined) return { why: wrong };
      if (metric.kind === 'share') return { right: classes.right() };
    } else if (this.#noNumberAt !== undefined)
      return { why: `${metric.is} needs ${metric.kind === 'numbers' ? 'numbers' : 'scores'}; the predictions hold classes (line ${this.#noNumberAt})` }; // prettier-ignore
    else if (this.#tooManyNumbers)
      return { why: `${metric.is} is compared over at most ${this.#limits.numbers.toLocaleString('en')} rows` };
    const positive = metric.kind === 'numbers' ? undefined : this.#positive();
    if (positive !== undefined && 'why' in positive) return positive;
    const estimate =
      metric.kind === 'positives'
        ? classes.estimate(metric.is, positive?.label ?? '')
        : this.#numbers.estimate(metric, positive?.label, only);
    return typeof estimate === 'string' ? { why: estimate } : { estimate };
  }

  /** Named by the policy, or plain from the labels; never guessed. */
  #positive(): { readonly label: string } | { readonly why: string } {
    const { positive } = this.#asked;
    const labels = [...this.#labels.keys()].toSorted();
    const other = positive !== undefined && labels.find((label) => label !== positive && label.trim().toLowerCase() === positive.trim().toLowerCase()); // prettier-ignore
    if (typeof other === 'string') return { why: `is the label "${clamped(other, maxChars)}" the positive one, too? gate.positive is "${positive}"` }; // prettier-ignore
    if (positive !== undefined) return { label: positive };
    const plain = PLAIN.find(([no, yes]) => labels.every((label) => label === no || label === yes));
    if (plain) return { label: plain[1] };
    return { why: `which label is the positive one? Say it as gate.positive; the labels are ${listed(labels)}` };
  }
}

/** A number with a fraction is none. */
function isClass(answer: Answer): boolean {
  return typeof answer !== 'number' || Number.isSafeInteger(answer);
}

/** Labels of which nobody asks which is the positive one. */
const PLAIN = [['0', '1'], ['false', 'true']] as const; // prettier-ignore

function positivesOf({ positive }: Asked): readonly string[] {
  return positive === undefined ? PLAIN.map(([, yes]) => yes) : [positive];
}

function json(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** Ties go to the label that sorts first, so that the same rows in any order give the same answer. */
function mostFrequent(labels: ReadonlyMap<string, number>): [string, number] {
  return [...labels].reduce((best, entry) => {
    const [label, count] = entry;
    return count > best[1] || (count === best[1] && label < best[0]) ? entry : best;
  });
}
