import { CHECKS, type CheckId } from './checks/catalogue.ts';
import type { Estate, EstateFloor } from './estate.ts';
import { didYouMean } from './expected.ts';
import type { Finding, PolicyFault } from './fault.ts';
import { keyOf, placed } from './fault.ts';
import { EMAIL } from './leaves.ts';
import type { ParsedPolicy } from './parsePolicy.ts';
import { sectionPath } from './parsePolicy.ts';
import type { EnvironmentPolicy, GatePolicy, Policy, RolloutPolicy } from './policy.ts';
import { noOneToSpare, tooFew } from './roles.ts';
import { formatDuration, formatPercent } from './units.ts';

/** A policy with what is needed to say where in it a fault stands. */
export type PlacedPolicy = Pick<ParsedPolicy, 'policy' | 'written' | 'source'>;

/** What holds between policies, and between policies and estate. No fault: they may be published together. */
export function checkPublication(policies: readonly PlacedPolicy[], estate: Estate): readonly PolicyFault[] {
  return [
    ...policies.flatMap((policy) => placed(policy.source, estateFindings(policy, estate))),
    ...sameModelFaults(policies),
    ...sharedEndpointFaults(policies),
  ];
}

function fault(path: readonly PropertyKey[], message: string, check?: CheckId): Finding {
  return { severity: check === undefined ? 'fault' : CHECKS[check].severity, path, message, ...(check && { check }) };
}

function estateFindings({ policy, written }: PlacedPolicy, estate: Estate): Finding[] {
  const findings = Object.values(policy.environments).flatMap((environment) => {
    const at = (section: string, ...keys: PropertyKey[]) => [
      ...sectionPath(written, environment.environment, section),
      ...keys,
    ];
    return [
      ...workspaceFindings(environment, estate),
      ...recipientFindings(environment, estate, at),
      ...referenceFindings(environment, estate, at),
      ...bringFindings(environment, estate),
      ...floorFindings(environment, estate.floor[environment.environment] ?? {}, at),
    ];
  });
  // A top-level section holds in several environments; one mistake in it is one fault.
  const all = [...ownerFindings(policy, estate), ...findings];
  return [...new Map(all.map((finding) => [`${keyOf(finding.path)} ${finding.message}`, finding])).values()];
}

type At = (section: string, ...keys: PropertyKey[]) => PropertyKey[];

function workspaceFindings({ environment, workspace }: EnvironmentPolicy, { workspaces }: Estate): Finding[] {
  const path = ['environments', environment, 'workspace'];
  const found = Object.hasOwn(workspaces, workspace) ? workspaces[workspace] : undefined;
  if (found === undefined) return [fault(path, unknownName('workspace', workspace, Object.keys(workspaces)))];
  if (found.environment === environment) return [];
  return [fault(path, `expected a workspace of ${environment}; the estate says ${workspace} is ${found.environment}`)];
}

function unknownName(what: string, name: string, names: readonly string[]): string {
  const known = names.length === 0 ? 'it has none' : names.join(', ');
  return `expected a ${what} of the estate (${known}), got '${name}'${didYouMean(name, names)}`;
}

function ownerFindings({ owners }: Policy, estate: Estate): Finding[] {
  return owners.flatMap((owner, index) => recipientFinding(owner, ['owners', index], estate));
}

function recipientFinding(name: string, path: readonly PropertyKey[], { channels }: Estate): Finding[] {
  if (EMAIL.test(name) || Object.hasOwn(channels, name)) return [];
  return [fault(path, `${unknownName('channel', name, Object.keys(channels))}, or an e-mail address`)];
}

function recipientFindings({ notify, owners, training }: EnvironmentPolicy, estate: Estate, at: At): Finding[] {
  const dataOwners = (training?.dataOwners ?? []).flatMap((name, index) =>
    recipientFinding(name, at('training', 'dataOwners', index), estate),
  );
  const audiences = (['page', 'decide', 'inform'] as const).flatMap((audience) =>
    notify[audience] === owners
      ? []
      : notify[audience].flatMap((name, index) => recipientFinding(name, at('notify', audience, index), estate)),
  );
  return [...audiences, ...dataOwners];
}

/** Of all channels these take a request. */
const ASKABLE = new Set(['email', 'github']);

function bringFindings({ environment, bring }: EnvironmentPolicy, { channels }: Estate): Finding[] {
  if (bring === undefined) return [];
  const path = ['environments', environment, 'bring'];
  const kind = Object.hasOwn(channels, bring) ? channels[bring]?.kind : undefined;
  if (kind === undefined) return [fault(path, unknownName('channel', bring, Object.keys(channels)))];
  return ASKABLE.has(kind) ? [] : [fault(path, `expected a channel of kind github or email, which can be asked for something; ${bring} is ${kind}`)]; // prettier-ignore
}

function referenceFindings({ approval, freeze }: EnvironmentPolicy, { roles, calendars }: Estate, at: At): Finding[] {
  const findings: Finding[] = [];
  if (approval !== undefined && !Object.hasOwn(roles, approval.role))
    findings.push(fault(at('approval', 'role'), unknownName('role', approval.role, Object.keys(roles))));
  else if (approval !== undefined && tooFew(roles[approval.role] ?? [], approval.count))
    findings.push(fault(at('approval', 'count'), `expected at least ${approval.count} members of ${approval.role} in the estate: nobody could ever approve`, 'tooFewApprovers')); // prettier-ignore
  else if (approval?.fourEyes && noOneToSpare(roles[approval.role] ?? [], approval.count))
    findings.push(fault(at('approval', 'count'), `all of ${approval.role} must agree, and whoever had a part in the start may not (fourEyes): as soon as one of them has, nobody can approve`, 'fourEyesBlocks')); // prettier-ignore
  if (freeze !== undefined && !Object.hasOwn(calendars, freeze.calendar))
    findings.push(fault(at('freeze', 'calendar'), unknownName('calendar', freeze.calendar, Object.keys(calendars))));
  else if (freeze !== undefined && calendars[freeze.calendar]?.closed.length === 0)
    findings.push(fault(at('freeze', 'calendar'), `${freeze.calendar} has no closed times: nothing is ever frozen`, 'calendarNeverCloses')); // prettier-ignore
  return findings;
}

/** Where the policy lets a margin decide without any confidence. */
function fixedMargins({ judge, guardrails }: GatePolicy): PropertyKey[][] {
  const rails = guardrails.flatMap(({ comparison }, index) => (comparison?.judge ? [['guardrails', index, 'judge']] : []));
  return [...(judge ? [['judge']] : []), ...rails];
} // prettier-ignore

function floorFindings(
  { environment, gate, rollout, serves }: EnvironmentPolicy,
  floor: EstateFloor,
  at: At,
): Finding[] {
  const says = (least: string, got: string) => `expected ${least}, the estate's floor for ${environment}; got ${got}`;
  const findings: Finding[] = [];
  const { minConfidence, maxFirstStepPercent } = floor;
  if (gate !== undefined && minConfidence !== undefined && gate.confidence < minConfidence) {
    const [least, got] = [minConfidence, gate.confidence].map((share) =>
      formatPercent(Number((share * 100).toFixed(6))),
    );
    findings.push(fault(at('gate', 'confidence'), says(`at least ${least}`, `${got}`)));
  }
  if (gate !== undefined && minConfidence !== undefined)
    findings.push(...fixedMargins(gate).map((path) => fault(at('gate', ...path), says('confidence', 'fixedMargin'))));
  if (serves === 'batch') return [...findings, ...keptFloor(rollout, floor, (key) => at('batch', key), says)];
  const first = rollout.stepsPercent[0] ?? 100;
  if (maxFirstStepPercent !== undefined && first > maxFirstStepPercent)
    findings.push(
      fault(at('rollout', 'steps', 0), says(`at most ${formatPercent(maxFirstStepPercent)}`, formatPercent(first))),
    );
  const durations = [
    ['bake', floor.minBakeMs, rollout.bakeMs],
    ['watch', floor.minWatchMs, rollout.watchMs],
  ] as const;
  for (const [key, least, got] of durations)
    if (least !== undefined && got < least)
      findings.push(fault(at('rollout', key), says(`at least ${formatDuration(least)}`, formatDuration(got))));
  return [...findings, ...keptFloor(rollout, floor, (key) => at('rollout', key), says)];
}

/** The way back is kept by both kinds of endpoints; steps, bake and watch are about live traffic. */
function keptFloor({ keepPreviousMs: got }: RolloutPolicy, { minKeepPreviousMs: least }: EstateFloor, at: (key: string) => PropertyKey[], says: (least: string, got: string) => string): Finding[] {
  if (least === undefined || got >= least) return [];
  return [fault(at('keepPrevious'), says(`at least ${formatDuration(least)}`, formatDuration(got)))];
} // prettier-ignore

function sameModelFaults(policies: readonly PlacedPolicy[]): readonly PolicyFault[] {
  const files = new Map<string, string>();
  return policies.flatMap(({ policy: { model }, source }) => {
    const other = files.get(model);
    files.set(model, source.file);
    return other === undefined
      ? []
      : placed(source, [fault(['model'], `expected one policy a model; ${other} has it too`)]);
  });
}

/** Two lifecycles on one endpoint would undo each other's traffic. Names of online and of batch endpoints do not meet. Azure compares endpoint names without case. */
function sharedEndpointFaults(policies: readonly PlacedPolicy[]): readonly PolicyFault[] {
  const owners = new Map<string, string>();
  return policies.flatMap(({ policy, source }) =>
    Object.values(policy.environments).flatMap(({ environment, workspace, endpoint, serves }) => {
      const key = `${serves} ${workspace}/${endpoint}`.toLowerCase();
      const other = owners.get(key);
      owners.set(key, `${policy.model} in ${environment} (${source.file})`);
      if (other === undefined) return [];
      const message = `expected an endpoint of its own; ${endpoint} in ${workspace} belongs to ${other}`;
      return placed(source, [
        fault(['environments', environment, serves === 'batch' ? 'batchEndpoint' : 'endpoint'], message),
      ]);
    }),
  );
}
