import type { TrainingPolicy } from '../core/policy/policy.ts';
import type { TrainingJob } from '../ports/training.ts';
import { componentJob, refuseMisfit, type Component } from './componentJob.ts';
import { lineageTags } from './jobBody.ts';
import { bodyOf, type JobBody } from './trainingsClone.ts';
import { withPins } from './trainingsInputs.ts';

type FromComponent = Extract<TrainingPolicy['from'], { kind: 'component' }>;

/** The body of a training from a component. Its experiment has the model's name: a component has none. */
export function componentBody(found: Component, from: FromComponent, compute: string, job: TrainingJob): JobBody {
  refuseMisfit(found, from);
  const { rest, ...bare } = withPins(componentJob(found, from, compute), job.pins, found.id);
  const version = found.id.split('/').at(-1);
  const lineage = lineageTags(`${from.component}:${version}`, {});
  return bodyOf({ rest: { ...rest, experimentName: job.model }, ...bare }, job, lineage);
}
