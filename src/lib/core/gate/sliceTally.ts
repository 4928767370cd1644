import type { Row } from './answers.ts';
import type { ClassTally } from './classTally.ts';
import { clamped } from './clamped.ts';
import { Column } from './column.ts';
import type { Asked, Compared, Slice } from './evidence.ts';
import { metricOf } from './metrics.ts';

/** More are no parts of the data that anybody looks at; each is judged and told. */
const MAX_VALUES = 100;
const MAX_CHARS = 60;

interface Value {
  readonly code: number;
  rows: number;
  readonly classes: ClassTally;
}

/** The rows apart by the values of their slices. */
export class SliceTally {
  readonly #asked: NonNullable<Asked['slices']>;
  readonly #tally: () => ClassTally;
  readonly #keys: readonly {
    readonly by: string;
    readonly values: Map<string, Value>;
    readonly codes?: Column<Uint8Array>;
  }[];

  constructor(asked: NonNullable<Asked['slices']>, tally: () => ClassTally) {
    this.#asked = asked;
    this.#tally = tally;
    // Which row is of which slice is asked for scores and numbers alone: classes are counted as they come.
    const counted = ['share', 'positives'].includes(metricOf(asked.metric)?.kind ?? '');
    this.#keys = asked.by.map((by) => ({
      by,
      values: new Map<string, Value>(),
      ...(!counted && { codes: new Column(Uint8Array) }),
    }));
  }

  /** A text: why they are no slices. */
  add(row: Row, asClasses: boolean): string | undefined {
    for (const [index, { by, values, codes }] of this.#keys.entries()) {
      const text = row.slices[index] ?? '';
      const value = values.get(text) ?? { code: values.size, rows: 0, classes: this.#tally() };
      if (value.rows === 0) {
        if (values.size === MAX_VALUES) return `slice "${by}" has more than ${MAX_VALUES} values`;
        values.set(text, value);
      }
      value.rows += 1;
      codes?.push(value.code);
      if (asClasses) value.classes.add(row);
    }
    return undefined;
  }

  result(compare: (classes: ClassTally, rows: Uint32Array) => Compared): readonly Slice[] {
    return this.#keys.flatMap(({ by, values, codes }) => {
      const places = codes ? rowsByCode(codes.values(), [...values.values()]) : [];
      return [...values]
        .toSorted(([one], [other]) => (one < other ? -1 : 1))
        .map(([value, { code, rows, classes }]): Slice => ({
          by,
          value: clamped(value, MAX_CHARS),
          rows,
          ...(rows >= this.#asked.minRows && { compared: compare(classes, places[code] ?? new Uint32Array()) }),
        }));
    });
  }
}

function rowsByCode(codes: Uint8Array, values: readonly Value[]): readonly Uint32Array[] {
  const places = values.map(({ rows }) => new Uint32Array(rows));
  const filled = new Uint32Array(values.length);
  for (const [row, code] of codes.entries()) {
    const next = filled[code] ?? 0;
    const place = places[code];
    if (place) place[next] = row;
    filled[code] = next + 1;
  }
  return places;
}
