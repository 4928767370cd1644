/** A number in a file that has only text, written as no number is written that is a class: 007, 1e5. */
class Written {
  readonly text: string;
  readonly number: number;

  constructor(text: string, number: number) {
    this.text = text;
    this.number = number;
  }
}

/** What a row of the predictions says; `true` is the text. */
export type Answer = string | number | Written;

/** As a class: 1 and "1" are one, 01 is another. */
export function textOf(answer: Answer): string {
  return typeof answer === 'object' ? answer.text : typeof answer === 'string' ? answer : String(answer);
}

/** As a score or a number. */
export function numberOf(answer: Answer): number | undefined {
  return typeof answer === 'object' ? answer.number : typeof answer === 'number' ? answer : undefined;
}

export interface Row {
  /** As it was written, so that 1 and "1" are two. */
  readonly id: string;
  readonly label: Answer;
  readonly champion: Answer;
  readonly challenger: Answer;
  /** One value for each name that was asked for. */
  readonly slices: readonly string[];
}

const NUMBER = /^[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?$/;
/** How tools write a number that is none: never the name of a class. */
const MISSING = /^nan$/i;
const PARTS = ['label', 'champion', 'challenger'] as const;

/** A text instead of a row: what was expected. */
export function rowOf(value: unknown, slices: readonly string[]): Row | string {
  if (!isRecord(value)) return 'expected a JSON object {"id", "label", "champion", "challenger"}';
  const id = idOf(value['id']);
  const label = answerOf(value['label']);
  const champion = answerOf(value['champion']);
  const challenger = answerOf(value['challenger']);
  if (id === undefined || label === undefined || champion === undefined || challenger === undefined)
    return whatIsWrong(value, id === undefined);
  if (slices.length === 0) return { id, label, champion, challenger, slices };
  const of = isRecord(value['slice']) ? value['slice'] : {};
  const found = slices.map((name) => sliceValue(of[name]));
  const missing = slices.filter((_, index) => found[index] === undefined);
  if (missing.length > 0) return `expected a value for the slice ${quoted(missing)}`;
  return { id, label, champion, challenger, slices: found.filter((one) => one !== undefined) };
}

/** A record of a CSV file: each column that is none of the four is a slice. */
export function rowOfRecord({ id, label, champion, challenger, ...slice }: Readonly<Record<string, string>>): unknown {
  return { id, label: typed(label), champion: typed(champion), challenger: typed(challenger), slice };
}

/**
 * As a JSON file would have it: `1.0` and `1` are one number, `True` and `true` one answer. Whether `007` is a class or a number
 * the metric says.
 */
function typed(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  const bare = text.trim();
  if (/^(?:true|false)$/i.test(bare)) return bare.toLowerCase() === 'true';
  const number = NUMBER.test(bare) ? Number(bare) : Number.NaN;
  if (!Number.isFinite(number)) return bare;
  const plain = !Number.isInteger(number) || (Number.isSafeInteger(number) && String(number) === bare.replace(/\.0+$/, ''));
  return plain ? number : new Written(bare, number);
} // prettier-ignore

function answerOf(value: unknown): Answer | undefined {
  switch (typeof value) {
    case 'string':
      return value === '' || (value.length === 3 && MISSING.test(value)) ? undefined : value;
    case 'boolean':
      return String(value);
    case 'number':
      return Number.isFinite(value) ? value : undefined;
    default:
      return value instanceof Written ? value : undefined;
  }
}

function idOf(value: unknown): string | undefined {
  // Beyond 2^53 two numbers that are written apart are read as one.
  if (typeof value === 'number') return Number.isSafeInteger(value) || (Number.isFinite(value) && !Number.isInteger(value)) ? String(value) : undefined; // prettier-ignore
  return typeof value === 'string' && value !== '' ? JSON.stringify(value) : undefined;
}

function sliceValue(value: unknown): string | undefined {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return typeof value === 'string' && value.trim() !== '' ? value : undefined;
}

function whatIsWrong(value: Readonly<Record<string, unknown>>, noId: boolean): string {
  if (typeof value['id'] === 'number' && noId) return 'expected "id" to be a text, or a whole number below 2^53: larger ones must be written as text'; // prettier-ignore
  const wrong = [...(noId ? ['id'] : []), ...PARTS.filter((part) => answerOf(value[part]) === undefined)];
  return `expected ${quoted(wrong)} to be a class, a score or a number`;
}

function quoted(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(', ');
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
