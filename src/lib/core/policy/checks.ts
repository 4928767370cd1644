import { TAG } from '../gate/lineage.ts';
import { CHECKS, type Doubt } from './checks/catalogue.ts';
import { gateDoubts } from './checks/gate.ts';
import { rolloutDoubts } from './checks/rollout.ts';
import { trainingDoubts } from './checks/training.ts';
import type { Finding } from './fault.ts';
import { keyOf } from './fault.ts';
import type { EnvironmentPolicy, Policy } from './policy.ts';
import { formatDuration } from './units.ts';

/** Where the section that holds in an environment stands, and whether a key of it is written there. */
export interface Places {
  path(environment: string, section: string): PropertyKey[];
  says(path: readonly PropertyKey[]): boolean;
}

/** What can be read and is not meant, or probably not. Where it stands is for the caller to find. */
export function doubtsOf(policy: Policy, places: Places): Finding[] {
  const findings = Object.values(policy.environments).flatMap((environment) =>
    doubtsIn(environment, policy, places).map(({ check, section, keys, message }): Finding => ({
      severity: CHECKS[check].severity,
      check,
      path: [...places.path(environment.environment, section), ...keys],
      message,
    })),
  );
  // A top-level section holds in several environments; one mistake in it is one finding.
  return [...new Map(findings.map((finding) => [`${keyOf(finding.path)} ${finding.message}`, finding])).values()];
}

function doubtsIn(environment: EnvironmentPolicy, policy: Policy, places: Places): Doubt[] {
  const training = places.path(environment.environment, 'training');
  return [
    ...gateDoubts(environment),
    ...handedOverDoubts(environment, policy),
    ...trainingDoubts(environment, (...keys) => places.says([...training, ...keys])),
    ...rolloutDoubts(environment),
    ...approvalDoubts(environment),
    ...notifyDoubts(environment),
  ];
}

/** A version that is handed over meets what the gate before has found met, and that looks for nothing else. */
function handedOverDoubts({ gate, after, bring, entry, environment }: EnvironmentPolicy, policy: Policy): Doubt[] {
  const before = after === undefined ? undefined : policy.environments[after];
  if (gate === undefined || before === undefined || bring !== undefined || entry) return [];
  const asked = metIn(before, policy);
  return gate.require.flatMap((demand, at): Doubt[] => {
    if (demand.startsWith(TAG) || asked.has(demand)) return [];
    const message = `versions come to ${environment} from ${before.environment}, whose gate does not ask for it: none ever passes`;
    return [{ check: 'demandNeverMet', section: 'gate', keys: ['require', at], message }];
  });
}

/** What is known of a version that an environment released: its own demands, and those of the ones before it. */
function metIn({ gate, after, bring, environment }: EnvironmentPolicy, policy: Policy, seen: readonly string[] = []): ReadonlySet<string> {
  const before = after === undefined || bring !== undefined || seen.includes(environment) ? undefined : policy.environments[after];
  const earlier = before === undefined ? [] : metIn(before, policy, [...seen, environment]);
  return new Set([...(gate?.require ?? []), ...earlier]);
} // prettier-ignore

const HOUR_MS = 3_600_000;

function approvalDoubts({ approval }: EnvironmentPolicy): Doubt[] {
  if (approval === undefined || approval.expiresMs >= HOUR_MS) return [];
  const message = `people have ${formatDuration(approval.expiresMs)} to read their mail, look and agree: most questions would run out`;
  return [{ check: 'approvalShort', section: 'approval', keys: ['expires'], message }];
}

function notifyDoubts({ notify: { page, decide } }: EnvironmentPolicy): Doubt[] {
  return [
    ...(page.length === 0 ? [nobody('page', 'when something must be mended now, such as a rollback that is not verified')] : []),
    ...(decide.length === 0 ? [nobody('decide', 'when something waits for a person')] : []),
  ];
} // prettier-ignore

function nobody(key: string, when: string): Doubt {
  return { check: 'nobodyTold', section: 'notify', keys: [key], message: `nobody is told ${when}` };
}
