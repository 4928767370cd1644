import { z } from 'zod';
import { Refused } from '../core/errors.ts';
import type { EvaluationJob } from '../ports.ts';
import { mapped } from './armBody.ts';
import { componentJob, refuseMisfit, type Component } from './componentJob.ts';
import { defaultOutput } from './datastoreFiles.ts';
import { bareJob, type BareJob, type JobInput, type ReadJob } from './jobBody.ts';

interface JobBody {
  readonly properties: Record<string, unknown>;
}

/** The body of an evaluation job: the template's, with versions and data of ours and nothing of its own run. */
export function evaluationBody(template: ReadJob, job: EvaluationJob): JobBody {
  const bare = bareJob(template);
  const inputs = pinned(bare.inputs, job);
  refuseUnbound(bare.steps ?? {}, job);
  return bodyOf({ ...bare, inputs }, job);
}

/** The body of an evaluation by a registered component. Its experiment has the model's name: a component has none. */
export function componentEvaluation(found: Component, compute: string, job: EvaluationJob): JobBody {
  const given = { inputs: contractOf(job) };
  refuseMisfit(found, given);
  const { rest, ...bare } = componentJob(found, given, compute, 'evaluate');
  return bodyOf({ rest: { ...rest, experimentName: job.model }, ...bare }, job);
}

function bodyOf({ rest, tags, inputs, steps }: BareJob, job: EvaluationJob): JobBody {
  return {
    properties: {
      ...rest,
      ...(rest['jobType'] === 'Pipeline' && { outputs: placed(rest['outputs'], job.job) }),
      displayName: `${job.model}: ${job.challenger} against ${job.champion} on ${job.data}:${job.dataVersion}`,
      tags: { ...tags, stewardId: job.stewardId, 'steward.evaluates': `${job.model}:${job.challenger}` },
      inputs,
      ...(steps !== undefined && { jobs: steps }),
    },
  };
}

/** The inputs of the evaluation contract, and what they point at. */
function contractOf(job: EvaluationJob) {
  return {
    champion: `azureml:${job.model}:${job.champion}`,
    challenger: `azureml:${job.model}:${job.challenger}`,
    data: `azureml:${job.data}:${job.dataVersion}`,
  };
}

/** `champion`, `challenger` and `data` keep their types and modes; only what they point at is ours. */
function pinned(inputs: Record<string, JobInput>, job: EvaluationJob): Record<string, JobInput> {
  const uris = contractOf(job);
  const missing = Object.keys(uris).filter((name) => inputs[name] === undefined);
  if (missing.length > 0) {
    const message = `The template job ${job.template} lacks the inputs ${missing.join(', ')} of the evaluation contract`;
    throw new Refused('invalid', 'Azure ML', message);
  }
  const ours = Object.entries(uris).map(([name, uri]) => [name, { ...inputs[name], uri }]);
  return { ...inputs, ...Object.fromEntries(ours) };
}

/** A pipeline whose steps name versions of their own would measure the same two for ever. */
function refuseUnbound(steps: Record<string, unknown>, job: EvaluationJob): void {
  if (Object.keys(steps).length === 0) return;
  const text = JSON.stringify(steps);
  const isBound = (name: string) => new RegExp(`\\$\\{\\{\\s*parent\\.inputs\\.${name}\\s*\\}\\}`).test(text);
  const unbound = Object.keys(contractOf(job)).filter((name) => !isBound(name));
  if (unbound.length === 0) return;
  const bindings = unbound.map((name) => `\${{parent.inputs.${name}}}`).join(', ');
  throw new Refused('invalid', 'Azure ML', `No step of the template job ${job.template} is bound to ${bindings}`);
}

const outputs = z.record(z.string(), z.looseObject({ uri: z.string().nullish() }).nullable());

/** Where a pipeline's outputs go that name no place is unverified; so each is given one, where it is looked for. */
function placed(given: unknown, job: string): unknown {
  const read = outputs.safeParse(given ?? {});
  if (!read.success) return given;
  return mapped(read.data, (output, name) => output && { ...output, uri: output.uri ?? defaultOutput(job, name) });
}
