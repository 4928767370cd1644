import type { TrainingJobFact } from '../../src/lib/core/step.ts';

/** How jobs of the world end from now on. */
export type Fate = 'completed' | 'platform' | 'code' | 'neverStarts' | 'neverEnds';

export function ended(name: string, fate: Fate): TrainingJobFact {
  if (fate === 'platform')
    return { name, state: 'failed', computeMinutes: 20, failure: { platform: true, message: 'lost' } };
  if (fate === 'code')
    return { name, state: 'failed', computeMinutes: 20, failure: { platform: false, message: 'exit 1' } };
  return { name, state: 'completed', computeMinutes: 20 };
}
