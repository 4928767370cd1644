import * as fc from 'fast-check';
import { simulate } from './day.ts';
import { plans, type Plan } from './plan.ts';

/** Of a seed that fails: the shortest plan that still fails, as far as it is found in a while. */
export async function shrunk(seed: number, fails: (plan: Plan) => Promise<boolean> = violates): Promise<Plan> {
  const property = fc.asyncProperty(plans, async (plan) => {
    if (await fails(plan)) throw new Error('it fails');
  });
  const { counterexample } = await fc.check(property, { seed, numRuns: 1, endOnFailure: false });
  const [plan] = counterexample ?? [];
  if (!plan) throw new Error(`seed ${seed} does not fail`);
  return plan;
}

async function violates(plan: Plan): Promise<boolean> {
  try {
    return (await simulate(plan)).violations.length > 0;
  } catch {
    return true;
  }
}
