import { createHash, randomUUID } from 'node:crypto';
import type { Job, Workspace } from '../world.ts';
import { assetVersion, isAssetReference } from './assets.ts';
import { outputUri } from './blobLocations.ts';
import type { JobInput } from './commandJob.ts';
import type { CommandComponent } from './components.ts';
import type { JobContext } from './jobRuns.ts';
import type { Pipeline } from './pipelineJob.ts';
import type { PipelineNode, Source } from './pipelineNodes.ts';

/** The steps that have completed, by the name of their node. */
export type Steps = ReadonlyMap<string, Job>;

/** The command job that a node becomes once all that it needs has completed. */
export function stepJob(root: JobContext, pipeline: Pipeline, node: PipelineNode, steps: Steps): Job {
  const { world, workspace, job, run } = root;
  const { component, settings } = node;
  const inputs = stepInputs(workspace, pipeline, node, steps);
  // Everything that decides what comes out: the same again may take the earlier outputs.
  const work = {
    componentId: node.version.id,
    command: filledOptions(component, inputs),
    environmentId: assetVersion(workspace, 'environments', component.environment).id,
    ...(component.code && { codeId: component.code }),
    ...(settings.environment_variables && { environmentVariables: settings.environment_variables }),
    ...(settings.limits && { limits: { jobLimitsType: 'Command', ...settings.limits } }),
    inputs,
    outputs: stepOutputs(pipeline, node),
  };
  const name = randomUUID();
  const now = world.clock.now();
  return {
    id: `${workspace.id}/jobs/${name}`,
    name,
    type: job.type,
    tags: settings.tags ?? {},
    properties: {
      jobType: 'Command',
      displayName: node.name,
      experimentName: run.experimentName,
      ...work,
      ...((settings.computeId ?? pipeline.compute) && { computeId: settings.computeId ?? pipeline.compute }),
      properties: settings.properties ?? {},
    },
    createdAt: now,
    modifiedAt: now,
    status: 'NotStarted',
    log: '',
    part: {
      of: job.name,
      ...(component.is_deterministic && { reuseKey: createHash('sha256').update(JSON.stringify(work)).digest('hex') }),
    },
  };
}

/** The newest step that did the same work and completed; one that reused another's outputs did no work. */
export function earlierStep({ jobs }: Workspace, { part }: Job): Job | undefined {
  if (part?.reuseKey === undefined) return undefined;
  return [...jobs.values()].findLast(
    (job) => job.part?.reuseKey === part.reuseKey && job.status === 'Completed' && job.outputs === undefined,
  );
}

function stepInputs(
  workspace: Workspace,
  pipeline: Pipeline,
  { component, inputs }: PipelineNode,
  steps: Steps,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(component.inputs).flatMap(([key, { type }]) => {
      const source = inputs.get(key);
      const found = source && inputOf(workspace, pipeline, steps, type, source);
      return found === undefined ? [] : [[key, found]];
    }),
  );
}

function inputOf(
  workspace: Workspace,
  pipeline: Pipeline,
  steps: Steps,
  type: string,
  source: Source,
): object | undefined {
  switch (source.from) {
    case 'value':
      return { jobInputType: 'literal', value: source.value };
    case 'place':
      return pinned(workspace, { jobInputType: type, uri: source.uri });
    case 'input': {
      const given: JobInput | undefined = pipeline.inputs.get(source.input);
      return given === undefined || given.jobInputType === 'literal' ? given : pinned(workspace, given);
    }
    case 'node': {
      const step = steps.get(source.node);
      return step && { jobInputType: type, uri: outputUri(workspace, step.name, source.output) };
    }
  }
}

/** A registered version by its id: what `@latest` means must not change between two parts. */
export function pinned(workspace: Workspace, input: { readonly jobInputType: string; readonly uri: string }): object {
  if (!isAssetReference(input.uri)) return input;
  const kind = input.jobInputType.endsWith('_model') ? 'models' : 'data';
  return { ...input, uri: assetVersion(workspace, kind, input.uri).id };
}

function stepOutputs(pipeline: Pipeline, { component, outputs }: PipelineNode): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(component.outputs).map(([key, { type }]) => {
      const to = outputs.get(key);
      const uri = to && ('uri' in to ? to.uri : pipeline.outputs.get(to.pipelineOutput));
      return [key, { jobOutputType: type, ...(uri !== undefined && { uri }) }];
    }),
  );
}

/** `$[[ --rate ${{inputs.rate}} ]]` is left out where an input that it names has no value. */
function filledOptions({ command }: CommandComponent, inputs: Readonly<Record<string, unknown>>): string {
  return command.replace(/\$\[\[(.*?)\]\]/gs, (_whole, option: string) => {
    const named = [...option.matchAll(/\$\{\{\s*inputs\.(\w+)\s*\}\}/g)].map(([, name = '']) => name);
    return named.every((name) => Object.hasOwn(inputs, name)) ? option : '';
  });
}
