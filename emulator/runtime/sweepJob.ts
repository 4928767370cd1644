import { createHash } from 'node:crypto';
import { z } from 'zod';
import { UnknownReference } from './assets.ts';
import { jobInput, timeoutMs, type JobInput } from './commandJob.ts';
import { drawsOf, gridOf, parseSearchSpace, sizeOf, type Values } from './searchSpace.ts';

/** "The maximum number of trial jobs", where the job does not say. */
const mostTrials = 1_000;
const limitsSchema = z.object({
  maxTotalTrials: z.int().min(1).default(mostTrials),
  maxConcurrentTrials: z.int().min(1).optional(),
  timeout: z.string().optional(),
  trialTimeout: z.string().optional(),
});

const sweepJobSchema = z.object({
  computeId: z.string().optional(),
  trial: z.looseObject({ command: z.string(), environmentId: z.string() }),
  searchSpace: z.record(z.string(), z.unknown()),
  samplingAlgorithm: z.object({ samplingAlgorithmType: z.enum(['Grid', 'Random']), seed: z.int().optional() }),
  objective: z.object({ primaryMetric: z.string(), goal: z.enum(['Minimize', 'Maximize']) }),
  limits: limitsSchema.prefault({}),
  inputs: z.record(z.string(), jobInput).default({}),
  outputs: z.record(z.string(), z.unknown()).default({}),
});

export interface Sweep {
  /** What each trial tries, in the order in which they start. */
  readonly tried: readonly Values[];
  /** How many combinations there are, where they can be counted. */
  readonly spaceSize: number | undefined;
  readonly trial: z.infer<typeof sweepJobSchema>['trial'];
  readonly inputs: Readonly<Record<string, JobInput>>;
  readonly outputs: Readonly<Record<string, unknown>>;
  readonly objective: z.infer<typeof sweepJobSchema>['objective'];
  readonly concurrent: number;
  readonly timeoutMs: number | undefined;
  readonly trialTimeout: string | undefined;
  readonly compute: string | undefined;
}

/** What a sweep job asks for; throws with all faults at once. */
export function parseSweepJob(name: string, properties: unknown): Sweep {
  const parsed = sweepJobSchema.safeParse(properties);
  if (!parsed.success) throw new UnknownReference(`this job cannot be run:\n${z.prettifyError(parsed.error)}`);
  const { trial, searchSpace, samplingAlgorithm, objective, limits, inputs, outputs, computeId } = parsed.data;
  const faults: string[] = [];
  const space = parseSearchSpace(searchSpace, faults);
  const isGrid = samplingAlgorithm.samplingAlgorithmType === 'Grid';
  if (isGrid) faults.push(...notOnGrid(searchSpace));
  faults.push(...strangersIn(trial.command, searchSpace));
  if (faults.length > 0) throw new UnknownReference(faults.join('; '));
  const { seed = seedOf(name) } = samplingAlgorithm;
  return {
    tried: isGrid ? gridOf(space, limits.maxTotalTrials) : drawsOf(space, limits.maxTotalTrials, seed),
    spaceSize: sizeOf(space),
    trial,
    inputs,
    outputs,
    objective,
    concurrent: limits.maxConcurrentTrials ?? limits.maxTotalTrials,
    timeoutMs: timeoutMs({ limits }),
    trialTimeout: limits.trialTimeout,
    compute: computeId,
  };
}

/** "Grid sampling can only be used with `choice` hyperparameters." */
function notOnGrid(space: Readonly<Record<string, unknown>>): readonly string[] {
  return Object.entries(space)
    .filter(([, value]) => Array.isArray(value) && value[0] !== 'choice')
    .map(([name]) => `searchSpace.${name}: grid sampling can only be used with choice`);
}

const placeholder = /\$\{\{\s*search_space\.(\w+)\s*\}\}/g;

function strangersIn(command: string, space: Readonly<Record<string, unknown>>): readonly string[] {
  const named = [...command.matchAll(placeholder)].map(([, name = '']) => name);
  return named.filter((name) => !Object.hasOwn(space, name)).map((name) => `the trial's command names search_space.${name}, which is not there`); // prettier-ignore
}

/** The command of a trial with what it tries, as text and unquoted; inputs and outputs are filled in later. */
export function commandWith(command: string, values: Values): string {
  return command.replace(placeholder, (_whole, name: string) => textOf(values[name]));
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Nothing here is left to chance: a job that names no seed draws by its name. */
function seedOf(name: string): number {
  return createHash('sha256').update(name).digest().readInt32BE();
}
