import { NotDone } from './notDone.ts';
import type { Row } from './tables.ts';

/** Rows and which of their columns are what; the names of the uses (`correlation_id`, `target_column`) are unverified. */
interface Side {
  readonly rows: readonly Row[];
  readonly columns: Readonly<Record<string, string>>;
}

interface Pair {
  readonly predicted: unknown;
  readonly actual: unknown;
}

/** Served predictions against labels that came later, joined by the id that both carry. */
export function performanceOf(metric: string, { served, labelled }: { served: Side; labelled: Side }): number {
  const pairs = joined(served, labelled);
  if (pairs.length === 0) throw new Error('none of the served predictions has a label yet');
  switch (metric) {
    case 'Accuracy':
      return mean(pairs, ({ predicted, actual }) => (String(predicted) === String(actual) ? 1 : 0));
    case 'MeanAbsoluteError':
      return mean(pairs, (pair) => Math.abs(difference(pair)));
    case 'MeanSquaredError':
      return mean(pairs, (pair) => difference(pair) ** 2);
    case 'RootMeanSquaredError':
      return Math.sqrt(mean(pairs, (pair) => difference(pair) ** 2));
    default:
      throw new NotDone(`the metric ${metric}`);
  }
}

function joined(served: Side, labelled: Side): Pair[] {
  const labels = new Map(labelled.rows.map((row) => [idOf(labelled, row), row[columnOf(labelled, 'target_column')]]));
  return served.rows
    .filter((row) => labels.has(idOf(served, row)))
    .map((row) => ({ predicted: row[columnOf(served, 'target_column')], actual: labels.get(idOf(served, row)) }));
}

function idOf(side: Side, row: Row): string {
  return String(row[columnOf(side, 'correlation_id')]);
}

function columnOf({ columns }: Side, use: 'correlation_id' | 'target_column'): string {
  const column = columns[use];
  if (column === undefined) throw new Error(`the input names no column as ${use}`);
  return column;
}

function difference({ predicted, actual }: Pair): number {
  return Number(predicted) - Number(actual);
}

function mean(pairs: readonly Pair[], of: (pair: Pair) => number): number {
  return pairs.reduce((sum, pair) => sum + of(pair), 0) / pairs.length;
}
