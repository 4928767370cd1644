import { createHash } from 'node:crypto';
import type { Job, JobStatus } from '../world.ts';
import { UnknownReference } from './assets.ts';
import { outputUri } from './blobLocations.ts';
import { runPart } from './commandRun.ts';
import { endOf, move, startRun, type JobContext } from './jobRuns.ts';
import { appendNote } from './log.ts';
import { writerOf } from './pipelineBindings.ts';
import { parsePipelineJob, type Pipeline } from './pipelineJob.ts';
import type { PipelineNode } from './pipelineNodes.ts';
import { earlierStep, stepJob, type Steps } from './pipelineSteps.ts';

/** A pipeline's way to its end: each node a run of its own, as soon as what it needs has completed. */
export async function runPipelineJob(context: JobContext, stop: AbortController): Promise<void> {
  const { workspace, job } = context;
  let outcome: JobStatus = 'Failed';
  try {
    const pipeline = parsePipelineJob(workspace, job.properties);
    move(context, 'Running');
    outcome = await runNodes(context, pipeline, stop.signal);
  } catch (error) {
    appendNote(job, error instanceof UnknownReference ? error.message : String(error));
  }
  if (stop.signal.aborted) appendNote(job, `stopped: ${String(stop.signal.reason)}`);
  const end = endOf(context, stop.signal, outcome);
  // The root says no more than that: why is said by the step.
  if (end === 'Failed') context.run.error = { code: 'UserError', message: 'Pipeline has some failed steps.' };
  move(context, end);
}

async function runNodes(root: JobContext, pipeline: Pipeline, stop: AbortSignal): Promise<JobStatus> {
  const failed = new AbortController();
  const noMore = AbortSignal.any([stop, failed.signal]);
  const completed = new Map<string, Job>();
  const following = new Map<string, Promise<void>>();

  const follow = async (node: PipelineNode) => {
    await Promise.all(node.needs.flatMap((name) => following.get(name) ?? []));
    if (noMore.aborted || node.needs.some((name) => !completed.has(name))) return;
    const step = await runStep(root, pipeline, node, completed, noMore);
    appendNote(root.job, `${node.name}: step ${step.name} ${step.status}`);
    if (step.status === 'Completed') {
      completed.set(node.name, step);
      showOutputs(root, pipeline, completed);
    } else if (!pipeline.continueOnStepFailure) failed.abort(`step ${node.name} ${step.status}`);
  };
  for (const node of pipeline.nodes) following.set(node.name, follow(node));
  await Promise.all(following.values());
  return completed.size === pipeline.nodes.length || pipeline.continueOnStepFailure ? 'Completed' : 'Failed';
}

async function runStep(
  root: JobContext,
  pipeline: Pipeline,
  node: PipelineNode,
  completed: Steps,
  stop: AbortSignal,
): Promise<Job> {
  const { world, workspace } = root;
  const step = stepJob(root, pipeline, node, completed);
  const earlier = pipeline.forceRerun ? undefined : earlierStep(workspace, step);
  workspace.jobs.set(step.name, step);
  const nodeId = createHash('sha256').update(node.name).digest('hex').slice(0, 8);
  const belonging = { 'azureml.pipelinerunid': root.run.id, 'azureml.nodeid': nodeId };
  const properties = { ...belonging, 'azureml.runsource': 'azureml.StepRun', 'azureml.rootpipelinerunid': root.run.id };
  if (earlier !== undefined) {
    const reused = { 'azureml.isreused': 'true', 'azureml.reusedrunid': earlier.name, 'azureml.reusedpipelinerunid': earlier.part?.of ?? '' }; // prettier-ignore
    const begun = { runType: 'azureml.ReusedStepRun', parent: root.run, tags: belonging, properties: { ...properties, ...reused } }; // prettier-ignore
    takeOver(startRun(world, workspace, step, begun), node, earlier);
    return step;
  }
  const context = startRun(world, workspace, step, { runType: 'azureml.StepRun', parent: root.run, tags: belonging, properties }); // prettier-ignore
  await runPart(context, stop);
  return step;
}

/** A reused step shows what the earlier one logged, and its outputs are that one's. */
function takeOver(context: JobContext, { component }: PipelineNode, earlier: Job): void {
  const { workspace, job, run } = context;
  job.outputs = new Map(Object.keys(component.outputs).map((name) => [name, outputUri(workspace, earlier.name, name)]));
  const logged = workspace.runs.get(earlier.name);
  run.metrics.push(...(logged?.metrics ?? []));
  for (const [key, value] of logged?.params ?? []) run.params.set(key, value);
  appendNote(job, `reused: the outputs are those of step ${earlier.name}`);
  move(context, 'Completed');
}

/** The pipeline's outputs are those of the steps that write them. */
function showOutputs({ workspace, job }: JobContext, pipeline: Pipeline, completed: Steps): void {
  const found = [...pipeline.outputs.keys()].flatMap((name) => {
    const writer = writerOf(pipeline.nodes, name);
    const step = writer && completed.get(writer.node.name);
    return step === undefined ? [] : [[name, outputUri(workspace, step.name, writer?.output ?? '')] as const];
  });
  job.outputs = new Map(found);
}
