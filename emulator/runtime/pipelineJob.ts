import { z } from 'zod';
import type { Workspace } from '../world.ts';
import { UnknownReference } from './assets.ts';
import { jobInput, type JobInput } from './commandJob.ts';
import { componentNamed, isLiteral, type PipelineComponent } from './components.ts';
import { bindingFaults, type Bindable } from './pipelineBindings.ts';
import { parseNodes, type PipelineNode } from './pipelineNodes.ts';

const pipelineJobSchema = z.object({
  jobType: z.literal('Pipeline'),
  componentId: z.string().nullish(),
  computeId: z.string().nullish(),
  inputs: z.record(z.string(), jobInput).default({}),
  outputs: z.record(z.string(), z.object({ uri: z.string().nullish() })).default({}),
  jobs: z.record(z.string(), z.unknown()).default({}),
  settings: z
    .object({
      default_compute: z.string().nullish(),
      continue_on_step_failure: z.boolean().default(false),
      force_rerun: z.boolean().default(false),
    })
    .prefault({}),
});

export interface Pipeline {
  readonly inputs: ReadonlyMap<string, JobInput>;
  /** Each after the nodes that it needs. */
  readonly nodes: readonly PipelineNode[];
  /** Names of the outputs, and where the job wants them; the others lie with the step that writes them. */
  readonly outputs: ReadonlyMap<string, string | undefined>;
  readonly compute: string | undefined;
  readonly continueOnStepFailure: boolean;
  readonly forceRerun: boolean;
}

/** What a pipeline job asks for, by nodes of its own or by its component's; throws with all faults at once. */
export function parsePipelineJob(workspace: Workspace, properties: unknown): Pipeline {
  const parsed = pipelineJobSchema.safeParse(properties);
  if (!parsed.success) throw new UnknownReference(`this job cannot be run:\n${z.prettifyError(parsed.error)}`);
  const { componentId, computeId, jobs, settings } = parsed.data;
  if (!componentId === (Object.keys(jobs).length === 0)) {
    throw new UnknownReference('a pipeline has either jobs or a componentId');
  }
  const component = componentId ? componentNamed(workspace, componentId, 'pipeline').component : undefined;
  const inputs = new Map([...defaults(component), ...Object.entries(parsed.data.inputs)]);
  const places = Object.entries(parsed.data.outputs).map(([name, { uri }]) => [name, uri ?? undefined] as const);
  const outputs = new Map([...Object.keys(component?.outputs ?? {}).map((name) => [name, undefined] as const), ...places]); // prettier-ignore
  const faults: string[] = inputFaults(component, inputs);
  const kinds = new Map([...inputs].map(([name, { jobInputType }]) => [name, jobInputType === 'literal' ? 'literal' : 'place'] as const)); // prettier-ignore
  const bindable = { inputs: kinds, optional: new Set(Object.keys(component?.inputs ?? {})), outputs: new Set(outputs.keys()) }; // prettier-ignore
  return {
    inputs,
    nodes: boundNodes(workspace, component?.jobs ?? jobs, bindable, faults),
    outputs,
    compute: settings.default_compute ?? computeId ?? undefined,
    continueOnStepFailure: settings.continue_on_step_failure,
    forceRerun: settings.force_rerun,
  };
}

/** Throws what is wrong with a pipeline component by itself, whatever a job may give it. */
export function checkPipelineComponent(workspace: Workspace, { inputs, outputs, jobs }: PipelineComponent): void {
  const kinds = new Map(Object.entries(inputs).map(([name, input]) => [name, isLiteral(input) ? 'literal' : 'place'] as const)); // prettier-ignore
  boundNodes(workspace, jobs, { inputs: kinds, optional: new Set(), outputs: new Set(Object.keys(outputs)) }, []);
}

/** In order of need; throws all faults at once, those found before among them. */
function boundNodes(
  workspace: Workspace,
  jobs: Readonly<Record<string, unknown>>,
  bindable: Omit<Bindable, 'nodes'>,
  faults: string[],
): readonly PipelineNode[] {
  const nodes = parseNodes(workspace, jobs, faults);
  if (faults.length === 0) faults.push(...bindingFaults({ ...bindable, nodes }));
  if (faults.length > 0) throw new UnknownReference(faults.join('; '));
  return inOrder(nodes);
}

function defaults(component: PipelineComponent | undefined): readonly (readonly [string, JobInput])[] {
  return Object.entries(component?.inputs ?? {}).flatMap(([name, { default: value }]) =>
    typeof value === 'string' ? [[name, { jobInputType: 'literal', value }] as const] : [],
  );
}

/** A job of a component gives what the component asks for, and nothing else. */
function inputFaults(component: PipelineComponent | undefined, inputs: ReadonlyMap<string, JobInput>): string[] {
  if (component === undefined) return [];
  const strangers = [...inputs.keys()].filter((name) => !Object.hasOwn(component.inputs, name));
  const missing = Object.entries(component.inputs).filter(([name, { optional }]) => !optional && !inputs.has(name));
  return [
    ...strangers.map((name) => `inputs.${name}: the component has no such input`),
    ...missing.map(([name]) => `inputs.${name}: is required`),
  ];
}

function inOrder(nodes: readonly PipelineNode[]): readonly PipelineNode[] {
  const ordered: PipelineNode[] = [];
  let left = [...nodes];
  while (left.length > 0) {
    const ready = left.filter(({ needs }) => needs.every((name) => ordered.some((node) => node.name === name)));
    if (ready.length === 0) throw new UnknownReference(`jobs: ${left.map(({ name }) => name).join(', ')} wait for each other`); // prettier-ignore
    ordered.push(...ready);
    left = left.filter((node) => !ready.includes(node));
  }
  return ordered;
}
