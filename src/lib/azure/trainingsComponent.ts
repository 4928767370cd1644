import { z } from 'zod';
import { Refused } from '../core/errors.ts';
import type { TrainingPolicy } from '../core/policy/policy.ts';
import type { TrainingJob, WorkspaceId } from '../ports.ts';
import type { Arm } from './arm.ts';
import { mapped } from './armBody.ts';
import { parsed } from './armErrors.ts';
import type { BareJob, JobInput } from './jobBody.ts';
import { bodyOf, type JobBody } from './trainingsClone.ts';
import { isData, withPins } from './trainingsInputs.ts';

const port = z.object({ type: z.string(), optional: z.boolean().nullish(), default: z.unknown().nullish() });
const component = z.object({
  id: z.string(),
  properties: z.object({
    componentSpec: z.object({
      type: z.string(),
      inputs: z.record(z.string(), port).nullish(),
      outputs: z.record(z.string(), port).nullish(),
    }),
  }),
});
export type Component = z.output<typeof component>;
type FromComponent = Extract<TrainingPolicy['from'], { kind: 'component' }>;

/** A command component is the only node of a pipeline of this name; a pipeline component is the pipeline itself. */
const node = 'train';

/** Undefined = there is no such component, or no version of it that is not archived. */
export async function newestComponent(arm: Arm, workspace: WorkspaceId, name: string): Promise<string | undefined> {
  const asked = `GET newest version of component ${name}`;
  const found = await arm.factsOrAbsent(workspace, asked, async ({ client, group, workspace: at, options }) => {
    const newestFirst = { ...options, orderBy: 'createdtime desc', top: 1 };
    for await (const version of client.componentVersions.list(group, at, name, newestFirst)) return version;
    return undefined;
  });
  return found && parsed('Azure ML', asked, z.object({ id: z.string() }), found).id;
}

/** By its ARM id; undefined = it is gone. */
export async function componentOf(arm: Arm, workspace: WorkspaceId, id: string): Promise<Component | undefined> {
  return arm.read(workspace, { path: id.slice(workspace.length) }, component);
}

/** The job that runs a component as the policy says, as if somebody had submitted it. */
export function componentJob({ id, properties }: Component, from: FromComponent, compute: string): BareJob {
  const { type, inputs, outputs } = properties.componentSpec;
  const given = Object.entries(from.inputs).map(([name, value]) => [name, inputOf(inputs?.[name]?.type, value)]);
  const base = {
    rest: {
      jobType: 'Pipeline',
      settings: { default_compute: compute, force_rerun: true },
      outputs: mapped(outputs ?? {}, (output) => ({ jobOutputType: output.type })),
      ...(type === 'pipeline' && { componentId: id }),
    },
    tags: {},
    inputs: Object.fromEntries(given),
  };
  return type === 'pipeline' ? base : { ...base, steps: { [node]: nodeOf(id, from.inputs, outputs ?? {}) } };
}

function nodeOf(id: string, inputs: FromComponent['inputs'], outputs: Readonly<Record<string, unknown>>) {
  return {
    name: node,
    type: 'command',
    componentId: id,
    inputs: mapped(inputs, (_, name) => ({ job_input_type: 'literal', value: `\${{parent.inputs.${name}}}` })),
    outputs: mapped(outputs, (_, name) => ({ type: 'literal', value: `\${{parent.outputs.${name}}}` })),
  };
}

/** The body of a training from a component. Its experiment has the model's name: a component has none. */
export function componentBody(found: Component, from: FromComponent, compute: string, job: TrainingJob): JobBody {
  refuse(found, from);
  const { rest, ...bare } = withPins(componentJob(found, from, compute), job.pins, found.id);
  return bodyOf({ rest: { ...rest, experimentName: job.model }, ...bare }, job);
}

function inputOf(type: string | undefined, value: string): JobInput {
  const isAsset = type !== undefined && (isData(type) || type.endsWith('_model'));
  return isAsset ? { jobInputType: type, uri: value } : { jobInputType: 'literal', value };
}

/** All faults at once, before anything is sent. */
function refuse({ id, properties }: Component, from: FromComponent): void {
  const { type, inputs } = properties.componentSpec;
  const unknown = Object.keys(from.inputs).filter((name) => inputs?.[name] === undefined);
  const missing = Object.entries(inputs ?? {})
    .filter(([name, input]) => from.inputs[name] === undefined && input.optional !== true && !hasDefault(input))
    .map(([name]) => name);
  const faults = [
    ...(type === 'command' || type === 'pipeline' ? [] : [`is a ${type} component, not a command or a pipeline`]),
    ...(unknown.length > 0 ? [`has no inputs ${unknown.join(', ')}`] : []),
    ...(missing.length > 0 ? [`needs the inputs ${missing.join(', ')}`] : []),
  ];
  if (faults.length > 0) throw new Refused('invalid', 'Azure ML', `${id} ${faults.join(' and ')}`);
}

function hasDefault({ default: value }: z.output<typeof port>): boolean {
  return value !== undefined && value !== null;
}
