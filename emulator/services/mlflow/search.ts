import { z } from 'zod';
import type { Run } from '../../world.ts';
import { MlflowError } from './errors.ts';
import { mlflowStatus, tagsOf, wireInteger } from './wire.ts';

export const searchSchema = z.object({
  experiment_ids: z.array(z.string()).min(1),
  filter: z.string().default(''),
  run_view_type: z.enum(['ACTIVE_ONLY', 'ALL', 'DELETED_ONLY']).default('ACTIVE_ONLY'),
  max_results: wireInteger.default(1_000),
  order_by: z.array(z.string()).default([]),
  page_token: z.string().optional(),
});

type Test = (run: Run) => boolean;

/** Newest first unless asked otherwise. Azure knows `and` only, and no order by metrics, params or tags. */
export function searchRuns(runs: Iterable<Run>, asked: z.infer<typeof searchSchema>): readonly Run[] {
  const tests = testsOf(asked.filter);
  const ascending = isAscending(asked.order_by);
  if (asked.run_view_type === 'DELETED_ONLY') return [];
  return [...runs]
    .filter((run) => asked.experiment_ids.includes(run.experimentId) && tests.every((test) => test(run)))
    .toSorted((a, b) => (a.startedAt.getTime() - b.startedAt.getTime()) * (ascending ? 1 : -1));
}

const comparison =
  /\s*(?:(tags|params|attributes?)\.)?(?:`([^`]+)`|([\w./-]+))\s*(=|!=|>=|<=|>|<)\s*(?:'([^']*)'|"([^"]*)"|(-?\d+))\s*(?:and\s|$)/iy;

/** Of the filter language: comparisons of a tag, a parameter or an attribute, joined by `and`. */
function testsOf(filter: string): readonly Test[] {
  const tests: Test[] = [];
  comparison.lastIndex = 0;
  while (comparison.lastIndex < filter.trimEnd().length) {
    const from = comparison.lastIndex;
    const [, side = 'attributes', quoted, bare, operator = '', single, double, number] = comparison.exec(filter) ?? [];
    const key = quoted ?? bare ?? '';
    const text = single ?? double;
    const test = text === undefined ? timeTest(side, key, operator, number) : textTest(side, key, operator, text);
    if (test === undefined) {
      throw new MlflowError('INVALID_PARAMETER_VALUE', `Filter not understood: ${filter.slice(from)}`);
    }
    tests.push(test);
  }
  return tests;
}

const textAttributes: Readonly<Record<string, (run: Run) => string>> = {
  status: (run) => mlflowStatus[run.status],
  run_id: (run) => run.id,
  run_name: (run) => run.name,
};

/** `!=` is true of what has a value, and another one. */
function textTest(side: string, key: string, operator: string, value: string): Test | undefined {
  if (operator !== '=' && operator !== '!=') return undefined;
  const found = textOf(side.toLowerCase(), key);
  return found && ((run) => found(run) !== undefined && (found(run) === value) === (operator === '='));
}

function textOf(side: string, key: string): ((run: Run) => string | undefined) | undefined {
  if (side === 'tags') return (run) => tagsOf(run).get(key);
  if (side === 'params') return (run) => run.params.get(key);
  return Object.hasOwn(textAttributes, key) ? textAttributes[key] : undefined;
}

const comparisons: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  '=': (a, b) => a === b,
  '!=': (a, b) => a !== b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
};

/** Times are milliseconds; a run that has not ended has no end to compare. */
function timeTest(side: string, key: string, operator: string, value: string | undefined): Test | undefined {
  const compare = comparisons[operator];
  const isTime = key === 'start_time' || key === 'end_time';
  if (compare === undefined || value === undefined || !/^attributes?$/i.test(side) || !isTime) return undefined;
  return ({ startedAt, endedAt }) => {
    const at = key === 'start_time' ? startedAt : endedAt;
    return at !== undefined && compare(at.getTime(), Number(value));
  };
}

function isAscending(orderBy: readonly string[]): boolean {
  const [first = 'start_time desc', ...others] = orderBy;
  const [, direction = 'asc'] = /^(?:attributes?\.)?start_time(?: (asc|desc))?$/i.exec(first) ?? [undefined, 'refused'];
  if (direction === 'refused' || others.length > 0) {
    throw new MlflowError('INVALID_PARAMETER_VALUE', `order_by ${orderBy.join(', ')} is not supported.`);
  }
  return direction.toLowerCase() === 'asc';
}
