import { isLiteral, type ComponentInput } from './components.ts';
import type { PipelineNode, Source } from './pipelineNodes.ts';

/** What bindings may name. */
export interface Bindable {
  readonly inputs: ReadonlyMap<string, 'literal' | 'place'>;
  /** Inputs that the pipeline declares and the job may leave out. */
  readonly optional: ReadonlySet<string>;
  readonly outputs: ReadonlySet<string>;
  readonly nodes: readonly PipelineNode[];
}

/** Every binding that leads nowhere or to something of another kind, and every output that nobody writes. */
export function bindingFaults(pipeline: Bindable): readonly string[] {
  const faults: string[] = [];
  for (const { name, component, inputs, outputs } of pipeline.nodes) {
    for (const [key, declared] of Object.entries(component.inputs)) {
      const fault = inputFault(inputs.get(key), declared, pipeline);
      if (fault !== undefined) faults.push(`jobs.${name}.inputs.${key}: ${fault}`);
    }
    for (const [key, output] of outputs) {
      if (!('pipelineOutput' in output) || pipeline.outputs.has(output.pipelineOutput)) continue;
      faults.push(`jobs.${name}.outputs.${key}: the pipeline has no output ${output.pipelineOutput}`);
    }
  }
  const unwritten = [...pipeline.outputs].filter((name) => writerOf(pipeline.nodes, name) === undefined);
  return [...faults, ...unwritten.map((name) => `outputs.${name}: no node writes it`)];
}

function inputFault(
  source: Source | undefined,
  declared: ComponentInput,
  { inputs, optional, nodes }: Bindable,
): string | undefined {
  const missing = declared.optional ? undefined : 'is required';
  if (source === undefined) return missing;
  const ofAnotherKind = (literal: boolean) => (literal === isLiteral(declared) ? undefined : `is of type ${declared.type}`); // prettier-ignore
  switch (source.from) {
    case 'value':
      return ofAnotherKind(true);
    case 'place':
      return ofAnotherKind(false);
    case 'input': {
      const given = inputs.get(source.input);
      if (given !== undefined) return ofAnotherKind(given === 'literal');
      return optional.has(source.input) ? missing : `the pipeline has no input ${source.input}`;
    }
    case 'node': {
      const node = nodes.find(({ name }) => name === source.node);
      if (node !== undefined && Object.hasOwn(node.component.outputs, source.output)) return ofAnotherKind(false);
      return `there is no output ${source.output} of a node ${source.node}`;
    }
  }
}

/** The node, and its output, that the pipeline's output is. */
export function writerOf(
  nodes: readonly PipelineNode[],
  pipelineOutput: string,
): { readonly node: PipelineNode; readonly output: string } | undefined {
  for (const node of nodes) {
    for (const [output, to] of node.outputs) {
      if ('pipelineOutput' in to && to.pipelineOutput === pipelineOutput) return { node, output };
    }
  }
  return undefined;
}
