import type { ProvisioningState } from '../../world.ts';
import { userError } from './errors.ts';

/** 3 to 32 characters, a letter first, then letters, digits and single dashes, none at the end. */
export function checkOnlineName(kind: 'endpoint' | 'deployment', name: string): void {
  if (name.length >= 3 && name.length <= 32 && /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/i.test(name)) return;
  throw userError(
    `The ${kind} name '${name}' is not valid: it needs 3 to 32 characters, a letter first, then letters, digits and single dashes, none at the end.`,
  );
}

export function isSettled(state: ProvisioningState): boolean {
  return state === 'Succeeded' || state === 'Failed' || state === 'Canceled';
}
