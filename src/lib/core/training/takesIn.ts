import { digest } from '../names.ts';
import type { EnvironmentPolicy, Policy } from '../policy/policy.ts';

/**
 * A schedule and new data are causes for the model, not for a place where it serves: of environments that have the same
 * and train in the same one, that one takes it in, or the first of the others where that one has it not. Without `in`,
 * an environment that gets its versions from another one trains nothing of its own accord.
 */
export function takesIn(whole: Policy, here: EnvironmentPolicy, what: 'schedule' | 'newData'): boolean {
  const wanted = here.training?.when[what];
  if (wanted === undefined) return false;
  const where = trainsIn(here);
  const alike = Object.values(whole.environments).filter(
    (other) => trainsIn(other) === where && digest(other.training?.when[what]) === digest(wanted),
  );
  const there = alike.find(({ environment }) => environment === where);
  if (there && (there.entry || there.training?.in === where)) return there === here;
  return alike.find((other) => other !== there) === here;
}

/**
 * Drift is found where a model serves for good: an environment that trains for others, or that hands its versions on,
 * need not be watched.
 */
export function isWatched(whole: Policy, here: EnvironmentPolicy): boolean {
  const others = Object.values(whole.environments).filter(({ environment }) => environment !== here.environment);
  return others.every(({ after, training }) => after !== here.environment && training?.in !== here.environment);
}

function trainsIn({ training, environment }: EnvironmentPolicy): string {
  return training?.in ?? environment;
}
