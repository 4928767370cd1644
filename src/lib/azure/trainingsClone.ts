import { z } from 'zod';
import type { TrainingJob } from '../ports/training.ts';
import { bareJob, codeOf, lineageTags, type BareJob, type ReadJob } from './jobBody.ts';
import { withPins } from './trainingsInputs.ts';

export interface JobBody {
  readonly properties: Readonly<Record<string, unknown>>;
}

/** An environment without a concrete version -> the id of its newest version. */
export type Environments = ReadonlyMap<string, string>;

const environmentId = z.string().nullish();
/** A sweep names its environment in the trial that it repeats. */
const namesEnvironments = z.object({ environmentId, trial: z.looseObject({ environmentId }).nullish() });

/** The body of a training: what the source was asked to do, on the data and in the environments that were pinned. */
export function trainingBody(source: ReadJob, job: TrainingJob, environments: Environments): JobBody {
  const bare = withEnvironments(withPins(bareJob(source), job.pins, source.name), environments);
  return bodyOf(bare, job, lineageTags(source.name, codeOf(source)));
}

/** A clone is nobody's template and carries our tags; everything else that people wrote on the source stays. */
export function bodyOf(
  { rest, tags, inputs, steps }: BareJob,
  job: TrainingJob,
  lineage: Readonly<Record<string, string>>,
): JobBody {
  return {
    properties: {
      ...rest,
      displayName: `Training of ${job.model} (${job.job})`,
      tags: { ...tags, ...job.tags, ...lineage, stewardId: job.stewardId },
      inputs,
      ...(steps && { jobs: steps }),
    },
  };
}

/** The environments that the job names itself; what a component names is fixed with the component's version. */
export function environmentsOf(source: ReadJob): readonly string[] {
  const { environmentId, trial } = namesEnvironments.parse(source.properties);
  return [environmentId, trial?.environmentId].filter((named) => typeof named === 'string');
}

function withEnvironments(job: BareJob, environments: Environments): BareJob {
  const { environmentId, trial } = namesEnvironments.parse(job.rest);
  const pinned = (named: string) => environments.get(named) ?? named;
  return {
    ...job,
    rest: {
      ...job.rest,
      ...(environmentId && { environmentId: pinned(environmentId) }),
      ...(trial?.environmentId && { trial: { ...trial, environmentId: pinned(trial.environmentId) } }),
    },
  };
}
