import { Conflict } from '../core/errors.ts';

/** False when somebody else was faster: the row is gone, changed, or there already. */
export async function won(write: Promise<unknown>): Promise<boolean> {
  try {
    await write;
    return true;
  } catch (error) {
    if (error instanceof Conflict) return false;
    throw error;
  }
}
