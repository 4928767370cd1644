import { z } from 'zod';
import { Refused } from '../core/errors.ts';
import type { EvaluationJob } from '../ports.ts';
import { without } from './armBody.ts';

const input = z.looseObject({ jobInputType: z.string() });
const output = z.looseObject({ jobOutputType: z.string(), uri: z.string().nullish() });

/** A job as the service tells it, all fields kept: what is not named here is copied as it is. */
export const templateJob = z.object({
  name: z.string(),
  properties: z.looseObject({
    tags: z.record(z.string(), z.string()).nullish(),
    properties: z.record(z.string(), z.string()).nullish(),
    inputs: z.record(z.string(), input).nullish(),
    outputs: z.record(z.string(), output.nullable()).nullish(),
  }),
});

const readOnly = ['status', 'services', 'parameters', 'isArchived', 'provisioningState', 'displayName'];

/** The body of an evaluation job: the template's, with versions and data of ours and nothing of its own run. */
export function evaluationBody(
  template: z.output<typeof templateJob>,
  job: EvaluationJob,
): { readonly properties: Record<string, unknown> } {
  const { tags, properties, inputs, outputs, ...rest } = template.properties;
  return {
    properties: {
      ...without(rest, (key) => readOnly.includes(key) || rest[key] === null),
      displayName: `${job.model}: ${job.challenger} against ${job.champion} on ${job.data}:${job.dataVersion}`,
      tags: {
        ...without(tags ?? {}, isServers),
        stewardId: job.stewardId,
        'steward.evaluates': `${job.model}:${job.challenger}`,
      },
      properties: without(properties ?? {}, isServers),
      inputs: pinned(inputs ?? {}, job),
      outputs: Object.fromEntries(
        Object.entries(outputs ?? {}).map(([name, value]) => [name, value && ownPlace(value, template.name)]),
      ),
    },
  };
}

/** `champion`, `challenger` and `data` keep their types and modes; only what they point at is ours. */
function pinned(
  inputs: Record<string, z.output<typeof input>>,
  job: EvaluationJob,
): Record<string, z.output<typeof input>> {
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

/** An output that names the template's own run would be written into the template's results. */
function ownPlace(value: z.output<typeof output>, templateName: string): Record<string, unknown> {
  const { uri, ...rest } = value;
  return typeof uri !== 'string' || uri.includes(templateName) ? rest : { ...rest, uri };
}

/** What the service writes on every run, and our own marks on the template: neither belongs to the clone. */
function isServers(key: string): boolean {
  return /^(_?azureml\.|mlflow\.|steward)/.test(key) || /^(runSource|runType|ContentSnapshotId)$/i.test(key);
}
