import { BadInput, Refused, Unavailable } from '../core/errors.ts';
import type { Log } from '../log.ts';
import type { Place } from './place.ts';

/** What it met, if anything. One that cannot be read must not hide the others. */
export async function attempt(message: string, { key }: Place, log: Log, run: () => Promise<void>): Promise<unknown> {
  try {
    return await run();
  } catch (error) {
    log[error instanceof Unavailable ? 'warn' : 'error'](message, { ...key, error });
    return error;
  }
}

/** Once all were tried, so that the platform counts the run as failed. */
export function throwBug(met: readonly unknown[]): void {
  const bug = met.find((error) => error !== undefined && !isKnown(error));
  if (bug !== undefined) throw bug;
}

/** Not a bug: somebody else's doing, which is logged and looked at again next time. */
function isKnown(error: unknown): boolean {
  return error instanceof Unavailable || error instanceof Refused || error instanceof BadInput;
}
