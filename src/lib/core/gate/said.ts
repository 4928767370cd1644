import { textOf, type Row } from './answers.ts';
import { clamped } from './clamped.ts';

/** How tools write that there is no answer. It may be the name of a class: the labels tell. */
const NO_ANSWER = /^(?:none|null|n\/?a|<na>|nil|undefined)$/i;
const MAX_KEPT = 1_000;
const MAX_CHARS = 60;
const SHOWN = 3;

type Who = 'champion' | 'challenger';

/** The different answers of champion and challenger, to be held against the labels. */
export class Said {
  readonly #answers: Readonly<Record<Who, Set<string>>> = { champion: new Set(), challenger: new Set() };
  /** Of each way to say nothing the first line that has it. */
  readonly #nothing: Readonly<Record<Who, Map<string, number>>> = { champion: new Map(), challenger: new Map() };

  add(row: Pick<Row, Who>, line: number): void {
    this.#addOne('champion', textOf(row.champion), line);
    this.#addOne('challenger', textOf(row.challenger), line);
  }

  #addOne(who: Who, text: string, line: number): void {
    if (text.length <= 9 && NO_ANSWER.test(text) && !this.#nothing[who].has(text)) this.#nothing[who].set(text, line);
    if (text.length <= MAX_CHARS && this.#answers[who].size < MAX_KEPT) this.#answers[who].add(text);
  }

  /** Why its answers cannot be held against the labels: a broken measurement of one is no gain of the other. */
  wrong(who: Who, labels: ReadonlyMap<string, number>): string | undefined {
    for (const [text, line] of this.#nothing[who])
      if (!labels.has(text)) return `the ${who} has no answer at line ${line} (${text})`;
    const answers = [...this.#answers[who]];
    if (answers.length === 0 || answers.some((answer) => labels.has(answer))) return undefined;
    return `no answer of the ${who} is one of the labels: it says ${listed(answers)}, the labels are ${listed([...labels.keys()])}`;
  }
}

/** `"ham", "spam" and more` */
export function listed(classes: readonly string[]): string {
  const shown = classes.toSorted().slice(0, SHOWN).map((one) => `"${clamped(one, MAX_CHARS)}"`); // prettier-ignore
  return `${shown.join(', ')}${classes.length > SHOWN ? ' and more' : ''}`;
}
