/** A model in mid-life, small and whole: tests change what they are about. */
import type { ArmMinute, Minute } from '../../../src/lib/core/canary/state.ts';
import { decide, needs, type Decision } from '../../../src/lib/core/decide.ts';
import type { Command, Happening, InboxItem } from '../../../src/lib/core/inbox.ts';
import { newLifecycle, type Lifecycle, type Split } from '../../../src/lib/core/lifecycle.ts';
import { type Phase, type Release, type Shadow } from '../../../src/lib/core/release/state.ts';
import { stewardId } from '../../../src/lib/core/names.ts';
import type { Estate } from '../../../src/lib/core/policy/estate.ts';
import type { EnvironmentPolicy } from '../../../src/lib/core/policy/policy.ts';
import type { DeploymentFact, EndpointFact, Facts, Needs, Unreachable } from '../../../src/lib/core/step.ts';
import { policyFrom } from './policy/given.ts';

export const KEY = { environment: 'prod', model: 'spam-filter' };
export const T0 = new Date('2026-03-02T10:00:00.000Z');
export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;
/** Deployments of the champion (version 6) and of the challenger (version 7). */
export const OLD = 'mold-6';
export const NEW = 'mnew-7';

export function after(ms: number): Date {
  return new Date(T0.getTime() + ms);
}

export function iso(ms = 0): string {
  return after(ms).toISOString();
}

const POLICY = `steward: 1
model: spam-filter
owners: [ml-oncall@example.com]
environments: {prod: {workspace: ml-prod, endpoint: spam-online}}
evaluation: {job: evaluate-spam, data: spam-holdout}
gate: {metric: accuracy, better: higher}
rollout: {ROLLOUT}
`;

const ROLLOUT = 'smokeTest: {request: smoke.json, expect: {status: 200, latency: 300ms}}';

/** The policy as it is read from YAML; `rollout` replaces what stands in that section. */
export function policyOf(
  rollout: string = ROLLOUT,
  change: (policy: EnvironmentPolicy) => EnvironmentPolicy = (p) => p,
): EnvironmentPolicy {
  const text = POLICY.replace('ROLLOUT', rollout);
  const policy = policyFrom(text, 'p.yaml', { 'smoke.json': '{"text": "hello"}' }).policy.environments['prod'];
  if (!policy) throw new Error('the policy has no prod');
  return change(policy);
}

export const policy = policyOf();

/** Version 6 serves all traffic, as a GET has shown. */
export function served(change: Partial<Lifecycle> = {}): Lifecycle {
  return {
    ...newLifecycle(KEY),
    sequence: 10,
    generation: 3,
    counters: { release: 6, evaluation: 6 },
    champion: { version: '6', deployment: OLD, since: iso(-10 * DAY_MS), release: 6 },
    newestVersion: '6',
    traffic: { desired: { [OLD]: 100 }, generation: 3, verified: { split: { [OLD]: 100 }, at: iso(-10 * DAY_MS) } },
    ...change,
  };
}

/** Version 7 on its way, since T0 in this phase. */
export function releasing(
  phase: Phase,
  change: Partial<Release> = {},
  row: Partial<Lifecycle> = {},
): Lifecycle & { release: Release } {
  const release: Release = {
    number: 7, version: '7', startedAt: iso(-HOUR_MS), policy: 'p1', phase, phaseSince: iso(),
    fallback: { version: '6', deployment: OLD }, ...change,
  }; // prettier-ignore
  return { ...served({ counters: { release: 7, evaluation: 7 }, newestVersion: '7', ...row }), release };
}

/** The first version: nobody serves, nothing to go back to. */
export function firstRelease(phase: Phase, change: Partial<Release> = {}): Lifecycle & { release: Release } {
  const release: Release = {
    number: 1, version: '7', startedAt: iso(-HOUR_MS), policy: 'p1', phase, phaseSince: iso(), deployment: NEW, ...change,
  }; // prettier-ignore
  return { ...newLifecycle(KEY), counters: { release: 1, evaluation: 1 }, newestVersion: '7', release };
}

export const SHADOWED = policyOf('shadow: {percent: 20%, for: 1h}');

/** Copies of 20 % of live requests go to version 7, as was read back at T0. */
export function shadowing(
  change: Partial<Shadow> = {},
  row: Partial<Lifecycle> = {},
): Lifecycle & { release: Release } {
  const routing = { split: { [OLD]: 100 }, mirror: { [NEW]: 20 } };
  const traffic = {
    desired: routing.split,
    mirror: routing.mirror,
    generation: 4,
    verified: { ...routing, at: iso() },
  };
  const shadow = { percent: 20, askedAt: iso(), since: iso(), ...change };
  return releasing('shadowing', { deployment: NEW, shadow }, { generation: 4, traffic, ...row });
}

/** A step whose split was read back at T0. */
export function shifting(
  change: Partial<Release> = {},
  row: Partial<Lifecycle> = {},
): Lifecycle & { release: Release } {
  const split = { [OLD]: 90, [NEW]: 10 };
  return releasing(
    'shifting',
    { deployment: NEW, baseline: rates(60, 60_000, 600), step: 0, exposedSince: iso(), stepVerifiedAt: iso(), trail: [{ percent: 10, at: iso() }], ...change },
    { generation: 4, traffic: { desired: split, generation: 4, verified: { split, at: iso() } }, ...row },
  ); // prettier-ignore
}

/** All traffic on version 7 since T0. */
export function watching(
  change: Partial<Release> = {},
  row: Partial<Lifecycle> = {},
): Lifecycle & { release: Release } {
  const split = { [NEW]: 100 };
  return releasing(
    'watching',
    { deployment: NEW, baseline: rates(60, 60_000, 60), step: 2, exposedSince: iso(-HOUR_MS), stepVerifiedAt: iso(), ...change },
    { generation: 6, traffic: { desired: split, generation: 6, verified: { split, at: iso() } }, ...row },
  ); // prettier-ignore
}

export function rollingBack(
  change: Partial<Release> = {},
  row: Partial<Lifecycle> = {},
): Lifecycle & { release: Release } {
  const rollback = { cause: 'canary', reasons: [], sentence: 'It does worse.', decidedAt: iso() };
  const { release, ...rest } = shifting(change, row);
  return { ...rest, release: { ...release, phase: 'rollingBack', rollback, ...change } };
}

/** The object without one of its keys. */
export function without<T extends object, K extends keyof T>(value: T, ...keys: K[]): Omit<T, K> {
  const copy: Omit<T, K> & Partial<Pick<T, K>> = { ...value };
  for (const key of keys) delete copy[key];
  return copy;
}

export function rates(minutes: number, requests: number, errors: number, latencyMs = 20) {
  return { minutes, requests, errors, latencySumMs: requests * latencyMs, latencyRequests: requests };
}

/** Copies of live requests go to version 7 beside all traffic on version 6. */
export function copied(percent = 20, change: Partial<EndpointFact> = {}): EndpointFact {
  return endpoint({ [OLD]: 100 }, { mirror: { [NEW]: percent }, ...change });
}

export function endpoint(traffic: Split, change: Partial<EndpointFact> = {}): EndpointFact {
  return { state: 'ready', traffic, ...change };
}

export function deployment(name: string, version: string, change: Partial<DeploymentFact> = {}): DeploymentFact {
  return { name, state: 'ready', model: modelId(version), version, stewardId: stewardId(KEY, name), ...change };
}

export function modelId(version: string, model = KEY.model): string {
  return `/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/w/models/${model}/versions/${version}`;
}

export const BOTH: readonly DeploymentFact[] = [deployment(OLD, '6'), deployment(NEW, '7')];

export function arm(requests: number, errors = 0, meanLatencyMs = 20): ArmMinute {
  return { requests, errors, throttled: 0, meanLatencyMs, failures: errors > 0 ? { '424': errors } : {} };
}

/** One minute each from T0 + `from` on. */
export function minutes(count: number, arms: (index: number) => Record<string, ArmMinute>, from = 0): Minute[] {
  return Array.from({ length: count }, (_, index) => ({ at: iso((from + index) * MINUTE_MS), arms: arms(index) }));
}

let items = 0;

export function item(happening: Happening): InboxItem {
  return { factKey: `fact-${++items}`, receivedAt: iso(), happening };
}

export function registered(version: string, source: 'event' | 'listing' = 'event'): InboxItem {
  return item({ kind: 'modelRegistered', version, source });
}

export function command(name: Command['name'], more: Partial<Command> = {}): InboxItem {
  return item({ kind: 'command', command: { name, actor: 'ada', reason: 'because', ...more } });
}

export interface Pass {
  readonly items?: readonly InboxItem[];
  readonly facts?: Facts | { readonly unreachable: Unreachable };
  readonly policy?: EnvironmentPolicy;
  readonly estate?: Pick<Estate, 'calendars' | 'computes'>;
  readonly at?: number;
}

const NO_ESTATE = { calendars: {}, computes: {} };

/** One pass over a row, `at` ms after T0. */
export function pass(lifecycle: Lifecycle, { items: read = [], facts = {}, policy: by = policy, estate = NO_ESTATE, at = 0 }: Pass = {}): Decision {
  return decide({ lifecycle, items: read, facts, policy: by, policyHash: 'p1', estate, now: after(at) });
} // prettier-ignore

export function needed(
  lifecycle: Lifecycle,
  { items: read = [], policy: by = policy, estate = NO_ESTATE, at = 0 }: Pass = {},
): Needs {
  return needs({ lifecycle, items: read, policy: by, estate, now: after(at) });
}

export const AWAY: { readonly unreachable: Unreachable } = {
  unreachable: { provider: 'Azure ML', reason: 'HTTP 503' },
};
