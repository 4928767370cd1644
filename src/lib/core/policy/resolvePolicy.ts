import type { EnvironmentPolicy, Policy, RolloutPolicy } from './policy.ts';
import type { WrittenPolicy } from './policySchema.ts';

/** Sections whose top-level version holds for every environment that has none of its own. */
export const SECTION_NAMES = [
  'training',
  'evaluation',
  'gate',
  'rollout',
  'batch',
  'approval',
  'freeze',
  'notify',
] as const;

/** Puts the sections together: an environment's own section replaces the top-level one whole. */
export function resolvePolicy(written: WrittenPolicy): Policy {
  const names = Object.keys(written.environments);
  return {
    model: written.model,
    owners: written.owners,
    environments: Object.fromEntries(
      names.flatMap((name) => {
        const environment = resolveWritten(written, name);
        return environment === undefined ? [] : [[name, environment]];
      }),
    ),
  };
}

function resolveWritten(written: WrittenPolicy, name: string): EnvironmentPolicy | undefined {
  const own = written.environments[name];
  if (own === undefined) return undefined;
  const { model, owners } = written;
  const { workspace, after, bring } = own;
  const training = own.training ?? written.training;
  const evaluation = own.evaluation ?? written.evaluation;
  const gate = own.gate ?? written.gate;
  const approval = own.approval ?? written.approval;
  const freeze = own.freeze ?? written.freeze;
  return {
    model,
    environment: name,
    workspace,
    endpoint: own.endpoint ?? own.batchEndpoint ?? '',
    serves: servesOf(own),
    entry: own.entry ?? after === undefined,
    owners,
    ...(after === undefined ? {} : { after }),
    ...(bring === undefined ? {} : { bring }),
    handsTo: Object.keys(written.environments).filter((other) => written.environments[other]?.after === name),
    ...(training === undefined ? {} : { training }),
    ...(evaluation === undefined ? {} : { evaluation }),
    ...(gate === undefined ? {} : { gate }),
    rollout: rolloutOf(written, own),
    ...(approval === undefined ? {} : { approval }),
    ...(freeze === undefined ? {} : { freeze }),
    notify: { page: owners, decide: owners, inform: owners, ...(own.notify ?? written.notify) },
  };
}

type WrittenEnvironment = NonNullable<WrittenPolicy['environments'][string]>;

function servesOf({ endpoint }: WrittenEnvironment): EnvironmentPolicy['serves'] {
  return endpoint === undefined ? 'batch' : 'online';
}

/** A batch endpoint without its section is a fault, told with the others. */
function rolloutOf(written: WrittenPolicy, own: WrittenEnvironment): RolloutPolicy {
  const batch = servesOf(own) === 'batch' ? (own.batch ?? written.batch) : undefined;
  return batch ?? own.rollout ?? written.rollout;
}

/** One model in one environment; undefined when the policy does not speak of it. */
export function resolveEnvironment(policy: Policy, environment: string): EnvironmentPolicy | undefined {
  return Object.hasOwn(policy.environments, environment) ? policy.environments[environment] : undefined;
}
