import { didYouMean } from '../../lib/core/policy/expected.ts';
import type { Origin } from '../../lib/core/policy/origins.ts';
import { originsOf } from '../../lib/core/policy/origins.ts';
import { readPolicy, tell } from './files.ts';
import type { Terminal } from './files.ts';

/** What holds in one environment, with the origin of each value. */
export function show(file: string, environment: string, terminal: Terminal): number {
  const read = readPolicy(file);
  if ('faults' in read) {
    tell(read.faults, terminal);
    return 1;
  }
  tell(read.warnings, terminal);
  const origins = originsOf(read, environment);
  if (origins === undefined) {
    const names = Object.keys(read.policy.environments);
    const wish = `expected an environment of ${read.policy.model} (${names.join(', ')})`;
    terminal.error(`${wish}, got '${environment}'${didYouMean(environment, names)}`);
    return 1;
  }
  terminal.out(`${read.policy.model} in ${environment}`);
  const keyWidth = Math.max(...origins.map(({ key }) => key.length));
  const valueWidth = Math.min(40, Math.max(...origins.map(({ value }) => value.length)));
  for (const origin of origins)
    terminal.out(`  ${origin.key.padEnd(keyWidth)}  ${origin.value.padEnd(valueWidth)}  ${placeOf(origin, file)}`);
  return 0;
}

function placeOf({ from, at }: Origin, file: string): string {
  return at === undefined ? from : `${from}, ${file}:${at.line}`;
}
