import { NAME, section, text, word } from './leaves.ts';
import type { EvaluationPolicy } from './policy.ts';
import { duration } from './units.ts';

const SOURCES = 'job, component or from: training, and only one of them';

export const evaluationSection = section({
  job: text('the template of the evaluation: the value of the tag steward.template on a completed job').exactOptional(),
  component: text('the name of a registered component').exactOptional(),
  compute: text('the name of a compute of the workspace').exactOptional(),
  from: word(['training']).exactOptional(),
  data: text('the name of a data asset'),
  predictions: text('the name of an output of the evaluation', NAME).prefault('predictions'),
  artifact: word(['tell', 'verify']).prefault('tell'),
  deadline: duration({ above: 0 }).prefault('6h'),
})
  .superRefine(({ job, component, compute, from }, context) => {
    const fault = (key: string, message: string) => context.addIssue({ code: 'custom', path: [key], message });
    const sources = Object.entries({ job, component, from }).filter(([, value]) => value !== undefined);
    const [last, ...others] = sources.map(([key]) => key).toReversed();
    if (last === undefined) fault('job', `missing: expected ${SOURCES}`);
    else if (others.length > 0) fault(last, `expected ${SOURCES}`);
    if (component !== undefined && compute === undefined)
      fault('compute', 'missing: expected the compute on which the component runs');
    if (component === undefined && compute !== undefined)
      fault('compute', 'expected a component with it: a job brings its own compute');
  })
  .transform(({ job, component, compute, data, predictions, artifact, deadline }): EvaluationPolicy => ({
    from: sourceOf(job, component, compute),
    data,
    predictions,
    artifact,
    deadlineMs: deadline,
  }));

function sourceOf(job?: string, component?: string, compute?: string): EvaluationPolicy['from'] {
  if (job !== undefined) return { kind: 'job', job };
  if (component === undefined || compute === undefined) return { kind: 'training' };
  return { kind: 'component', component, compute };
}
