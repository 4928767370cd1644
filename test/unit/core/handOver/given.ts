import type { Arriving, HandedOver } from '../../../../src/lib/core/handOver/state.ts';
import type { Outcome as Any } from '../../../../src/lib/core/inbox.ts';
import type { Lifecycle } from '../../../../src/lib/core/lifecycle.ts';
import { broughtId } from '../../../../src/lib/core/names.ts';
import type { Facts } from '../../../../src/lib/core/step.ts';
import { iso, item, KEY, policyOf, served } from '../given.ts';

type Outcome = Exclude<Any, { readonly result: 'answered' }>;

export const DEV = '/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/ml-dev';

/** prod takes what dev released; dev hands on to prod. */
export const prodPolicy = policyOf(undefined, (policy) => ({ ...policy, after: 'dev', entry: false }));
export const devPolicy = policyOf(undefined, (policy) => ({
  ...policy,
  environment: 'dev',
  handsTo: ['test', 'prod'],
}));

export function handed(version: string, change: Partial<HandedOver> = {}): HandedOver {
  return {
    from: 'dev', release: Number(version), version, workspace: DEV, artifact: `files-of-${version}`,
    origin: { job: `train-${version}`, training: 3, causes: [], more: 0 }, ...change,
  }; // prettier-ignore
}

export const told = (version: string, change: Partial<HandedOver> = {}) =>
  item({ kind: 'versionHandedOver', ...handed(version, change) });

/** Version 12 of dev is on its way here since T0. */
export function arrivingRow(change: Partial<Arriving> = {}, row: Partial<Lifecycle> = {}): Lifecycle {
  return served({ arriving: { ...handed('12'), since: iso(), ...change }, ...row });
}

/** What dev's version is tagged with here. */
export const idOf = (version: string) => broughtId(KEY, 'dev', version);

export function next(number: string): Facts {
  return { handOver: { arriving: { next: number } } };
}

/** What is there under the number that it is going to have: nothing, ours, or somebody else's. */
export function there(as: string, id?: string): Facts {
  const version = { version: as, id: `v/${as}`, archived: false, tags: id === undefined ? {} : { stewardId: id } };
  return { handOver: { arriving: { as, version } } };
}

export const nothing = (as: string): Facts => ({ handOver: { arriving: { as, version: 'absent' } } });

/** What bringing version 12 as 12 met, unless said otherwise. */
export function met(outcome: Outcome, about = `${idOf('12')} 12`) {
  return item({ kind: 'outcome', outcome: { ...outcome, about } });
}
