import { z } from 'zod';
import { Refused } from '../core/errors.ts';
import type { TrainingPlanFact } from '../core/step.ts';
import type { Pin } from '../core/training/state.ts';
import { mapped } from './armBody.ts';
import { assetReference } from './assetReference.ts';
import type { BareJob } from './jobBody.ts';

/** An input that is data, by its name in the job: `node.name` where it stands in a node of a pipeline. */
export interface DataInput {
  readonly input: string;
  readonly uri: string;
}

const dataType = z.enum(['uri_file', 'uri_folder', 'mltable']);
const jobInput = z.looseObject({ jobInputType: dataType, uri: z.string() });
const node = z.looseObject({ inputs: z.record(z.string(), z.unknown()) });
const nodeInput = z.looseObject({ job_input_type: dataType, uri: z.string() });
/** AutoML has no inputs: its tables stand among the details of its task. */
const tables = ['trainingData', 'validationData', 'testData'];
const taskDetails = z.looseObject({});

export function isData(type: string): boolean {
  return dataType.safeParse(type).success;
}

export function dataInputs(job: BareJob): readonly DataInput[] {
  const found: DataInput[] = [];
  withUris(job, (input) => {
    found.push(input);
    return input.uri;
  });
  return found;
}

/** The job with each pinned input at its version. `Refused` when it lacks one: then it is not the job that was planned with. */
export function withPins(job: BareJob, pins: readonly Pin[], source: string): BareJob {
  const uris = new Map(pins.map(({ input, data, version }) => [input, `azureml:${data}:${version}`]));
  const has = new Set(dataInputs(job).map(({ input }) => input));
  const missing = [...uris.keys()].filter((input) => !has.has(input));
  if (missing.length > 0) {
    throw new Refused('invalid', 'Azure ML', `${source} has no data as its inputs ${missing.join(', ')} (any more)`);
  }
  return withUris(job, ({ input, uri }) => uris.get(input) ?? uri);
}

/** The one place that knows where in a job data is named; everything else of the job is left as it is. */
function withUris({ inputs, steps, rest, ...job }: BareJob, uriOf: (input: DataInput) => string): BareJob {
  const at = (name: string, value: unknown) => {
    const { success, data } = jobInput.safeParse(value);
    return success ? { ...data, uri: uriOf({ input: name, uri: data.uri }) } : undefined;
  };
  const details = taskDetails.safeParse(rest['taskDetails']);
  const data = details.success ? tables.map((name) => [name, at(name, details.data[name])]) : [];
  const changed = Object.fromEntries(data.filter(([, value]) => value !== undefined));
  return {
    ...job,
    rest: details.success ? { ...rest, taskDetails: { ...details.data, ...changed } } : rest,
    inputs: mapped(inputs, (value, name) => at(name, value) ?? value),
    ...(steps && { steps: mapped(steps, (step, name) => nodeWithUris(name, step, uriOf)) }),
  };
}

function nodeWithUris(name: string, step: Record<string, unknown>, uriOf: (input: DataInput) => string) {
  const found = node.safeParse(step);
  if (!found.success) return step;
  const inputs = mapped(found.data.inputs, (value, input) => {
    const { success, data } = nodeInput.safeParse(value);
    return success ? { ...data, uri: uriOf({ input: `${name}.${input}`, uri: data.uri }) } : value;
  });
  return { ...found.data, inputs };
}

/** What each input was given, and the names of those that do not say. */
export function givenData(inputs: readonly DataInput[]): Pick<TrainingPlanFact, 'pins' | 'unpinned'> {
  const pins: Pin[] = [];
  const unpinned: string[] = [];
  for (const { input, uri } of inputs) {
    const { name: data, version } = assetReference('data', uri) ?? {};
    if (data === undefined || version === undefined) unpinned.push(input);
    else pins.push({ input, data, version });
  }
  return { pins, unpinned };
}

/** What each input was given; undefined when that cannot be said of all of them. */
export function exactPins(inputs: readonly DataInput[]): readonly Pin[] | undefined {
  const { pins, unpinned } = givenData(inputs);
  return unpinned.length === 0 ? pins : undefined;
}
