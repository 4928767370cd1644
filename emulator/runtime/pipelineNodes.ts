import { z } from 'zod';
import type { Resource, Workspace } from '../world.ts';
import { UnknownReference } from './assets.ts';
import { componentNamed, type CommandComponent } from './components.ts';

/**
 * The nodes of a pipeline as they travel: keys are snake_case, since `jobs` is a free-form object to ARM. A binding is
 * the whole of a value, which is then said to be a literal.
 */
const inputSchema = z.union([
  z.strictObject({ job_input_type: z.literal('literal'), value: z.string(), mode: z.string().nullish() }),
  z.strictObject({
    job_input_type: z.enum(['uri_file', 'uri_folder', 'mltable', 'custom_model', 'mlflow_model', 'triton_model']),
    uri: z.string().min(1),
    mode: z.string().nullish(),
    description: z.string().nullish(),
  }),
]);
const outputSchema = z.union([
  z.strictObject({ type: z.literal('literal'), value: z.string(), mode: z.string().nullish() }),
  z.strictObject({ job_output_type: z.string(), mode: z.string().nullish(), uri: z.string().min(1).nullish() }),
]);

const nodeSchema = z.strictObject({
  type: z.literal('command'),
  name: z.string().nullish(),
  componentId: z.string(),
  computeId: z.string().nullish(),
  display_name: z.string().nullish(),
  description: z.string().nullish(),
  tags: z.record(z.string(), z.string()).nullish(),
  properties: z.record(z.string(), z.string()).nullish(),
  inputs: z.record(z.string(), inputSchema).default({}),
  outputs: z.record(z.string(), outputSchema).default({}),
  environment_variables: z.record(z.string(), z.string()).nullish(),
  limits: z.object({ timeout: z.string().nullish() }).nullish(),
  resources: z.record(z.string(), z.unknown()).nullish(),
  distribution: z.unknown().optional(),
  identity: z.unknown().optional(),
  queue_settings: z.unknown().optional(),
  services: z.unknown().optional(),
  source_job_id: z.unknown().optional(),
  _source: z.string().nullish(),
});

/** Where the value of a node's input comes from. */
export type Source =
  | { readonly from: 'value'; readonly value: string }
  | { readonly from: 'place'; readonly uri: string }
  | { readonly from: 'input'; readonly input: string }
  | { readonly from: 'node'; readonly node: string; readonly output: string };

export interface PipelineNode {
  readonly name: string;
  readonly component: CommandComponent;
  readonly version: Resource;
  /** Every input of the component that has a value, its defaults included. */
  readonly inputs: ReadonlyMap<string, Source>;
  /** Outputs of the component that the node gives to the pipeline, or places itself. */
  readonly outputs: ReadonlyMap<string, { readonly pipelineOutput: string } | { readonly uri: string }>;
  /** Nodes that must have completed before. */
  readonly needs: readonly string[];
  readonly settings: Pick<z.infer<typeof nodeSchema>, 'computeId' | 'environment_variables' | 'limits' | 'resources' | 'tags' | 'properties'>; // prettier-ignore
}

/** Reads a `jobs` map; notes every fault with its place. */
export function parseNodes(
  workspace: Workspace,
  jobs: Readonly<Record<string, unknown>>,
  faults: string[],
): readonly PipelineNode[] {
  return Object.entries(jobs).flatMap(([name, given]) => {
    const parsed = nodeSchema.safeParse(given);
    if (parsed.success) return nodeOf(workspace, name, parsed.data, faults) ?? [];
    for (const { path, message } of parsed.error.issues) faults.push(`${['jobs', name, ...path].join('.')}: ${message}`); // prettier-ignore
    return [];
  });
}

function nodeOf(
  workspace: Workspace,
  name: string,
  node: z.infer<typeof nodeSchema>,
  faults: string[],
): PipelineNode | undefined {
  const found = known(() => componentNamed(workspace, node.componentId, 'command'), (why) => faults.push(`jobs.${name}.componentId: ${why}`)); // prettier-ignore
  if (found === undefined) return undefined;
  const { component, version } = found;
  for (const [side, given] of [['inputs', node.inputs], ['outputs', node.outputs]] as const) {
    const strangers = Object.keys(given).filter((key) => !Object.hasOwn(component[side], key));
    for (const key of strangers) faults.push(`jobs.${name}.${side}.${key}: the component has no such ${side.slice(0, -1)}`);
  } // prettier-ignore
  const inputs = new Map<string, Source>();
  for (const [key, declared] of Object.entries(component.inputs)) {
    const source = sourceOf(node.inputs[key], declared.default ?? undefined, (why) => faults.push(`jobs.${name}.inputs.${key}: ${why}`)); // prettier-ignore
    if (source !== undefined) inputs.set(key, source);
  }
  const outputs = Object.entries(node.outputs).flatMap(([key, output]) => {
    const place = outputOf(output, (why) => faults.push(`jobs.${name}.outputs.${key}: ${why}`));
    return place === undefined ? [] : [[key, place] as const];
  });
  const needs = [...inputs.values()].flatMap((source) => (source.from === 'node' ? [source.node] : []));
  return { name, component, version, inputs, outputs: new Map(outputs), needs: [...new Set(needs)], settings: node };
}

function sourceOf(
  given: z.infer<typeof inputSchema> | undefined,
  byDefault: string | undefined,
  refuse: (why: string) => void,
): Source | undefined {
  if (given === undefined) return byDefault === undefined ? undefined : { from: 'value', value: byDefault };
  const text = 'value' in given ? given.value : given.uri;
  if (!text.includes('${{')) return 'value' in given ? { from: 'value', value: text } : { from: 'place', uri: text };
  const [, input, node, output] = /^\$\{\{\s*parent\.(?:inputs\.(\w+)|jobs\.(\w+)\.outputs\.(\w+))\s*\}\}$/.exec(text) ?? []; // prettier-ignore
  if (input !== undefined) return { from: 'input', input };
  if (node !== undefined && output !== undefined) return { from: 'node', node, output };
  refuse(`${text} is neither an input of the pipeline nor an output of a node`);
}

function outputOf(
  given: z.infer<typeof outputSchema>,
  refuse: (why: string) => void,
): { readonly pipelineOutput: string } | { readonly uri: string } | undefined {
  if ('job_output_type' in given) return typeof given.uri === 'string' ? { uri: given.uri } : undefined;
  const [, pipelineOutput] = /^\$\{\{\s*parent\.outputs\.(\w+)\s*\}\}$/.exec(given.value) ?? [];
  if (pipelineOutput !== undefined) return { pipelineOutput };
  refuse(`${given.value} is not an output of the pipeline`);
}

function known<Found>(find: () => Found, refuse: (why: string) => void): Found | undefined {
  try {
    return find();
  } catch (error) {
    if (!(error instanceof UnknownReference)) throw error;
    refuse(error.message);
  }
}
