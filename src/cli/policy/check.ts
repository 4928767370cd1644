import { checkPublication } from '../../lib/core/policy/publicationRules.ts';
import { readFiles, refused, tell } from './files.ts';
import type { Terminal } from './files.ts';

/** Offline: the files alone, and with an estate also what it says about them. `json`: one list, for machines. */
export function check(
  policyFiles: readonly string[],
  estateFile: string | undefined,
  terminal: Terminal,
  { json = false }: { readonly json?: boolean } = {},
): number {
  const { policies, estate, told } = readFiles(policyFiles, estateFile);
  const between = estate === undefined ? [] : checkPublication(policies, estate.estate);
  const all = [...told, ...between];
  if (json) terminal.out(JSON.stringify(all, null, 2));
  if (json) return refused(all) ? 1 : 0;
  tell(all, terminal);
  const faults = all.filter(({ severity }) => severity === 'fault').length;
  const files = policyFiles.length + (estateFile === undefined ? 0 : 1);
  const against = estateFile === undefined ? '; names and floors not checked, for want of --estate' : '';
  terminal.out(
    `${counted(files, 'file')}: ${counted(faults, 'fault')}, ${counted(all.length - faults, 'warning')}${against}`,
  );
  return refused(all) ? 1 : 0;
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
