import { startedBy, waitsForApproval } from '../core/approval.ts';
import { BadInput, Refused } from '../core/errors.ts';
import type { Lifecycle } from '../core/lifecycle.ts';
import type { Approved } from '../core/release/state.ts';
import type { Policies, SignIn } from '../ports.ts';

/** What a release waits for that people must agree to. */
export interface ShownApproval {
  readonly role: string;
  /** Members of the role, as the estate names them. */
  readonly who: readonly string[];
  /** Who had a part in its start: with four eyes, they may not. */
  readonly notWho: readonly string[];
  readonly needed: number;
  readonly given: readonly Omit<Approved, 'by'>[];
  readonly until: string;
  readonly onTimeout: 'reject' | 'hold';
  /** To be named by an approval, so that it is of what was looked at. */
  readonly evidence: string;
  /** Absent: it can be approved. */
  readonly impossible?: string;
}

export async function shownApproval(
  { release, environment, model }: Lifecycle,
  { policies, signIn }: { readonly policies: Pick<Policies, 'of' | 'estate'>; readonly signIn?: SignIn },
): Promise<ShownApproval | undefined> {
  if (!release?.approval || !waitsForApproval(release)) return undefined;
  const { role, count, given, until, evidence } = release.approval;
  const { policy, roles } = await written({ environment, model }, release.policy, policies);
  return {
    role, who: (Object.hasOwn(roles, role) ? roles[role] : undefined) ?? [], notWho: policy?.fourEyes === false ? [] : startedBy(release),
    needed: count, given: given.map(({ actor, reason, at }) => ({ actor, reason, at })), until, onTimeout: policy?.onTimeout ?? 'reject', evidence,
    ...(signIn === undefined ? { impossible: 'this app does not know who calls: STEWARD_ENTRA_TENANT and STEWARD_ENTRA_CLIENT_ID are not set' } : {}),
  };
} // prettier-ignore

/** What cannot be read must not hide the rest of the status. */
async function written(key: Pick<Lifecycle, 'environment' | 'model'>, hash: string, policies: Pick<Policies, 'of' | 'estate'>) {
  try {
    return { policy: (await policies.of(key, hash))?.policy.approval, roles: (await policies.estate()).roles };
  } catch (error) {
    if (error instanceof BadInput || error instanceof Refused) return { policy: undefined, roles: {} };
    throw error;
  }
} // prettier-ignore
