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

/** Of the filter language: `tags.x = '...'`, `params.x = '...'`, `attributes.status` or `.run_id`, joined by `and`. */
function testsOf(filter: string): readonly Test[] {
  const comparison =
    /\s*(tags|params|attributes)\.(?:`([^`]+)`|([\w./-]+))\s*=\s*(?:'([^']*)'|"([^"]*)")\s*(and\s|$)/iy;
  const tests: Test[] = [];
  while (comparison.lastIndex < filter.trimEnd().length) {
    const from = comparison.lastIndex;
    const [, side = '', quoted, bare, single, double] = comparison.exec(filter) ?? [];
    const test = testOf(side.toLowerCase(), quoted ?? bare ?? '', single ?? double ?? '');
    if (test === undefined) {
      throw new MlflowError('INVALID_PARAMETER_VALUE', `Filter not understood: ${filter.slice(from)}`);
    }
    tests.push(test);
  }
  return tests;
}

function testOf(side: string, key: string, value: string): Test | undefined {
  if (side === 'tags') return (run) => tagsOf(run).get(key) === value;
  if (side === 'params') return (run) => run.params.get(key) === value;
  if (side === 'attributes' && key === 'status') return (run) => mlflowStatus[run.status] === value;
  if (side === 'attributes' && key === 'run_id') return (run) => run.id === value;
  return undefined;
}

function isAscending(orderBy: readonly string[]): boolean {
  const [first = 'start_time desc', ...others] = orderBy;
  const [, direction = 'asc'] = /^(?:attributes?\.)?start_time(?: (asc|desc))?$/i.exec(first) ?? [undefined, 'refused'];
  if (direction === 'refused' || others.length > 0) {
    throw new MlflowError('INVALID_PARAMETER_VALUE', `order_by ${orderBy.join(', ')} is not supported.`);
  }
  return direction.toLowerCase() === 'asc';
}
