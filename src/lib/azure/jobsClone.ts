import { Refused } from '../core/errors.ts';
import type { EvaluationJob } from '../ports.ts';
import { bareJob, type JobInput, type ReadJob } from './jobBody.ts';

/** The body of an evaluation job: the template's, with versions and data of ours and nothing of its own run. */
export function evaluationBody(
  template: ReadJob,
  job: EvaluationJob,
): { readonly properties: Record<string, unknown> } {
  const { rest, tags, inputs, steps } = bareJob(template);
  return {
    properties: {
      ...rest,
      displayName: `${job.model}: ${job.challenger} against ${job.champion} on ${job.data}:${job.dataVersion}`,
      tags: { ...tags, stewardId: job.stewardId, 'steward.evaluates': `${job.model}:${job.challenger}` },
      inputs: pinned(inputs, job),
      ...(steps !== undefined && { jobs: steps }),
    },
  };
}

/** `champion`, `challenger` and `data` keep their types and modes; only what they point at is ours. */
function pinned(inputs: Record<string, JobInput>, job: EvaluationJob): Record<string, JobInput> {
  const uris = {
    champion: `azureml:${job.model}:${job.champion}`,
    challenger: `azureml:${job.model}:${job.challenger}`,
    data: `azureml:${job.data}:${job.dataVersion}`,
  };
  const missing = Object.keys(uris).filter((name) => inputs[name] === undefined);
  if (missing.length > 0) {
    const message = `The template job ${job.template} lacks the inputs ${missing.join(', ')} of the evaluation contract`;
    throw new Refused('invalid', 'Azure ML', message);
  }
  const ours = Object.entries(uris).map(([name, uri]) => [name, { ...inputs[name], uri }]);
  return { ...inputs, ...Object.fromEntries(ours) };
}
