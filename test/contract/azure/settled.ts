import { expect } from 'vitest';
import type { BatchEndpoint, Endpoint } from '../../../emulator/world.ts';

/** Waits until no operation runs on the endpoint or a deployment of it. */
export async function settled(endpoint: Endpoint | BatchEndpoint): Promise<void> {
  const states = () => [endpoint.state, ...[...endpoint.deployments.values()].map(({ state }) => state)];
  await expect.poll(() => states().every((state) => state === 'Succeeded'), { timeout: 10_000 }).toBe(true);
}
