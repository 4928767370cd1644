import type { EnvironmentPolicy, Policy } from './policy.ts';
import type { WrittenPolicy } from './policySchema.ts';

/** Sections whose top-level version holds for every environment that has none of its own. */
export const SECTION_NAMES = ['training', 'evaluation', 'gate', 'rollout', 'approval', 'freeze', 'notify'] as const;

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
  const { workspace, endpoint, after, bring } = own;
  const training = own.training ?? written.training;
  const evaluation = own.evaluation ?? written.evaluation;
  const gate = own.gate ?? written.gate;
  const approval = own.approval ?? written.approval;
  const freeze = own.freeze ?? written.freeze;
  return {
    model,
    environment: name,
    workspace,
    endpoint,
    entry: own.entry ?? after === undefined,
    owners,
    ...(after === undefined ? {} : { after }),
    ...(bring === undefined ? {} : { bring }),
    handsTo: Object.keys(written.environments).filter((other) => written.environments[other]?.after === name),
    ...(training === undefined ? {} : { training }),
    ...(evaluation === undefined ? {} : { evaluation }),
    ...(gate === undefined ? {} : { gate }),
    rollout: own.rollout ?? written.rollout,
    ...(approval === undefined ? {} : { approval }),
    ...(freeze === undefined ? {} : { freeze }),
    notify: { page: owners, decide: owners, inform: owners, ...(own.notify ?? written.notify) },
  };
}

/** One model in one environment; undefined when the policy does not speak of it. */
export function resolveEnvironment(policy: Policy, environment: string): EnvironmentPolicy | undefined {
  return Object.hasOwn(policy.environments, environment) ? policy.environments[environment] : undefined;
}
