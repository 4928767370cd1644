import { z } from 'zod';
import type { Stack } from './stack.ts';
import type { Place } from './place.ts';

/** Steward's own account of the model, read over its HTTP API as any tool would; only what the demo shows. */
const split = z.record(z.string(), z.number());
const served = z.object({ version: z.string(), deployment: z.string() });
const rates = z.object({
  minutes: z.number(),
  requests: z.number(),
  errors: z.number(),
  latencySumMs: z.number(),
  latencyRequests: z.number(),
});
const unit = z.enum(['fraction', 'ratio', 'ms', 'count', 'plain']);
const reason = z.object({
  rule: z.string(),
  verdict: z.enum(['pass', 'fail', 'inconclusive', 'error']),
  what: z.string(),
  unit,
  challenger: z.number().optional(),
  champion: z.number().optional(),
  measured: z.number().optional(),
  limit: z.number().optional(),
  judged: unit.optional(),
  interval: z.object({ low: z.number(), high: z.number(), confidence: z.number() }).optional(),
  samples: z.number().optional(),
  championSamples: z.number().optional(),
  note: z.string().optional(),
});
const gate = z.object({ verdict: z.string(), reasons: z.array(reason), at: z.string() });
const release = z.object({
  number: z.number(),
  version: z.string(),
  startedAt: z.string(),
  phase: z.string(),
  fallback: served.optional(),
  evaluation: z.object({ job: z.string() }).optional(),
  gate: gate.optional(),
  deployment: z.string().optional(),
  baseline: rates.optional(),
  trail: z.array(z.object({ percent: z.number(), at: z.string() })).default([]),
  approval: z.object({ given: z.array(z.object({ actor: z.string(), by: z.string(), at: z.string() })) }).optional(),
  rollback: z.object({ cause: z.string(), decidedAt: z.string(), restoredAt: z.string().optional() }).optional(),
});
const closed = z.object({
  number: z.number(),
  version: z.string(),
  end: z.enum(['released', 'rejected', 'rolledBack', 'superseded', 'aborted']),
  cause: z.string(),
  at: z.string(),
  sentence: z.string(),
  reasons: z.array(reason),
  release,
});
const pass = z.object({
  at: z.string(),
  audit: z.number(),
  rules: z.array(z.string()),
  items: z.array(z.string()),
  refused: z.record(z.string(), z.string()),
});
const pin = z.object({ input: z.string(), data: z.string(), version: z.string() });
const training = z.object({
  number: z.number(),
  end: z.string(),
  at: z.string(),
  job: z.string(),
  pins: z.array(pin),
  computeMinutes: z.number(),
  version: z.string().optional(),
});
const refused = z.object({ reason: z.string(), sentence: z.string() });
const status = z.object({
  state: z.string(),
  waitingFor: z.string(),
  champion: served.optional(),
  traffic: z.object({ desired: split, verified: z.object({ split }).optional() }).optional(),
  release: release.optional(),
  retiring: z.array(served.extend({ until: z.string() })),
  conditions: z.object({ held: z.object({ live: split }).optional() }),
  approval: z.object({ role: z.string() }).optional(),
  audit: z.number(),
  unread: z.number(),
  releases: z.array(closed),
  request: z.object({ refused: refused.optional() }).optional(),
  trainings: z.array(training),
  timeline: z.array(pass),
});

export type Reason = z.output<typeof reason>;
export type Release = z.output<typeof release>;
export type ClosedRelease = z.output<typeof closed>;
export type Training = z.output<typeof training>;
export type RefusedTraining = z.output<typeof refused>;
export type Pass = z.output<typeof pass>;
export type Status = z.output<typeof status>;

export function statusPath({ environment, model }: Pick<Place, 'environment' | 'model'>): string {
  return `/api/models/${environment}/${model}`;
}

/** Undefined while the app is not there to answer. */
export async function readStatus(stack: Pick<Stack, 'ask'>, at: Place): Promise<Status | undefined> {
  let answer;
  try {
    answer = await stack.ask(statusPath(at));
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
  if (answer.status !== 200) return undefined;
  return status.parse(answer.body);
}
