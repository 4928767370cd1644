import { z } from 'zod';
import { deploymentSection } from './deploymentSection.ts';
import { expected } from './expected.ts';
import { count, list, NAME, named, number, section, text, word } from './leaves.ts';
import type { AnswersPolicy } from '../shadow/judge.ts';
import type { AnswerExpectation, CanaryPolicy, RolloutPolicy, ShadowPolicy } from './policy.ts';
import { isMap } from './schemaShape.ts';
import { duration, fraction, increase, multiple, percent } from './units.ts';

const REQUEST = 'the name of a JSON file beside the policy, or the JSON body itself as a map or list';

const SCHEMA = 'the name of a file beside the policy that holds a JSON Schema, or the schema itself as a map';
const VALUES = 'a map from JSON Pointers to values, such as {"/0/label": ham}';

const POINTER = /^(?:\/(?:[^~/]|~[01])*)+$/;

const answer = section({
  status: z.int(expected('an HTTP status, such as 200')).min(100).max(599).prefault(200),
  latency: duration({ above: 0 }).exactOptional(),
  schema: z.custom<object>(isMap, expected(SCHEMA)).exactOptional(),
  values: named(
    z.union([z.string(), z.number(), z.boolean(), z.null()], expected('a text, a number, true, false or null')),
    POINTER,
    'a JSON Pointer, such as /0/label',
    VALUES,
  ).exactOptional(),
}).transform(({ latency, ...rest }): AnswerExpectation => ({
  ...rest,
  ...(latency === undefined ? {} : { latencyMs: latency }),
}));

const smokeRequest = {
  /** The file has been replaced by what it holds before the schema sees it. */
  request: z.custom<object>((value) => typeof value === 'object' && value !== null, expected(REQUEST)),
  expect: answer.prefault({}),
};

const MORE = 'a list of at most 4 more requests, such as [{request: other.json}]';

const smokeTest = section({
  ...smokeRequest,
  also: list(section(smokeRequest), MORE).max(4, expected(MORE)).prefault([]),
});

const limits = section({
  errorRate: fraction({ above: 0 }, 'above 0%, such as 3%').exactOptional(),
  latency: duration({ above: 0 }).exactOptional(),
}).transform(({ latency, ...rest }): CanaryPolicy['limits'] => ({
  ...rest,
  ...(latency === undefined ? {} : { latencyMs: latency }),
}));

const canary = section({
  errors: multiple().prefault('2x'),
  latency: increase().prefault('+30%'),
  maxFalseRollback: fraction({ above: 0, atMost: 50 }, 'above 0% and at most 50%, such as 2%').prefault('2%'),
  negligible: fraction({ above: 0, atMost: 50 }, 'above 0% and at most 50%, such as 0.2%').prefault('0.2%'),
  minRequests: count().prefault(100),
  settle: duration().prefault('5m'),
  traffic: word(['metrics', 'log']).prefault('metrics'),
  limits: limits.prefault({}),
}).transform(({ latency, settle, ...rest }): CanaryPolicy => ({ ...rest, latencyPercent: latency, settleMs: settle }));

const STEPS = 'ascending percentages that end with 100%, such as [10%, 50%, 100%]';

const steps = list(percent({ above: 0 }, 'above 0% and at most 100%, such as 10%'), STEPS).refine(
  (percents) => percents.at(-1) === 100 && percents.every((value, i) => i === 0 || value > (percents[i - 1] ?? 0)),
  { error: `expected ${STEPS}` },
);

const COLLECTION = 'the name of a collection, such as model_outputs';

const answers = section({
  inputs: text(COLLECTION, NAME).prefault('model_inputs'),
  outputs: text(COLLECTION, NAME).prefault('model_outputs'),
  rows: text('a JSON Pointer to the list of rows, such as /predictions', POINTER).exactOptional(),
  prediction: text('the name of a column').exactOptional(),
  score: text('the name of a column').exactOptional(),
  maxFlips: fraction({ above: 0, below: 100 }, 'above 0% and below 100%, such as 5%').exactOptional(),
  maxShift: number('a number above 0, such as 0.05').positive(expected('a number above 0, such as 0.05')).exactOptional(),
})
  .superRefine(({ inputs, outputs, prediction, score, maxFlips, maxShift }, context) => {
    const missing = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message });
    if (inputs === outputs) missing('outputs', 'expected another collection than that of the inputs');
    if (prediction === undefined && maxFlips !== undefined) missing('prediction', 'expected the column of the class that maxFlips is about');
    else if (prediction === undefined && score === undefined) missing('prediction', 'expected prediction or score, the column of a class or of a number');
    if (score === undefined && maxShift !== undefined) missing('score', 'expected the column of the number that maxShift is about');
  })
  .transform(({ rows = '', ...rest }): AnswersPolicy => ({ ...rest, rows })); // prettier-ignore

const shadow = section({
  percent: percent({ above: 0, atMost: 50 }, 'above 0% and at most 50% (the platform mirrors no more), such as 20%'),
  for: duration({ above: 0 }),
  answers: answers.exactOptional(),
}).transform(({ percent: share, for: forMs, ...rest }): ShadowPolicy => ({ percent: share, forMs, ...rest }));

/** One deployment at a time: nothing can be split or copied, and only what can be taken back may change. */
function notInPlace({ steps: percents, shadow: copies, deployment }: { readonly steps: readonly number[]; readonly shadow?: unknown; readonly deployment: object }): [string, string][] {
  return [
    ...(percents.length > 1 ? [['steps', 'expected [100%] with update: inPlace, where there is one deployment and nothing to split'] as [string, string]] : []),
    ...(copies === undefined ? [] : [['shadow', 'not possible with update: inPlace: there is no second deployment to copy requests to'] as [string, string]]),
    ...(Object.keys(deployment).length > 0 ? [['deployment', 'not possible with update: inPlace, which exchanges the model alone, so that it can be taken back'] as [string, string]] : []),
  ];
} // prettier-ignore

export const rolloutSection = section({
  deployment: deploymentSection.prefault({}),
  update: word(['beside', 'inPlace']).prefault('beside'),
  smokeTest: smokeTest.exactOptional(),
  shadow: shadow.exactOptional(),
  steps: steps.prefault(['10%', '50%', '100%']),
  bake: duration().prefault('10m'),
  onInconclusive: word(['hold', 'rollback']).prefault('hold'),
  onNewerVersion: word(['wait', 'supersede']).prefault('wait'),
  deadline: duration({ above: 0 }).prefault('24h'),
  watch: duration().prefault('2h'),
  keepPrevious: duration().prefault('24h'),
  deployDeadline: duration({ above: 0 }).prefault('1h'),
  canary: canary.prefault({}),
})
  .superRefine((rollout, context) => {
    for (const [path, message] of rollout.update === 'inPlace' ? notInPlace(rollout) : [])
      context.addIssue({ code: 'custom', path: [path], message });
    if (rollout.bake * (rollout.steps.length - 1) >= rollout.deadline)
      context.addIssue({
        code: 'custom',
        path: ['deadline'],
        message: 'expected a deadline longer than the bakes of all steps together',
      });
    if (rollout.shadow && rollout.shadow.forMs >= rollout.deadline)
      context.addIssue({
        code: 'custom',
        path: ['deadline'],
        message: 'expected a deadline longer than the shadow (shadow.for)',
      });
  })
  .transform(
    ({ steps: stepsPercent, bake, deadline, watch, keepPrevious, deployDeadline, ...rest }): RolloutPolicy => ({
      ...rest,
      stepsPercent,
      bakeMs: bake,
      deadlineMs: deadline,
      watchMs: watch,
      keepPreviousMs: keepPrevious,
      deployDeadlineMs: deployDeadline,
    }),
  );
