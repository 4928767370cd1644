import { z } from 'zod';
import type { Deployment, Endpoint } from '../../world.ts';

const weights = z.record(z.string(), z.number()).nullish().transform((map) => map ?? {}); // prettier-ignore

/** Fractional parts of multiples of these fill the unit interval evenly without any period. */
const goldenRatio = (Math.sqrt(5) - 1) / 2;
const silverRatio = Math.SQRT2 - 1;

/** Where the n-th request goes: by weight, with shares that are right to about one request over any short window. */
export function byWeight(endpoint: Endpoint, n: number): Deployment | undefined {
  const traffic = Object.entries(weights.parse(endpoint.properties['traffic']));
  const total = traffic.reduce((sum, [, weight]) => sum + weight, 0);
  let left = ((n * goldenRatio) % 1) * total;
  for (const [name, weight] of traffic) {
    if (left < weight) return endpoint.deployments.get(name);
    left -= weight;
  }
  return undefined;
}

/** The deployment that gets a copy of the n-th live request, if it is one of those that are copied. */
export function mirrorOf(endpoint: Endpoint, n: number): Deployment | undefined {
  const [entry] = Object.entries(weights.parse(endpoint.properties['mirrorTraffic']));
  if (entry === undefined) return undefined;
  const [name, percent] = entry;
  return ((n * silverRatio) % 1) * 100 < percent ? endpoint.deployments.get(name) : undefined;
}
