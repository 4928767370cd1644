/** Deliberate faults, one at a time: each must be noticed by who claims it. */
import type { Mutant } from './claims.ts';
import { CORE } from './faults/core.ts';
import { NET } from './faults/net.ts';
import { SHELL } from './faults/shell.ts';

export const MUTANTS: readonly Mutant[] = [...SHELL, ...NET, ...CORE];
