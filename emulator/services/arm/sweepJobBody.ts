import { z } from 'zod';
import { distributionNotDone } from '../../runtime/searchSpace.ts';
import { isoDuration, resourceReadOnly, words, writable } from './body.ts';
import { common, resources } from './jobBody.ts';

const count = z.int().min(1);

/** The body of a sweep job (api-version 2024-10-01), closed, but for the free-form search space. */
export const sweepJobBody = writable(resourceReadOnly, {
  properties: writable(['status', 'services'], {
    ...common,
    jobType: z.literal('Sweep'),
    trial: z.strictObject({
      command: z.string().min(1),
      environmentId: z.string().min(1),
      codeId: z.string().exactOptional(),
      environmentVariables: words.exactOptional(),
      distribution: z.record(z.string(), z.unknown()).exactOptional(),
      resources: resources.exactOptional(),
    }),
    searchSpace: z.record(z.string(), z.unknown()),
    samplingAlgorithm: z.discriminatedUnion('samplingAlgorithmType', [
      z.strictObject({ samplingAlgorithmType: z.literal('Grid') }),
      z.strictObject({ samplingAlgorithmType: z.literal('Bayesian') }),
      z.strictObject({
        samplingAlgorithmType: z.literal('Random'),
        rule: z.enum(['Random', 'Sobol']).exactOptional(),
        seed: z.int().exactOptional(),
      }),
    ]),
    objective: z.strictObject({ primaryMetric: z.string().min(1), goal: z.enum(['Minimize', 'Maximize']) }),
    earlyTermination: z
      .looseObject({ policyType: z.enum(['Bandit', 'MedianStopping', 'TruncationSelection']) })
      .exactOptional(),
    limits: z
      .strictObject({
        jobLimitsType: z.literal('Sweep'),
        maxTotalTrials: count.exactOptional(),
        maxConcurrentTrials: count.exactOptional(),
        timeout: isoDuration.exactOptional(),
        trialTimeout: isoDuration.exactOptional(),
      })
      .exactOptional(),
    queueSettings: z.record(z.string(), z.unknown()).exactOptional(),
  }),
});

export type SweepJobProperties = z.infer<typeof sweepJobBody>['properties'];

/** What a sweep asks for that is known and not done, in words. */
export function sweepNotDone(asked: SweepJobProperties): string | undefined {
  const { samplingAlgorithm: sampling, searchSpace, earlyTermination, componentId, outputs, limits } = asked;
  if (sampling.samplingAlgorithmType === 'Bayesian') return 'Bayesian sampling';
  if (sampling.samplingAlgorithmType === 'Random') {
    if (sampling.rule === 'Sobol') return 'Sobol sampling';
    // A thousand processes by mistake would be no service to anybody.
    if (limits?.maxTotalTrials === undefined) return 'random sampling without limits.maxTotalTrials';
  }
  if (earlyTermination !== undefined) return `early termination by ${earlyTermination.policyType}`;
  if (componentId !== undefined) return 'sweep of a component';
  const placed = Object.entries(outputs ?? {}).find(([, { uri }]) => uri !== undefined);
  if (placed !== undefined) return `place of ${placed[0]}, an output of many trials`;
  const distribution = distributionNotDone(searchSpace);
  return distribution && `${distribution} distribution`;
}
