import { z } from 'zod';
import { Refused } from '../core/errors.ts';
import type { WorkspaceId } from '../ports.ts';
import type { Arm } from './arm.ts';
import { mapped } from './armBody.ts';
import { parsed } from './armErrors.ts';
import type { BareJob, JobInput } from './jobBody.ts';
import { isData } from './trainingsInputs.ts';

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

/** What a component is to be run with: its inputs by name, as text or as references to assets. */
export interface Given {
  readonly inputs: Readonly<Record<string, string>>;
}

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

/**
 * The job that runs a component, as if somebody had submitted it. A command component is the only node of a pipeline,
 * of that name; a pipeline component is the pipeline itself.
 */
export function componentJob({ id, properties }: Component, given: Given, compute: string, node = 'train'): BareJob {
  const { type, inputs, outputs } = properties.componentSpec;
  const values = Object.entries(given.inputs).map(([name, value]) => [name, inputOf(inputs?.[name]?.type, value)]);
  const base = {
    rest: {
      jobType: 'Pipeline',
      settings: { default_compute: compute, force_rerun: true },
      outputs: mapped(outputs ?? {}, (output) => ({ jobOutputType: output.type })),
      ...(type === 'pipeline' && { componentId: id }),
    },
    tags: {},
    inputs: Object.fromEntries(values),
  };
  return type === 'pipeline' ? base : { ...base, steps: { [node]: nodeOf(node, id, given.inputs, outputs ?? {}) } };
}

function nodeOf(name: string, id: string, inputs: Given['inputs'], outputs: Readonly<Record<string, unknown>>) {
  return {
    name,
    type: 'command',
    componentId: id,
    inputs: mapped(inputs, (_, input) => ({ job_input_type: 'literal', value: `\${{parent.inputs.${input}}}` })),
    outputs: mapped(outputs, (_, output) => ({ type: 'literal', value: `\${{parent.outputs.${output}}}` })),
  };
}

function inputOf(type: string | undefined, value: string): JobInput {
  const isAsset = type !== undefined && (isData(type) || type.endsWith('_model'));
  return isAsset ? { jobInputType: type, uri: value } : { jobInputType: 'literal', value };
}

/** All faults at once, before anything is sent. */
export function refuseMisfit({ id, properties }: Component, given: Given): void {
  const { type, inputs } = properties.componentSpec;
  const unknown = Object.keys(given.inputs).filter((name) => inputs?.[name] === undefined);
  const missing = Object.entries(inputs ?? {})
    .filter(([name, input]) => given.inputs[name] === undefined && input.optional !== true && !hasDefault(input))
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
