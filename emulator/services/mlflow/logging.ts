import { z } from 'zod';
import type { Metric, Run } from '../../world.ts';
import { MlflowError } from './errors.ts';
import { wireInteger, wireNumber } from './wire.ts';

/**
 * Azure's limits of a run: 50 tags, 1000 characters a tag value, 50 metric names. What it answers when they are passed
 * is unverified; MLflow's limits of a batch and of keys, 400 INVALID_PARAMETER_VALUE.
 */
const limits = { tags: 50, tagValue: 1_000, metricNames: 50, key: 250, paramValue: 6_000 };
const batchLimits = { metrics: 1_000, params: 100, tags: 100, all: 1_000 };

const key = z.string().min(1).max(limits.key);

export const metricSchema = z.object({
  key,
  value: wireNumber,
  timestamp: wireInteger,
  step: wireInteger.default(0),
});
export const paramSchema = z.object({ key, value: z.string().max(limits.paramValue) });
export const tagSchema = z.object({ key, value: z.string().max(limits.tagValue) });

export const batchSchema = z
  .object({
    metrics: z.array(metricSchema).max(batchLimits.metrics).default([]),
    params: z.array(paramSchema).max(batchLimits.params).default([]),
    tags: z.array(tagSchema).max(batchLimits.tags).default([]),
  })
  .refine(({ metrics, params, tags }) => metrics.length + params.length + tags.length <= batchLimits.all, {
    error: `a batch holds at most ${batchLimits.all} items in all`,
  });

export interface Batch {
  readonly metrics?: readonly Metric[];
  readonly params?: readonly z.infer<typeof paramSchema>[];
  readonly tags?: readonly z.infer<typeof tagSchema>[];
}

/** Everything is checked before anything is kept. */
export function logBatch(run: Run, { metrics = [], params = [], tags = [] }: Batch): void {
  checkParams(run, params);
  const names = new Set([...run.metrics, ...metrics].map((metric) => metric.key));
  refuseAbove(names.size, limits.metricNames, `metric names, run ${run.id}`);
  refuseAbove(new Set([...run.tags.keys(), ...tags.map((tag) => tag.key)]).size, limits.tags, `tags, run ${run.id}`);
  run.metrics.push(...metrics);
  for (const param of params) run.params.set(param.key, param.value);
  for (const tag of tags) run.tags.set(tag.key, tag.value);
}

/** A parameter is written once; the same value again is fine. */
function checkParams(run: Run, params: NonNullable<Batch['params']>): void {
  const known = new Map(run.params);
  for (const param of params) {
    const before = known.get(param.key);
    if (before !== undefined && before !== param.value) {
      throw new MlflowError(
        'INVALID_PARAMETER_VALUE',
        `Changing param values is not allowed. Param with key='${param.key}' was already logged with value='${before}' for run ID='${run.id}'. Attempted logging new value '${param.value}'.`,
      );
    }
    known.set(param.key, param.value);
  }
}

function refuseAbove(count: number, limit: number, what: string): void {
  if (count > limit) throw new MlflowError('INVALID_PARAMETER_VALUE', `More than ${limit} ${what}.`);
}
