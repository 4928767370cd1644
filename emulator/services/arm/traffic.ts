import type { Endpoint } from '../../world.ts';
import { userError, type ErrorDetail } from './errors.ts';

type Weights = Readonly<Record<string, number>>;

const mostMirrored = 50;

/**
 * Whole percents; live traffic sums to 0 or 100 over deployments that exist; mirrored traffic goes to one deployment,
 * at most 50, and not to one that also has live traffic. All faults at once.
 */
export function checkTraffic(endpoint: Endpoint | undefined, traffic: Weights, mirror: Weights): void {
  const faults: ErrorDetail[] = [];
  const fault = (target: string, message: string) => faults.push({ code: 'InvalidTraffic', target, message });
  for (const [target, weights] of [
    ['traffic', traffic],
    ['mirrorTraffic', mirror],
  ] as const) {
    // prettier-ignore
    for (const [name, weight] of Object.entries(weights)) {
      if (!Number.isInteger(weight) || weight < 0 || weight > 100) fault(target, `${name}: ${weight} is not a percentage.`); // prettier-ignore
      if (endpoint?.deployments.get(name) === undefined) fault(target, `Deployment ${name} does not exist.`);
    }
  }
  const live = sum(traffic);
  if (live !== 0 && live !== 100) fault('traffic', `Traffic must sum to 0 or 100, not ${live}.`);
  const mirrored = Object.keys(mirror).filter((name) => mirror[name] !== 0);
  if (mirrored.length > 1) fault('mirrorTraffic', 'Traffic can be mirrored to one deployment only.');
  if (sum(mirror) > mostMirrored) fault('mirrorTraffic', `At most ${mostMirrored} % of traffic can be mirrored.`);
  for (const name of mirrored) {
    if ((traffic[name] ?? 0) > 0) fault('mirrorTraffic', `${name} cannot have live and mirrored traffic.`);
  }
  if (faults.length > 0) throw userError(faults.map(({ target, message }) => `${target}: ${message}`).join(' '), faults); // prettier-ignore
}

/** Whether a deployment has live or mirrored traffic. */
export function hasTraffic({ properties }: Endpoint, deployment: string): boolean {
  return [properties['traffic'], properties['mirrorTraffic']].some((weights) => ((weights as Weights)[deployment] ?? 0) > 0); // prettier-ignore
}

function sum(weights: Weights): number {
  return Object.values(weights).reduce((total, weight) => total + weight, 0);
}
