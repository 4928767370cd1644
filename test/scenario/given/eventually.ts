import { vi } from 'vitest';

/** Long enough for a machine that does something else as well; a test ends at 60 s. */
const LIMIT_MS = 50_000;

/** Asks again until the expectations hold; what did not hold at the end is the failure. */
export function eventually<T>(holds: () => T | Promise<T>, limitMs = LIMIT_MS): Promise<T> {
  return vi.waitFor(holds, { timeout: limitMs, interval: 100 });
}
