import { z } from 'zod';
import { REFUSALS, TRAINING_ENDS, TRAINING_PHASES, type SignalKind } from '../core/training/state.ts';

// What rows and items hold of trainings: what a pass branches on or calculates with; other fields pass unseen.

const count = z.number().int().nonnegative();
const text = z.string();
const minutes = z.number().nonnegative();

const SIGNALS = ['drift', 'performance', 'quality'] as const satisfies readonly SignalKind[];

const breach = z.looseObject({
  signal: text,
  kind: z.enum(SIGNALS),
  run: text,
  at: text,
  features: z.array(z.looseObject({ feature: text })),
  more: count,
});

const told = { id: text, at: text, from: text.optional() };

const cause = z.discriminatedUnion('kind', [
  z.looseObject({ kind: z.literal('monitor'), ...told, monitor: text, run: text, breaches: z.array(breach) }),
  z.looseObject({ kind: z.literal('datasetDrift'), ...told, name: text, coefficient: z.number().optional() }),
  z.looseObject({ kind: z.literal('newData'), ...told, data: text, version: text }),
  z.looseObject({ kind: z.literal('schedule'), ...told, slot: text }),
  z.looseObject({ kind: z.literal('command'), ...told, actor: text, reason: text }),
  z.looseObject({ kind: z.literal('outside'), ...told, run: text }),
]);

const broken = breach.extend({ monitor: text.optional() });

/** Causes with the number of those that are left out. */
export const causes = { causes: z.array(cause), more: count };

const pins = z.array(z.looseObject({ input: text, data: text, version: text }));

export const request = z.looseObject({
  ...causes,
  since: text,
  counted: z.array(text).optional(),
  refused: z.looseObject({ reason: z.enum(REFUSALS), sentence: text, since: text, until: text.optional() }).optional(),
  handOver: z.looseObject({ to: text, number: count, ids: z.array(text), more: count }).optional(),
  collecting: z
    .looseObject({
      data: text,
      collections: z.array(text),
      from: text,
      to: text,
      version: text,
      trouble: z.looseObject({ reason: z.enum(REFUSALS), sentence: text, notBefore: text }).optional(),
    })
    .optional(),
});

export const training = z.looseObject({
  ...causes,
  number: count,
  phase: z.enum(TRAINING_PHASES),
  phaseSince: text,
  since: text,
  job: text,
  attempt: count,
  submittedAt: text,
  source: text,
  pins,
  spentMinutes: minutes,
  ending: z.looseObject({ end: z.enum(TRAINING_ENDS), retry: z.boolean(), since: text }).optional(),
  finished: z.looseObject({ at: text, computeMinutes: minutes.optional() }).optional(),
});

export const endedTraining = z.looseObject({
  ...causes,
  number: count,
  end: z.enum(TRAINING_ENDS),
  cause: text,
  at: text,
  job: text,
  source: text.optional(),
  pins,
  durationMs: z.number().nonnegative(),
  computeMinutes: minutes,
  version: text.optional(),
  release: z.looseObject({ number: count, end: text, gain: z.number().optional() }).optional(),
});

export const trained = z.looseObject({
  hints: z.array(text),
  outside: z.array(z.looseObject({ run: text, since: text })).optional(),
  judgedRun: z.looseObject({ run: text, at: text }).optional(),
  badData: broken.optional(),
  badDataToo: z.array(broken).optional(),
  monitorTold: text.optional(),
  monitorTroubles: z.array(text).optional(),
  dataVersion: text.optional(),
  starts: z.array(text),
  rejected: z.looseObject({ version: text, data: text }).optional(),
  ended: z.array(endedTraining),
});
