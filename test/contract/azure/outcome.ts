import { Refused, Unavailable } from '../../../src/lib/core/errors.ts';

/** How a call ended, in one word: `done`, `Refused(code)` or `Unavailable(code)`. Anything else is thrown on. */
export async function outcome(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return 'done';
  } catch (error) {
    if (error instanceof Refused || error instanceof Unavailable) return `${error.name}(${error.code})`;
    throw error;
  }
}
