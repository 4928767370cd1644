import { BadInput, Conflict, Refused, Unavailable } from '../../lib/core/errors.ts';
import type { PolicyStore } from '../../lib/ports.ts';
import { readFiles, refused, tell } from './files.ts';
import type { Terminal } from './files.ts';
import type { Outcome } from './publication.ts';
import { publishTo } from './publication.ts';

export interface Connected {
  readonly store: PolicyStore;
  readonly now: Date;
}

/** Checks offline first: a file with faults never reaches the store, which is not even opened for it. */
export async function publish(
  policyFiles: readonly string[],
  estateFile: string | undefined,
  terminal: Terminal,
  connect: () => Promise<Connected>,
): Promise<number> {
  const { policies, estate, told } = readFiles(policyFiles, estateFile);
  tell(told, terminal);
  if (refused(told)) return 1;
  try {
    const { store, now } = await connect();
    return tellOutcome(await publishTo(store, policies, estate, now), terminal);
  } catch (error) {
    // Settings that are missing, or a published text that this version cannot read: publishing that anew mends it.
    if (error instanceof BadInput)
      for (const { place, message } of error.faults) terminal.out(`${error.what} ${place}: ${message}`);
    else if (error instanceof Unavailable || error instanceof Refused || error instanceof Conflict)
      terminal.out(`storage: ${error.message}`);
    else throw error;
    terminal.error('nothing was published');
    return 1;
  }
}

function tellOutcome(outcome: Outcome, terminal: Terminal): number {
  if (outcome.kind === 'published') {
    terminal.out(`published: ${namesOr(outcome.changed)}; unchanged: ${namesOr(outcome.kept)}`);
    return 0;
  }
  if (outcome.kind === 'refused') tell(outcome.faults, terminal);
  else terminal.error('expected --estate: none has been published yet');
  terminal.error('nothing was published');
  return 1;
}

function namesOr(names: readonly string[]): string {
  return names.length === 0 ? 'nothing' : names.join(', ');
}
