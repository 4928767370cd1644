import { BadInput, type Fault } from '../core/errors.ts';
import type { Identity } from '../core/inbox.ts';
import { rolesOf } from '../core/policy/roles.ts';
import type { Log } from '../log.ts';
import type { Policies, SignIn } from '../ports.ts';
import { readPrincipal } from './principal.ts';

export interface IdentityDeps {
  /** Absent: no header is believed, for anybody could send it. */
  readonly signIn?: SignIn;
  readonly policies: Pick<Policies, 'estate'>;
  readonly log: Log;
}

/** Nobody: no header, or nobody vouches for it. */
export type Known = { readonly identity?: Identity } | { readonly faults: readonly Fault[] };

const NAMES_KEPT = 6;
const NAME_CHARS = 200;

/** Who asks, as the platform says. */
export async function identify(header: string | undefined, { signIn, policies, log }: IdentityDeps): Promise<Known> {
  if (!signIn || header === undefined) return {};
  try {
    const principal = readPrincipal(header, signIn.tenant);
    // Who was taken off a role a moment ago must not get in by what was remembered.
    const { roles } = await policies.estate({ fresh: true });
    const names = [...principal.signInNames, ...principal.otherNames].slice(0, NAMES_KEPT);
    return {
      identity: { id: principal.id, names: names.map((name) => name.slice(0, NAME_CHARS)), roles: rolesOf(principal, roles) }, // prettier-ignore
    };
  } catch (error) {
    if (!(error instanceof BadInput)) throw error;
    log.warn('The identity of a caller cannot be read', { faults: error.faults });
    return { faults: error.faults };
  }
}
